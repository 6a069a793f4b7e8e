"""Means of a pollutant over hours, eight hours, civil days and years, each of a type of its own.

A limit has the same type parameter (`limits.Limit`), so that a comparison of an hourly value with a daily limit is
refused by mypy, and by `require` when it runs. There is no function that makes one of the other without averaging.

Coverage by Directive 2008/50/EC, annexes VII and XI: 6 of 8 hours, 18 of 24 hours or running means of a day, 90 % of
the hours or days of a year. In a day of 23 or 25 hours it is 75 % of these: 18 and 19 hours.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadMeasure
from layers.observations.columns import Integers, Numbers, Times
from layers.observations.meaning.days import HOUR, Days, civil_days, days_of_year, hours_of_days, midnight
from layers.observations.meaning.meanings import UNKNOWN, amount, filled, joined
from layers.observations.meaning.units import converted, unit_named
from layers.text import Text

NOISE_DECIMALS = 9
"""The mean of 24 times 50.1 shall be 50.1 and not 50.100000000000001."""
DAY_SHARE, YEAR_SHARE = 0.75, 0.90


class Hour:
    """A mean of one hour."""

    text: ClassVar[Text] = Text("średnia godzinna", "hourly mean")


class EightHours:
    """A running mean of eight hours."""

    text: ClassVar[Text] = Text("średnia ośmiogodzinna krocząca", "running eight-hour mean")


class HighestEightHours:
    """The highest running mean of eight hours of a civil day."""

    text: ClassVar[Text] = Text("najwyższa średnia ośmiogodzinna doby", "highest eight-hour mean of a day")


class Day:
    """A mean of a civil day."""

    text: ClassVar[Text] = Text("średnia dobowa", "daily mean")


class Year:
    """A mean of a calendar year."""

    text: ClassVar[Text] = Text("średnia roczna", "yearly mean")


W = TypeVar("W", Hour, EightHours, HighestEightHours, Day, Year)
S = TypeVar("S", Hour, Day)


@dataclass(frozen=True, slots=True, eq=False)
class Means(Generic[W]):
    """Means of a pollutant in the order of time, each column (n,).

    `days` is the civil day of `zone` that a mean counts for: of a running mean the one in which it ends, of a year
    its first. `ends` are the ends in UTC. `values` are in `unit`, NaN without any value; `coverage` is the share
    (0 to 1) of the time with values; only where `valid` may a mean be compared with a limit.
    """

    window: type[W]
    pollutant: str
    unit: str
    zone: ZoneInfo
    days: Days
    ends: Times
    values: Numbers
    coverage: Numbers
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def years(self) -> Integers:
        """The calendar year of each, (n,)."""
        return self.days.astype("datetime64[Y]").astype(np.int64) + 1970

    def expressed(self, unit: str) -> Numbers:
        """The values in another unit. Raises BadMeasure."""
        return converted(self.values, self.unit, unit)

    def text(self, place: int) -> Text:
        """One mean in words: pollutant, window, value, coverage, and whether it is valid."""
        value = float(self.values[place])
        shown = amount(value, self.unit) if np.isfinite(value) else UNKNOWN.name
        percent = np.floor(100 * self.coverage[place] + 1e-9)  # 74.9 % is not valid, so it must not read 75
        parts: list[Text] = [filled(_HEAD, name=self.pollutant, window=self.window.text, value=shown)]
        if self.window is not Hour:
            parts.append(filled(_COVERAGE, percent=int(percent)))
        if not self.valid[place]:
            parts.append(_NOT_VALID)
        return joined(parts)


_HEAD = Text("{name}, {window} {value}", "{name}, {window} {value}")
_COVERAGE = Text("kompletność {percent} %", "coverage {percent}%")
_NOT_VALID = Text("nieważna: za mało wartości", "not valid: too few values")


def require(means: Means[Any], window: type, pollutant: str) -> None:
    """Raise BadMeasure unless the means are of this window and pollutant."""
    if means.window is not window:
        raise BadMeasure(f"A limit of the {window.__name__} was given means of the {means.window.__name__}.")
    if means.pollutant != pollutant:
        raise BadMeasure(f"A limit of {pollutant} was given means of {means.pollutant}.")


def hourly_means(pollutant: str, unit: str, starts: Times, values: Numbers, zone: ZoneInfo) -> Means[Hour]:
    """Hourly means as measured. `starts` (n,) whole hours in UTC, rising; `values` (n,), NaN or infinite for none.

    Leave out values outside the physical range and excluded ones before. Raises BadMeasure where the hours are not
    whole or do not rise, or the unit is none of mass in air.
    """
    begins, numbers = starts.astype("datetime64[us]"), np.asarray(values, dtype=np.float64)
    if begins.shape != numbers.shape or (begins != begins.astype("datetime64[h]")).any():
        raise BadMeasure("Hourly means begin at whole hours of UTC, one value for each.")
    if (begins[1:] <= begins[:-1]).any():
        raise BadMeasure("The hours must rise, each once.")
    valid = np.isfinite(numbers)
    numbers = np.where(valid, numbers, np.nan)
    ends: Times = np.add(begins, HOUR)
    days = civil_days(begins, zone)
    return Means(Hour, pollutant, unit_named(unit), zone, days, ends, numbers, valid.astype(np.float64), valid)


def stored_days(
    pollutant: str, unit: str, days: Days, values: Numbers, coverage: Numbers, zone: ZoneInfo
) -> Means[Day]:
    """Daily means that are stored, such as `DailyRollup`: mean and coverage of each civil day (n,), rising."""
    numbers = np.asarray(values, dtype=np.float64)
    if (days[1:] <= days[:-1]).any():
        raise BadMeasure("The days must rise, each once.")
    return _of_days(Day, pollutant, unit_named(unit), zone, days.astype("datetime64[D]"), numbers, coverage)


def _of_days(
    window: type[W], pollutant: str, unit: str, zone: ZoneInfo, days: Days, values: Numbers, coverage: Numbers
) -> Means[W]:
    share = np.nan_to_num(np.asarray(coverage, dtype=np.float64))
    valid = np.isfinite(values) & (share >= DAY_SHARE)
    ends = np.array([midnight(day, zone) for day in (days + 1).tolist()], dtype="datetime64[us]")
    return Means(window, pollutant, unit, zone, days, ends, values, share, valid)


def daily_means(hours: Means[Hour]) -> Means[Day]:
    """Means of all civil days from the first to the last with hours; days between without a value are NaN.

    Valid from 75 % of the hours that the civil day has.
    """
    require(hours, Hour, hours.pollutant)
    days, place = _all_days(hours.days)
    values, counts = _grouped(place, hours.values, hours.valid, len(days))
    coverage = counts / hours_of_days(days, hours.zone) if len(days) else counts
    return _of_days(Day, hours.pollutant, hours.unit, hours.zone, days, values, coverage)


def _all_days(days: Days) -> tuple[Days, Integers]:
    """All days from the first to the last, and the position of each of the given among them."""
    if not len(days):
        return days, np.empty(0, np.int64)
    every = np.arange(days[0], days[-1] + 1)
    return every, (days - days[0]).astype(np.int64)


def _grouped(place: Integers, values: Numbers, valid: NDArray[np.bool_], size: int) -> tuple[Numbers, Numbers]:
    """Mean and count of the valid values of each group (size,)."""
    counts = np.bincount(place[valid], minlength=size).astype(np.float64)
    sums = np.bincount(place[valid], values[valid], minlength=size)
    means = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return np.round(means, NOISE_DECIMALS), counts


def yearly_means(means: Means[S]) -> Means[Year]:
    """Means of calendar years of hourly or daily means, valid from 90 % of all hours or days of the year.

    The law wants the hourly means where they are measured. The year that has not ended is not valid before 90 %.
    """
    years = np.unique(means.years)
    place = np.searchsorted(years, means.years)
    values, counts = _grouped(place, means.values, means.valid, len(years))
    expected = [expected_in_year(means.window, int(year), means.zone) for year in years]
    coverage = counts / np.array(expected, dtype=np.float64) if len(years) else counts
    days = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    ends = np.array([midnight(date(year + 1, 1, 1), means.zone) for year in years.tolist()], dtype="datetime64[us]")
    valid = np.isfinite(values) & (coverage >= YEAR_SHARE)
    return Means(Year, means.pollutant, means.unit, means.zone, days, ends, values, coverage, valid)


def expected_in_year(window: type, year: int, zone: ZoneInfo) -> int:
    """How many means of a window a full calendar year has."""
    if window is Year:
        return 1
    days = days_of_year(year)
    return int(hours_of_days(days, zone).sum()) if window in (Hour, EightHours) else len(days)


def eight_hour_means(hours: Means[Hour]) -> Means[EightHours]:
    """Running means of eight hours, one that ends with each hour from the first to the last; valid from 6 hours.

    The mean of 17:00 to 01:00 is the first of a day: it counts for the day in which it ends.
    """
    require(hours, Hour, hours.pollutant)
    ends, grid = hourly_grid(hours.ends, hours.values)
    values, coverage = running_means(grid, 8)
    days = civil_days(ends - HOUR, hours.zone)
    valid = coverage >= DAY_SHARE
    return Means(EightHours, hours.pollutant, hours.unit, hours.zone, days, ends, values, coverage, valid)


def hourly_grid(ends: Times, values: Numbers) -> tuple[Times, Numbers]:
    """All hours from the first to the last, and their values, NaN where there is none."""
    if not len(ends):
        return ends, values
    every: Times = np.arange(ends[0], ends[-1] + HOUR, HOUR).astype("datetime64[us]")
    grid = np.full(len(every), np.nan)
    grid[np.searchsorted(every, ends)] = values
    return every, grid


def running_means(grid: Numbers, hours: int) -> tuple[Numbers, Numbers]:
    """Of hours (n,) without gaps in time the mean of each and the hours before it, `hours` long, and its coverage.

    Summed window by window: differences of cumulated sums would add noise at the edge of a limit.
    """
    if not len(grid):
        return grid, grid
    padded = np.concatenate([np.full(hours - 1, np.nan), grid])
    windows = np.lib.stride_tricks.sliding_window_view(padded, hours)
    counts = np.isfinite(windows).sum(axis=1)
    sums = np.nansum(windows, axis=1)
    means = np.divide(sums, counts, out=np.full(len(grid), np.nan), where=counts > 0)
    return np.round(means, NOISE_DECIMALS), counts / hours


def highest_eight_hours(means: Means[EightHours]) -> Means[HighestEightHours]:
    """The highest valid running mean of each civil day; valid from 75 % of the day's running means (18 of 24)."""
    require(means, EightHours, means.pollutant)
    days, place = _all_days(means.days)
    values = np.full(len(days), -np.inf)
    np.maximum.at(values, place[means.valid], means.values[means.valid])
    counts = np.bincount(place[means.valid], minlength=len(days)).astype(np.float64)
    coverage = counts / hours_of_days(days, means.zone) if len(days) else counts
    values = np.where(counts > 0, values, np.nan)
    return _of_days(HighestEightHours, means.pollutant, means.unit, means.zone, days, values, coverage)
