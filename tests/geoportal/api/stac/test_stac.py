"""The STAC API as its clients use it: pystac-client browses, items are valid, pages are whole, rights hold."""

import io
import json
from collections.abc import Iterator
from typing import Any

import geopandas
import pystac
import pytest
from django.test import Client
from django.utils.timezone import now
from pystac.validation import validate_dict

from layers.media.models import Medium
from layers.media.publication import publish
from layers.media.removal import request_removal
from layers.media.review import decide
from tests.geoportal.logins import account, bearer
from tests.layers.media.photos import blur, stored_photo

pytestmark = pytest.mark.django_db
COLORS = ("red", "green", "blue", "yellow", "black")


@pytest.fixture(autouse=True)
def media_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def city() -> list[Medium]:
    """Five photos of a run, 1 m apart, of which the first three are released."""
    media = [stored_photo(color, number=number) for number, color in enumerate(COLORS)]
    Medium.objects.update(examined_at=now())
    for medium in media[:3]:
        decide(medium, "release", "reviewer")
        blur(medium)
    publish(Medium.objects.filter(pk__in=[one.pk for one in media[:3]]))
    return list(Medium.objects.order_by("pk"))


def asked(address: str, client: Client | None = None, headers: dict[str, str] | None = None) -> Any:
    answer = (client or Client()).get(address, headers=headers or {})
    assert answer.status_code == 200, answer.content
    return answer.json()


def planner() -> Client:
    client = Client()
    client.force_login(account("planners"))
    return client


def test_documents_are_valid(city):
    validate_dict(asked("/stac/"))
    (run,) = asked("/stac/collections")["collections"]
    validate_dict(run)
    assert run["id"] == "drive" and run["license"] == "CC-BY-4.0" and "3 pictures" in run["description"]
    for item in asked("/stac/search?limit=100")["features"]:
        validate_dict(item, extensions=[])
        assert pystac.Item.from_dict(item).datetime is None  # the factory's photos have no time


def test_the_public_sees_released_pictures_and_their_files(city):
    found = asked("/stac/collections/drive/items")["features"]
    assert [one["id"] for one in found] == [str(medium.released_key) for medium in city[:3]]
    assets = found[0]["assets"]
    assert (
        assets.keys() == {"hd", "sd", "thumb"}
        and f"/pictures/{city[0].released_key}/full.jpg" in assets["hd"]["href"]
    )
    assert Client().get(assets["sd"]["href"]).status_code == 200
    text = json.dumps(found)
    assert not any(str(medium.key) in text for medium in city)
    assert found[0]["properties"]["view:azimuth"] == 90


def test_a_planner_sees_the_rest_without_files_and_a_reviewer_with_them(city):
    rest = [one for one in asked("/stac/search", planner())["features"] if "geoportal:state" in one["properties"]]
    assert [one["id"] for one in rest] == [str(medium.key) for medium in city[3:]]
    assert all(one["assets"] == {} for one in rest)
    editor = account("editors")
    for scopes, names in ((("read",), set()), (("read", "photos"), {"hd", "sd", "thumb"})):
        found = asked("/stac/search", headers=bearer(editor, *scopes))["features"]
        assert found[-1]["assets"].keys() == names


def pages(address: str, client: Client) -> Iterator[Any]:
    next_page: str | None = address
    while next_page is not None:
        document = asked(next_page, client)
        yield document
        next_page = next((one["href"] for one in document["links"] if one["rel"] == "next"), None)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_hold_every_photo_once(city, limit):
    found = list(pages(f"/stac/search?limit={limit}", planner()))
    ids = [item["id"] for one in found for item in one["features"]]
    assert len(ids) == len(set(ids)) == 5 and all(len(one["features"]) <= limit for one in found)


def test_a_search_by_post_goes_on_with_the_body_of_its_link(city):
    client, body, ids = Client(), {"limit": 2, "collections": ["drive"]}, []
    while body:
        document = client.post("/stac/search", body, content_type="application/json").json()
        ids += [one["id"] for one in document["features"]]
        link = next((one for one in document["links"] if one["rel"] == "next"), None)
        body = {**body, **link["body"]} if link else {}
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("bbox=20.63,50.87,20.64,50.88", 3),
        ("bbox=0,0,1,1", 0),
        ("collections=drive,other", 3),
        ("collections=other", 0),
        ("datetime=2020-01-01/..", 0),
        ('intersects={"type":"Point","coordinates":[1,1]}', 0),
    ],
)
def test_a_search_chooses(city, query, count):
    assert len(asked(f"/stac/search?{query}")["features"]) == count


def test_a_search_by_identity(city):
    key = str(city[1].released_key)
    assert [one["id"] for one in asked(f"/stac/search?ids={key}")["features"]] == [key]
    assert asked(f"/stac/search?ids={city[4].key}")["features"] == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bbox=1,2,3", "4 or 6"),
        ("bbox=a,b,c,d", "no number"),
        ("bbox=1,2,3,4&intersects={}", "not both"),
        ("intersects=[]", "geometry"),
        ("intersects={", "not JSON"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("datetime=yesterday", "datetime"),
        ("token=zz", "token"),
        ("sortby=x", "sortby"),
    ],
)
def test_a_wrong_search_is_refused_in_one_line(city, query, said):
    answer = Client().get(f"/stac/search?{query}")
    assert answer.status_code == 400 and said in answer.json()["detail"]


def test_an_item_links_its_neighbours(city):
    found = asked(f"/stac/collections/drive/items/{city[1].released_key}")
    links = {one["rel"]: one.get("id") for one in found["links"]}
    assert (links["prev"], links["next"]) == (str(city[0].released_key), str(city[2].released_key))


def test_a_hidden_picture_is_no_item_any_more(city):
    address = f"/stac/collections/drive/items/{city[0].released_key}"
    request_removal(city[0], "person", "", "", "visitor")
    assert Client().get(address).status_code == 404
    assert len(asked("/stac/search")["features"]) == 2
    assert "2 pictures" in asked("/stac/collections/drive")["description"]


def test_a_run_is_a_geopackage_with_links(city):
    answer = Client().get("/stac/collections/drive/photos.gpkg")
    table = geopandas.read_file(io.BytesIO(answer.getvalue()))
    assert list(table["photo"]) == [str(medium.released_key) for medium in city[:3]] and table.crs.to_epsg() == 4326
    assert Client().get(table["picture"][0]).status_code == 200


def test_a_search_asks_a_bounded_number_of_queries(city, django_assert_max_num_queries):
    client = planner()
    client.get("/stac/search?limit=1")
    with django_assert_max_num_queries(14):
        client.get("/stac/search?limit=100")


@pytest.mark.django_db(transaction=True)
def test_pystac_client_browses(city, live_server):
    from pystac_client import Client as StacClient

    catalogue = StacClient.open(f"{live_server.url}/stac/")
    (run,) = catalogue.get_collections()
    assert run.id == "drive" and len(list(run.get_items())) == 3
    search = catalogue.search(bbox=[20.62, 50.86, 20.64, 50.88], limit=2)
    assert len({item.id for item in search.items()}) == 3
