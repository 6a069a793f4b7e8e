"""The reader of GeoJSON geometries against what programs and people send by mistake or on purpose."""

import json

import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon

from layers.errors import BadGeoJSON
from layers.geojson import Limits, geometry_of

SQUARE = [[20.0, 50.0], [21.0, 50.0], [21.0, 51.0], [20.0, 50.0]]


def shape(type_: str, coordinates: object) -> str:
    return json.dumps({"type": type_, "coordinates": coordinates})


def feature(geometry: str) -> str:
    return f'{{"type":"Feature","properties":{{}},"geometry":{geometry}}}'


def nested(deep: int) -> str:
    return '{"type":"GeometryCollection","geometries":[' * deep + shape("Point", [20, 50]) + "]}" * deep


READ = {
    "point": (shape("Point", [20, 50]), Point(20, 50)),
    "heights and measures": (
        shape("LineString", [[20, 50, 260.5], [21, 51, 1, 2]]),
        LineString([(20, 50), (21, 51)]),
    ),
    "hole": (
        shape("Polygon", [[[0, 0], [9, 0], [9, 9], [0, 0]], [[5, 1], [8, 1], [8, 4], [5, 1]]]),
        Polygon([(0, 0), (9, 0), (9, 9)], [[(5, 1), (8, 1), (8, 4)]]),
    ),
    "several": (shape("MultiPolygon", [[SQUARE]]), MultiPolygon([Polygon(SQUARE)])),
    "feature": (feature(shape("Point", [20, 50])), Point(20, 50)),
    "features": (
        f'{{"type":"FeatureCollection","features":[{feature(shape("Point", [20, 50]))}]}}',
        GeometryCollection([Point(20, 50)]),
    ),
    "collections": (
        nested(2),
        GeometryCollection([GeometryCollection([Point(20, 50)])]),
    ),
    "members of others": ('{"type":"Point","coordinates":[5,6],"crs":null,"bbox":[0,0,1,1]}', Point(5, 6)),
}


@pytest.mark.parametrize("text,expected", READ.values(), ids=list(READ))
def test_what_can_be_read(text, expected):
    for given in (text, text.encode(), json.loads(text)):
        found = geometry_of(given)
        assert found.equals_exact(expected) and found.geom_type == expected.geom_type and not found.has_z


BAD = {
    "no text": ("", "json"),
    "not JSON": ("POINT (20 50)", "json"),
    "bytes of no encoding": (b"\xff\xfe\xfa", "json"),
    "a key twice": ('{"type":"LineString","type":"Point","coordinates":[5,6]}', "json"),
    "deep lists": ("[" * 100_000, "json"),
    "null": ("null", "type"),
    "a list": ("[20, 50]", "type"),
    "no type": ('{"coordinates":[20,50]}', "type"),
    "unknown type": (shape("Circle", [20, 50]), "type"),
    "type is a list": ('{"type":["Point"],"coordinates":[20,50]}', "type"),
    "feature without a geometry": ('{"type":"Feature","geometry":null}', "type"),
    "feature in itself": ('{"type":"Feature","geometry":{"type":"Feature","geometry":[]}}', "type"),
    "no coordinates": ('{"type":"Point"}', "coordinates"),
    "coordinates are a text": (shape("LineString", "20,50"), "coordinates"),
    "coordinates are an object": (shape("Point", {"x": 20, "y": 50}), "coordinates"),
    "too few lists": (shape("Polygon", SQUARE), "position"),
    "too many lists": (shape("LineString", [SQUARE]), "position"),
    "one number": (shape("Point", [20]), "position"),
    "five numbers": (shape("Point", [20, 50, 0, 0, 0]), "position"),
    "texts": (shape("Point", ["20", "50"]), "position"),
    "truth values": (shape("Point", [True, False]), "position"),
    "null for a number": (shape("Point", [20, None]), "position"),
    "NaN": ('{"type":"Point","coordinates":[NaN,50]}', "json"),
    "Infinity": ('{"type":"Point","coordinates":[20,-Infinity]}', "json"),
    "a number too large for a float": ('{"type":"Point","coordinates":[20,1e999]}', "json"),
    "a whole number without an end": ('{"type":"Point","coordinates":[20,1' + "0" * 400 + "]}", "json"),
    "NaN as a height": ('{"type":"Point","coordinates":[20,50,NaN]}', "json"),
    "a line of one position": (shape("LineString", [[20, 50]]), "coordinates"),
    "a ring of two": (shape("Polygon", [SQUARE[:2]]), "ring"),
    "an open ring": (shape("Polygon", [[*SQUARE[:3], [20.0, 50.5]]]), "coordinates"),
    "a polygon without a ring": (shape("MultiPolygon", [[]]), "coordinates"),
    "empty": (shape("LineString", []), "empty"),
    "an empty collection": ('{"type":"GeometryCollection","geometries":[]}', "empty"),
    "nine collections": (nested(9), "nesting"),
    "many vertices": (shape("LineString", [[20, 50], [21, 50]] * 51), "vertices"),
    "many vertices in parts": (shape("MultiPolygon", [[SQUARE]] * 26), "vertices"),
    "long": (" " * 5001 + shape("Point", [20, 50]), "size"),
    "metres": (shape("Point", [7474054.4, 5637285.4]), "degrees"),
    "beyond the pole": (shape("LineString", [[20, 50], [20, 90.1]]), "degrees"),
}


@pytest.mark.parametrize("text,reason", BAD.values(), ids=list(BAD))
def test_what_cannot_be_read_is_refused_with_its_reason(text, reason):
    with pytest.raises(BadGeoJSON) as caught:
        geometry_of(text, Limits(vertices=100, characters=100_000 if reason == "json" else 5000))
    assert caught.value.reason == reason
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120


def test_the_limits_themselves_are_allowed():
    assert geometry_of(nested(8)).geom_type == "GeometryCollection"
    line = shape("LineString", [[20, 50], [21, 50]] * 50)
    assert len(geometry_of(line, Limits(vertices=100, characters=len(line))).coords) == 100
    assert geometry_of(shape("Point", [-180, 90])) == Point(-180, 90)


def test_a_fault_counts_the_vertices():
    with pytest.raises(BadGeoJSON) as caught:
        geometry_of(shape("LineString", [[20, 50]] * 7), Limits(vertices=5))
    assert caught.value.found == 7


def test_where_the_caller_says_so_rings_are_closed_metres_and_nothing_are_read():
    opened = shape("Polygon", [SQUARE[:3]])
    assert geometry_of(opened, Limits(closes_rings=True)).equals_exact(Polygon(SQUARE))
    metres = Limits(latitude=None, may_be_empty=True)
    assert geometry_of(shape("Point", [7474054.4, 5637285.4]), metres) == Point(7474054.4, 5637285.4)
    assert geometry_of(shape("Polygon", []), metres).is_empty
