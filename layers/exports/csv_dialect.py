"""CSV as the portal writes it (RFC 4180): comma, CRLF, UTF-8 with a byte order mark; None is an empty cell.

Data go out as they are stored, so that a program reads back what the portal has. Texts that came from somebody's file
and are read by people in a spreadsheet are written `for_spreadsheets`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

BYTE_ORDER = "\ufeff"
"""Leads a CSV file, so that a spreadsheet reads its letters as UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet computes: https://owasp.org/www-community/attacks/CSV_Injection"""


def csv_text(rows: Iterable[Sequence[Any]], *, delimiter: str = ",", for_spreadsheets: bool = False) -> str:
    """The lines of rows, without a byte order mark.

    `delimiter` is ";" where a Polish spreadsheet opens the file by a double click. `for_spreadsheets` puts an
    apostrophe before texts that would be taken for a formula; numbers keep their sign.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([[_harmless(cell) for cell in row] for row in rows] if for_spreadsheets else rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
