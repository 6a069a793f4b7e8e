"""The state of a station and of each of its datastreams at a moment, by the rules of `layers.observations.meaning`.

| Observed property | Rule                                                                              |
| ----------------- | --------------------------------------------------------------------------------- |
| level             | state of a gauge with hysteresis, by the datastream's own thresholds; fast rise    |
| a pollutant       | Polish index of the last full hour, for the station and for each pollutant         |
| litter_moisture   | degree of forest fire danger, with the humidity measured at the same station       |
| tilt, crack       | classes of structures                                                             |
| co, methane       | classes of gas                                                                    |

Other properties have no rule: they are shown with their freshness only.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import numpy as np

from layers.errors import BadMeasure
from layers.observations.columns import Numbers, Times, aware
from layers.observations.live.marks import Mark, marks
from layers.observations.live.windows import MEMORY, Series, Station, Values, stations, utc
from layers.observations.meaning.air import AirIndex, Concentration, IndexSeries, hour_index, index_series
from layers.observations.meaning.bands import Index, band_table, band_tables
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.gases import carbon_monoxide, methane
from layers.observations.meaning.litter import danger_degree
from layers.observations.meaning.meanings import Meaning, joined
from layers.observations.meaning.means import Hour, Means, hourly_means
from layers.observations.meaning.rises import outlook, rate_of_rise, rise_meaning
from layers.observations.meaning.rivers import START, Gauge, gauge_meaning, replayed
from layers.observations.meaning.structures import Quantity, crack, scale, tilt
from layers.observations.models import Thing
from layers.observations.periods import HOUR
from layers.schema.kind import LayerKind
from layers.text import Text

HOUR_S = 3600
RATE_WINDOW_S = 3600.0
"""The window of the rate of rise that is shown beside a gauge."""
HOURS_BACK = 3
"""The index of an hour is shown until so many later hours have ended: stations report late."""


@dataclass(frozen=True, slots=True)
class SeriesState:
    """A datastream at a moment.

    `at` is the end (UTC) of the last value, None without any; `value` is NaN where it is no number. `meaning` is the
    class by the rule of its property, None where there is no rule. `note` has what else is known: a rate of rise.
    """

    series: Series
    at: datetime | None
    value: float
    marks: tuple[Mark, ...]
    freshness: Meaning
    meaning: Meaning | None = None
    note: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class StationState:
    """A station at a moment. `meaning` is the worst of its datastreams (of air: the index); without a rule for any,
    or without thresholds of a gauge, it is the freshness.

    `main` is the datastream that decided it, whose value stands on the map.
    """

    station: Station
    series: tuple[SeriesState, ...]
    meaning: Meaning
    main: SeriesState
    air: AirIndex | None = None

    @property
    def freshness(self) -> Meaning:
        """That of the datastream on the map."""
        return self.main.freshness

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those of the datastream on the map."""
        return self.main.marks


def station_state(station: Station, moment: datetime, *, present: bool = True) -> StationState:
    """The state of a station at a moment (aware); its values must reach `windows.MEMORY` back from there.

    `present`: the last value of a datastream may be older than its window. Else only values of the window count.
    """
    return Judge(station).state(moment, present=present)


def states_of(kind: LayerKind, features: Collection[UUID], moment: datetime) -> dict[UUID, StationState]:
    """The states of those of the features that are stations with datastreams."""
    things = Thing.objects.filter(kind=kind.slug, feature_id__in=features, ended_by=None).values_list("pk", flat=True)
    found = [station_state(one, moment) for one in stations(kind, moment - MEMORY, moment, list(things))]
    return {one.station.feature: one for one in found if one.station.feature is not None}


