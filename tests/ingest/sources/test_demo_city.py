"""The demo city holds together: one network, nothing overlaps, all has its place, the same seed gives the same."""

from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from django.db.models import Field
from shapely import STRtree

from ingest.errors import BadOption
from ingest.source import Request
from ingest.sources import source_of
from ingest.sources.demo_city import KINDS
from layers.city import city, read_city
from layers.crs import WGS84, padded_outline, reproject
from layers.kinds import kind_of
from layers.record import Record

SCALE = 0.25
TOUCH_M2 = 1e-3
"""Areas below this are rounding: coordinates are stored to the centimetre."""


def generate(scale: float, seed: int = 1, here=None, kinds: str = "") -> dict[str, list[Record]]:
    options = {"scale": str(scale), "seed": str(seed), "kinds": kinds}
    request = Request(None, options, here or city(), Path(), lambda done, total: None)
    return {
        one.kind: [r for r in one.records if isinstance(r, Record)] for one in source_of("demo_city").read(request)
    }


@pytest.fixture(scope="module")
def made() -> dict[str, list[Record]]:
    return generate(SCALE)


def shapes(records: list[Record]) -> np.ndarray:
    return np.array([record.geometry for record in records], dtype=object)


def column(records: list[Record], name: str) -> np.ndarray:
    return np.array([record.values[name] for record in records])


