"""Values of OpenStreetMap tags, in the forms the OSM wiki allows, and those that no field can hold."""

import pytest

from ingest.osm.fields import ValueUnusable
from ingest.osm.tags import KINDS
from ingest.osm.values import day, metres, present, speed_km_h, truth, whole, year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("12.13 m", 12.13),
        ("1,8", 1.8),
        ("250 cm", 2.5),
        ("12'", 3.658),
        ("12'6\"", 3.81),
        ("10 ft", 3.048),
    ],
)
def test_a_length_is_read_in_metres(text, expected):
    assert metres(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", 50),
        ("30 mph", 48),
        ("50 km/h", 50),
        ("FI:urban", 50),
        ("DE:rural", 100),
        ("PL:motorway", 140),
        ("DE:zone:30", 30),
        ("DE:zone30", 30),
        ("PL:living_street", 20),
        ("walk", 5),
        ("none", None),
    ],
)
def test_a_speed_limit_is_read_in_km_h(text, expected):
    assert speed_km_h(text) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (metres, "6-8"),
        (metres, "wide"),
        (metres, "-3"),
        (speed_km_h, "50;70"),
        (speed_km_h, "signals"),
        (speed_km_h, "XX:rural"),
        (whole, "3.5"),
        (whole, "2;3"),
        (whole, "many"),
        (whole, "inf"),
        (whole, "nan"),
        (year, "1890s"),
        (year, "before 1939"),
        (year, "1908..1939"),
        (year, "2012?"),
        (year, "C19"),
        (day, "2021-13-01"),
        (truth, "maybe"),
    ],
)
def test_what_is_no_single_value_is_turned_away(read, text):
    with pytest.raises(ValueError, match=r"\S"):
        read(text)


def test_a_full_date_gives_its_year_and_its_day():
    assert [year(text) for text in ("1936", "1938-10", "1938-10-05")] == [1936, 1938, 1938]
    assert day("2021-05-30") == "2021-05-30"


def test_words_of_presence_and_truth():
    assert [present(text) for text in ("viaduct", "yes", "24/7", "no", "disused")] == [True, True, True, False, False]
    assert [truth(text) for text in ("yes", "1", "no", "false")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, False),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "residential", "oneway": "-1"}, True),
        ({"highway": "motorway"}, True),
        ({"highway": "motorway", "oneway": "no"}, False),
        ({"highway": "tertiary", "junction": "roundabout"}, True),
    ],
)
def test_one_way_is_said_or_implied(tags, expected):
    assert KINDS["roads"].fields["oneway"](tags) is expected


def test_a_direction_that_changes_is_unusable():
    with pytest.raises(ValueUnusable, match="oneway=reversible"):
        KINDS["roads"].fields["oneway"]({"highway": "primary", "oneway": "reversible"})


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"building": "yes"}, None),
        ({"building": "apartments"}, "residential_multi"),
        ({"building": "yes", "amenity": "school"}, "education"),
        ({"building": "yes", "shop": "bakery"}, "commercial"),
        ({"building": "yes", "office": "lawyer"}, "office"),
        ({"building": "yes", "tourism": "hotel"}, "commercial"),
        ({"building": "church", "tourism": "museum"}, "worship"),
    ],
)
def test_the_use_of_a_building_is_its_own_word_or_what_is_inside(tags, expected):
    assert KINDS["buildings"].fields["use_class"](tags) == expected


def test_a_trunk_road_is_an_expressway_only_as_a_motorroad():
    road_class = KINDS["roads"].fields["road_class"]
    assert road_class({"highway": "trunk"}) == "main"
    assert road_class({"highway": "trunk", "motorroad": "yes"}) == "expressway"
    assert road_class({"highway": "motorway_link"}) == "motorway"
