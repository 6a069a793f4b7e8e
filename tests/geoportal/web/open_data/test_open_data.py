"""The open data pages: offered files, search, descriptions, and the freshness board."""

import io
import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now
from PIL import Image

from layers.access.publication import DECISIONS, Publication
from layers.kinds import kind_of
from layers.record import Record, Refusal
from layers.runs.models import Dataset, Run
from layers.store.validation import accept
from tests.factories import load, place, point
from tests.geoportal.conftest import RYNEK_2178, bring_in, house
from tests.geoportal.logins import account
from tests.snapshots import taken

pytestmark = pytest.mark.usefixtures("small_city")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def page(client, address="/open-data/", **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def text(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def good(*records):
    return accept(kind_of("buildings"), records)


def offered(markup):
    return set(re.findall(r'<li class="tile[^"]*" id="(\w+)"', markup))


def test_open_layers_that_hold_data_are_offered_and_no_others(client):
    assert offered(page(client)) == {"buildings", "roads", "bus_stops"}
    client.force_login(account("services"))
    assert offered(page(client)) == {"buildings", "roads", "bus_stops"}


def test_each_layer_is_offered_in_every_live_format(client):
    markup = page(client)
    for ending in ("geojson", "gpkg", "csv", "parquet", "fgb"):
        assert f'href="/open-data/buildings.{ending}"' in markup


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "footprint"}, {"buildings"}),
        ({"q": "właściciel"}, set()),  # a field of the staff
        ({"theme": "transport"}, {"roads", "bus_stops"}),
        ({"licence": "CC0-1.0"}, {"buildings"}),
        ({"licence": "CC-BY-4.0", "q": "drogi"}, {"roads"}),
        ({"state": "fresh"}, {"buildings", "roads", "bus_stops"}),
        ({"state": "late"}, set()),
    ],
)
def test_layers_are_found_by_word_theme_licence_and_freshness(client, asked, found):
    assert offered(page(client, **asked)) == found


def test_examples_name_this_portal(client):
    said = page(client, q="budynki")
    assert "curl -o buildings.gpkg &quot;http://testserver/open-data/buildings.gpkg&quot;" in said
    assert "http://testserver/ogc/collections/buildings/items" in said


