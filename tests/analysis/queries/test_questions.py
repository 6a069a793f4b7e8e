"""Answers of questions equal those that shapely finds in the shapes before they were stored."""

import json
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import STRtree

from analysis.queries.answer import count, figures, nearest_of
from layers.crs import WGS84, reproject, storage_srid
from tests.analysis.queries.random_city import asked, found_ids
from tests.factories import feature_id

SECONDS = 20.0
PREDICATES = {"intersects": "intersects", "within": "covered_by", "near": "dwithin"}


def by_tree(city, first, second, how, distance=None, keep=None):
    """Source ids of the first layer that lie so to any of the second, by shapely's tree."""
    keys = list(city.shapes[first])
    others = [key for key in city.shapes[second] if keep is None or keep(city.values[second][key])]
    shapes = [city.shapes[first][key] for key in keys]
    tree = STRtree([city.shapes[second][key] for key in others])
    if how == "dwithin":
        pairs = tree.query(shapes, predicate="dwithin", distance=distance)
    else:
        pairs = tree.query(shapes, predicate=how)
    return {keys[a] for a, b in zip(*pairs, strict=True) if first != second or keys[a] != others[b]}


@pytest.mark.parametrize("how", ["intersects", "within", "near"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("buildings", "flood_zones"),
        ("flood_zones", "buildings"),
        ("buildings", "roads"),
        ("roads", "buildings"),
        ("bus_stops", "districts"),
        ("buildings", "buildings"),
    ],
)
def test_a_relation_finds_what_shapely_finds_and_its_negation_the_rest(random_city, first, second, how):
    words = {"layer": first, "to": second, "relation": how} | ({"distance_m": "25"} if how == "near" else {})
    expected = by_tree(random_city, first, second, PREDICATES[how], 25)
    assert found_ids(asked(**words)) == expected
    assert found_ids(asked(**words, **{"not": "1"})) == set(random_city.shapes[first]) - expected


def test_each_layer_has_its_own_filter(random_city):
    found = asked(
        layer="buildings",
        filter="use_class = 'public'",
        relation="near",
        to="roads",
        to_filter="road_class = 'main'",
        distance_m=40,
    )
    public = {key for key, known in random_city.values["buildings"].items() if known["use_class"] == "public"}
    near = by_tree(random_city, "buildings", "roads", "dwithin", 40, keep=lambda known: known["road_class"] == "main")
    assert found_ids(found) == near & public


def test_the_nearest_and_its_distance_are_those_of_a_search_of_all(random_city):
    features = asked(layer="buildings", relation="nearest", to="hydrants")
    hydrants = np.array(list(random_city.shapes["hydrants"].values()))
    ids = {key: feature_id(key) for key in random_city.shapes["buildings"]}
    found = nearest_of(features, list(ids.values()), SECONDS)
    for key, shape in random_city.shapes["buildings"].items():
        assert found[ids[key]].distance_m == pytest.approx(shapely.distance(shape, hydrants).min(), abs=1e-6)


def test_nothing_is_nearest_to_itself(random_city):
    features = asked(layer="bus_stops", relation="nearest", to="bus_stops")
    shapes = random_city.shapes["bus_stops"]
    found = nearest_of(features, [feature_id(key) for key in shapes], SECONDS)
    for key, shape in shapes.items():
        others = [other for name, other in shapes.items() if name != key]
        assert found[feature_id(key)].distance_m == pytest.approx(min(shape.distance(one) for one in others))


def test_a_filtered_second_layer_without_data_relates_to_nothing(random_city):
    words = {"layer": "buildings", "relation": "intersects", "to": "parcels"}
    assert count(asked(**words), SECONDS) == 0
    assert count(asked(**words, **{"not": "1"}), SECONDS) == 60


