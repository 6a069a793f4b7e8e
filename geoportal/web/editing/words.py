"""Texts of the edit form's scripts."""

from django.utils.translation import gettext


def edit_words() -> dict[str, str]:
    """Texts in the active language by key; scripts fill in `{x}`."""
    return {
        "edit_add_point": gettext("Click where the point should be."),
        "edit_corners": gettext(
            "Drag a corner to move it, the middle of an edge for a new corner; a double click removes a corner."
        ),
        "edit_draft": gettext("Your changes that were not saved yet are back."),
        "edit_draw_area": gettext("Click the corners of the area; click the last one again to end."),
        "edit_draw_line": gettext("Click the points of the line; click the last one again to end."),
        "edit_empty": gettext("not known"),
        "edit_geometry": gettext("Shape or position on the map"),
        "edit_geometry_changed": gettext("changed on the map or by coordinates"),
        "edit_geometry_failed": gettext("These coordinates cannot be read. Write a position a line, or WKT."),
        "edit_move_point": gettext("Drag the point to move it."),
        "edit_nothing": gettext("Nothing is changed yet."),
        "edit_unreachable": gettext("The portal does not answer at the moment. Your changes stay on this page."),
    }