class Judge:
    """Judges a station at any moments of its window; what a rule replays is replayed once."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self._gauges = {one.key: _Levels(one) for one in station.series if measures_level(one)}

    def state(self, moment: datetime, *, present: bool = True) -> StationState:
        """See `station_state`."""
        at = utc(moment)
        until = {one.key: one.values.until(at) for one in self.station.series}
        air = self._air(at)
        states = tuple(self._series(one, until, moment, air, present) for one in self.station.series)
        found = air.meaning if air is not None else None
        if found is None:
            found = max((one.meaning for one in states if one.meaning is not None), key=_severity, default=None)
        judged = [one for one in states if one.meaning is not None]
        main = next((one for one in judged if _decides(one, found, air)), judged[0] if judged else states[0])
        return StationState(self.station, states, found or main.freshness, main, air)

    def _series(
        self, series: Series, until: Mapping[int, Values], moment: datetime, air: AirIndex | None, present: bool
    ) -> SeriesState:
        values = until[series.key]
        last = series.last if present else None
        if len(values):
            end = aware(values.ends[-1])
            last = (end, float(values.values[-1]), int(values.flags[-1]), bool(values.excluded[-1]))
        if last is None:
            return SeriesState(series, None, np.nan, _marks(series, 0, False), freshness(None, series.interval_s))
        end, value, flags, excluded = last
        fresh = freshness((moment - end).total_seconds(), series.interval_s, flags)
        meaning, note = self._meaning(series, until, moment, air)
        return SeriesState(series, end, value, _marks(series, flags, excluded), fresh, meaning, note)

    def _meaning(
        self, series: Series, until: Mapping[int, Values], moment: datetime, air: AirIndex | None
    ) -> tuple[Meaning | None, Text]:
        values, none = until[series.key], Text("", "")
        if series.key in self._gauges:
            return self._gauges[series.key].at(utc(moment))
        if air is not None and series.code in air.pollutants:
            return air.pollutants[series.code], none
        if series.code == "litter_moisture":
            near = next((until[one.key] for one in self.station.series if one.code == "humidity"), None)
            return danger_degree(_last(values), _last(near), day=moment.astimezone(series.zone).date()), none
        if measures_co(series):
            times, ppm = _distinct(values.ends, values.usable)
            return carbon_monoxide(times, ppm), none
        if series.code not in _SCALES or series.unit != scale(series.code).unit:
            return None, none
        number = _last(values)
        return (_OF_VALUE[series.code](number) if np.isfinite(number) else None), none

    def _air(self, at: np.datetime64) -> AirIndex | None:
        """The index of the last hour that has one, unknown where that is too long ago; None without pollutants."""
        found = self._hours
        if found is None:
            return None
        ends, classes = found.ends, found.classes
        recent = np.flatnonzero((ends <= at) & (ends > at - HOURS_BACK * HOUR) & (classes >= 0))
        if len(recent):
            return found.at(int(recent[-1]))
        table = band_table(INDEX, at.astype("datetime64[D]").item())
        measured = [one for one in self.station.series if one.code in table.bands]
        return hour_index(table, {one.code: Concentration(np.nan, table.bands[one.code].unit) for one in measured})

    @cached_property
    def _hours(self) -> IndexSeries | None:
        """The index of each hour of the window; None where no pollutant of the index is measured."""
        means: dict[str, Means[Hour]] = {}
        for one in self.station.series:
            if measures_air(one) and one.code not in means:
                means |= hours_of(one, one.values)
        return index_series(INDEX, means) if means else None


class _Levels:
    """A gauge's levels in centimetres and its memory after each, of the whole window."""

    def __init__(self, series: Series) -> None:
        levels = series.values.usable * LEVEL_CM[series.unit]
        there = np.isfinite(levels)
        self._gauge = gauge_of(series)
        self._times, self._levels = _distinct(series.values.ends[there], levels[there])
        self._replayed = replayed(self._gauge, self._times, self._levels)

    def at(self, moment: np.datetime64) -> tuple[Meaning | None, Text]:
        """The state at a moment, None without thresholds, and the rate of rise with the time to the next one."""
        count = int(np.searchsorted(self._times, moment, side="right"))
        judged = bool(self._gauge.thresholds)
        if not count:
            return gauge_meaning(self._gauge, START, moment) if judged else None, Text("", "")
        first = np.searchsorted(self._times, self._times[count - 1] - rises_back(self._gauge))
        times, levels = self._times[first:count], self._levels[first:count]
        note = outlook(self._gauge, float(levels[-1]), rate_of_rise(times, levels, moment, RATE_WINDOW_S))
        note, fast = note if judged else NO_THRESHOLDS, rise_meaning(times, levels)
        note = joined([fast.name, note]) if fast.index else note
        return gauge_meaning(self._gauge, self._replayed.memory(count - 1), moment) if judged else None, note


