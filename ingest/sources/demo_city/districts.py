"""Districts: faces of the street mesh gathered round each district's middle, so borders follow streets."""

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import multi
from ingest.sources.demo_city.reading import reading
from ingest.sources.demo_city.town import Town


def make(town: Town) -> Reading:
    """One record a district, with the residents of its buildings."""
    owner = town.face_district
    names = [one.name for one in town.ground.table.districts]
    present = np.unique(owner)
    shapes = [multi(shapely.coverage_union_all(town.faces[owner == index])) for index in present]
    living = np.bincount(
        owner[town.blocks.face[town.lots.block[town.footprints.lot]]],
        weights=town.facts.residents,
        minlength=len(names),
    )
    return reading(
        "districts",
        [f"district-{index + 1}" for index in present],
        shapes,
        {
            "name": [names[index] for index in present],
            "code": [f"D{index + 1:02d}" for index in present],
            "population": np.round(living[present]).astype(int),
        },
    )
