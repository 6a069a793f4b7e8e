"""The air-quality indices of a chart's hours, where it shows pollutants of one station."""

from datetime import timedelta
from typing import Any

import numpy as np

from layers.observations.live.air import INDICES, RUNNING, hours, pollutant_series, pollutants, station_index
from layers.observations.live.choices import ChartChoice
from layers.observations.live.windows import stations
from layers.observations.meaning.air import IndexSeries
from layers.observations.meaning.bands import Index, band_tables
from layers.observations.meaning.meanings import UNKNOWN

LONGEST = timedelta(days=31)
"""An index has one cell an hour: longer periods have cells too small to see."""
HOUR_S = 3600


def index_rows(choice: ChartChoice) -> list[dict[str, Any]]:
    """The Polish and the European index of each hour of the period, by all pollutants of the station.

    Empty where the chart has other things than pollutants of one station, or a longer period.
    """
    things = {one.thing_id for one in choice.streams}
    codes = {one.observed_property.code for one in choice.streams}
    if len(things) != 1 or not codes & pollutants() or choice.years or choice.end - choice.start > LONGEST:
        return []
    (station,) = stations(choice.kind, choice.start - RUNNING, choice.end, things)
    series = pollutant_series(station)
    means = hours(series, {one.key: one.values for one in series})
    rows = [(index, station_index(index, means)) for index in INDICES]
    return [_row(index, found, choice) for index, found in rows if found is not None]


def _row(index: Index, found: IndexSeries, choice: ChartChoice) -> dict[str, Any]:
    ends = found.ends.astype("datetime64[s]").astype(np.int64)
    shown = (ends > choice.start.timestamp()) & (ends <= choice.end.timestamp())
    tables = [found.tables[at] for at in np.unique(found.table_of[shown]) if at >= 0]
    title = band_tables(index)[0].title
    grades = tables[-1].grades if tables else ()
    return {
        "index": index,
        "title": str(title),
        "rules": [f"{one.rule.label} ({one.rule.sure.text})" for one in tables],
        "first": int(ends[shown][0]) - HOUR_S if shown.any() else None,
        "classes": found.classes[shown].tolist(),
        "grades": [
            {"name": str(one.name), "colour": one.colour, "shape": one.shape.value} for one in (*grades, UNKNOWN)
        ],
    }
