"""Bus stops: pairs along main roads and collectors, about 420 m apart, named after the nearest crossing street."""

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.reading import numbered, reading, surveyed_points
from ingest.sources.demo_city.town import Town

SPACING_M = 420.0


def make(town: Town) -> Reading:
    """Two records a stop, one a side of the road."""
    rng = rng_for(town.seed, "bus stops")
    place, segment, name = _pairs(town)
    count = len(place)
    central = town.ground.reach(place) < 2500
    shelter = rng.random(count) < np.where(central, 0.85, 0.5)
    return reading(
        "bus_stops",
        numbered("bus-stop", count),
        surveyed_points(place),
        {
            "name": name,
            "stop_code": [f"{100 + index // 2}" for index in range(count)],
            "platform": [f"{index % 2 + 1:02d}" for index in range(count)],
            "shelter": shelter,
            "display": shelter & (rng.random(count) < np.where(central, 0.4, 0.08)),
            "operator": ["Zarząd Transportu Miejskiego"] * count,
        },
    )


def _pairs(town: Town) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Places on both sides of the road, their segment, and a name used once for each pair."""
    streets = town.streets
    served = np.flatnonzero(np.isin(streets.road_class, ["main", "collector"]))
    served = served[np.lexsort((streets.along[served], streets.street[served]))]
    lengths = shapely.length(streets.lines[served])
    ends = np.cumsum(lengths)
    at = np.arange(SPACING_M / 2, ends[-1], SPACING_M)
    which = np.searchsorted(ends, at)
    segment = served[which]
    along = np.clip(at - (ends[which] - lengths[which]), 2, np.maximum(lengths[which] - 2, 2))
    line = streets.lines[segment]
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    step = shapely.get_coordinates(shapely.line_interpolate_point(line, along + 1.5)) - here
    step /= np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    side = np.column_stack([step[:, 1], -step[:, 0]]) * (streets.width[segment] / 2 + 1.8)[:, None]
    place = np.stack([here + side + step * 12, here - side - step * 12], axis=1).reshape(-1, 2)
    names = _names(town, segment)
    return place, np.repeat(segment, 2), [name for name in names for _ in (0, 1)]


def _names(town: Town, segment: np.ndarray) -> list[str]:
    """The street's name with the crossing street's; a number where the pair was used before."""
    streets, names = town.streets, []
    used: dict[str, int] = {}
    meeting: dict[int, set[int]] = {}
    for start, end, street in zip(streets.start, streets.end, streets.street, strict=True):
        meeting.setdefault(int(start), set()).add(int(street))
        meeting.setdefault(int(end), set()).add(int(street))
    for one in segment:
        own = int(streets.street[one])
        others = sorted((meeting[int(streets.start[one])] | meeting[int(streets.end[one])]) - {own})
        name = f"{streets.names[own]} / {streets.names[others[0]]}" if others else streets.names[own]
        used[name] = used.get(name, 0) + 1
        names.append(name if used[name] == 1 else f"{name} {used[name]:02d}")
    return names
