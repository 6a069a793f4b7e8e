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


class Rounded(float):
    """A number that is not the one that was written: no double is equal to that."""


def number(text: str) -> int | float:
    """A numeric literal: a whole number exactly, another one as the double that it names. Raises BadFilter.

    A double names every decimal of up to 15 digits; one with more digits is `Rounded` where the double is neither
    equal to it nor written like it.
    """
    if text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    found = float(text)
    if not abs(found) < LARGEST:
        raise BadFilter(f"The number {_shown(text)} is too large; numbers reach up to 1e300.")
    exact = Decimal(text)
    return found if exact in (Decimal(found), Decimal(repr(found))) else Rounded(found)


def compared(text: str) -> int | float:
    """A numeric literal that a value is compared with; raises BadFilter for one that would be rounded."""
    found = number(text)
    if isinstance(found, Rounded):
        raise BadFilter(f"The number {_shown(text)} has more digits than are compared; write at most 15.")
    return found


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30]}… ({len(text)} characters)"


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
