"""OGC API Features Part 1: collections, pages of features, parameters, formats, validators."""

import csv
import io
import json
from urllib.parse import quote

import pyogrio
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from shapely import Point

from geoportal.api.ogc.answers import EVERYWHERE
from geoportal.api.ogc.features.requests import RESERVED
from layers.kinds import KINDS
from layers.record import Record
from tests.factories import building, load
from tests.geoportal.conftest import RYNEK_2178, bring_in, house
from tests.geoportal.logins import account, bearer

ITEMS = "/ogc/collections/buildings/items"
pytestmark = pytest.mark.usefixtures("small_city")


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def asked(client: Client, path: str, status: int = 200):
    response = client.get(path)
    text = body(response)
    assert response.status_code == status, text
    return json.loads(text)


def linked(found: dict, rel: str) -> list[str]:
    return [one["href"] for one in found["links"] if one["rel"] == rel]


def paged(client: Client, path: str) -> list[list[dict]]:
    """All pages from an address on."""
    pages = []
    while path:
        found = asked(client, path)
        assert found["numberReturned"] == len(found["features"])
        pages.append(found["features"])
        path = next(iter(linked(found, "next")), "")
    return pages


def test_collections_are_those_the_visitor_may_see(client):
    public = {one["id"] for one in asked(client, "/ogc/collections")["collections"]}
    assert "buildings" in public and "hydrants" not in public
    client.force_login(account("planners"))
    assert "hydrants" in {one["id"] for one in asked(client, "/ogc/collections")["collections"]}


def test_a_collection_says_where_and_since_when_it_holds_what(client):
    found = asked(client, "/ogc/collections/buildings")
    (west, south, east, north) = found["extent"]["spatial"]["bbox"][0]
    assert west == pytest.approx(20.63139 - 30 / 70_240, abs=2e-6) and east - west == pytest.approx(
        90 / 70_240, rel=0.02
    )
    assert 50.8702 < south < north < 50.8706
    ((since, until),) = found["extent"]["temporal"]["interval"]
    assert since.endswith("Z") and until is None
    assert found["itemType"] == "feature" and found["synthetic"] is False
    assert found["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert found["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/2178"
    for rel in ("items", "queryables", "license", "describedby"):
        assert linked(found, rel)
    assert linked(found, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector")


def test_invented_data_says_so(client):
    bring_in("monuments", [Record("m1", Point(RYNEK_2178), {})], dataset="demo", synthetic=True)
    assert asked(client, "/ogc/collections/monuments")["synthetic"] is True
    found = asked(client, "/ogc/collections/monuments/items")
    assert found["synthetic"] is True and found["features"][0]["properties"]["synthetic"] is True


def test_a_page_holds_features_and_what_the_standard_asks_for(client):
    found = asked(client, ITEMS)
    assert found["type"] == "FeatureCollection" and found["timeStamp"].endswith("Z")
    assert found["numberMatched"] == found["numberReturned"] == len(found["features"]) == 3
    assert set(found["features"][0]["properties"]) == {
        *KINDS["buildings"].public_fields,
        "data_date",
        "recorded_from",
        "synthetic",
    }
    assert linked(found, "self") and linked(found, "alternate") and not linked(found, "next")


def test_pages_follow_each_other_and_hold_everything_once(client):
    pages = paged(client, f"{ITEMS}?limit=2")
    assert [len(page) for page in pages] == [2, 1]
    assert len({one["id"] for page in pages for one in page}) == 3


def test_a_full_last_page_has_no_next_one(client):
    assert [len(page) for page in paged(client, f"{ITEMS}?limit=3")] == [3]


def test_a_limit_above_the_greatest_is_capped_and_said(client):
    response = client.get(f"{ITEMS}?limit=10001")
    assert json.loads(body(response))["limitApplied"] == 10000 and response["Limit-Applied"] == "10000"
    assert "limitApplied" not in asked(client, f"{ITEMS}?limit=10000")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "bbox=1,2,3",
        "bbox=1,2,3,x",
        "bbox=1,2,3,nan",
        "bbox=20,52,21,51",
        "bbox=200,50,210,51",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
        "datetime=yesterday",
        "datetime=2026-01-02/2026-01-01",
        "crs=EPSG:9999",
        "properties=owner",
        "properties=nothing",
        "sortby=owner",
        "sortby=nothing",
        "sortby=name,-name",
        "filter=owner='x'",
        "filter=name=",
        "filter-lang=sql",
        "filter-crs=EPSG:1",
        "owner=x",
        "nothing=x",
        "storeys_above=many",
        "token=x",
        "f=xml",
        "f=csv&crs=EPSG:4326",
    ],
)
def test_what_cannot_be_is_a_problem_with_words(client, query):
    found = asked(client, f"{ITEMS}?{query}", 400)
    assert found["status"] == 400 and found["detail"]


