"""Parses cells as field values: numbers as text, Polish and English yes and no, dates, labels of codes.

Each reader takes a cell and returns the field's value, None where the cell is blank, or raises Unusable.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models

from ingest.osm.tags import WORDS
from ingest.text.names import plain
from ingest.text.numbers import split_number
from layers.schema.constraints import bounds_of
from layers.schema.kind import KindField, LayerKind

_NOTHING = frozenset(
    {"", "-", "–", "—", "brak", "brak danych", "b.d.", "bd", "n/a", "na", "nd", "null", "none", "nan"}
)
_YES = frozenset({"t", "tak", "y", "yes", "true", "1", "prawda", "jest"})
_NO = frozenset({"n", "nie", "no", "f", "false", "0", "falsz", "brak"})
_UNITS = {
    "m²": {"ha": 10_000.0, "a": 100.0, "ar": 100.0, "km2": 1_000_000.0, "km²": 1_000_000.0},
    "m": {"km": 1000.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048},
    "km/h": {"mph": 1.609344},
}
_DATES = (
    re.compile(r"^(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})(?:[T ].*)?$"),
    re.compile(r"^(?P<d>\d{1,2})[-./](?P<m>\d{1,2})[-./](?P<y>\d{4})(?:[T ].*)?$"),
    re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"),
)
_INTEGERS = {"SmallIntegerField": 2**15, "IntegerField": 2**31, "BigIntegerField": 2**63}

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Unusable(Exception):
    """A cell that is no value of the field: a short reason code and a line for people."""

    reason: str
    message: str


def clean(text: str) -> str:
    """A text without surrounding blanks and without what PostgreSQL cannot store (NUL, half a surrogate pair)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def reader_of(kind: LayerKind, field: KindField) -> Reader:
    """The reader of a field, by its column's type, bounds and codes."""
    column = kind.model._meta.get_field(field.name)
    low, high = bounds_of(kind.model, field.name)
    if field.choices:
        words = WORDS.get(field.name, {})
        return lambda cell: read_choice(cell, field, words)
    if isinstance(column, models.BooleanField):
        return read_flag
    if isinstance(column, models.DateTimeField):
        return read_moment
    if isinstance(column, models.DateField):
        return read_date
    if size := _INTEGERS.get(column.get_internal_type()):
        low, high = max(low, -size), min(high, size - 1)
        return lambda cell: read_integer(cell, field.unit, low, high)
    if isinstance(column, models.FloatField | models.DecimalField):
        return lambda cell: read_number(cell, field.unit, low, high)
    if isinstance(column, models.JSONField):
        return json_safe
    length = getattr(column, "max_length", None)
    return lambda cell: read_text(cell, length)


def _blank(cell: Any) -> bool:
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or (isinstance(cell, str) and clean(cell).casefold() in _NOTHING)


def read_number(cell: Any, unit: str = "", low: float = -math.inf, high: float = math.inf) -> float | None:
    """A number in the field's unit. Example: `read_number("2,277 ha", "m²")` is 22770.0."""
    if _blank(cell):
        return None
    if isinstance(cell, str):
        found = split_number(clean(cell))
        if found is None or re.match(r"^[-–/]\s*\d", found[1]):
            raise Unusable("not_a_number", f"“{_short(cell)}” is not a number.")
        number = round(found[0] * _factor(found[1], unit), 9)
    elif isinstance(cell, bool) or not hasattr(cell, "__float__"):
        raise Unusable("not_a_number", f"“{_short(cell)}” is not a number.")
    else:
        number = float(cell)
    if not math.isfinite(number) or not low <= number <= high:
        raise Unusable("out_of_range", f"{number:g} is not between {low:g} and {high:g}.")
    return number


def _factor(rest: str, unit: str) -> float:
    return _UNITS.get(unit, {}).get(rest.partition(" ")[0].rstrip(".").casefold(), 1.0)


def read_integer(cell: Any, unit: str = "", low: float = -math.inf, high: float = math.inf) -> int | None:
    """A whole number; 2.0 is one, 2.5 is not."""
    number = read_number(cell, unit, low, high)
    if number is None:
        return None
    if not number.is_integer():
        raise Unusable("not_whole", f"“{_short(cell)}” is not a whole number.")
    return int(number)


def read_flag(cell: Any) -> bool | None:
    """Yes or no. Example: "T", "Tak", "yes", 1 are True; "N", "Nie", "no", 0 are False."""
    if isinstance(cell, bool):
        return cell
    word = plain(_plain_text(cell)) if cell is not None else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    if _blank(cell):
        return None
    raise Unusable("not_yes_or_no", f"“{_short(cell)}” is neither yes nor no.")


def read_date(cell: Any) -> date | None:
    """A day: ISO, with dots, day first with a four-digit year, or eight digits."""
    if _blank(cell):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = clean(_plain_text(cell))
    for pattern in _DATES:
        if match := pattern.match(text):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                break
    raise Unusable("not_a_date", f"“{_short(cell)}” is not a date.")


def read_moment(cell: Any) -> datetime | None:
    """A moment in ISO 8601."""
    if _blank(cell) or isinstance(cell, datetime):
        return None if not isinstance(cell, datetime) else cell
    try:
        return datetime.fromisoformat(clean(_plain_text(cell)))
    except ValueError:
        raise Unusable("not_a_date", f"“{_short(cell)}” is not a date with time.") from None


def read_choice(cell: Any, field: KindField, words: Mapping[str, str]) -> str | None:
    """A code of the field, given as code ("U", "U – usługi"), as Polish or English label, or as one of `words`."""
    text = clean(_plain_text(cell)) if cell is not None else ""
    choices = field.choices or {}
    if text in choices:
        return text
    if text in words and words[text] in choices:
        return words[text]
    first = re.split(r"\s+[-–—]\s+", text)[0]
    if first in choices:
        return first
    word = plain(text)
    for code, label in choices.items():
        if word and word in (plain(code), plain(label.pl), plain(label.en)):
            return code
    if _blank(cell):
        return None
    raise Unusable("unknown_code", f"“{_short(cell)}” is none of {', '.join(choices)}.")


def read_text(cell: Any, length: int | None) -> str | None:
    """A text, stripped; numbers and lists written out."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    text = clean(_plain_text(cell))
    if length is not None and len(text) > length:
        raise Unusable("too_long", f"The text has {len(text)} characters; at most {length} are kept.")
    return text or None


def _plain_text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    if isinstance(cell, list | tuple):
        return ", ".join(_plain_text(one) for one in cell if one is not None)
    return str(cell)


def _short(cell: Any) -> str:
    text = " ".join(clean(_plain_text(cell)).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def json_safe(cell: Any) -> Any:
    """A cell as a JSON value; None for a blank one and for what JSON cannot represent (NaN, bytes).

    Texts that are JSON arrays or objects are parsed: GDAL returns nested properties as such texts.
    """
    if cell is None or isinstance(cell, bytes | bytearray | memoryview):
        return None
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, str):
        return _text_or_json(clean(cell))
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    if isinstance(cell, dict):
        return {clean(str(name)): json_safe(value) for name, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [json_safe(one) for one in cell]
    return clean(str(cell))


def _text_or_json(text: str) -> Any:
    if text[:1] + text[-1:] in ("[]", "{}"):
        try:
            return json_safe(json.loads(text))
        except (ValueError, RecursionError):
            return text
    return text or None