@pytest.mark.parametrize("layer", ["bus_stops", "buildings", "roads"])
def test_districts_add_up_although_things_lie_on_their_borders(random_city, layer):
    features = asked(layer=layer, by="district")
    groups = figures(features, SECONDS)
    assert sum(group.count for group in groups) == len(random_city.shapes[layer])
    for group in groups:
        if group.code is not None:
            assert count(asked(layer=layer, district=group.code), SECONDS) == group.count


def test_a_point_on_a_border_is_in_one_of_its_districts(random_city):
    groups = figures(asked(layer="bus_stops", by="district"), SECONDS)
    districts = random_city.shapes["districts"]
    possible = {
        key: {name for name, shape in districts.items() if shape.intersects(point)}
        for key, point in random_city.shapes["bus_stops"].items()
    }
    assert any(len(names) == 4 for names in possible.values()), "the city has no point on a corner of four districts"
    for name, shape in districts.items():
        counted = next((group.count for group in groups if group.name == name), 0)
        inside = sum(shape.contains(point) for point in random_city.shapes["bus_stops"].values())
        assert inside <= counted <= sum(name in names for names in possible.values())


def drawn_area(metric):
    """A shape of the storage system as GeoJSON in degrees."""
    return shapely.to_geojson(reproject(np.array([metric]), storage_srid(), WGS84)[0])


def test_a_drawn_area_holds_what_lies_in_it_or_also_what_touches_it(random_city):
    middle = random_city.shapes["districts"]["d11"].centroid
    area = middle.buffer(110, quad_segs=3)
    text = drawn_area(area)
    buildings = random_city.shapes["buildings"]
    inside = {key for key, shape in buildings.items() if area.contains(shape.centroid)}
    touched = {key for key, shape in buildings.items() if area.intersects(shape)}
    assert found_ids(asked(layer="buildings", area=text)) == inside
    assert found_ids(asked(layer="buildings", area=text, touching="1")) == touched


def test_several_polygons_are_one_area(random_city):
    one, two = (random_city.shapes["districts"][key].buffer(0.5) for key in ("d00", "d22"))
    features = [{"type": "Feature", "geometry": json.loads(drawn_area(shape))} for shape in (one, two)]
    found = found_ids(asked(layer="buildings", area={"type": "FeatureCollection", "features": features}))
    buildings = random_city.shapes["buildings"].items()
    assert found == {key for key, shape in buildings if one.union(two).contains(shape.centroid)}


@pytest.mark.parametrize("measure", ["sum", "mean", "min", "max"])
def test_numbers_are_summed_up_over_what_is_known(random_city, measure):
    how: Any = {"sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max}[measure]
    for group in figures(asked(layer="buildings", measure=measure, of="storeys_above", by="use_class"), SECONDS):
        of_it = [one for one in random_city.values["buildings"].values() if one["use_class"] == group.code]
        known = [one["storeys_above"] for one in of_it if one["storeys_above"] is not None]
        assert (group.count, group.known) == (len(of_it), len(known))
        assert group.value == pytest.approx(how(known))


def test_areas_and_lengths_are_those_of_the_storage_system(random_city):
    (area,) = figures(asked(layer="buildings", measure="sum", of="map_area_m2"), SECONDS)
    (length,) = figures(asked(layer="roads", measure="mean", of="map_length_m"), SECONDS)
    assert area.value == pytest.approx(sum(shape.area for shape in random_city.shapes["buildings"].values()))
    assert length.value == pytest.approx(np.mean([shape.length for shape in random_city.shapes["roads"].values()]))


def test_distances_to_the_nearest_are_summed_up_by_district(random_city):
    groups = figures(
        asked(layer="bus_stops", relation="nearest", to="hydrants", measure="max", of="nearest_distance_m"), SECONDS
    )
    hydrants = list(random_city.shapes["hydrants"].values())
    farthest = max(min(stop.distance(one) for one in hydrants) for stop in random_city.shapes["bus_stops"].values())
    assert groups[0].value == pytest.approx(farthest)
