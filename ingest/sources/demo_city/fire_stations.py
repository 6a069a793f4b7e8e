"""Fire stations: beside the main or collector road nearest to where the city's table puts them."""

import numpy as np
import shapely
from shapely import Point, STRtree

from ingest.source import Reading
from ingest.sources.demo_city.ground import metric
from ingest.sources.demo_city.reading import numbered, reading, surveyed_points
from ingest.sources.demo_city.town import Town

CREWS_24H = (2, 2, 1)
OFF_ROAD_M = 16.0


def make(town: Town) -> Reading:
    """One record a station."""
    stations = town.ground.table.stations
    asked = metric(town.city, [Point(lon, lat) for _, lon, lat in stations])
    roads = town.streets.lines[np.isin(town.streets.road_class, ["main", "collector"])]
    nearest = roads[STRtree(roads).query_nearest(asked, all_matches=False)[1]]
    foot = shapely.get_coordinates(shapely.line_interpolate_point(nearest, shapely.line_locate_point(nearest, asked)))
    away = shapely.get_coordinates(asked) - foot
    away /= np.maximum(np.hypot(*away.T), 1e-9)[:, None]
    return reading(
        "fire_stations",
        numbered("fire-station", len(stations)),
        surveyed_points(foot + away * OFF_ROAD_M),
        {
            "name": [name for name, _, _ in stations],
            "unit": [f"JRG {number}" for number in range(1, len(stations) + 1)],
            "crews_24h": [CREWS_24H[number % 3] for number in range(len(stations))],
        },
    )
