"""The air of a station over time: index of each hour, daily means, and a year's exceedances of the limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from layers.observations.live.judging import HOUR_S, hours_of
from layers.observations.live.thresholds import ACTS
from layers.observations.live.windows import Series, Station, Values
from layers.observations.meaning.air import IndexSeries, index_series
from layers.observations.meaning.bands import Index, band_tables
from layers.observations.meaning.limits import Exceedances, exceedances, limits, mean_meaning
from layers.observations.meaning.meanings import Meaning
from layers.observations.meaning.means import (
    Day,
    Hour,
    Means,
    daily_means,
    eight_hour_means,
    highest_eight_hours,
    yearly_means,
)

INDICES: tuple[Index, ...] = ("pl", "eu")
RUNNING = timedelta(hours=24)
"""Older band tables want means of so many hours before the first one shown."""


def pollutants() -> frozenset[str]:
    """The codes of all pollutants that some band table or limit has."""
    found = {code for index in INDICES for table in band_tables(index) for code in table.bands}
    for act in ACTS:
        of_act = limits(act, 2030)
        found |= {code for table in (of_act.hours, of_act.days, of_act.eight_hours, of_act.years) for code in table}
    return frozenset(found)


def pollutant_series(station: Station) -> list[Series]:
    """The hourly series of pollutants of a station, the first of each pollutant."""
    known = pollutants()
    found: dict[str, Series] = {}
    for one in station.series:
        if one.code in known and one.interval_s == HOUR_S:
            found.setdefault(one.code, one)
    return list(found.values())


def hours(series: list[Series], values: Mapping[int, Values]) -> dict[str, Means[Hour]]:
    """Hourly means by pollutant, of values that the rules may use. Series in other units are left out."""
    found: dict[str, Means[Hour]] = {}
    for one in series:
        if one.key in values:
            found |= hours_of(one, values[one.key])
    return found


def station_index(index: Index, means: Mapping[str, Means[Hour]]) -> IndexSeries | None:
    """The index of all hours, None where its tables have none of the pollutants."""
    judged = {code for table in band_tables(index) for code in table.bands}
    chosen = {code: one for code, one in means.items() if code in judged}
    return index_series(index, chosen) if chosen else None


@dataclass(frozen=True, slots=True)
class DayMean:
    """A daily mean: `coverage` from 0 to 1, `exceeded` the limits of a day that it is above, where it is valid."""

    value: float
    unit: str
    coverage: float
    valid: bool
    exceeded: tuple[Meaning, ...]


def last_days(means: Mapping[str, Means[Hour]], year: int, count: int) -> dict[date, dict[str, DayMean]]:
    """The daily means of the last days of a year that have any value, by pollutant; the latest day first."""
    found: dict[date, dict[str, DayMean]] = {}
    for code, hourly in means.items():
        days = daily_means(hourly)
        for place in np.flatnonzero((days.years == year) & np.isfinite(days.values))[-count:].tolist():
            found.setdefault(days.days[place].item(), {})[code] = _day_mean(days, place, year)
    return dict(sorted(found.items(), reverse=True)[:count])


def _day_mean(days: Means[Day], place: int, year: int) -> DayMean:
    compared = [limits(act, year).days.get(days.pollutant) for act in ACTS]
    meanings = [mean_meaning(days, limit, place) for limit in compared if limit is not None]
    exceeded = tuple(one for one in meanings if one.index)
    value, coverage = float(days.values[place]), float(days.coverage[place])
    return DayMean(value, days.unit, coverage, bool(days.valid[place]), exceeded)


def year_exceedances(means: Mapping[str, Means[Hour]], year: int) -> Iterator[Exceedances]:
    """All limits of today and from 2030 on that a station's pollutants can be compared with, in one year."""
    for code, hourly in means.items():
        averaged: dict[str, Means[Any]] = {
            "hours": hourly,
            "days": daily_means(hourly),
            "eight_hours": highest_eight_hours(eight_hour_means(hourly)),
            "years": yearly_means(hourly),
        }
        for act in ACTS:
            table = limits(act, year)
            for window, values in averaged.items():
                limit = getattr(table, window).get(code)
                if limit is not None:
                    yield exceedances(values, limit, year)