def rises_back(gauge: Gauge) -> np.timedelta64:
    """How long before the last value of a gauge the windows of its rates begin at the earliest."""
    longest_s = max(RATE_WINDOW_S, gauge.rule.rate_window_s, gauge.rule.rate_alarm_window_s)
    return np.timedelta64(round(longest_s * 1e6), "us")


NO_THRESHOLDS = Text("wodowskaz nie ma progów", "the gauge has no thresholds")


INDEX: Index = "pl"
"""The index that decides the state of a station of air."""
LEVEL_CM = {"cm": 1.0, "m": 100.0, "mm": 0.1}
"""Centimetres of the units of levels."""
_OF_VALUE: Mapping[str, Callable[[float], Meaning]] = {"tilt": tilt, "crack": crack, "methane": methane}
_SCALES: tuple[Quantity, ...] = ("tilt", "crack", "methane")


def measures_level(series: Series) -> bool:
    """Whether its values are judged as the level of a gauge."""
    return series.code == "level" and series.unit in LEVEL_CM


def measures_air(series: Series) -> bool:
    """Whether its values are hours of a pollutant that the index has."""
    return series.interval_s == HOUR_S and series.code in band_tables(INDEX)[-1].bands


def measures_co(series: Series) -> bool:
    """Whether its values are judged as carbon monoxide in a home."""
    return series.code == "co" and series.unit == scale("co").unit


def gauge_of(series: Series) -> Gauge:
    """The gauge of a datastream of levels. Thresholds that do not rise are left out."""
    try:
        return Gauge(series.thresholds.get("warning"), series.thresholds.get("alarm"))
    except BadMeasure:
        return Gauge(None, None)


def _severity(one: Meaning) -> int:
    return -1 if one.index is None else one.index


def _decides(one: SeriesState, found: Meaning | None, air: AirIndex | None) -> bool:
    if air is not None and air.deciding:
        return one.series.code == air.deciding[0]
    return one.meaning is found


def _marks(series: Series, flags: int, excluded: bool) -> tuple[Mark, ...]:
    return marks(flags=flags, excluded=excluded, standing=series.standing, synthetic=series.synthetic)


def _last(values: Values | None) -> float:
    """The last value if the rules may use it, else NaN."""
    return float(values.usable[-1]) if values is not None and len(values) else np.nan


def _distinct(times: Times, levels: Numbers) -> tuple[Times, Numbers]:
    """Values in the order of their ends: of several with the same end the last one."""
    if (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        times, levels = times[order], levels[order]
    distinct = np.append(times[1:] != times[:-1], True) if len(times) else np.empty(0, np.bool_)
    return times[distinct], levels[distinct]


def hours_of(series: Series, values: Values) -> dict[str, Means[Hour]]:
    """Hourly means of a series by the code of the pollutant; nothing where the unit is none of mass in air."""
    whole = (values.starts == values.starts.astype("datetime64[h]")) & (values.ends - values.starts == HOUR)
    try:
        means = hourly_means(series.code, series.unit, values.starts[whole], values.usable[whole], series.zone)
    except BadMeasure:
        return {}
    return {series.code: means}
