"""Parses tag values of OpenStreetMap as numbers, words or booleans. Raises ValueError for others.

The forms read are those of https://wiki.openstreetmap.org/wiki/Map_features/Units. A text that means "no single
value" ("4;6", "1890s", "before 1939") is refused, not guessed.
"""

import re
from datetime import date

KM_PER_MILE = 1.609344
M_PER_FOOT = 0.3048
WALKING_KM_H = 5

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_METRES = re.compile(rf"^{_NUMBER}\s*(m|metres?|meters?)?$", re.IGNORECASE)
_CENTIMETRES = re.compile(rf"^{_NUMBER}\s*cm$", re.IGNORECASE)
_FEET = re.compile(rf"""^{_NUMBER}\s*(?:'|ft|feet)(?:\s*{_NUMBER}\s*(?:"|''|in))?$""", re.IGNORECASE)
_SPEED = re.compile(rf"^{_NUMBER}\s*(km/h|kmh|kph|mph)?$", re.IGNORECASE)
_ZONE = re.compile(r"^(?:([A-Za-z]{2}):)?([a-z_]+?)(?::?(\d+))?$")
_DATE = re.compile(r"^(\d{4})(?:-(?:0[1-9]|1[0-2])(?:-\d{2})?)?$")

# Legal limits (km/h) where the tag names the kind of road and not the number; None where the law sets no limit.
SPEED_BY_LAW: dict[str, dict[str, int | None]] = {
    "urban": {"": 50},
    "rural": {"PL": 90, "DE": 100, "AT": 100, "CZ": 90, "SK": 90, "FI": 80},
    "trunk": {"PL": 100, "AT": 100, "CZ": 110, "FI": 100},
    "motorway": {"PL": 140, "DE": None, "AT": 130, "CZ": 130, "SK": 130, "FI": 120},
    "living_street": {"PL": 20, "DE": 7, "AT": 5, "CZ": 20, "SK": 20, "FI": 20},
    "walk": {"": WALKING_KM_H, "DE": 7},
    "none": {"": None},
}


def metres(text: str) -> float:
    """A length in metres: "12", "12 m", "1,8", "250 cm", "12'", "12'6\\"" (feet and inches)."""
    text = text.strip()
    if found := _METRES.match(text):
        return _number(found[1])
    if found := _CENTIMETRES.match(text):
        return _number(found[1]) / 100
    if found := _FEET.match(text):
        return round((_number(found[1]) + _number(found[2] or "0") / 12) * M_PER_FOOT, 3)
    raise ValueError("not a length in metres or feet")


def speed_km_h(text: str) -> int | None:
    """A speed limit: "50", "30 mph" (48), "FI:urban" (50), "DE:zone:30" (30), "walk" (5); None for no limit."""
    text = text.strip()
    if found := _SPEED.match(text):
        factor = KM_PER_MILE if (found[2] or "").lower() == "mph" else 1
        return round(_number(found[1]) * factor)
    if not (zone := _ZONE.match(text)):
        raise ValueError("not a speed limit")
    country, law, number = (zone[1] or "").upper(), zone[2], zone[3]
    if law in ("zone", "bicycle_road") and number:
        return int(number)
    by_country = SPEED_BY_LAW.get(law, {})
    if country in by_country:
        return by_country[country]
    if "" in by_country:
        return by_country[""]
    raise ValueError("a speed limit by a law that is not known here")


def whole(text: str) -> int:
    """A whole number; "3.0" is one, "3.5" and "3;4" are not."""
    number = float(text.strip())
    if not number.is_integer():
        raise ValueError("not a whole number")
    return int(number)


def year(text: str) -> int:
    """The year of a full date ("1936", "1938-10", "1938-10-05"); periods and estimates are refused."""
    if found := _DATE.match(text.strip()):
        return int(found[1])
    raise ValueError("not one year")


def day(text: str) -> str:
    """A day as ISO text ("2021-05-30"), checked against the calendar."""
    return date.fromisoformat(text.strip()).isoformat()


def truth(text: str) -> bool:
    """A boolean: "yes" or 1, "no" or 0."""
    text = text.strip().lower()
    if text in ("yes", "true", "1"):
        return True
    if text in ("no", "false", "0"):
        return False
    raise ValueError("neither yes nor no")


def present(text: str) -> bool:
    """False for "no", "none" or "disused"; true for any other word, which names a sort (bridge=viaduct, lit=24/7)."""
    return text.strip().lower() not in ("no", "false", "0", "disused", "none")


def _number(text: str) -> float:
    return float(text.replace(",", "."))
