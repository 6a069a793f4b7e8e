"""Consistent attributes of each building: use, storeys, age, residents, heating, condition."""

from dataclasses import dataclass

import numpy as np
import shapely

from ingest.sources.demo_city.footprints import Footprints
from ingest.sources.demo_city.ground import Ground, rng_for
from ingest.sources.demo_city.lots import USES

STOREY_M = {"residential": 2.9, "residential_multi": 2.85, "industrial": 5.5, "storage": 5.0, "commercial": 3.9}
CONDITIONS = ("very_good", "good", "fair", "mediocre", "bad", "emergency")
OLD_HEATING = (
    *(("gas", 0.33), ("coal_classless", 0.16), ("coal_class_3_4", 0.19), ("coal_class_5", 0.16)),
    *(("pellet", 0.08), ("electric", 0.05), ("oil", 0.03)),
)
NEW_HEATING = (("gas", 0.5), ("heat_pump", 0.3), ("pellet", 0.09), ("electric", 0.06), ("coal_class_5", 0.05))
CENTRE_HEATING = (
    ("district", 0.46),
    ("gas", 0.27),
    ("tiled_stove", 0.11),
    ("electric", 0.1),
    ("coal_classless", 0.06),
)
M2_PER_RESIDENT = 33.0


@dataclass(frozen=True)
class Facts:
    """Arrays with one value a building. `axis` is the direction of the longer side, `length_m` its length."""

    use_class: np.ndarray
    storeys: np.ndarray
    storeys_below: np.ndarray
    height_m: np.ndarray
    year_built: np.ndarray
    residents: np.ndarray
    wall_material: np.ndarray
    heating: np.ndarray
    condition: np.ndarray
    fire_class: np.ndarray
    floor_elevation_m: np.ndarray
    axis: np.ndarray
    length_m: np.ndarray


def build_facts(ground: Ground, plans: Footprints, population: float) -> Facts:
    """The attributes of all buildings; residents add up to the population."""
    rng = rng_for(ground.seed, "facts")
    lot_use = np.array(USES)[plans.use]
    area = shapely.area(plans.shape)
    use = _uses(lot_use, plans.is_shed, area, rng)
    places = shapely.get_coordinates(shapely.point_on_surface(plans.shape))
    year = _years(ground, lot_use, use, places, rng)
    storeys = _storeys(lot_use, use, plans.is_shed, year, rng)
    height = storeys * np.array([STOREY_M.get(name, 3.4) for name in use]) + rng.uniform(0.3, 2.6, len(use))
    height = np.where(plans.is_shed & (storeys == 1), rng.uniform(2.4, 4.2, len(use)), height)
    material = _materials(use, plans.is_shed, year, rng)
    axis, length = _long_axes(plans.shape)
    return Facts(
        use_class=use,
        storeys=storeys,
        storeys_below=((rng.random(len(use)) < 0.5) & ~plans.is_shed & (use != "industrial")).astype(int),
        height_m=height.round(1),
        year_built=year,
        residents=_residents(use, area * storeys, population, rng),
        wall_material=material,
        heating=_heatings(lot_use, use, plans.is_shed, year, rng),
        condition=_conditions(year, plans.is_shed, rng),
        fire_class=_fire_classes(material, storeys, use),
        floor_elevation_m=(ground.elevation(places) + rng.uniform(0.15, 0.9, len(use))).round(2),
        axis=axis,
        length_m=length,
    )


