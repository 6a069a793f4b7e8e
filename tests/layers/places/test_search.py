"""Search: what a text finds in a city of a few known objects, in which order, and what stays hidden."""

import pytest
from django.db import connection
from django.utils.translation import override
from shapely import LineString, MultiPolygon

from layers.access.rules import ANONYMOUS, Access
from layers.feed.versions import VERSIONS, TileVersions
from layers.kinds import KINDS
from layers.places.positions import position
from layers.places.search import LIMIT, is_outside_city, readings, search
from layers.record import Record
from tests.databases import MadeOnce
from tests.factories import building, feature_id, load, place, point, square

STAFF = Access("staff")


@pytest.fixture
def city_of_words(db, settings):
    """Addresses in three streets, two of them with a road, a district around all, a parcel, a stop and a school."""
    settings.TILE_VERSION_SECONDS = 0.0
    store_city_of_words()
    vars(VERSIONS).update(vars(TileVersions()))


@MadeOnce
def store_city_of_words():
    numbers = {"Sienkiewicza": ("1", "12", "12A", "120", "9"), "3 Maja": ("5", "3"), "Źródłowa": ("7",)}
    load(
        "addresses",
        [
            point(f"{street} {number}", 10 * at, 5 * row, street=street, house_number=number, locality="Kielce")
            for row, (street, all_numbers) in enumerate(numbers.items())
            for at, number in enumerate(all_numbers)
        ],
    )
    ways = [LineString([place(at, 0), place(at + 100, 0)]) for at in (-100, 0)]
    load("roads", [Record(f"s{at}", way, {"name": "Sienkiewicza"}) for at, way in enumerate(ways)])
    around = MultiPolygon([square(-500, -500, 1000)])
    load("districts", [Record("d", around, {"name": "Śródmieście", "code": "D01"})])
    parcel = {"parcel_no": "146/5", "identifier": "266101_1.0017.146/5", "area_m2": 1234.5}
    load("parcels", [Record("p", MultiPolygon([square(50, 50)]), parcel)])
    load("bus_stops", [point("b", 20, 20, name="Sienkiewicza / Rynek", stop_code="100", platform="01")])
    load("buildings", [building("k", 0, 60, name="100% Żłobek_1", owner="Nowak Jan")])
    load("hydrants", [point("h", 1, 1, number="H00042")])


def titles(text: str, access: Access = ANONYMOUS) -> list[str]:
    with override("pl"):
        return [found.title for found in search(access, text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sienkiewicza 12", "Sienkiewicza 12"),
        ("12 Sienkiewicza", "Sienkiewicza 12"),
        ("ul. Sienkiewicza 12, Kielce", "Sienkiewicza 12"),
        ("Sienkiewicza 12 a", "Sienkiewicza 12A"),
        ("sienk 1", "Sienkiewicza 1"),
        ("SIENKEWICZA 12", "Sienkiewicza 12"),
        ("zrodlowa 7", "Źródłowa 7"),
        ("żrudłowa 7", "Źródłowa 7"),
        ("3 maja 5", "3 Maja 5"),
        ("sienkiewicza", "Sienkiewicza"),
        ("śródmiescie", "Śródmieście"),
        ("146/5", "Działka 146/5"),
        ("100", "Sienkiewicza / Rynek"),
        ("zlobek", "100% Żłobek_1"),
        ("100%", "100% Żłobek_1"),
        ("żłobek_1", "100% Żłobek_1"),
    ],
)
def test_the_best_result(city_of_words, text, first):
    assert titles(text)[0] == first


def test_numbers_come_exact_first_then_by_their_value(city_of_words):
    assert titles("Sienkiewicza 12")[:3] == ["Sienkiewicza 12", "Sienkiewicza 12A", "Sienkiewicza 120"]


def test_a_street_is_one_result_with_the_box_of_all_its_segments(city_of_words):
    street = search(ANONYMOUS, "Sienkiewicza")[0]
    assert (street.type, street.layer, street.feature_id) == ("street", "roads", None)
    # 200 m between the ends, west to east; a degree of longitude is 70,393 m here.
    assert (street.bbox[2] - street.bbox[0]) * 70_393 == pytest.approx(200, abs=0.5)


def test_an_address_says_where_it_is(city_of_words):
    found = search(ANONYMOUS, "3 Maja 5")[0]
    assert found.feature_id == feature_id("3 Maja 5")
    assert found.detail == "Śródmieście"
    assert found.center == pytest.approx((20.63139, 50.87033), abs=0.0001)


