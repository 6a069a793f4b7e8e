"""A table for a city that has none: a river, main roads, a ring road, districts and woods by compass direction."""

from collections.abc import Callable

import numpy as np
from shapely import Polygon

from ingest.sources.demo_city.kielce import KIELCE
from ingest.sources.demo_city.table import CityTable, DistrictSeed, MainRoad, RiverAxis, Wood

TABLES = {"kielce": KIELCE}


At = Callable[[float, float], tuple[float, float]]
DISTRICTS = (
    ("Śródmieście", 0.0, 0.0, "centre"),
    ("Północ", 0.0, 0.4, "flats"),
    ("Wschód", 0.4, 0.1, "flats"),
    ("Południe", 0.1, -0.4, "detached"),
    ("Zachód", -0.4, 0.0, "detached"),
    ("Przedmieście Północne", 0.0, 0.8, "rural"),
    ("Przedmieście Wschodnie", 0.8, 0.0, "rural"),
    ("Przedmieście Południowe", 0.0, -0.8, "rural"),
    ("Przedmieście Zachodnie", -0.8, 0.0, "industry"),
)
RIVER = ((-0.5, 2), (-0.1, 0.9), (-0.22, 0.2), (-0.1, -0.6), (-0.4, -2))
ROADS = (
    ("expressway", "national", "Obwodnica", ((-2.4, 0.5), (-0.4, 0.44), (0.5, 0.38), (2.4, 0.6))),
    ("main", "voivodeship", "Główna", ((-2.4, -0.2), (-0.4, -0.05), (0.4, 0.03), (2.4, -0.1))),
    ("main", "county", "Dworcowa", ((0.3, 2.2), (0.1, 0.5), (0.02, -0.4), (0.2, -2.2))),
)
STATIONS = ((0.05, 0.12), (0.3, -0.2), (-0.4, 0.1))


def invented_table(outline: Polygon, postcode: str = "00") -> CityTable:
    """A table that fits the outline (lon, lat); places are in half widths and half heights of its box."""
    west, south, east, north = outline.bounds
    middle = outline.centroid if outline.contains(outline.centroid) else outline.representative_point()

    def at(x: float, y: float) -> tuple[float, float]:
        return (float(middle.x + x * (east - west) / 2), float(middle.y + y * (north - south) / 2))

    return CityTable(
        centre=at(0, 0),
        rivers=(RiverAxis("Rzeka", 8.0, tuple(at(x, y) for x, y in RIVER)),),
        roads=_roads(at),
        districts=tuple(DistrictSeed(name, *at(x, y), character) for name, x, y, character in DISTRICTS),
        woods=(
            Wood("Las Miejski", *at(0.7, 0.6), (700.0, 350.0), 30.0),
            Wood("Las Południowy", *at(-0.6, -0.6), (800.0, 400.0), -20.0),
            Wood("Park Miejski", *at(-0.12, 0.05), (180.0, 120.0), 60.0, "park"),
        ),
        industry=((at(-0.9, 0.2), at(-0.3, 0.4)),),
        lowest_m=100.0,
        postcode=postcode,
        stations=tuple((f"Strażnica nr {number}", *at(x, y)) for number, (x, y) in enumerate(STATIONS, start=1)),
    )


def _roads(at: At) -> tuple[MainRoad, ...]:
    """Three roads through the city and a ring they cross."""
    through = [
        MainRoad("", road_class, manager, (name,), tuple(at(x, y) for x, y in axis))
        for road_class, manager, name, axis in ROADS
    ]
    turns = np.linspace(0, 2 * np.pi, 13).tolist()
    ring = tuple(at(0.3 * np.cos(turn), 0.3 * np.sin(turn)) for turn in turns)
    return (*through, MainRoad("", "main", "county", ("Okrężna",), ring))
