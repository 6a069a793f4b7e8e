"""Numbers, days and moments of a filter, read whole: what cannot be stored exactly is refused."""

import re
from datetime import date, datetime
from decimal import Decimal

from layers.errors import BadFilter

MOST_DIGITS = 300
LARGEST = 1e300
"""Numbers reach up to here, so that no calculation with a few of them overflows in Python."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?", re.IGNORECASE
)


def number(text: str) -> int | float:
    """A numeric literal: a whole number exactly, another one as the double that it names. Raises BadFilter.

    A double names every decimal of up to 15 digits; one with more digits is taken where the double is equal to it or
    is written like it, so that no value changes without a word.
    """
    if text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:30]}… ({len(text)} characters)"
    found = float(text)
    if not abs(found) < LARGEST:
        raise BadFilter(f"The number {shown} is too large; numbers reach up to 1e300.")
    exact = Decimal(text)
    if exact not in (Decimal(found), Decimal(repr(found))):
        raise BadFilter(f"The number {shown} has more digits than are compared; write at most 15.")
    return found


def coordinate(text: str) -> float:
    """A coordinate, rounded to a double. Raises BadFilter."""
    found = float(text)
    if not abs(found) < LARGEST:
        raise BadFilter(f"The coordinate {text[:40]} is too large.")
    return found


def day_text(text: str) -> str:
    """A day such as 2026-01-31, checked. Raises BadFilter."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise BadFilter(f"“{text[:40]}” is no date such as 2026-01-31.")


def moment_text(text: str) -> str:
    """A moment such as 2026-01-31T12:00:00Z, checked. Raises BadFilter."""
    try:
        if _MOMENT.fullmatch(text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise BadFilter(f"“{text[:40]}” is no moment such as 2026-01-31T12:00:00Z.")


def end_text(text: str) -> str:
    """An end of an interval: a day, a moment, or `..` for none; checked. Raises BadFilter."""
    if text == "..":
        return text
    return moment_text(text) if "T" in text.upper() else day_text(text)
