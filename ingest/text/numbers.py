"""Parses numbers as people write them: decimal comma, spaces between thousands, a unit behind."""

import math
import re

_SPACES = dict.fromkeys(map(ord, " \t\u00a0\u2009\u202f\u2007'"), None)
_NUMBER = re.compile(
    r"^[~≈<>\s]{0,4}([+\-−]?(?:\d[\d.,\s\u00a0\u2009\u202f\u2007']*|[.,]\d+)(?:[eE][+\-]?\d+)?)(.*)$", re.S
)


def split_number(text: str) -> tuple[float, str] | None:
    """The number a text starts with and what follows it, or None.

    Example: `split_number("2,277 ha")` is (2.277, "ha"); "1 234,5" is 1234.5; "1.234,5" and "1,234.5" are 1234.5;
    a single comma is always the decimal sign. A number too large for a float is none.
    """
    match = _NUMBER.match(text.strip())
    if not match:
        return None
    digits = match.group(1).translate(_SPACES).replace("−", "-").rstrip(".,")
    try:
        number = float(_decimal_point(digits))
    except ValueError:
        return None
    return (number, match.group(2).strip()) if math.isfinite(number) else None


def _decimal_point(digits: str) -> str:
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        last_is_comma = digits.rfind(",") > digits.rfind(".")
        thousands, decimal = (".", ",") if last_is_comma else (",", ".")
        return digits.replace(thousands, "").replace(decimal, ".")
    if commas > 1 or points > 1:
        return digits.replace(",", "").replace(".", "")
    return digits.replace(",", ".")


def coordinate(text: object) -> float | None:
    """A coordinate cell as a number; None where it is empty or not a plain number."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str) or not (found := split_number(text)):
        return None
    number, rest = found
    return number if rest in ("", "°", "m") else None