def test_a_fault_in_a_filter_is_placed(client):
    assert "line 1, column 17" in asked(client, f"{ITEMS}?filter={quote('storeys_above > > 1')}", 400)["detail"]


def test_every_property_is_a_parameter(client):
    assert [one["properties"]["use_class"] for one in asked(client, f"{ITEMS}?use_class=public")["features"]] == [
        "public"
    ]
    assert asked(client, f"{ITEMS}?storeys_above=3")["numberMatched"] == 3
    assert asked(client, f"{ITEMS}?synthetic=true")["numberMatched"] == 0


def test_no_property_is_named_like_a_parameter():
    for kind in KINDS.values():
        assert not set(kind.field_names) & (RESERVED | EVERYWHERE)


def test_properties_may_be_chosen(client):
    found = asked(client, f"{ITEMS}?properties=use_class,synthetic")
    assert set(found["features"][0]["properties"]) == {"use_class", "synthetic"}


def test_features_are_sorted_with_unknown_values_last(client):
    bring_in("buildings", [house("b4", 100, height_m=9.0), house("b5", 130, height_m=11.0)])
    for way, expected in (("-", [11.0, 9.0, None]), ("+", [9.0, 11.0, None]), ("%2B", [9.0, 11.0, None])):
        pages = paged(client, f"{ITEMS}?sortby={way}height_m&limit=1&properties=height_m")
        heights = [one["properties"]["height_m"] for page in pages for one in page]
        assert heights == [*expected, None, None] and len({page[0]["id"] for page in pages}) == 5


def test_recorded_time_is_asked_for_by_datetime(client):
    before = quote(now().isoformat())
    bring_in("buildings", [house("b1", use_class="office"), house("b9", 200)])
    then = asked(client, f"{ITEMS}?datetime={before}")
    assert then["numberMatched"] == 3
    assert {one["properties"]["use_class"] for one in then["features"]} == {"residential", "public"}
    assert asked(client, ITEMS)["numberMatched"] == 4
    assert asked(client, f"{ITEMS}?datetime=2020-01-01")["numberMatched"] == 0
    assert asked(client, f"{ITEMS}?datetime=../2020-01-01")["numberMatched"] == 0
    ever = asked(client, f"{ITEMS}?datetime={before}/..")
    assert ever["numberMatched"] == 4, "each feature once, in its last version"
    assert sorted(one["properties"]["use_class"] for one in ever["features"])[0] == "office"


def test_a_feature_that_ended_is_in_the_periods_in_which_it_was_known(client):
    load("buildings", [building("b1")], dataset="egib", mode="snapshot", allow_close=2)
    after = quote(now().isoformat())
    assert asked(client, f"{ITEMS}?datetime=../..")["numberMatched"] == 3
    assert asked(client, f"{ITEMS}?datetime={after}/..")["numberMatched"] == 1


