"""The report of a place: figures worked out by hand on squares, counted once, shown by the visitor's access."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from shapely import LineString, MultiPolygon, Polygon

from layers.access.rules import ANONYMOUS, Access
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadFilter, BadPlace, TooSlow, UnknownFeature
from layers.kinds import KINDS
from layers.places.figures import Statement, as_text
from layers.places.place import Place, area_place, feature_place, point_place
from layers.places.report import Report, report
from layers.reading.selection import select
from layers.record import Record
from layers.schema.kind import LayerKind
from layers.schema.report_items import Count, Length, Nearest, ReportItem, Share, Sum, Within
from layers.text import Text
from tests.factories import building, feature_id, load, place, point, square

pytestmark = pytest.mark.django_db
STAFF = Access("staff")


def area(source_id: str, east: float, north: float, side: float, **values: object) -> Record:
    return Record(source_id, MultiPolygon([square(east, north, side)]), values)


def district(east: float = 0, north: float = 0, side: float = 100, source_id: str = "d") -> Place:
    load("districts", [area(source_id, east, north, side, name=f"District {source_id}")])
    return feature_place(ANONYMOUS, KINDS["districts"], str(feature_id(source_id)))


def degrees(shape: shapely.Geometry) -> Any:
    return reproject(np.array([shape]), storage_srid(), WGS84)[0]


def drawn(shape: shapely.Geometry) -> Place:
    return area_place(shapely.to_geojson(degrees(shape)))


def told(made: Report, slug: str, form: type[ReportItem], title: str = "") -> Statement:
    return next(
        one
        for one in made.statements
        if one.kind.slug == slug and isinstance(one.item, form) and title in str(one.item.title or "")
    )


def rows_asked(access: Access, kind: LayerKind, filter: str) -> int:
    found = select(access, kind, filter=filter)
    assert found is not None
    return int(found.rows().count())


def figures(one: Statement) -> dict[str, Any]:
    return {line.title: pytest.approx(line.value, abs=1e-6) for line in one.lines}


def test_areas_of_one_code_count_once_and_the_total_counts_overlaps_once():
    here = district()
    load(
        "green",
        [
            area("west", -50, 0, 100, green_class="park"),  # 50 x 100 of it inside
            area("inner", 0, 0, 30, green_class="park"),  # wholly under the first
            area("meadow", 40, 0, 20, green_class="meadow"),  # 20 x 20, half of it under the first
        ],
    )
    green = told(report(ANONYMOUS, here), "green", Share)
    assert figures(green) == {"park": 5000, "łąka": 400}
    assert [round(line.share or 0, 6) for line in green.lines] == [0.5, 0.04]
    assert green.total == pytest.approx(5200) and green.share == pytest.approx(0.52)


def test_what_only_touches_the_border_is_not_in_the_place():
    here = district()
    load("parcels", [area("in", 60, 60, 40, land_use="B"), area("beside", 100, 0, 50, land_use="R")])
    parcels = told(report(ANONYMOUS, here), "parcels", Share)
    assert figures(parcels) == {"tereny mieszkaniowe": 1600}


def test_a_hole_is_not_part_of_the_place():
    hole = square(40, 40, 20)
    ring = Polygon(square(0, 0, 100).exterior.coords, [hole.exterior.coords])
    load("green", [Record("fill", MultiPolygon([square(41, 41, 18)]), {"green_class": "park"})])
    load("buildings", [building("in the hole", 45, 45, 5), building("beside it", 10, 10, 5)])
    made = report(ANONYMOUS, drawn(ring))
    assert made.place.geometry.area == pytest.approx(9600, abs=0.5)
    assert told(made, "green", Share).is_empty
    assert told(made, "buildings", Count).total == 1


def test_a_building_across_a_border_counts_where_its_middle_lies():
    left, right = district(0, source_id="d1"), district(100, source_id="d2")
    load("buildings", [building("across", 90, 10, 30, use_class="office"), building("left", 10, 10, 5)])
    counts = [told(report(ANONYMOUS, here), "buildings", Count).total for here in (left, right)]
    assert counts == [1, 1]


def test_lengths_are_cut_at_the_border():
    here = district()
    lines = [LineString([place(-50, 50), place(150, 50)]), LineString([place(0, -20), place(0, -120)])]
    load("roads", [Record(f"r{at}", line, {"road_class": "local"}) for at, line in enumerate(lines)])
    roads = told(report(ANONYMOUS, here), "roads", Length)
    assert figures(roads) == {"droga lokalna": 100} and roads.unit == "m"


def test_a_road_along_a_border_counts_half_on_either_side():
    left, right = district(0, source_id="d1"), district(100, source_id="d2")
    load("roads", [Record("border", LineString([place(100, 0), place(100, 80)]), {"road_class": "main"})])
    lengths = [told(report(ANONYMOUS, here), "roads", Length).total for here in (left, right)]
    assert lengths == [pytest.approx(40), pytest.approx(40)]


def test_the_nearest_is_measured_from_the_border_and_its_direction_from_the_middle():
    here = district()
    load("bus_stops", [point("near", 130, 140, name="Rynek"), point("far", 300, 0, name="Daleko")])
    stop = told(report(ANONYMOUS, here), "bus_stops", Nearest).found[0]
    # From the corner (100, 100) it is 30 m east and 40 m north; from the middle 80 m and 90 m.
    assert (stop.title, str(stop.direction)) == ("Rynek", "na północny wschód")
    assert stop.distance_m == pytest.approx(50)


def test_where_several_lie_inside_none_is_called_nearest():
    here = district()
    load("bus_stops", [point("one", 10, 10, name="A"), point("two", 20, 20, name="B")])
    made = report(ANONYMOUS, here)
    assert not [one for one in made.statements if one.kind.slug == "bus_stops" and isinstance(one.item, Nearest)]
    assert told(made, "bus_stops", Count).total == 2


def test_the_nearest_stop_of_a_stop_is_another_one():
    load("bus_stops", [point("here", 0, 0, name="A"), point("next", 0, 70, name="B")])
    made = report(ANONYMOUS, feature_place(ANONYMOUS, KINDS["bus_stops"], str(feature_id("here"))))
    stop = told(made, "bus_stops", Nearest).found[0]
    assert (stop.title, stop.distance_m, str(stop.direction)) == ("B", 70, "na północ")


def test_a_point_lies_in_its_parcel_building_district_and_flood_zone():
    district()
    load("parcels", [area("p", 0, 0, 40, parcel_no="12/4", land_use="B")])
    load("buildings", [building("b", 5, 5, 10, name="Ratusz", residents=4.0)])
    load("flood_zones", [area("f", 0, 0, 50, scenario="p1", depth_class=2)])
    load("addresses", [point("a", 10, 50, street="Rynek", house_number="1")])
    made = report(ANONYMOUS, point_place(",".join(str(value) for value in degrees(place(10, 10)).coords[0])))
    names = {
        one.kind.slug: one.found[0].title for one in made.statements if isinstance(one.item, Within) and one.found
    }
    assert names == {
        "districts": "District d",
        "parcels": "Działka 12/4",
        "buildings": "Ratusz",
        "flood_zones": "Strefa zagrożenia",
    }
    assert made.near is not None
    assert made.near.title == "Rynek 1" and made.near.distance_m == pytest.approx(40, abs=0.02)


def test_a_large_area_is_not_called_after_an_address_in_it():
    load("addresses", [point("a", 10, 10, street="Rynek", house_number="1")])
    load("flood_zones", [area("small", 0, 0, 100, scenario="p1"), area("large", 0, 0, 101, scenario="p1")])
    made = [
        report(ANONYMOUS, feature_place(ANONYMOUS, KINDS["flood_zones"], str(feature_id(one))))
        for one in ("small", "large")
    ]
    assert [one.near is not None for one in made] == [True, False]


def test_groups_of_numbers_have_their_own_order_and_unknown_ones_come_last():
    here = district()
    heights = (1, 1, 4, 9, 12, None)
    load("buildings", [building(f"b{at}", 10 * at, 10, 5, storeys_above=height) for at, height in enumerate(heights)])
    storeys = told(report(ANONYMOUS, here), "buildings", Count, "kondygnacji")
    assert [(line.title, line.value) for line in storeys.lines] == [
        ("do 1", 2),
        ("3–4", 1),
        ("5–9", 1),
        ("10 i więcej", 1),
        ("nie podano", 1),
    ]


def test_every_count_is_the_number_of_rows_its_filter_asks_for():
    here = district()
    load("buildings", [building(f"b{at}", 37 * at, 10, 20, use_class="office", storeys_above=at) for at in range(6)])
    load("bus_stops", [point(f"s{at}", 21 * at, 20) for at in range(8)])
    counted = [one for one in report(STAFF, here).statements if isinstance(one.item, Count) and one.total]
    assert {one.kind.slug for one in counted} == {"buildings", "bus_stops"}
    for one in counted:
        for line in one.lines:
            assert rows_asked(STAFF, one.kind, as_text(line.filter)) == line.value


def test_sums_follow_the_same_rule_and_only_staff_learn_of_residents():
    here = district()
    load("buildings", [building("in", 10, 10, 5, residents=4.5), building("across", 96, 50, 10, residents=9.0)])
    people = told(report(STAFF, here), "buildings", Sum)
    assert people.total == 4.5
    assert not [one for one in report(ANONYMOUS, here).statements if isinstance(one.item, Sum)]


def test_hydrants_do_not_exist_for_the_public():
    here = district()
    load("hydrants", [point("h", 10, 10, number="H-1", working=True)])
    assert "hydrants" not in {one.kind.slug for one in report(ANONYMOUS, here).statements}
    assert "hydrants" not in {kind.slug for kind in report(ANONYMOUS, here).empty_kinds}
    assert told(report(STAFF, here), "hydrants", Count).total == 1


@pytest.mark.parametrize("wrong", [{"bins": (2, 5)}, {"by": "use_class", "bins": (2, 5), "ordered": True}])
def test_bins_of_no_field_or_with_another_order_are_refused(wrong):
    with pytest.raises(ValueError, match="bins group the numbers of a field"):
        Count(**wrong)


def test_a_kind_appears_by_declaring_what_it_says(monkeypatch):
    here = district()
    load(
        "buildings",
        [building("low", 10, 10, 5, storeys_above=1, height_m=4), building("high", 30, 10, 5, height_m=9)],
    )
    items = (
        Count(title=Text("Wysokie", "Tall"), filter="height_m > 5"),
        Sum(title=Text("Razem", "Sums"), of=("height_m", "storeys_above", "residents")),
    )
    monkeypatch.setitem(KINDS, "buildings", replace(KINDS["buildings"], report_items=items[:1]))
    assert told(report(ANONYMOUS, here), "buildings", Count, "Wysokie").total == 1
    monkeypatch.setitem(KINDS, "buildings", replace(KINDS["buildings"], report_items=items))
    sums = told(report(STAFF, here), "buildings", Sum)
    assert figures(sums) == {"Wysokość": 13, "Kondygnacje nadziemne": 1}, "a field nobody filled says nothing"
    assert [type(one.item) for one in report(ANONYMOUS, here).statements if one.kind.slug == "buildings"] == [Count]


def test_a_place_of_nothing_says_so():
    made = report(ANONYMOUS, drawn(square(0, 0, 50)))
    assert made.statements == () and len(made.empty_kinds) >= 10


def test_a_point_in_no_district_is_told_so():
    district()
    outside = degrees(place(5000, 0)).coords[0]
    made = report(ANONYMOUS, point_place(f"{outside[0]},{outside[1]}"))
    assert told(made, "districts", Within).is_empty


def test_the_number_of_queries_does_not_grow_with_the_place(django_assert_max_num_queries):
    here = district()
    load("buildings", [building("b", 10, 10, 5, storeys_above=1)])
    with CaptureQueriesContext(
        connection,
    ) as few:
        report(STAFF, here)
    load("buildings", [building(f"b{at}", at, 10, 5, storeys_above=at % 12, use_class="office") for at in range(90)])
    with django_assert_max_num_queries(len(few)):
        report(STAFF, here)


def test_a_report_can_be_told_as_of_a_moment():
    load("buildings", [building("first", 10, 10, 5)])
    here = district()
    assert here.row is not None
    load("buildings", [building("second", 30, 10, 5)])
    then = report(ANONYMOUS, here, at=here.row.recorded_from.isoformat())
    assert told(then, "buildings", Count).total == 1 and then.at == here.row.recorded_from
    assert told(report(ANONYMOUS, here), "buildings", Count).total == 2
    before = (here.row.recorded_from - timedelta(microseconds=1)).isoformat()
    with pytest.raises(UnknownFeature, match="w tej chwili"):
        feature_place(ANONYMOUS, KINDS["districts"], str(here.row.feature_id), at=before)


def test_a_report_that_takes_too_long_is_given_up(settings):
    settings.REPORT_STATEMENT_MS = 1
    here = district()
    load("green", [area(f"g{at}", -at / 10, 0, 100, green_class="park") for at in range(300)])
    with pytest.raises(TooSlow, match="mniejsze miejsce"):
        report(ANONYMOUS, here)


def test_a_filter_may_name_a_feature_but_not_a_hidden_one():
    district()
    load("hydrants", [point("h", 10, 10)])
    load("buildings", [building("b", 10, 10, 5)])
    words = f"s_intersects(point, feature('districts', '{feature_id('d')}'))"
    assert rows_asked(ANONYMOUS, KINDS["buildings"], words) == 1
    for unknown in (f"feature('hydrants', '{feature_id('h')}')", f"feature('districts', '{feature_id('none')}')"):
        with pytest.raises(BadFilter, match="There is no feature"):
            select(ANONYMOUS, KINDS["buildings"], filter=f"s_intersects(geom, {unknown})")
    with pytest.raises(BadFilter, match="takes a layer and an identity"):
        select(ANONYMOUS, KINDS["buildings"], filter="s_intersects(geom, feature('districts', 'x'))")


WEST, SOUTH = 20.62, 50.86


def ring(*positions: tuple[object, object]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [[list(one) for one in positions]]})


def box(west: float, south: float, east: float, north: float) -> str:
    return ring((west, south), (east, south), (east, north), (west, north), (west, south))


BAD = {
    "no json": ("{", "no GeoJSON"),
    "deep": ("[" * 100_000, "no GeoJSON"),
    "long": ("[" + "1," * 300_000 + "1]", "fewer points"),
    "a line": ('{"type": "LineString", "coordinates": [[20.6, 50.8], [20.7, 50.8]]}', "Polygon or MultiPolygon"),
    "a list": ("[]", "Polygon or MultiPolygon"),
    "nothing in it": ('{"type": "Polygon", "coordinates": []}', "incomplete"),
    "a text": ('{"type": "Polygon", "coordinates": "here"}', "incomplete"),
    "two points": (ring((WEST, SOUTH), (WEST, SOUTH)), "fewer than three"),
    "no number": (ring((WEST, SOUTH), (WEST, True), ("x", SOUTH)), "no pair of numbers"),
    "NaN": ('{"type":"Polygon","coordinates":[[[NaN,50],[20.6,50.8],[20.7,50.9]]]}', "no GeoJSON"),
    "infinity": ('{"type":"Polygon","coordinates":[[[1e999,50],[20.6,50.8],[20.7,50.9]]]}', "no GeoJSON"),
    "huge number": ('{"type":"Polygon","coordinates":[[[1' + "0" * 400 + ",50],[20.6,50.8],[20,50]]]}", "no GeoJSON"),
    "over the edge": (box(179, 50, 181, 51), "outside longitude"),
    "antimeridian": (box(-179.9, 50, 179.9, 51), "outside the city"),
    "another city": (box(21.0, 52.2, 21.01, 52.21), "outside the city"),
    "huge": (box(20.5, 50.8, 20.75, 50.9), "at most 50 km²"),
    "tiny": (box(WEST, SOUTH, WEST + 1e-6, SOUTH + 1e-6), "smaller than a square metre"),
    "a folded line": (ring((WEST, SOUTH), (WEST + 0.01, SOUTH), (WEST, SOUTH)), "a line or a point"),
    "many points": (
        ring(*((WEST + at * 1e-6, SOUTH + (at % 2) * 1e-5) for at in range(5001))),
        "at most 5000",
    ),
}


@pytest.mark.parametrize("text,words", BAD.values(), ids=list(BAD))
def test_an_area_that_cannot_be_reported_on_is_refused_in_one_line(text, words):
    with translation.override("en"), pytest.raises(BadPlace, match=words) as caught:
        area_place(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "text", ["", "20.6", "20.6;50.8", "x,y", "nan,50", "20.6,50.8,1", "inf,inf", "200,50", "0,0"]
)
def test_a_point_that_cannot_be_reported_on_is_refused(text):
    with pytest.raises(BadPlace):
        point_place(text)


def test_an_area_that_crosses_itself_is_put_right():
    bow = Polygon([place(0, 0), place(100, 100), place(100, 0), place(0, 100)])
    made = drawn(bow)
    # Two triangles with a base of 100 m and a height of 50 m.
    assert made.repaired and made.geometry.is_valid and made.geometry.area == pytest.approx(5000, abs=1)


@pytest.mark.parametrize("key", ["", "x", "6c1b8e9e-5f0d-4f7a-9a55-0d6a1f2b7c11"])
def test_a_feature_that_is_not_there_is_named(key):
    with pytest.raises(UnknownFeature, match="nie ma takiego obiektu"):
        feature_place(ANONYMOUS, KINDS["districts"], key)
