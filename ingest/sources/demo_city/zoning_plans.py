"""Zoning plans: about half of the districts have one; neighbouring blocks of one use are one plan area."""

from datetime import date, timedelta

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import multi, rng_for
from ingest.sources.demo_city.lots import USES
from ingest.sources.demo_city.reading import numbered, reading
from ingest.sources.demo_city.town import Town

COVERED_SHARE = 0.5
LAND_USE = {
    **{"centre": "U", "flats": "MW", "detached": "MN", "terrace": "MN", "rural": "MN", "industry": "P"},
    **{"service": "U", "school": "UO", "garages": "P", "field": "R", "forest": "ZL", "reserve": "ZL"},
    **{"park": "ZP", "meadow": "WS", "cemetery": "ZP", "allotments": "ZP", "sports": "ZP", "grass": "ZP"},
}
ALSO = {
    "MN": "usługi nieuciążliwe w parterach",
    "MW": "usługi w parterach, garaże podziemne",
    "U": "mieszkania powyżej parteru",
    "P": "usługi, handel hurtowy",
    "UO": "sport i rekreacja",
    "R": "zabudowa zagrodowa",
}
MAX_HEIGHT_M = {
    "MN": (9.0, 10.0, 12.0),
    "MW": (15.0, 18.0, 25.0, 36.0),
    "U": (12.0, 15.0, 18.0),
    "P": (12.0, 15.0),
    "UO": (12.0, 15.0),
    "R": (9.0,),
}
GREEN_PCT = {
    "MN": (40.0, 50.0),
    "MW": (25.0, 30.0),
    "U": (15.0, 20.0),
    "P": (10.0, 15.0),
    "UO": (30.0,),
    "ZP": (70.0, 80.0),
    "R": (70.0,),
}


def make(town: Town) -> Reading:
    """One record a plan area; symbols are numbered within their plan."""
    rng = rng_for(town.seed, "zoning")
    districts = town.ground.table.districts
    planned = np.sort(rng.permutation(len(districts))[: max(1, round(COVERED_SHARE * len(districts)))])
    adopted = [date(2003, 1, 15) + timedelta(days=int(day)) for day in rng.integers(0, 7600, len(districts))]
    shapes, rows = [], []
    for district in planned.tolist():
        resolution = f"{int(rng.integers(3, 80))}/{int(rng.integers(100, 1900))}/{adopted[district].year}"
        for use, areas in _areas(town, district):
            for number, area in enumerate(areas, start=1):
                shapes.append(multi(area))
                limits, green = MAX_HEIGHT_M.get(use), GREEN_PCT.get(use)
                rows.append(
                    {
                        "plan_name": f"MPZP {districts[district].name}",
                        "resolution_no": resolution,
                        "symbol": f"{number}{use}",
                        "land_use": use,
                        "permitted_use": ALSO.get(use),
                        "max_height_m": limits[int(rng.integers(len(limits)))] if limits else None,
                        "min_green_share_pct": green[int(rng.integers(len(green)))] if green else None,
                        "adopted_on": adopted[district],
                    }
                )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return reading("zoning_plans", numbered("plan-area", len(rows)), shapes, columns)


def _areas(town: Town, district: int) -> list[tuple[str, np.ndarray]]:
    """The district's land by use, with the main roads' land apart, as single polygons."""
    faces = np.flatnonzero(town.face_district == district)
    blocks = town.blocks
    area = np.zeros(len(town.faces))
    use = np.full(len(town.faces), "R", dtype="U2")
    for block in np.argsort(shapely.area(blocks.land), kind="stable").tolist():
        use[blocks.face[block]] = LAND_USE[USES[blocks.use[block]]]
        area[blocks.face[block]] = 1.0
    roads = town.main_road_land
    found = []
    for name in sorted(set(use[faces].tolist())):
        whole = shapely.coverage_union_all(town.faces[faces[use[faces] == name]])
        parts = shapely.get_parts(shapely.difference(whole, roads))
        found.append((name, parts[shapely.area(parts) > 150.0]))
    whole = shapely.coverage_union_all(town.faces[faces])
    parts = shapely.get_parts(shapely.intersection(whole, roads))
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 150.0)]
    return [*found, ("KD", parts)]