def _uses(lot_use: np.ndarray, is_shed: np.ndarray, area: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chance = rng.random(len(lot_use))
    use = np.full(len(lot_use), "residential", dtype="U20")
    for name, shares in {
        "centre": (
            ("residential_multi", 0.66),
            ("commercial", 0.84),
            ("office", 0.93),
            ("public", 0.985),
            ("worship", 1),
        ),
        "flats": (("residential_multi", 0.94), ("commercial", 1.0)),
        "service": (("commercial", 0.6), ("office", 0.8), ("health", 0.88), ("public", 0.95), ("worship", 1.0)),
        "school": (("education", 0.9), ("health", 1.0)),
        "industry": (("industrial", 0.6), ("storage", 0.88), ("office", 1.0)),
        "garages": (("transport", 1.0),),
    }.items():
        rows = lot_use == name
        codes = np.array([code for code, _ in shares])
        use[rows] = codes[np.searchsorted([upto for _, upto in shares], chance[rows]).clip(0, len(codes) - 1)]
    shed_use = np.where(np.isin(lot_use, ["industry", "service"]), "storage", "transport")
    shed_use = np.where(
        np.isin(lot_use, ["rural"]) | ((lot_use == "detached") & (chance > 0.6)), "agricultural", shed_use
    )
    use[is_shed] = shed_use[is_shed]
    use[(use == "worship") & (area < 150)] = "public"
    return use


def _years(
    ground: Ground, lot_use: np.ndarray, use: np.ndarray, places: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Year of construction: old in the centre, one period for each estate, newest at the edge."""
    reach = ground.reach(places)
    wave = ground.noise(places, 1100.0, 0)
    typical = np.select(
        [lot_use == "centre", lot_use == "flats", lot_use == "industry", lot_use == "terrace", lot_use == "school"],
        [1908 + 34 * wave, 1976 + 9 * wave, 1982 + 14 * wave, 1986 + 14 * wave, 1968 + 14 * wave],
        default=1956 + np.clip(reach, 0, 5000) * 0.0088 + 14 * wave,
    )
    spread = np.where(lot_use == "flats", 4.0, np.where(lot_use == "centre", 22.0, 13.0))
    year = typical + rng.normal(0, 1, len(use)) * spread
    renewed = rng.random(len(use)) < np.where(lot_use == "centre", 0.16, 0.13)
    year = np.where(renewed, rng.uniform(1995, 2024, len(use)), year)
    year = np.where((lot_use != "centre") & (year < 1918), rng.uniform(1918, 1960, len(use)), year)
    return year.clip(1800, 2025).astype(int)


def _storeys(
    lot_use: np.ndarray, use: np.ndarray, is_shed: np.ndarray, year: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    chance = rng.random(len(use))
    low = np.select(
        [
            lot_use == "centre",
            lot_use == "flats",
            np.isin(use, ["office", "health", "education"]),
            use == "commercial",
        ],
        [
            np.where(chance < 0.3, 2, np.where(chance < 0.75, 3, 4)),
            np.where(chance < 0.72, 5, 4),
            2 + (chance < 0.5),
            1 + (chance < 0.4),
        ],
        default=np.where(chance < 0.62, 2, 1),
    )
    tall = (lot_use == "flats") & (use == "residential_multi") & (year > 1968) & (chance > 0.86)
    low = np.where(tall, 11, low)
    low = np.where((lot_use == "flats") & (use != "residential_multi"), 1, low)
    low = np.where(np.isin(use, ["industrial", "storage"]), 1 + (chance > 0.88), low)
    return np.where(is_shed | (use == "transport") | (use == "agricultural"), 1, low).astype(int)


def _residents(use: np.ndarray, floor_area: np.ndarray, population: float, rng: np.random.Generator) -> np.ndarray:
    """Residents by floor area, as whole numbers that add up to the population."""
    dwellings = np.select(
        [use == "residential_multi", use == "residential"], [0.78 * floor_area, 0.55 * floor_area], 0.0
    )
    weight = dwellings * rng.lognormal(0, 0.22, len(use))
    weight = np.where((use == "residential") & (rng.random(len(use)) < 0.04), 0.0, weight)
    return np.round(weight / max(weight.sum(), 1.0) * population).astype(float)


def _materials(use: np.ndarray, is_shed: np.ndarray, year: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chance = rng.random(len(use))
    panel = (use == "residential_multi") & (year > 1962) & (year < 1992) & (chance < 0.8)
    hall = np.isin(use, ["industrial", "storage"]) & (chance < 0.6)
    timber = (is_shed & (chance < 0.3)) | ((use == "residential") & (year < 1950) & (chance < 0.25))
    return np.select([panel | hall, timber, is_shed & (chance > 0.85)], ["concrete", "timber", "other"], "masonry")


def _heatings(
    lot_use: np.ndarray, use: np.ndarray, is_shed: np.ndarray, year: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    count = len(use)
    heating = _pick(OLD_HEATING, rng.random(count))
    heating = np.where(year > 2008, _pick(NEW_HEATING, rng.random(count)), heating)
    central = _pick(CENTRE_HEATING, rng.random(count))
    heating = np.where((lot_use == "centre") & (year < 2000), central, heating)
    piped = np.isin(lot_use, ["flats", "school"]) | (np.isin(lot_use, ["service", "centre"]) & (year > 1960))
    heating = np.where(piped & (rng.random(count) < 0.93), "district", heating)
    unheated = is_shed | np.isin(use, ["transport", "agricultural"])
    return np.where(unheated | ((use == "storage") & (rng.random(count) < 0.6)), "none", heating)


def _pick(shares: tuple[tuple[str, float], ...], chance: np.ndarray) -> np.ndarray:
    names, weights = zip(*shares, strict=True)
    upto = np.cumsum(weights) / sum(weights)
    return np.array(names)[np.searchsorted(upto, chance).clip(0, len(names) - 1)]


def _conditions(year: np.ndarray, is_shed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    wear = (2025 - year) / 34.0 + rng.normal(0, 0.75, len(year)) + 0.5 * is_shed + 0.35
    return np.array(CONDITIONS)[np.clip(np.floor(wear), 0, 5).astype(int)]


def _fire_classes(material: np.ndarray, storeys: np.ndarray, use: np.ndarray) -> np.ndarray:
    """Class by height group and use (WT 2002, section 212); timber stays in the lowest."""
    asked = np.select([storeys >= 10, storeys >= 4, storeys >= 3], ["A", "B", "C"], "D")
    asked = np.where(np.isin(use, ["health", "education"]) & (storeys < 4), "B", asked)
    asked = np.where((storeys == 1) & np.isin(use, ["transport", "agricultural", "storage"]), "E", asked)
    return np.where(material == "timber", "E", asked)


def _long_axes(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit direction and length of the longer side of each building's box."""
    box = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    one, two = box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]
    longer = np.where((np.hypot(*one.T) >= np.hypot(*two.T))[:, None], one, two)
    length = np.hypot(*longer.T)
    return longer / np.maximum(length, 1e-9)[:, None], length
