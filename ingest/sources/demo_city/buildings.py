"""Buildings: ground plans with their attributes."""

import numpy as np
from shapely import MultiPolygon

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.reading import SURVEYED, numbered, reading
from ingest.sources.demo_city.town import Town

FUNCTION_CODES = {
    "residential": "m",
    "residential_multi": "m",
    "commercial": "h",
    "office": "b",
    "industrial": "p",
    "storage": "s",
    "transport": "t",
    "education": "k",
    "health": "z",
    "public": "i",
    "worship": "i",
    "agricultural": "g",
}
NAMED = {"education": "Szkoła nr", "health": "Przychodnia nr", "worship": "Kościół nr", "public": "Urząd nr"}


def make(town: Town) -> Reading:
    """One record a building."""
    plans, facts = town.footprints, town.facts
    count = len(plans.shape)
    return reading(
        "buildings",
        numbered("building", count),
        [MultiPolygon([shape]) for shape in plans.shape],
        {
            "name": _names(facts.use_class),
            "use_class": facts.use_class,
            "function_code": [FUNCTION_CODES[use] for use in facts.use_class],
            "storeys_above": facts.storeys,
            "storeys_below": facts.storeys_below,
            "height_m": facts.height_m,
            "year_built": facts.year_built,
            "residents": facts.residents,
            "wall_material": facts.wall_material,
            "heating": facts.heating,
            "condition": facts.condition,
            "fire_class": facts.fire_class,
            "owner": _owners(town),
            "floor_elevation_m": facts.floor_elevation_m,
            "vertical_datum": [SURVEYED] * count,
        },
    )


def _names(use_class: np.ndarray) -> list[str | None]:
    """Schools, surgeries, churches and offices are numbered through the city; the rest have no name."""
    so_far: dict[str, int] = {}
    names: list[str | None] = []
    for use in use_class.tolist():
        so_far[use] = so_far.get(use, 0) + 1
        names.append(f"{NAMED[use]} {so_far[use]}" if use in NAMED else None)
    return names


def _owners(town: Town) -> list[str | None]:
    """Owner groups, never people: the city, a housing cooperative, or None."""
    rng, facts = rng_for(town.seed, "owners"), town.facts
    chance = rng.random(len(facts.use_class))
    public = np.isin(facts.use_class, ["education", "public", "health"])
    cooperative = (facts.use_class == "residential_multi") & (chance < 0.5)
    city = public | ((facts.use_class == "residential_multi") & (chance > 0.88))
    owner = np.where(city, "Gmina (dane fikcyjne)", np.where(cooperative, "Spółdzielnia (dane fikcyjne)", ""))
    return [name or None for name in owner.tolist()]