def overlaps(areas: np.ndarray) -> np.ndarray:
    one, two = STRtree(areas).query(areas, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.area(shapely.intersection(areas[one], areas[two]))
    return shared[shared > TOUCH_M2]


EVERYTHING = pytest.param(KINDS, id="everything", marks=pytest.mark.thorough)


@pytest.mark.parametrize("kinds", [pytest.param(("roads", "rivers"), id="roads and rivers"), EVERYTHING])
def test_same_seed_and_scale_give_the_same_bytes(made, kinds):
    again = generate(SCALE, kinds=",".join(kinds))

    def bare(records: list[Record]) -> list:
        return [(r.source_id, shapely.to_wkb(r.geometry), dict(r.values)) for r in records]

    assert set(made) >= set(kinds) == set(again)
    assert {kind: bare(made[kind]) for kind in kinds} == {kind: bare(again[kind]) for kind in kinds}


def test_another_seed_gives_another_city(made):
    other = generate(SCALE, seed=2, kinds="roads")["roads"]
    assert set(shapely.to_wkb(shapes(other))) != set(shapely.to_wkb(shapes(made["roads"])))


@pytest.mark.parametrize("kind", KINDS)
def test_each_record_fits_its_kind(made, kind):
    declared, records = kind_of(kind), made[kind]
    assert records
    assert len({record.source_id for record in records}) == len(records)
    geometries = shapes(records)
    assert shapely.is_valid(geometries).all()
    assert not shapely.is_empty(geometries).any()
    assert {geometry.geom_type.upper() for geometry in geometries} == {declared.shape}
    for field in declared.fields:
        if field.choices:
            found = {str(record.values.get(field.name)) for record in records} - {"None"}
            assert found <= set(field.choices), field.name
        model_field = declared.model._meta.get_field(field.name)
        assert isinstance(model_field, Field)
        for record in records[:50]:
            value = record.values.get(field.name)
            assert value is None or type(value).__module__ in ("builtins", "datetime")
            assert value is None or model_field.to_python(value) == value
            if model_field.max_length and value is not None:
                assert len(value) <= model_field.max_length


def test_everything_lies_in_the_city(made):
    outline = padded_outline(city().srid, 1.0)
    shapely.prepare(outline)
    for kind, records in made.items():
        assert shapely.covers(outline, shapes(records)).all(), kind


def test_counts_follow_the_scale(made):
    counts = {kind: len(records) for kind, records in made.items()}
    assert counts["buildings"] == pytest.approx(24_000 * SCALE, rel=0.1)
    assert counts["addresses"] == pytest.approx(22_000 * SCALE, rel=0.15)
    assert counts["fire_stations"] == 3
    assert len(made["districts"]) == 30


def test_roads_are_one_network_split_at_its_junctions(made):
    graph = nx.MultiGraph()
    lines = shapes(made["roads"])
    starts, ends = column(made["roads"], "from_node"), column(made["roads"], "to_node")
    graph.add_edges_from(zip(starts, ends, strict=True))
    assert nx.is_connected(graph)
    place: dict[str, set] = {}
    for node, point in [
        *zip(starts, shapely.get_point(lines, 0), strict=True),
        *zip(ends, shapely.get_point(lines, -1), strict=True),
    ]:
        place.setdefault(node, set()).add((round(point.x, 2), round(point.y, 2)))
    assert all(len(places) == 1 for places in place.values())
    assert len({next(iter(places)) for places in place.values()}) == len(place)
    one, two = STRtree(lines).query(lines, predicate="crosses")
    assert not len(one)
    degrees = Counter(degree for _, degree in graph.degree())
    assert degrees[3] > degrees[4] > 0


def test_roads_cross_rivers_on_bridges_only(made):
    lines, rivers = shapes(made["roads"]), shapes(made["rivers"])
    _, crossing = STRtree(lines).query(rivers, predicate="intersects")
    bridges = column(made["roads"], "bridge")
    assert bridges[crossing].all()
    assert bridges.sum() > 5


def test_street_names_are_unique_to_one_place(made):
    named = column(made["roads"], "name")
    assert len(set(named)) > 50
    numbers = set(column(made["roads"], "road_no"))
    assert {"S74", "DK73", "762"} <= numbers


def test_buildings_do_not_overlap(made):
    assert not len(overlaps(shapes(made["buildings"])))


def test_no_building_stands_in_a_river_or_on_a_carriageway(made):
    buildings = shapes(made["buildings"])
    for kind in ("rivers", "roads"):
        widths = column(made[kind], "width_m").astype(float)
        _, hit = STRtree(buildings).query(
            shapely.buffer(shapes(made[kind]), widths / 2, cap_style="flat"), predicate="intersects"
        )
        assert not len(hit), kind


def test_each_building_lies_within_one_parcel(made):
    buildings, parcels = shapes(made["buildings"]), shapes(made["parcels"])
    inside, _ = STRtree(parcels).query(buildings, predicate="within")
    assert sorted(inside.tolist()) == list(range(len(buildings)))


def test_parcels_do_not_overlap(made):
    assert not len(overlaps(shapes(made["parcels"])))


def test_districts_share_out_the_whole_city(made):
    areas = shapes(made["districts"])
    assert not len(overlaps(areas))
    outline = reproject(np.array([city().outline]), WGS84, city().srid)[0]
    assert shapely.area(areas).sum() == pytest.approx(outline.area, rel=1e-4)


def test_residents_are_the_citys(made):
    residents = column(made["buildings"], "residents").astype(float)
    assert residents.sum() == pytest.approx(city().population, rel=0.01)
    assert column(made["districts"], "population").sum() == pytest.approx(residents.sum(), abs=40)


def test_height_follows_storeys(made):
    height = column(made["buildings"], "height_m").astype(float)
    storeys = column(made["buildings"], "storeys_above").astype(float)
    assert ((height / storeys > 2.2) & (height / storeys < 9)).all()


def test_addresses_stand_on_buildings_and_number_both_sides(made):
    points = shapes(made["addresses"])
    hit, _ = STRtree(shapes(made["buildings"])).query(points, predicate="intersects")
    assert len(set(hit.tolist())) == len(points)
    pairs = list(zip(column(made["addresses"], "street"), column(made["addresses"], "house_number"), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(column(made["addresses"], "street")) <= set(column(made["roads"], "name"))
    assert all(code.startswith("25-") and len(code) == 6 for code in column(made["addresses"], "postcode"))


def test_rarer_floods_cover_commoner_ones_and_classes_do_not_overlap(made):
    scenario = column(made["flood_zones"], "scenario")
    areas = shapes(made["flood_zones"])
    extent = {name: shapely.union_all(areas[scenario == name]) for name in ("p10", "p1", "p02")}
    assert extent["p10"].difference(extent["p1"]).area < 1.0
    assert extent["p1"].difference(extent["p02"]).area < 1.0
    assert extent["p10"].area < extent["p1"].area < extent["p02"].area
    for name in extent:
        assert not len(overlaps(areas[scenario == name]))


@pytest.mark.parametrize("kinds", [pytest.param(("roads", "rivers"), id="roads and rivers"), EVERYTHING])
def test_a_city_without_a_table_gets_a_river_and_main_roads(tmp_path, kinds):
    text = Path("city.toml").read_text(encoding="utf-8")
    outline = text[text.index("outline = [") : text.index("]\noutline_padding_m") + 1]
    text = text.replace(outline, "outline = [[11.5, 49.9], [11.66, 49.9], [11.66, 49.98], [11.5, 49.98]]")
    text = text.replace('slug = "kielce"', 'slug = "bayreuth"').replace("srid = 2178", "srid = 25832")
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    other = generate(0.1, here=read_city(tmp_path / "city.toml"), kinds=",".join(kinds))
    assert other["rivers"][0].values["waterway_class"] == "river"
    assert shapes(other["roads"])[0].centroid.x < 1_000_000
    if "buildings" in kinds:
        assert len(other["buildings"]) > 500
        assert shapes(other["buildings"])[0].centroid.x < 1_000_000


@pytest.mark.parametrize(("name", "text"), [("scale", "0"), ("scale", "many"), ("seed", "-1"), ("kinds", "trams")])
def test_a_wrong_option_is_refused(name, text):
    request = Request(None, {name: text}, city(), Path(), lambda done, total: None)
    with pytest.raises(BadOption):
        list(source_of("demo_city").read(request))
