"""Texts of the SQL console's scripts."""

from django.utils.translation import gettext


def sql_words() -> dict[str, str]:
    """Texts in the active language by key; scripts fill in `{x}`."""
    return {
        "sql_running": gettext("Running for {seconds} s"),
        "sql_began": gettext("The statement runs."),
        "sql_stopping": gettext("Stopping…"),
        "sql_rows": gettext("Rows: {n}, in {seconds} s."),
        "sql_more": gettext("The first {n} rows of more are shown. A file may hold more of them."),
        "sql_large": gettext("Rows left out because they are larger than 1 MB: {n}."),
        "sql_not_drawn": gettext("Geometries that the map leaves out: {n}. Simplify them, or take fewer."),
        "sql_none": gettext("No row fits."),
        "sql_place": gettext("Line {line}, column {column}"),
        "sql_show": gettext("Show on the map: {shape}"),
        "sql_points": gettext("{shape}, {n} pts"),
        "sql_null": gettext("no value"),
        "sql_unreachable": gettext("The portal does not answer at the moment. Try again."),
        "sql_file_part": gettext("The file holds the first rows only; there are more."),
        "sql_file_ready": gettext("Saved as {name}."),
        "sql_picked": gettext("Row {n}"),
    }
