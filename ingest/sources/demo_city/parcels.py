"""Parcels: every lot, the streets' land street by street, and the rivers' beds."""

import numpy as np
import shapely
from shapely import STRtree

from ingest.source import Reading
from ingest.sources.demo_city.ground import multi, rng_for
from ingest.sources.demo_city.lots import USES, water_land
from ingest.sources.demo_city.reading import reading
from ingest.sources.demo_city.town import Town

LAND_USE = {
    **{"centre": "B", "flats": "B", "detached": "B", "terrace": "B", "rural": "B", "industry": "Ba"},
    **{"service": "Bi", "school": "Bi", "garages": "Bi", "field": "R", "forest": "Ls", "reserve": "Ls"},
    **{"park": "Bz", "meadow": "L", "cemetery": "Bi", "allotments": "S", "sports": "Bz", "grass": "Ps"},
}
OWNERS = {
    **{"park": "city", "cemetery": "city", "school": "city", "sports": "city", "garages": "city", "grass": "city"},
    **{"forest": "state", "reserve": "state", "meadow": "state", "allotments": "city"},
}


def make(town: Town) -> Reading:
    """Lots first, then streets, then water; numbers run through each precinct."""
    lots = town.lots
    roads, water = _street_land(town), _water_land(town)
    shapes = [multi(shape) for shape in np.concatenate([lots.shape, roads, water])]
    use, owner = _lot_facts(town)
    use += ["dr"] * len(roads) + ["Wp"] * len(water)
    owner += ["city"] * len(roads) + ["state"] * len(water)
    places = shapely.get_coordinates(shapely.point_on_surface(np.array(shapes)))
    precinct = town.ground.district(places)
    precinct[: len(lots.shape)] = town.face_district[town.blocks.face[lots.block]]
    number = _numbers(precinct)
    names = [one.name for one in town.ground.table.districts]
    teryt = f"{town.city.teryt}" or "0000000"
    unit = f"{teryt[:6]}_{teryt[6:]}"
    return reading(
        "parcels",
        [f"parcel-{code + 1}-{one}" for code, one in zip(precinct.tolist(), number.tolist(), strict=True)],
        shapes,
        {
            "parcel_no": number.astype(str),
            "identifier": [
                f"{unit}.{code + 1:04d}.{one}" for code, one in zip(precinct.tolist(), number.tolist(), strict=True)
            ],
            "precinct": [f"{code + 1:04d} {names[code]}" for code in precinct.tolist()],
            "area_m2": shapely.area(np.array(shapes)).round(0),
            "land_use": use,
            "owner_group": owner,
        },
    )


def _lot_facts(town: Town) -> tuple[list[str], list[str]]:
    """Land use and owner group of each lot; an unbuilt lot is not residential land."""
    lots, rng = town.lots, rng_for(town.seed, "parcels")
    built = np.zeros(len(lots.shape), dtype=bool)
    built[town.footprints.lot] = True
    chance = rng.random(len(built))
    use, owner = [], []
    for code, has_house, street, luck in zip(lots.use.tolist(), built, lots.reaches, chance, strict=True):
        name = USES[code]
        bare = LAND_USE[name] in ("B", "Ba", "Bi") and not has_house
        use.append(
            ("Bp" if street else "R" if name == "rural" else "Bp" if luck < 0.4 else "Tr") if bare else LAND_USE[name]
        )
        owner.append(OWNERS.get(name) or ("city" if luck < 0.12 else "other" if luck < 0.22 else "private"))
    return use, owner


def _numbers(precinct: np.ndarray) -> np.ndarray:
    """1, 2, 3 ... within each precinct, in order."""
    order = np.argsort(precinct, kind="stable")
    starts = np.searchsorted(precinct[order], np.arange(precinct.max() + 2))
    number = np.zeros(len(precinct), dtype=int)
    number[order] = np.arange(len(precinct)) - starts[precinct[order]] + 1
    return number


def _street_land(town: Town) -> np.ndarray:
    """Each street's land; an overlap belongs to the street with the wider land."""
    streets, water = town.streets, shapely.union_all(water_land(town.ground))
    land = shapely.buffer(streets.lines, streets.half_reserve, quad_segs=3)
    order = np.lexsort((np.arange(len(land)), streets.street))
    bounds = np.searchsorted(streets.street[order], np.arange(len(streets.names) + 1))
    rows = [order[a:b] for a, b in zip(bounds, bounds[1:], strict=False) if b > a]
    whole = np.array([shapely.union_all(land[one]) for one in rows])
    rank = np.argsort(np.argsort([-streets.half_reserve[one].max() for one in rows], kind="stable"), kind="stable")
    mine, other = STRtree(whole).query(whole, predicate="intersects")
    ahead = rank[other] < rank[mine]
    mine, other = mine[ahead], other[ahead]
    order = np.argsort(mine, kind="stable")
    mine, other = mine[order], other[order]
    bounds = np.searchsorted(mine, np.arange(len(whole) + 1))
    taken = [shapely.union_all([*whole[other[a:b]], water]) for a, b in zip(bounds, bounds[1:], strict=False)]
    left = shapely.difference(whole, np.array(taken))
    left = shapely.intersection(left, town.ground.outline)
    return left[shapely.area(left) > 1.0]


def _water_land(town: Town) -> np.ndarray:
    """Each watercourse's bed, without the beds of earlier ones."""
    beds, taken = [], shapely.Polygon()
    for bed in water_land(town.ground):
        left = shapely.intersection(bed.difference(taken), town.ground.outline)
        taken = taken.union(bed)
        if left.area > 1.0:
            beds.append(left)
    return np.array(beds, dtype=object)
