"""A table for a city that has none: a river, main roads, a ring, districts and woods by compass."""

import numpy as np
from shapely import Polygon

from ingest.sources.demo_city.kielce import KIELCE
from ingest.sources.demo_city.table import CityTable, DistrictSeed, MainRoad, RiverAxis, Wood

TABLES = {"kielce": KIELCE}


def invented_table(outline: Polygon, postcode: str = "00") -> CityTable:
    """A table for a city that has none: one river, four main roads, a ring, districts and woods by compass."""
    west, south, east, north = outline.bounds
    middle = outline.representative_point() if not outline.contains(outline.centroid) else outline.centroid
    reach = np.array([east - west, north - south]) * 0.5

    def at(x: float, y: float) -> tuple[float, float]:
        """A place in half widths and half heights of the outline's box, from the middle."""
        return (float(middle.x + x * reach[0]), float(middle.y + y * reach[1]))

    ring = tuple(at(0.3 * np.cos(turn), 0.3 * np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 13))
    return CityTable(
        centre=at(0, 0),
        rivers=(RiverAxis("Rzeka", 8.0, (at(-0.5, 2), at(-0.1, 0.9), at(-0.22, 0.2), at(-0.1, -0.6), at(-0.4, -2))),),
        roads=(
            MainRoad(
                "",
                "expressway",
                "national",
                ("Obwodnica",),
                (at(-2.4, 0.5), at(-0.4, 0.44), at(0.5, 0.38), at(2.4, 0.6)),
            ),
            MainRoad(
                "",
                "main",
                "voivodeship",
                ("Główna",),
                (at(-2.4, -0.2), at(-0.4, -0.05), at(0.4, 0.03), at(2.4, -0.1)),
            ),
            MainRoad(
                "", "main", "county", ("Dworcowa",), (at(0.3, 2.2), at(0.1, 0.5), at(0.02, -0.4), at(0.2, -2.2))
            ),
            MainRoad("", "main", "county", ("Okrężna",), ring),
        ),
        districts=tuple(
            DistrictSeed(name, *at(x, y), character)
            for name, x, y, character in (
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
        ),
        woods=(
            Wood("Las Miejski", *at(0.7, 0.6), (700.0, 350.0), 30.0),
            Wood("Las Południowy", *at(-0.6, -0.6), (800.0, 400.0), -20.0),
            Wood("Park Miejski", *at(-0.12, 0.05), (180.0, 120.0), 60.0, "park"),
        ),
        industry=((at(-0.9, 0.2), at(-0.3, 0.4)),),
        lowest_m=100.0,
        postcode=postcode,
        stations=(
            ("Strażnica nr 1", *at(0.05, 0.12)),
            ("Strażnica nr 2", *at(0.3, -0.2)),
            ("Strażnica nr 3", *at(-0.4, 0.1)),
        ),
    )
