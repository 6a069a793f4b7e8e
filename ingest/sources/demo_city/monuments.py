"""Monuments: old buildings near the centre, churches, villas and works farther out, some memorials in parks."""

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.lots import USE
from ingest.sources.demo_city.reading import numbered, reading, surveyed_points
from ingest.sources.demo_city.town import Town

COUNT = 240
MEMORIALS = 24
CLASS_OF_USE = {
    "worship": ("sacral", "Kościół"),
    "public": ("public", "Gmach publiczny"),
    "education": ("public", "Szkoła"),
    "industrial": ("industrial", "Zakład przemysłowy"),
    "storage": ("industrial", "Magazyn"),
    "residential_multi": ("residential", "Kamienica"),
    "residential": ("residential", "Willa"),
    "commercial": ("residential", "Kamienica z lokalami"),
}


def make(town: Town) -> Reading:
    """Buildings chosen at random by age and distance to the centre, then memorials."""
    rng, plans, facts = rng_for(town.seed, "monuments"), town.footprints, town.facts
    places = shapely.get_coordinates(shapely.point_on_surface(plans.shape))
    reach = town.ground.reach(places)
    weight = np.exp(-reach / 700.0) * (facts.year_built < 1946) * ~plans.is_shed + 1e-4 * (
        facts.use_class == "worship"
    )
    count = min(round(COUNT * min(town.share, 1.5)), int((weight > 0).sum()))
    rows = np.sort(rng.choice(len(weight), size=count, replace=False, p=weight / weight.sum()))
    classes = [CLASS_OF_USE.get(use, ("other", "Budynek")) for use in facts.use_class[rows]]
    street = np.array(town.streets.names)[town.streets.street[plans.segment[rows]]]
    names = [f"{what}, ul. {where}" for (_, what), where in zip(classes, street, strict=True)]
    memorials = _memorials(town, rng)
    registered = rng.random(count) < 0.35
    return reading(
        "monuments",
        numbered("monument", count + len(memorials)),
        np.concatenate([surveyed_points(places[rows]), memorials]),
        {
            "name": names + [f"Pomnik {number}" for number in range(1, len(memorials) + 1)],
            "register_no": [f"A.{400 + i}" if one else None for i, one in enumerate(registered)]
            + [None] * len(memorials),
            "monument_class": [kind for kind, _ in classes] + ["memorial"] * len(memorials),
            "year_built": np.concatenate([facts.year_built[rows], rng.integers(1918, 2010, len(memorials))]),
            "protection": ["rejestr zabytków" if one else "gminna ewidencja zabytków" for one in registered]
            + ["gminna ewidencja zabytków"] * len(memorials),
        },
    )


def _memorials(town: Town, rng: np.random.Generator) -> np.ndarray:
    """A point in each of some parks and cemeteries."""
    green = town.blocks.land[np.isin(town.blocks.use, [USE["park"], USE["cemetery"]])]
    chosen = rng.permutation(len(green))[:MEMORIALS]
    at = shapely.get_coordinates(shapely.point_on_surface(green[np.sort(chosen)]))
    return surveyed_points(at)
