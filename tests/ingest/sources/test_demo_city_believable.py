"""The demo city against two real towns: its distributions lie within the range the towns span.

Towns: Bayreuth north and the centre of Helsinki (OpenStreetMap). Streets are the ways in STREETS, buildings every
outline tagged as one. Measured by the same code for all three, at the 10th to 90th percentile: footprint area,
distance of the footprint to the nearest street's axis, angle between the building's longer side and that street, and
number of streets at a node (ends and junctions; where an extract cuts a street, that is an end).

Tolerance: a value may lie outside the towns' range by a tenth of the range's nearer end or, where that is more, by
the measure's own slack below: at some percentiles the two towns nearly agree and the range is almost a point.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import osmium
import osmium.geom
import osmium.osm
import pyogrio
import pytest
import shapely
from pyproj import Transformer
from shapely import STRtree

from ingest.source import Request
from ingest.sources import source_of
from layers.city import city
from layers.record import Record

pytestmark = [pytest.mark.real_data, pytest.mark.thorough]

OSM = Path(__file__).resolve().parents[4] / "shared" / "data" / "osm"
PERCENTILES = (10, 25, 50, 75, 90)
SLACK = {"area_m2": 3.0, "street_distance_m": 0.5, "street_angle_deg": 1.5, "node_degree": 0.0}
STREETS = {
    *("primary", "secondary", "tertiary", "motorway", "trunk"),
    *("primary_link", "secondary_link", "tertiary_link", "motorway_link", "trunk_link"),
    *("unclassified", "residential", "living_street", "pedestrian", "road"),
}

Measures = dict[str, np.ndarray]


def measures(buildings: np.ndarray, streets: np.ndarray) -> Measures:
    """The distributions of one town, in metres and degrees."""
    pieces = straight_pieces(streets)
    tree = STRtree(np.asarray(shapely.linestrings(pieces)))
    (_, nearest), distance = tree.query_nearest(buildings, all_matches=False, return_distance=True)
    step = pieces[nearest][:, 1] - pieces[nearest][:, 0]
    box = shapely.get_coordinates(shapely.oriented_envelope(buildings)).reshape(-1, 5, 2)
    one, two = box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]
    longer = np.where((np.hypot(*one.T) >= np.hypot(*two.T))[:, None], one, two)
    turn = np.degrees(np.arctan2(longer[:, 1], longer[:, 0]) - np.arctan2(step[:, 1], step[:, 0])) % 180
    return {
        "area_m2": shapely.area(buildings),
        "street_distance_m": distance,
        "street_angle_deg": np.minimum(turn, 180 - turn),
        "node_degree": node_degrees(pieces),
    }


def straight_pieces(streets: np.ndarray) -> np.ndarray:
    """The straight pieces of all streets (n, 2, 2)."""
    at, owner = shapely.get_coordinates(streets, return_index=True)
    same = owner[1:] == owner[:-1]
    pieces = np.stack([at[:-1][same], at[1:][same]], axis=1)
    return pieces[np.hypot(*(pieces[:, 1] - pieces[:, 0]).T) > 0.01]


def node_degrees(pieces: np.ndarray) -> np.ndarray:
    """How many ways lead off each end and junction; points along a street do not count."""
    neighbours: dict[tuple[float, float], set[tuple[float, float]]] = defaultdict(set)
    for start, end in pieces.round(2).tolist():
        neighbours[tuple(start)].add(tuple(end))
        neighbours[tuple(end)].add(tuple(start))
    degrees = np.array([len(ends) for ends in neighbours.values()])
    return degrees[degrees != 2]


def projected(geometries: list, utm: int) -> np.ndarray:
    change = Transformer.from_crs(4326, utm, always_xy=True)
    return shapely.transform(
        np.array(geometries, dtype=object), lambda at: np.column_stack(change.transform(at[:, 0], at[:, 1]))
    )


def bayreuth() -> Measures:
    path = OSM / "bayreuth_north.gpkg"
    buildings = pyogrio.raw.read(path, layer="buildings", columns=[])[2]
    _, _, roads, (highway,) = pyogrio.raw.read(path, layer="roads", columns=["highway"])
    streets = [line for line, kind in zip(shapely.from_wkb(roads), highway, strict=True) if kind in STREETS]
    outlines = shapely.get_parts(projected(list(shapely.from_wkb(buildings)), 32632))
    return measures(outlines, shapely.get_parts(projected(streets, 32632)))


def helsinki() -> Measures:
    """Ways and multipolygons as osmium can build them; a way or relation with missing parts is left out."""
    factory = osmium.geom.WKBFactory()
    streets, outlines = [], []
    for one in osmium.FileProcessor(str(OSM / "helsinki_center.osm.pbf")).with_locations().with_areas():
        try:
            if (
                isinstance(one, osmium.osm.Way)
                and one.tags.get("highway") in STREETS
                and one.tags.get("area") != "yes"
            ):
                streets.append(shapely.from_wkb(factory.create_linestring(one)))
            elif isinstance(one, osmium.osm.Area) and "building" in one.tags:
                outlines.append(shapely.from_wkb(factory.create_multipolygon(one)))
        except (RuntimeError, osmium.InvalidLocationError):
            continue
    return measures(shapely.get_parts(projected(outlines, 32635)), projected(streets, 32635))


def demo() -> Measures:
    request = Request(None, {"kinds": "buildings,roads"}, city(), Path(), lambda done, total: None)
    made = {
        one.kind: [r.geometry for r in one.records if isinstance(r, Record)]
        for one in source_of("demo_city").read(request)
    }
    return measures(shapely.get_parts(np.array(made["buildings"])), np.array(made["roads"]))


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, np.ndarray]]:
    """Percentiles by measure and town."""
    if not OSM.is_dir():
        pytest.skip(f"{OSM} is not there")
    towns = {"bayreuth": bayreuth(), "helsinki": helsinki(), "demo": demo()}
    return {name: {town: np.percentile(found[name], PERCENTILES) for town, found in towns.items()} for name in SLACK}


@pytest.mark.parametrize("name", SLACK)
def test_the_demo_city_is_within_the_range_of_the_towns(table, name, capsys):
    towns = table[name]
    with capsys.disabled():
        print(f"\n{name:28}" + "".join(f"{f'p{share}':>9}" for share in PERCENTILES))  # noqa: T201
        for town, values in towns.items():
            print(f"{town:28}" + "".join(f"{value:9.1f}" for value in values))  # noqa: T201
    low = np.minimum(towns["bayreuth"], towns["helsinki"])
    high = np.maximum(towns["bayreuth"], towns["helsinki"])
    assert (towns["demo"] >= low - np.maximum(0.1 * low, SLACK[name])).all(), (low, towns["demo"])
    assert (towns["demo"] <= high + np.maximum(0.1 * high, SLACK[name])).all(), (high, towns["demo"])
