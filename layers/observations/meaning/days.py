"""Whole hours in UTC, and civil days and years in a time zone, which have 23, 24 or 25 hours."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.observations.columns import Integers, Times

HOUR = np.timedelta64(1, "h")
Days = NDArray[np.datetime64]
"""Dates, `datetime64[D]`, of a zone."""


@lru_cache(maxsize=16_384)
def midnight(day: date, zone: ZoneInfo) -> np.datetime64:
    """The moment in UTC at which a civil day begins, `datetime64[us]`."""
    local = datetime.combine(day, time(), zone)
    return np.datetime64(local.astimezone(UTC).replace(tzinfo=None), "us")


def midnights(first: date, last: date, zone: ZoneInfo) -> Times:
    """Beginnings in UTC of all days from `first` to the day after `last`, (days + 1,)."""
    dates = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 2).tolist()
    return np.array([midnight(day, zone) for day in dates], dtype="datetime64[us]")


def civil_days(moments: Times, zone: ZoneInfo) -> Days:
    """The civil day in which each moment (n,) in UTC is. Example: 2026-03-29T22:30Z is 2026-03-30 in Warsaw."""
    if not len(moments):
        return np.empty(0, "datetime64[D]")
    days = moments.astype("datetime64[D]")
    first, last = days.min() - 2, days.max() + 2  # no zone is two days off
    begins = midnights(first.item(), last.item(), zone)
    return np.add(first, np.searchsorted(begins, moments, side="right") - 1)


def hours_of_days(days: Days, zone: ZoneInfo) -> Integers:
    """The number of hours of each civil day (n,): 23, 24 or 25 in Warsaw."""
    begins = np.array([midnight(day, zone) for day in days.tolist()], dtype="datetime64[us]")
    ends = np.array([midnight(day, zone) for day in (days + 1).tolist()], dtype="datetime64[us]")
    return ((ends - begins) // HOUR).astype(np.int64)


def days_of_year(year: int) -> Days:
    """All dates of a year, (365,) or (366,)."""
    return np.arange(
        np.datetime64(f"{year:04d}-01-01"), np.datetime64(f"{year + 1:04d}-01-01"), dtype="datetime64[D]"
    )