def test_the_picture_shows_objects_in_their_colours_where_they_lie(client):
    # A lake of a flood zone 3 km wide, in the middle of the city.
    x, y = RYNEK_2178
    from shapely import box

    bring_in("green", [Record("g1", box(x - 1500, y - 1500, x + 1500, y + 1500), {})])
    empty = Image.open(io.BytesIO(client.get("/open-data/bus_stops/preview.png").content)).convert("RGB")
    image = Image.open(io.BytesIO(client.get("/open-data/green/preview.png").content)).convert("RGB")
    assert image.size == (480, 270)
    changed = [
        (column, row)
        for row in range(270)
        for column in range(480)
        if image.getpixel((column, row)) != empty.getpixel((column, row))
    ]
    # The outline is 13.2 km high on 270 / 1.06 pixels, so 3 km are 58 pixels each way.
    assert 3000 < len(changed) < 4000
    column, row = changed[len(changed) // 2]
    at = 3 * (row * 480 + column)
    red, green, blue = image.convert("RGB").tobytes()[at : at + 3]
    assert green > red and green > blue


def test_the_picture_is_kept_by_its_version_and_asked_for_again_after_a_change(client):
    first = page(client, q="budynki")
    (address,) = re.findall(r'src="(/open-data/buildings/preview.png\?v=[^"]+)"', first)
    answer = client.get(address)
    assert "immutable" in answer["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    bring_in("buildings", [house("b9", 300)])
    assert address not in page(client, q="budynki")
    assert "immutable" not in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("layer", ["hydrants", "districts", "nothing"])
def test_there_is_no_picture_of_what_is_not_open_or_empty(client, layer):
    assert client.get(f"/open-data/{layer}/preview.png").status_code == 404


def test_a_withdrawn_layer_is_not_offered(client, settings):
    settings.PUBLICATION_SECONDS = 0.0
    Publication.objects.create(kind="buildings", level="staff")
    DECISIONS.refresh(force=True)
    client.force_login(account("planners"))
    assert offered(page(client)) == {"roads", "bus_stops"}
    assert client.get("/open-data/buildings/preview.png").status_code == 404
    Publication.objects.all().delete()
    DECISIONS.refresh(force=True)


def test_the_page_asks_the_database_as_often_for_more_layers(client, django_assert_max_num_queries):
    page(client)
    with django_assert_max_num_queries(6):
        page(client)


def test_snapshots_are_shown_with_size_and_checksum(client):
    snapshot = taken(kind_of("buildings"))
    markup = page(client, "/open-data/buildings/snapshots/")
    for file in snapshot.files.all():
        assert file.sha256 in markup
        assert f"/open-data/buildings/snapshots/{snapshot.day}/{file.name}" in markup
    assert "Obiekty: 3" in text(markup)
    assert "Tej warstwy nie ma jeszcze w migawkach" in text(page(client, "/open-data/roads/snapshots/"))
    assert client.get("/open-data/hydrants/snapshots/").status_code == 404


def board(client):
    return {(one["layer"], one["dataset"]): one for one in client.get("/open-data/freshness.json").json()["datasets"]}


@pytest.mark.parametrize(("days", "state"), [(0, "fresh"), (7, "fresh"), (8, "due"), (14, "due"), (15, "late")])
def test_an_age_is_told_against_the_promise(client, days, state):
    # Bus stops are promised weekly.
    today = now().astimezone(ZoneInfo("Europe/Warsaw")).date()
    load("bus_stops", [point("s2")], "zdm", data_date=today - timedelta(days=days))
    one = board(client)["bus_stops", "zdm"]
    assert (one["age_days"], one["rhythm_days"], one["state"]) == (days, 7, state)


def test_invented_data_and_those_without_a_promise_are_never_late(client):
    bring_in("fire_stations", [Record("f1", place(), {})], dataset="demo_city", synthetic=True)
    assert board(client)["fire_stations", "demo_city"]["state"] == "invented"
    from shapely import box

    x, y = RYNEK_2178
    bring_in("zoning_plans", [Record("z1", box(x, y, x + 50, y + 50), {})])
    assert board(client)["zoning_plans", "egib"]["state"] == "unpromised"


def test_the_last_run_is_told_however_it_ended(client):
    refusals = [
        Refusal(2, "b7", "geometry_empty", "No geometry."),
        Refusal(3, "b8", "geometry_empty", "No geometry."),
    ]
    load("buildings", [*good(house("b1")), *refusals], "egib")
    one = board(client)["buildings", "egib"]
    assert (one["last_run"]["outcome"], one["last_run"]["rejections"]) == ("committed", 2)
    owner = Dataset.objects.get(slug="egib")
    Run.objects.create(
        kind=Run.Kind.INGEST, source="egib", dataset=owner, status=Run.Status.FAILED, finished_at=now()
    )
    assert board(client)["buildings", "egib"]["last_run"]["outcome"] == "failed"
    assert "błąd, niczego nie wczytano" in text(page(client, "/open-data/freshness/"))


def test_the_board_shows_what_the_visitor_may_see(client):
    assert ("hydrants", "waterworks") not in board(client)
    client.force_login(account("planners"))
    assert ("hydrants", "waterworks") in board(client)


def test_only_those_who_may_open_the_rejections_get_a_link_to_them(client):
    load("buildings", [*good(house("b1")), Refusal(2, "b7", "geometry_empty", "No geometry.")], "egib")
    link = "/admin/layers/rejection/?run__id__exact="
    assert link not in page(client, "/open-data/freshness/")
    client.force_login(account("admins"))
    markup = page(client, "/open-data/freshness/")
    assert link in markup
    (address, *_) = re.findall(r'href="(/admin/layers/rejection/[^"]+)"', markup)
    assert client.get(address).status_code == 200


def test_the_board_asks_the_database_as_often_for_more_datasets(client, django_assert_num_queries):
    client.get("/open-data/freshness.json")
    with django_assert_num_queries(4):
        client.get("/open-data/freshness.json")


def test_a_day_of_the_data_is_told(client):
    load("bus_stops", [point("s2")], "egib", data_date=date(2020, 1, 31))
    assert "31 stycznia 2020" in text(page(client, "/open-data/freshness/"))
