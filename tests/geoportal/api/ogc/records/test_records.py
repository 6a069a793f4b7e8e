"""OGC API Records: a record a layer, found by words, place and time."""

import json

import pytest
from pyproj import Transformer

from layers.access.rules import open_kinds
from tests.geoportal.conftest import RYNEK_2178
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/catalogue/items"


def ids(client, query="", **headers):
    response = client.get(f"{ITEMS}?{query}", headers=headers)
    assert response.status_code == 200, response.content
    return [one["id"] for one in response.json()["features"]]


def test_the_catalogue_is_a_collection_of_records(client, small_city):
    found = client.get("/ogc/collections/catalogue").json()
    assert (found["id"], found["itemType"]) == ("catalogue", "record")
    items = next(one["href"] for one in found["links"] if one["rel"] == "items")
    assert client.get(items)["Content-Type"] == "application/geo+json"


def test_each_layer_has_a_record_for_those_who_may_see_it(client, small_city):
    assert ids(client) == [kind.slug for kind in open_kinds()]
    assert client.get(f"{ITEMS}/hydrants").status_code == 404
    staff = bearer(account("planners"))
    assert "hydrants" in ids(client, **staff)
    assert client.get(f"{ITEMS}/hydrants", headers=staff).status_code == 200


def test_a_record_tells_what_the_layer_holds(client, small_city):
    found = client.get(f"{ITEMS}/roads?lang=en").json()
    told = found["properties"]
    assert (told["type"], told["title"], told["language"]["code"]) == ("dataset", "Roads and streets", "en")
    assert told["license"]
    assert told["contacts"][0]["roles"] == ["publisher"]
    assert {"GeoJSON", "GeoPackage", "CSV"} <= {one["name"] for one in told["formats"]}
    assert told["themes"][0]["scheme"].startswith("http://publications.europa.eu/")
    # The road runs 500 m either way along the market square.
    x, y = RYNEK_2178
    change = Transformer.from_crs(2178, 4326, always_xy=True)
    ring = found["geometry"]["coordinates"][0]
    west = change.transform(x - 500, y - 10)
    east = change.transform(x + 500, y - 10)
    assert min(point[0] for point in ring) == pytest.approx(west[0], abs=1e-5)
    assert max(point[0] for point in ring) == pytest.approx(east[0], abs=1e-5)
    assert found["time"]["interval"][1] == ".."


def test_its_links_lead_somewhere(client, small_city):
    links = client.get(f"{ITEMS}/roads").json()["links"]
    assert {"self", "collection", "about", "item", "tiles", "enclosure", "service", "stylesheet"} <= {
        one["rel"] for one in links
    }
    for one in links:
        if one["href"].startswith("http://testserver"):
            assert client.get(one["href"]).status_code == 200, one


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=przystanki", {"bus_stops"}),
        ("q=Bus stops", {"bus_stops"}),
        ("q=przystanki,dzielnice", {"bus_stops", "districts"}),
        ("ids=roads,buildings", {"roads", "buildings"}),
        ("ids=roads&q=przystanki", set()),
        ("externalIds=http://testserver/catalogue/roads/%23dataset", {"roads"}),
        ("externalIds=http://testserver/catalogue/roads/", set()),
        ("bbox=20.6,50.8,20.7,50.9", {"buildings", "roads", "bus_stops"}),
        ("bbox=20.6,50.8,0,20.7,50.9,100", {"buildings", "roads", "bus_stops"}),
        ("bbox=170,50.8,20.7,50.9", {"buildings", "roads", "bus_stops"}),
        ("bbox=10,50.8,11,50.9", set()),
        ("datetime=../2000-01-01", set()),
        ("datetime=2000-01-01/..", {"buildings", "roads", "bus_stops"}),
        ("type=service", set()),
        ("type=dataset&ids=roads", {"roads"}),
    ],
)
def test_records_are_found_by_words_place_and_time(client, small_city, query, expected):
    assert set(ids(client, query)) == expected


def test_pages_hold_each_record_once(client, small_city):
    address, seen = f"{ITEMS}?limit=2", []
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == len(open_kinds())
        assert page["numberReturned"] == len(page["features"]) <= 2
        seen += [one["id"] for one in page["features"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert seen == [kind.slug for kind in open_kinds()]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=0,10,1,5",
        "bbox=nan,0,1,1",
        "datetime=yesterday",
        "datetime=2026-02-30",
        "datetime=2026-02-02/2026-01-01",
        "datetime=../..",
        "limit=0",
        "offset=-1",
        "colour=red",
        "f=xml",
    ],
)
def test_impossible_words_are_refused(client, small_city, query):
    refused = client.get(f"{ITEMS}?{query}")
    assert refused.status_code == 400
    assert query.partition("=")[0] in json.dumps(refused.json())


def test_the_database_is_asked_as_often_however_many_records(client, small_city, django_assert_max_num_queries):
    client.get(ITEMS)
    with django_assert_max_num_queries(4):
        client.get(ITEMS)
