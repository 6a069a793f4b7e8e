"""Green areas: woods and meadows whole, parks, cemeteries, allotments and sports grounds block by block."""

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import multi
from ingest.sources.demo_city.lots import USE, USES
from ingest.sources.demo_city.reading import numbered, reading
from ingest.sources.demo_city.town import Town

NAMES = {"park": "Park", "cemetery": "Cmentarz", "allotments": "Ogród działkowy", "sports": "Boisko"}
CLASSES = ("park", "cemetery", "allotments", "sports", "grass", "meadow")


def make(town: Town) -> Reading:
    """Woods first, then the green blocks."""
    blocks = town.blocks
    zones = town.zones[blocks.face]
    shapes, classes = [], []
    names: list[str | None] = []
    for index, (name, green_class, _) in enumerate(town.ground.woods):
        rows = zones == index
        if rows.any():
            shapes.append(multi(shapely.union_all(blocks.land[rows])))
            classes.append(green_class)
            names.append(name)
    rows = np.flatnonzero(np.isin(blocks.use, [USE[name] for name in CLASSES]) & (zones < 0))
    districts = town.ground.table.districts
    for row in rows:
        kind = USES[blocks.use[row]]
        shapes.append(multi(blocks.land[row]))
        classes.append(kind)
        where = districts[town.face_district[blocks.face[row]]].name
        names.append(f"{NAMES[kind]} {where}" if kind in NAMES else None)
    return reading("green", numbered("green", len(shapes)), shapes, {"name": names, "green_class": classes})
