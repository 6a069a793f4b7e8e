"""The schema proposed for a planner's new layer, inferred from the values of a file's columns."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from ingest.mapping.values import Unusable, read_date, read_flag, read_integer, read_number
from layers.planner.declarations import DeclaredField, FieldType
from layers.planner.tables import renamed

NEARLY_ALL = 0.9
_DIGITS = re.compile(r"[+\-−]?\d[\d \u00a0\u202f.,]*")
MOST_INTEGER = 2**31 - 1
NAMING = ("nazwa", "name", "tytul", "numer", "nr", "oznaczenie", "ulica")
"""Names of columns that probably name the object, best first."""


def proposed_fields(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> tuple[DeclaredField, ...]:
    """A declared field for each column, with the narrowest type that nearly all given rows fit."""
    fields = [
        DeclaredField(plain(column), shown(column), type=type_of([row.get(column) for row in rows]), column=column)
        for column in columns
    ]
    return renamed(fields)


def shown(column: str) -> str:
    """A column's name as a title. Example: "POW_HA" is "Pow ha"."""
    words = column.replace("_", " ").strip()
    words = words.lower() if words.isupper() else words
    return (words[:1].upper() + words[1:])[:120] or "—"


def plain(text: str) -> str:
    """A text without diacritics, in lower case."""
    flat = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L")).lower()
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


def type_of(cells: Iterable[Any]) -> FieldType:
    """The narrowest type that nearly all these cells fit; the others will be rejected one by one."""
    known = [cell for cell in cells if cell is not None and str(cell).strip() != ""]
    tries: tuple[tuple[FieldType, Callable[[Any], Any]], ...] = (
        ("boolean", _flag),
        ("integer", _integer),
        ("number", _number),
        ("date", _date),
    )
    enough = max(1.0, NEARLY_ALL * len(known))
    return next((name for name, read in tries if sum(_fits(read, cell) for cell in known) >= enough), "text")


def _fits(read: Callable[[Any], Any], cell: Any) -> bool:
    try:
        return read(cell) is not None
    except (Unusable, ValueError, TypeError):
        return False


def _code(cell: Any) -> bool:
    """Whether a text of digits starts with a zero, as codes do."""
    text = cell.strip() if isinstance(cell, str) else ""
    return text[:1] == "0" and text[1:2].isdigit()


def _flag(cell: Any) -> Any:
    is_word = isinstance(cell, str) and not cell.strip().isdigit()
    return read_flag(cell) if isinstance(cell, bool) or is_word else None


def _integer(cell: Any) -> Any:
    return None if not _plain_number(cell) else read_integer(cell, low=-MOST_INTEGER, high=MOST_INTEGER)


def _number(cell: Any) -> Any:
    return None if not _plain_number(cell) else read_number(cell)


def _plain_number(cell: Any) -> bool:
    """Whether a cell is only a number: no code, date, house number or value with a unit."""
    if isinstance(cell, bool | date | datetime) or _code(cell):
        return False
    return not isinstance(cell, str) or bool(_DIGITS.fullmatch(cell.strip()))


def _date(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else None
    if isinstance(cell, str) and len(cell.strip()) > 10:
        return None
    return read_date(cell) if isinstance(cell, str | date) else None


def naming_field(fields: Sequence[DeclaredField]) -> str:
    """The field that probably names the objects, "" where there is none."""
    texts = [one for one in fields if one.type == "text"]
    for word in NAMING:
        for one in texts:
            if one.name == word or one.name.startswith(f"{word}_"):
                return one.name
    return texts[0].name if texts else ""
