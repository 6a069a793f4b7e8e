"""Parses numbers, angles and times as cameras and their programs write them.

Example: `angle((Fraction(50), Fraction(52), Fraction(1301, 100)))`, `angle("50,52.2168N")` and `angle("50.87028")`
are one latitude. None stands for what cannot be read.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from numbers import Real

_PART = re.compile(r"\d+(?:\.\d+)?(?:/\d+)?")
_TIME = re.compile(r"^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?$")
_MAPILLARY_TIME = re.compile(r"^(\d{4})_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d+)$")
_OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)$")
HALF_DAY_MINUTES = 14 * 60
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Times outside these years are none: damaged tags give them, and near the years 1 and 9999 no zone applies."""


def text(value: object) -> str:
    """A text value without padding: cameras fill up with zero bytes and spaces. "" for other types."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.replace("\x00", " ").strip() if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A finite number, also written as text or fraction ("25/2"); None for 0/0, other texts and types."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return None
    result = math.nan
    if isinstance(value, str | bytes):
        top, slash, bottom = text(value).replace("_", "?").partition("/")  # float() accepts 1_0
        try:
            result = float(top) / float(bottom) if slash else float(top)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
    elif isinstance(value, Real):
        try:
            result = float(value)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
    return result if math.isfinite(result) else None


def bearing(value: object) -> float | None:
    """A direction in [0, 360) of a number from -360 to 720, a turn too little or too much; None beyond that."""
    degrees = number(value)
    return degrees % 360 if degrees is not None and -360 <= degrees <= 720 else None


@dataclass(frozen=True, slots=True)
class Angle:
    """Degrees, positive without a letter; `letter` N, S, E, W or ""; `whole`: given to whole seconds only."""

    degrees: float
    letter: str
    whole: bool


def angle(value: object) -> Angle | None:
    """An angle as degrees, minutes, seconds (numbers or text), degrees and decimal minutes, or decimal degrees."""
    if isinstance(value, str | bytes):
        return _angle_of_text(text(value))
    parts: Sequence[object] = value if isinstance(value, tuple | list) else (value,)
    # Some programs write the seconds as a text of length zero.
    numbers = [0.0 if place == 2 and one in ("", b"") else number(one) for place, one in enumerate(parts)]
    return _angle_of_parts(numbers, "", 1)


def _angle_of_text(written: str) -> Angle | None:
    letter = written[-1:].upper()
    letter = letter if letter in ("N", "S", "E", "W") else ""
    sign = -1 if written.startswith("-") else 1
    parts = [number(one) for one in _PART.findall(written)]
    return _angle_of_parts(parts, letter, sign)


def _angle_of_parts(parts: Sequence[float | None], letter: str, sign: int) -> Angle | None:
    known = [one for one in parts if one is not None]
    if not 1 <= len(parts) <= 3 or len(known) < len(parts):
        return None
    degrees, minutes, seconds = [*known, 0.0, 0.0][:3]
    if not (0 <= minutes <= 60 and 0 <= seconds <= 60):
        return None
    if degrees < 0:
        sign, degrees = -1, -degrees
    value = sign * (degrees + minutes / 60 + seconds / 3600)
    whole = len(parts) == 3 and all(one.is_integer() for one in (degrees, minutes, seconds))
    return Angle(value, letter, whole)


def local_and_offset(value: object) -> tuple[datetime | None, str | None]:
    """A time without zone and, if it has one, its offset ("+02:00"): "2022:10:19 08:56:34", ISO 8601 too."""
    found = _TIME.match(text(value))
    if not found:
        return None, None
    year, month, day, hour, minute, second = (int(one or 0) for one in found.groups()[:6])
    fraction = float(f"0.{found[7] or 0}")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None, None
    try:
        moment = datetime(year, month, day, hour, minute) + timedelta(seconds=second + fraction)  # noqa: DTZ001 (local)
    except (ValueError, OverflowError):
        return None, None
    return moment, offset(found[8])


def offset(value: object) -> str | None:
    """A difference from UTC as "+02:00"; "Z" is "+00:00"."""
    written = text(value)
    if written == "Z":
        return "+00:00"
    found = _OFFSET.match(written)
    if not found or int(found[2]) * 60 + int(found[3]) > HALF_DAY_MINUTES:
        return None
    return f"{found[1]}{found[2]}:{found[3]}"


def offset_seconds(value: str | None) -> float | None:
    """The seconds of an offset, "+02:00" is 7200.0."""
    found = _OFFSET.match(value or "")
    return (int(found[2]) * 3600.0 + int(found[3]) * 60.0) * (-1 if found[1] == "-" else 1) if found else None


def utc(local: datetime | None, zone: str | None) -> str | None:
    """The UTC time (ISO, "Z" at the end) of a local time with its offset; None where one of them is missing."""
    seconds = offset_seconds(zone)
    if local is None or seconds is None:
        return None
    try:
        return iso_utc(local - timedelta(seconds=seconds))
    except OverflowError:
        return None


def iso_utc(moment: datetime) -> str:
    """A UTC time as text, "2022-10-19T07:56:34Z"."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def gps_time(date: object, time: object) -> str | None:
    """The UTC time of GPSDateStamp ("2022:10:19") and GPSTimeStamp (hours, minutes, seconds)."""
    day, _ = local_and_offset(f"{text(date)} 00:00:00")
    parts = [number(one) for one in time] if isinstance(time, tuple | list) else _clock(text(time))
    known = [one for one in parts if one is not None]
    if day is None or len(parts) != 3 or len(known) < 3:
        return None
    hours, minutes, seconds = known
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds <= 60):
        return None
    return iso_utc(day + timedelta(seconds=round(hours * 3600 + minutes * 60 + seconds, 3)))


def _clock(written: str) -> list[float | None]:
    return [number(one) for one in written.split(":")]


def mapillary_time(value: object) -> str | None:
    """The UTC time of a MAPCaptureTime, "2014_06_07_10_24_05_656"."""
    found = _MAPILLARY_TIME.match(text(value))
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    try:
        moment = datetime(*(int(one) for one in found.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
    return iso_utc(moment + timedelta(seconds=float(f"0.{found[7]}")))


def epoch(iso: str | None) -> float:
    """The seconds since 1970 of an ISO time; one without zone is taken as if it were UTC. NaN for None."""
    if not iso:
        return math.nan
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
