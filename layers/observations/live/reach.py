"""How far back the values of a datastream decide about it: what must be read, and what may be forgotten.

| Judged as           | Needed                                                                            |
| ------------------- | --------------------------------------------------------------------------------- |
| level of a gauge    | the windows of its rates; all from the first value of MEMORY at a threshold on      |
| carbon monoxide     | the last values that follow each other at or above the lowest threshold            |
| hour of a pollutant | the hours of the index, those that a band table averages with them; the last value |
| anything else       | the last value                                                                    |

A value that lies ahead counts once it has ended; until then those before it stay.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from layers.observations.columns import Numbers, Times, array_literal, aware
from layers.observations.live.judging import (
    HOURS_BACK,
    INDEX,
    LEVEL_CM,
    RATE_WINDOW_S,
    gauge_of,
    measures_air,
    measures_co,
    measures_level,
    rises_back,
)
from layers.observations.live.windows import MEMORY, NO_VALUES, Exclusions, Series, Values, hours_in, values_since
from layers.observations.meaning.bands import band_tables
from layers.observations.meaning.structures import scale
from layers.observations.periods import HOUR
from layers.observations.stored_rows import read_columns

NEAR = timedelta(minutes=5)
NEAR_INTERVALS = 3
"""The last value is looked for in so many intervals of the datastream first, at least in `NEAR`."""
GAUGES_NEAR = timedelta(hours=4)
_EVER_OVER = """
SELECT r.datastream_id, min(r.starts_at)
FROM unnest(%(streams)s::int4[], %(levels)s::float8[]) s(id, level)
JOIN public.layers_hourlyrollup r ON r.datastream_id = s.id AND r.highest >= s.level
WHERE r.starts_at >= %(since)s
GROUP BY r.datastream_id
"""
_TOLERANCE = 1e-5
"""Levels are compared in millionths of a centimetre."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Values of a datastream in the order of time; of those since `since` (UTC) that are needed none is missing."""

    since: np.datetime64
    values: Values


def needed_since(series: Series, values: Values, at: np.datetime64) -> np.datetime64:
    """When the first of the values starts that are needed at a moment or later; of pollutants without the hours.

    The beginning of MEMORY where the values do not show it: then one before them may be needed.
    """
    beginning, ended = at - np.timedelta64(MEMORY), np.flatnonzero(values.ends <= at)
    if not len(ended):
        return beginning
    since = values.starts[ended[-1]]
    if measures_level(series):
        since = min(since, _level_since(series, values, at))
    elif measures_co(series):
        since = min(since, _exposed_since(values, at))
    return max(since, beginning)


def _level_since(series: Series, values: Values, at: np.datetime64) -> np.datetime64:
    levels, beginning = values.usable * LEVEL_CM[series.unit], at - np.timedelta64(MEMORY)
    there = np.flatnonzero(np.isfinite(levels) & (values.ends <= at))
    if not len(there):
        return beginning
    gauge = gauge_of(series)
    last = values.ends[there].max()
    first = min(last - rises_back(gauge), at - np.timedelta64(round(RATE_WINDOW_S), "s"))
    first -= (values.ends - values.starts).max()
    lowest = min((level for _, level in gauge.thresholds), default=np.inf)
    over = np.flatnonzero((levels >= lowest - _TOLERANCE) & (values.starts >= beginning))
    return min(first, values.starts[over[0]]) if len(over) else first


def _exposed_since(values: Values, at: np.datetime64) -> np.datetime64:
    lowest = float(scale("co").numbers["levels"][0][0])
    below = np.flatnonzero((values.usable < lowest) & (values.ends <= at))
    return values.starts[below[-1]] if len(below) else at - np.timedelta64(MEMORY)


def index_hours(at: np.datetime64) -> Times:
    """When the hours start that the index of a moment may need, those that have not ended included."""
    tables = band_tables(INDEX)
    back = HOURS_BACK + max(bands.hours for table in tables for bands in table.bands.values())
    hours: Times = at.astype("datetime64[h]").astype("datetime64[us]") + HOUR * np.arange(-back, 1)
    return hours


def needed(series: Series, values: Values, at: np.datetime64) -> Held:
    """Those of the values that are needed at a moment or later."""
    since = needed_since(series, values, at)
    wanted = values.starts >= since
    if measures_air(series):
        wanted |= (values.ends - values.starts == HOUR) & (values.starts >= index_hours(at)[0])
    return Held(since, values.taken(wanted))


def read_needed(series: Collection[Series], at: np.datetime64, excluded: Mapping[int, Exclusions]) -> dict[int, Held]:
    """What is needed of each datastream at a moment or later.

    Read from as near as the rules allow: most need minutes or hours, however many values of three days are stored.
    """
    found: dict[int, Held] = {}
    beginning, gauges_near = at - np.timedelta64(MEMORY), at - np.timedelta64(GAUGES_NEAR)
    sinces = {one.key: max(at - _near(one), beginning) for one in series} | _while_over(series, at)
    hours = hours_in(sorted(one.key for one in series if measures_air(one)), index_hours(at), excluded)
    wanted = {one.key: one for one in series}
    while wanted:
        read = values_since({key: sinces[key] for key in sorted(wanted)}, excluded)
        for key, one in list(wanted.items()):
            values = read.get(key, NO_VALUES)
            if sinces[key] <= needed_since(one, values, at):
                found[key] = needed(one, _with_hours(hours.get(key), values, sinces[key]), at)
                del wanted[key]
            else:
                sinces[key] = gauges_near if sinces[key] > gauges_near else beginning
    return found


def _with_hours(hours: Values | None, values: Values, since: np.datetime64) -> Values:
    """Values that were read since a moment, after the hours of before."""
    return values if hours is None else hours.taken(hours.starts < since).followed_by(values)


def _near(series: Series) -> np.timedelta64:
    if measures_level(series):
        return np.timedelta64(GAUGES_NEAR)
    return np.timedelta64(max(NEAR, timedelta(seconds=NEAR_INTERVALS * max(series.interval_s, 0))))


def _while_over(series: Collection[Series], at: np.datetime64) -> dict[int, np.datetime64]:
    """Since when gauges are read of which a value of MEMORY reached a threshold, by the statistics of hours.

    Before such a value no threshold is on, so that what was stored earlier changes nothing.
    """
    lowest = {
        one.key: gauge_of(one).thresholds[0][1] / LEVEL_CM[one.unit]
        for one in series
        if measures_level(one) and gauge_of(one).thresholds
    }
    if not lowest:
        return {}
    levels: Numbers = np.array(list(lowest.values())) - _TOLERANCE
    names = {"streams": array_literal(np.array(list(lowest), np.int32)), "levels": array_literal(levels)}
    beginning = at - np.timedelta64(MEMORY)
    read = read_columns(_EVER_OVER, {**names, "since": aware(beginning - HOUR)}, {"id": "i4", "since": "M8[us]"})
    near = at - np.timedelta64(GAUGES_NEAR)
    over = zip(read["id"].tolist(), read["since"], strict=True)
    return {key: max(min(since, near), beginning) for key, since in over}