def test_a_number_that_does_not_exist_leads_to_the_street(city_of_words):
    assert titles("Sienkiewicza 999") == ["Sienkiewicza", "Sienkiewicza / Rynek"]


def test_words_are_the_visitors(city_of_words):
    with override("en"):
        assert [(one.type_title, one.title) for one in search(ANONYMOUS, "146/5")] == [("Parcel", "Parcel 146/5")]
        assert search(ANONYMOUS, "146/5")[0].detail == "1,234.5\u00a0m², Śródmieście"
    with override("pl"):
        assert search(ANONYMOUS, "146/5")[0].detail == "1\u00a0234,5\u00a0m², Śródmieście"


@pytest.mark.parametrize("text", ["Nowak", "Nowak Jan", "266101_1.0017.146/5", "H00042"])
def test_hidden_fields_and_layers_are_not_searched(city_of_words, text):
    assert search(ANONYMOUS, text) == []


def test_staff_find_what_they_may_see(city_of_words):
    assert titles("266101_1.0017.146/5", STAFF) == ["Działka 146/5"]
    assert titles("H00042", STAFF) == ["Hydrant H00042"]


@pytest.mark.parametrize("text", ["", " ", "a", "%", "__", "%%%", "\0", "'", "''''", "\\", ";--"])
def test_what_says_nothing_finds_nothing(city_of_words, text):
    assert search(ANONYMOUS, text) == []


@pytest.mark.parametrize(
    "text", ["sienk" * 100, "a b " * 300, "Sienkiewicza\0 12", "%" * 500, "( ( (", "1" * 500, "x' OR 1=1"]
)
def test_awkward_texts_are_borne(city_of_words, text):
    assert len(search(ANONYMOUS, text)) <= LIMIT


def test_all_layers_are_searched_at_once(city_of_words, settings, django_assert_num_queries):
    """One statement in a savepoint, and one for the districts around the results."""
    settings.TILE_VERSION_SECONDS = 60.0
    search(ANONYMOUS, "warm")
    with django_assert_num_queries(4):
        assert search(ANONYMOUS, "sienkiewicza 1")


def test_every_searched_field_has_its_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
        indexes = cursor.fetchall()
    for kind in KINDS.values():
        for field in kind.search.fields if kind.search else ():
            fitting = [text for table, text in indexes if table == kind.model._meta.db_table and f"({field})" in text]
            assert any("recorded_to IS NULL" in text for text in fitting), (kind.slug, field)


def test_a_query_is_read_in_both_directions():
    name, numbered = readings("3 Maja 5")
    assert name.text == "3 Maja 5"
    assert [(one.text, one.number) for one in numbered] == [("3 Maja", "5"), ("Maja 5", "3")]


@pytest.mark.parametrize(
    "text",
    [
        "50.87028, 20.63139",
        "20.63139 50.87028",
        "50,87028; 20,63139",
        "50°52'13\"N 20°37'53\"E",
        "N 50°52′13″ E 20°37′53″",
        "50.87028N 20.63139E",
        "7474054.38 5637285.40",
        "5637285.40, 7474054.38",
        "614755 334976",
        "334976 614755",
    ],
)
def test_the_market_square_in_any_system_and_order(text):
    """Seconds of arc are 31 m of latitude, whole metres of PL-1992 one."""
    found = position(text)
    assert found is not None and found.inside
    assert (found.longitude, found.latitude) == pytest.approx((20.63139, 50.87028), abs=0.0003)


def test_a_position_is_told_in_all_systems(city_of_words):
    found = search(ANONYMOUS, "50.87028, 20.63139")
    assert [one.type for one in found] == ["coordinates"]
    assert found[0].title == "50.870280, 20.631390"
    assert found[0].detail == "PL-2000/21: E 7474054.38, N 5637285.40 · PL-1992: E 614755.29, N 334975.86"


@pytest.mark.parametrize("text", ["52.2297 21.0122", "8262918.624 5642629.767", "50.87°N 16.5°E"])
def test_a_position_outside_the_city_is_said_to_be(city_of_words, text):
    """Warsaw; the market square in the wrong zone; somewhere in Silesia."""
    assert search(ANONYMOUS, text) == []
    assert is_outside_city(text)


@pytest.mark.parametrize("text", ["Sienkiewicza 12", "12 14", "3 Maja 5", "146/5", "1.5", "1 2 3"])
def test_what_is_no_position(text):
    assert position(text) is None
