"""Validation of records: repaired where that is safe, refused with a reason where it is not."""

import pytest
from shapely import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.store.validation import accept
from tests.factories import load, place, rows, square

HERE = place()
X, Y = HERE.x, HERE.y


def judged(kind: str, geometry, **how):
    return list(accept(KINDS[kind], [Record("a", geometry, {}, 7)], **how))


def reason(kind: str, geometry, **how) -> str:
    (one,) = judged(kind, geometry, **how)
    assert isinstance(one, Refusal) and (one.row, one.source_id, one.severity) == (7, "a", "row") and one.message
    return one.reason


def kept(kind: str, geometry, **how):
    (one,) = judged(kind, geometry, **how)
    assert isinstance(one, Record), one
    return one.geometry


@pytest.mark.parametrize(
    ("kind", "geometry", "expected"),
    [
        ("buildings", None, "geometry_missing"),
        ("buildings", Polygon(), "geometry_empty"),
        ("fire_stations", Point(float("nan"), Y), "geometry_not_finite"),
        ("fire_stations", Point(X, float("inf")), "geometry_not_finite"),
        ("buildings", HERE, "geometry_type"),
        ("buildings", LineString([(X, Y), (X + 5, Y + 5)]), "geometry_type"),
        ("fire_stations", square(), "geometry_type"),
        ("fire_stations", MultiPoint([(X, Y), (X + 5, Y)]), "geometry_parts"),
        ("fire_stations", Point(X + 60_000, Y), "outside_city"),
        ("fire_stations", Point(Y, X), "outside_city"),
        ("buildings", Polygon([(X, Y), (X + 5, Y), (X + 5, Y), (X, Y)]), "geometry_type"),
    ],
)
def test_reasons_for_turning_a_record_away(kind, geometry, expected):
    assert reason(kind, geometry) == expected


def test_single_and_multi_are_unified_and_z_and_m_dropped():
    solid = Polygon([(x, y, 250) for x, y in square().exterior.coords])
    made = kept("buildings", solid)
    assert isinstance(made, MultiPolygon) and not made.has_z and made.area == 100
    assert kept("fire_stations", MultiPoint([(X, Y)])).equals(HERE)


def test_a_self_crossing_is_repaired_without_losing_area():
    """A bow tie of two triangles of 25 m2 each."""
    bow = Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])
    made = kept("buildings", bow)
    assert made.is_valid and made.area == pytest.approx(50) and len(made.geoms) == 2


def test_a_repair_drops_what_is_of_another_dimension():
    spike = Polygon([(X, Y), (X + 10, Y), (X + 10, Y + 10), (X + 10, Y + 30), (X + 10, Y + 10), (X, Y + 10)])
    made = kept("buildings", spike)
    assert made.geom_type == "MultiPolygon" and made.area == pytest.approx(100)
    mixed = GeometryCollection([square(), HERE, GeometryCollection([square(50)])])
    assert kept("buildings", mixed).area == 200


def test_roads_of_several_parts_become_several_records():
    parts = MultiLineString([[(X, Y), (X + 5, Y)], [(X, Y + 9), (X + 5, Y + 9)]])
    assert [one.source_id for one in judged("roads", parts)] == ["a#1", "a#2"]
    assert kept("roads", LinearRing([(X, Y), (X + 5, Y), (X + 5, Y + 5)])).geom_type == "LineString"


def test_refusals_keep_their_place_among_records():
    given: list[Record | Refusal] = [
        Record("a", HERE, {}),
        Refusal(2, "b", "bad", "bad"),
        Record("c", None, {}),
        Record("d", HERE, {}),
    ]
    found = list(accept(KINDS["fire_stations"], given))
    assert [(type(one), one.source_id) for one in found] == [
        (Record, "a"),
        (Refusal, "b"),
        (Refusal, "c"),
        (Record, "d"),
    ]


def test_far_objects_are_kept_only_when_asked():
    far = Point(X + 60_000, Y)
    assert kept("fire_stations", far, check_bbox=False).equals(far)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "geometry",
    [
        Point(1e12, 1e12),
        Point(-1e8, 5e6),
        MultiPolygon([Polygon([(X, Y), (X + 10, Y), (X + 1e12, Y + 1e12)])]),
    ],
    ids=["nowhere", "beyond", "a corner nowhere"],
)
@pytest.mark.parametrize("check_bbox", [True, False])
def test_no_accepted_coordinate_fails_the_whole_run_in_the_database(geometry, check_bbox):
    slug = "fire_stations" if geometry.geom_type == "Point" else "buildings"
    good = HERE if slug == "fire_stations" else MultiPolygon([square()])
    records = [Record("bad", geometry, {}), Record("good", good, {})]
    run = load(slug, accept(KINDS[slug], records, check_bbox=check_bbox))
    assert "good" in rows(slug)
    assert run.stored + run.rejected == 2
