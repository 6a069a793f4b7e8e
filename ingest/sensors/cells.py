"""Cells of tables as numbers and moments. A cell that is neither is reported, never guessed."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.errors import BadOption, UnreadableFile

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?)?")
_POINTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?)?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def numbers(cells: Sequence[str], decimal: str = ".,") -> tuple[NDArray[np.float64], list[int]]:
    """Cells as numbers, NaN where blank, and the places of cells that are no finite number.

    `decimal` are the permitted decimal signs; there are no signs between thousands. Example: ["27,9", "", "x"] gives
    [27.9, nan, nan] and [2].
    """
    texts = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
    blank = pc.equal(texts, "")
    written = texts
    if "." not in decimal:
        written = pc.if_else(pc.match_substring(texts, "."), pa.scalar("?"), texts)
    if "," in decimal:
        written = pc.replace_substring(written, ",", ".")
    try:
        values = pc.cast(pc.if_else(blank, pa.scalar(None, pa.string()), written), pa.float64())
    except pa.ArrowInvalid:
        values = pa.array(
            [float(one) if _NUMBER.fullmatch(one) else None for one in written.to_pylist()], pa.float64()
        )
    found = values.to_numpy(zero_copy_only=False)
    bad = ~np.isfinite(found) & ~blank.to_numpy(zero_copy_only=False)
    return np.where(bad, np.nan, found), np.flatnonzero(bad).tolist()


def moment(text: str) -> datetime | None:
    """A published time: ISO 8601, month/day/year h:mm or day.month.year h:mm; None where it is none of these.

    It has a zone where the text has one. Raises UnreadableFile for day/month/year.
    """
    text = text.strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _written(text)


def _written(text: str) -> datetime | None:
    if match := _SLASHES.fullmatch(text):
        month, day, year, hour, minute, second = (int(one or 0) for one in match.groups())
        if month > 12 >= day:
            raise UnreadableFile(f"The date {text} is day/month/year; expected month/day/year or 2016-12-31 23:00.")
    elif match := _POINTS.fullmatch(text):
        day, month, year, hour, minute, second = (int(one or 0) for one in match.groups())
    else:
        return None
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (the caller knows the zone)
    except ValueError:
        return None


def nearest_second(time: datetime) -> datetime:
    """A time without the fractions of a second that a spreadsheet's numbers of days leave."""
    return (time + timedelta(microseconds=500_000)).replace(microsecond=0)


def utc_array(times: Sequence[datetime], offset: timedelta = timedelta(0)) -> NDArray[np.datetime64]:
    """Local times of a fixed offset from UTC, without zone, as UTC (datetime64[us])."""
    return np.array([one - offset for one in times], dtype="datetime64[us]")


def zone_named(name: str) -> tzinfo:
    """The zone of a name: IANA ("Europe/Warsaw"), "UTC", or a fixed offset ("+01:00"). Raises BadOption."""
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        if ahead < timedelta(hours=24):
            return timezone(-ahead if sign == "-" else ahead)
    try:
        return ZoneInfo("UTC" if name == "Z" else name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadOption(
            f"zone={name} is no time zone; give a name such as Europe/Warsaw or an offset such as +01:00."
        ) from None


def fixed_offset(name: str) -> timezone:
    """The fixed offset from UTC of a zone without summer time. Raises BadOption."""
    offset = zone_named(name).utcoffset(None)
    if offset is None:
        raise BadOption(f"zone={name} changes its offset in the year; give a fixed one such as +01:00.")
    return timezone(offset)


class LocalTimes:
    """Changes times of one zone to UTC. Those that a clock skips, or shows twice, are resolved or refused."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._offsets = lru_cache(maxsize=200_000)(self._offsets_of)

    def _offsets_of(self, minute: datetime) -> tuple[timedelta, timedelta]:
        first, second = (minute.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1))
        return first or timedelta(0), second or timedelta(0)

    def utc(self, times: Sequence[datetime]) -> tuple[NDArray[np.datetime64], dict[int, str]]:
        """Times of one series in the order of the file as UTC (datetime64[us]), and why some have none (NaT).

        "skipped": the clock was put forward over this time. "twice": the clock showed it twice, and the order of the
        times leaves open which is meant. It does where they go back once within the repeated period: what stands
        before that step is the first pass (summer time), what follows it the second.
        """
        pairs = [self._offsets(one.replace(second=0, microsecond=0)) for one in times]
        offsets = np.array([pair[0] for pair in pairs], dtype="timedelta64[us]")
        utc = np.array(times, dtype="datetime64[us]") - offsets
        faults: dict[int, str] = {}
        at = 0
        while at < len(pairs):
            first, second = pairs[at]
            end = at + 1
            if first < second:
                faults[at] = "skipped"
            elif first > second:
                while end < len(pairs) and pairs[end] == pairs[at]:
                    end += 1
                second_pass = _second_pass(times[at:end])
                if second_pass is None:
                    faults.update((place, "twice") for place in range(at, end))
                else:
                    utc[at + second_pass : end] += np.timedelta64(first - second)
            at = end
        utc[list(faults)] = np.datetime64("NaT")
        return utc, faults


def _second_pass(times: Sequence[datetime]) -> int | None:
    """Where the second pass of a repeated period begins; None where the order of its times leaves it open."""
    steps = [at for at in range(1, len(times)) if times[at] <= times[at - 1]]
    one_day = times[-1] - times[0] < timedelta(days=1)
    return steps[0] if len(steps) == 1 and one_day else None
