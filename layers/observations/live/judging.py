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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from layers.errors import BadMeasure, NoBandTable
from layers.observations.columns import Numbers, Times, aware
from layers.observations.live.marks import Mark, marks
from layers.observations.live.windows import Series, Station, Values
from layers.observations.meaning.air import AirIndex, Concentration, hour_index, index_series
from layers.observations.meaning.bands import Index, band_table
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.gases import carbon_monoxide, methane
from layers.observations.meaning.litter import danger_degree
from layers.observations.meaning.meanings import Meaning
from layers.observations.meaning.means import Hour, Means, hourly_means
from layers.observations.meaning.rises import outlook, rate_of_rise, rise_meaning
from layers.observations.meaning.rivers import START, Gauge, gauge_meaning, replay
from layers.observations.meaning.structures import Quantity, crack, scale, tilt
from layers.observations.periods import HOUR
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
    """A station at a moment. `meaning` is the worst of its datastreams (of air: the index), else the freshness.

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

    @property
    def seq(self) -> int:
        """The number of the latest batch with a last value of the station."""
        return max(one.series.seq for one in self.series)


def station_state(station: Station, moment: datetime, *, present: bool = True) -> StationState:
    """The state of a station at a moment (aware); its values must reach `windows.MEMORY` back from there.

    `present`: the last value of a datastream may be older than its window. Else only values of the window count.
    """
    at = _utc(moment)
    until = {one.key: one.values.until(at) for one in station.series}
    air = _air(station, until, at)
    states = tuple(_state(one, until[one.key], moment, air, station, until, present) for one in station.series)
    found = air.meaning if air is not None else None
    if found is None:
        found = max((one.meaning for one in states if one.meaning is not None), key=_severity, default=None)
    main = next((one for one in states if one.meaning is not None and _decides(one, found, air)), None)
    main = main or next((one for one in states if one.meaning is not None), states[0])
    return StationState(station, states, found or main.freshness, main, air)


def _severity(one: Meaning) -> int:
    return -1 if one.index is None else one.index


def _decides(one: SeriesState, found: Meaning | None, air: AirIndex | None) -> bool:
    if air is not None and air.deciding:
        return one.series.code == air.deciding[0]
    return one.meaning is found


def _state(
    series: Series,
    values: Values,
    moment: datetime,
    air: AirIndex | None,
    station: Station,
    until: Mapping[int, Values],
    present: bool,
) -> SeriesState:
    last = series.last if present else None
    if len(values):
        end = aware(values.ends[-1])
        last = (end, float(values.values[-1]), int(values.flags[-1]), bool(values.excluded[-1]))
    if last is None:
        fresh = freshness(None, series.interval_s)
        return SeriesState(series, None, np.nan, _marks(series, 0, False), fresh)
    end, value, flags, excluded = last
    age_s = (moment - end).total_seconds()
    fresh = freshness(age_s, series.interval_s, flags)
    meaning, note = _meaning(series, values, moment, air, station, until)
    return SeriesState(series, end, value, _marks(series, flags, excluded), fresh, meaning, note)


def _marks(series: Series, flags: int, excluded: bool) -> tuple[Mark, ...]:
    return marks(flags=flags, excluded=excluded, standing=series.standing, synthetic=series.synthetic)


def _meaning(
    series: Series,
    values: Values,
    moment: datetime,
    air: AirIndex | None,
    station: Station,
    until: Mapping[int, Values],
) -> tuple[Meaning | None, Text]:
    none = Text("", "")
    if series.code == "level" and series.unit in _CENTIMETRES:
        return _level(series, values, _utc(moment))
    if air is not None and series.code in air.pollutants:
        return air.pollutants[series.code], none
    if series.code == "litter_moisture":
        humidity = _last(next((until[one.key] for one in station.series if one.code == "humidity"), None))
        day = moment.astimezone(series.zone).date()
        return danger_degree(_last(values), humidity, day=day), none
    if series.code not in _SCALES or series.unit != scale(series.code).unit:
        return None, none
    if series.code == "co":
        times, ppm = _distinct(values.ends, values.usable)
        return carbon_monoxide(times, ppm), none
    number = _last(values)
    return (_OF_VALUE[series.code](number) if np.isfinite(number) else None), none


_CENTIMETRES = {"cm": 1.0, "m": 100.0, "mm": 0.1}
_OF_VALUE: Mapping[str, Callable[[float], Meaning]] = {"tilt": tilt, "crack": crack, "methane": methane}
_SCALES: tuple[Quantity, ...] = ("tilt", "crack", "methane", "co")


def _utc(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _last(values: Values | None) -> float:
    """The last value if the rules may use it, else NaN."""
    return float(values.usable[-1]) if values is not None and len(values) else np.nan


def gauge_of(series: Series) -> Gauge:
    """The gauge of a datastream of levels. Thresholds that do not rise are left out."""
    try:
        return Gauge(series.thresholds.get("warning"), series.thresholds.get("alarm"))
    except BadMeasure:
        return Gauge(None, None)


def _level(series: Series, values: Values, at: np.datetime64) -> tuple[Meaning, Text]:
    gauge, there = gauge_of(series), np.isfinite(values.usable)
    times, levels = _distinct(values.ends[there], values.usable[there] * _CENTIMETRES[series.unit])
    memories = replay(gauge, times, levels)
    if not memories:
        return gauge_meaning(gauge, START, at), Text("", "")
    meaning = gauge_meaning(gauge, memories[-1], at)
    rise = rate_of_rise(times, levels, at, RATE_WINDOW_S)
    fast = rise_meaning(times, levels)
    note = outlook(gauge, float(levels[-1]), rise)
    if fast.index:
        note = Text(f"{fast.name.pl}; {note.pl}".rstrip("; "), f"{fast.name.en}; {note.en}".rstrip("; "))
    return meaning, note


def _distinct(times: Times, levels: Numbers) -> tuple[Times, Numbers]:
    """Values with rising times: of several with the same end the last one."""
    keep = np.append(times[1:] != times[:-1], True) if len(times) else np.empty(0, np.bool_)
    return times[keep], levels[keep]


def _air(station: Station, until: Mapping[int, Values], at: np.datetime64, index: Index = "pl") -> AirIndex | None:
    """The index of the last hour that has one, unknown where it is too long ago; None where nothing is measured."""
    try:
        table = band_table(index, at.astype("datetime64[D]").item())
    except NoBandTable:
        return None
    means: dict[str, Means[Hour]] = {}
    for one in station.series:
        if one.code in table.bands and one.code not in means and one.interval_s == HOUR_S:
            means |= hours_of(one, until[one.key])
    if not means:
        return None
    series = index_series(index, means)
    recent = np.flatnonzero((series.ends <= at) & (series.ends > at - HOURS_BACK * HOUR) & (series.classes >= 0))
    if len(recent):
        return series.at(int(recent[-1]))
    return hour_index(
        table, {code: Concentration(np.nan, one.unit, table.bands[code].hours) for code, one in means.items()}
    )


def hours_of(series: Series, values: Values) -> dict[str, Means[Hour]]:
    """Hourly means of a series by the code of the pollutant; nothing where the unit is none of mass in air."""
    whole = (values.starts == values.starts.astype("datetime64[h]")) & (values.ends - values.starts == HOUR)
    starts, numbers = values.starts[whole], values.usable[whole]
    try:
        return {series.code: hourly_means(series.code, series.unit, starts, numbers, series.zone)}
    except BadMeasure:
        return {}