def test_one_feature_has_its_version_as_validator(client):
    key = asked(client, ITEMS)["features"][0]["id"]
    response = client.get(f"{ITEMS}/{key}")
    row = KINDS["buildings"].model._default_manager.get(feature_id=key)
    assert response["ETag"] == f'"{row.version_id}-public"' and json.loads(response.content)["id"] == key
    assert client.get(f"{ITEMS}/{key}", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.head(f"{ITEMS}/{key}").content == b""


@pytest.mark.parametrize("name", ["recorded_from", "datetime"])
def test_a_moment_with_an_offset_of_almost_a_day_is_understood(client, name):
    asked(client, f"{ITEMS}?{name}=2026-02-05T14:44:21%2B20:38")
    asked(client, f"{ITEMS}?filter=recorded_from > TIMESTAMP('2026-02-05T14:44:21%2B20:38')")


def test_what_the_staff_was_told_of_a_feature_is_no_answer_for_the_public(client):
    key = asked(client, ITEMS)["features"][0]["id"]
    of_staff = client.get(f"{ITEMS}/{key}", headers=bearer(account("planners")))["ETag"]
    assert client.get(f"{ITEMS}/{key}", headers={"If-None-Match": of_staff}).status_code == 200


@pytest.mark.parametrize("key", ["x", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_feature_is_not_found(client, key):
    asked(client, f"{ITEMS}/{key}", 404)


def test_a_page_that_did_not_change_is_not_sent_again(client):
    tag = client.get(ITEMS)["ETag"]
    assert client.get(ITEMS, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"{ITEMS}?limit=1", headers={"If-None-Match": tag}).status_code == 200
    bring_in("buildings", [house("b1", use_class="office")])
    assert client.get(ITEMS, headers={"If-None-Match": tag}).status_code == 200


def test_head_tells_the_headers_of_a_page(client):
    response = client.head(ITEMS)
    assert response.status_code == 200 and body(response) == b""
    assert response["Content-Type"] == "application/geo+json" and response["ETag"]


def test_other_sites_may_read(client):
    response = client.get(ITEMS)
    assert response["Access-Control-Allow-Origin"] == "*" and "Accept" in response["Vary"]


@pytest.mark.parametrize("path", [ITEMS, "/ogc/collections", f"{ITEMS}?sortby=-name", f"{ITEMS}?use_class=public"])
def test_the_number_of_queries_does_not_grow_with_the_layer(client, path):
    def queries() -> int:
        asked(client, path)
        with CaptureQueriesContext(connection) as seen:
            asked(client, path)
        return len([one for one in seen if not one["sql"].startswith("FETCH")])

    before = queries()
    bring_in("buildings", [house(f"n{at}", at * 30) for at in range(50)])
    asked(client, "/ogc/collections")
    assert queries() == before <= 14


def test_a_layer_of_the_staff_is_an_unknown_one(client):
    for path in ("", "/items", "/queryables", "/schema", "/items?f=csv"):
        hidden = client.get(f"/ogc/collections/hydrants{path}")
        unknown = client.get(f"/ogc/collections/nothing{path}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.content.replace(b"hydrants", b"nothing") == unknown.content


def test_a_layer_without_data_is_empty(client):
    found = asked(client, "/ogc/collections/parcels/items")
    assert found["features"] == [] and found["numberMatched"] == 0
    assert client.get("/ogc/collections/parcels/items?f=html").status_code == 200


def test_csv_is_a_page_of_the_same_features(client):
    response = client.get(f"{ITEMS}?f=csv&limit=2&sortby=-use_class")
    rows = list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"))))
    same = asked(client, f"{ITEMS}?limit=2&sortby=-use_class")["features"]
    assert [row["feature_id"] for row in rows] == [one["id"] for one in same]
    assert response["OGC-NumberReturned"] == "2" and 'rel="next"' in response["Link"]
    following = response["Link"].split(">")[0].lstrip("<")
    assert len(list(csv.DictReader(io.StringIO(body(client.get(following)).decode("utf-8-sig"))))) == 1


def test_flatgeobuf_is_a_page_of_the_same_features(client, tmp_path):
    path = tmp_path / "page.fgb"
    path.write_bytes(body(client.get(f"{ITEMS}?f=fgb&use_class=residential")))
    read = pyogrio.read_dataframe(path)
    assert len(read) == 2 and read.crs.to_epsg() == 2178


def test_people_get_a_page_with_words(client):
    response = client.get(ITEMS, headers={"Accept": "text/html,*/*;q=0.8"})
    text = response.content.decode()
    assert response["Content-Type"].startswith("text/html") and "użyteczność publiczna" in text
    key = asked(client, f"{ITEMS}?use_class=public")["features"][0]["id"]
    assert "użyteczność publiczna" in client.get(f"{ITEMS}/{key}?f=html").content.decode()
    for path in ("/ogc/collections", "/ogc/collections/buildings", "/ogc/collections/buildings/queryables"):
        assert "Budynki" in client.get(f"{path}?f=html").content.decode()


def test_queryables_tell_types_units_and_codes_of_visible_fields(client):
    found = asked(client, "/ogc/collections/buildings/queryables")
    assert found["additionalProperties"] is False and "owner" not in found["properties"]
    assert found["properties"]["height_m"] == found["properties"]["height_m"] | {
        "type": "number",
        "x-ogc-unit": "m",
        "minimum": 0,
        "maximum": 400,
    }
    assert "public" in found["properties"]["use_class"]["enum"]
    assert found["properties"]["geom"]["format"] == "geometry-multipolygon"
    told = asked(client, "/ogc/collections/buildings/schema")["properties"]
    assert set(told) == {"geometry", *asked(client, ITEMS)["features"][0]["properties"]}


def test_a_reader_of_the_api_finds_the_addresses_described(client):
    paths = asked(client, "/ogc/api")["paths"]
    items = paths["/collections/buildings/items"]["get"]
    names = {one["name"] for one in items["parameters"]}
    assert names > RESERVED and "use_class" in names and "owner" not in names
    assert "/collections/hydrants/items" not in paths


def test_features_are_counted_up_to_a_budget(client, monkeypatch):
    monkeypatch.setattr("layers.reading.pages.COUNTED", 2)
    assert asked(client, ITEMS)["numberMatched"] == 3, "what a whole layer holds is known anyway"
    assert asked(client, f"{ITEMS}?use_class=residential")["numberMatched"] == 2
    many = asked(client, f"{ITEMS}?storeys_above=3")
    assert "numberMatched" not in many and many["numberReturned"] == 3
