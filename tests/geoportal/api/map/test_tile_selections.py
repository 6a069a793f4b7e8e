"""Tiles and TileJSON of a filter and of a moment of the past, over the portal's own URLs."""

import gzip
import json
from datetime import timedelta
from urllib.parse import quote

import mapbox_vector_tile
import pytest
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Exact
from django.test import Client
from django.utils.timezone import now
from shapely import box

from layers.record import Record
from tests.geoportal.api.map.test_tiles import features, fetch, place
from tests.geoportal.conftest import RYNEK_2178, bring_in, house

pytestmark = pytest.mark.usefixtures("small_city")
PUBLIC = "use_class = 'public'"


def uses(response) -> list[str]:
    return sorted(one["properties"]["use_class"] for one in features(response, "buildings"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (PUBLIC, ["public"]),
        ("use_class <> 'public'", ["residential", "residential"]),
        (json.dumps({"op": "=", "args": [{"property": "use_class"}, "public"]}), ["public"]),
        ("use_class LIKE '%100%' OR storeys_above >= 3", ["public", "residential", "residential"]),
        ("year_built > 1900", []),
    ],
)
@pytest.mark.parametrize("zoom", [11, 14, 16])
def test_a_tile_holds_what_the_filter_finds_however_small(client: Client, words: str, expected: list, zoom: int):
    response = fetch(client, "buildings", zoom, f"?filter={quote(words)}")
    assert (response.status_code, response["Cache-Control"]) == (200 if expected else 204, "private, no-cache")
    if expected:
        assert uses(response) == expected
        assert all("merged" not in one["properties"] for one in features(response, "buildings"))


@pytest.mark.parametrize("address", ["/tiles/buildings.json", "/tiles/buildings/14/{}/{}.mvt"])
def test_a_selection_that_keeps_the_database_busy_is_ended(client: Client, settings, monkeypatch, address: str):
    settings.TABLE_SECONDS = 1
    slow = RawSQL("(pg_sleep(4) IS NOT NULL)", [], output_field=BooleanField())
    monkeypatch.setattr("layers.reading.selection.condition", lambda *given: Q(Exact(slow, True)))
    answer = client.get(address.format(*place(14)), {"filter": PUBLIC})
    assert answer.status_code == 503 and "1 seconds" in answer.json()["detail"]
    assert client.get("/tiles/buildings.json").json()["geoportal"]["features"] == 3


def test_a_small_feature_of_a_selection_is_a_pixel_wide(client: Client):
    """A house of 4 m is a third of a pixel at zoom 12; of 4096 units a tile the pixel has 8."""
    small = fetch(client, "buildings", 12, f"?filter={quote('use_class <> ' + repr('public'))}")
    rings = [one["geometry"]["coordinates"][0] for one in features(small, "buildings")]
    widths = [max(x for x, _ in ring) - min(x for x, _ in ring) for ring in rings]
    assert min(widths) == pytest.approx(8, abs=1)


def test_a_tile_of_the_past_holds_what_was_known_then(client: Client):
    before = (now() + timedelta(milliseconds=1)).isoformat()
    bring_in("buildings", [house("b2", 40, use_class="office"), house("b9", -60)])
    assert uses(fetch(client, "buildings", 16)) == ["office", "residential", "residential", "residential"]
    then = fetch(client, "buildings", 16, f"?at={quote(before)}")
    assert uses(then) == ["public", "residential", "residential"]
    assert fetch(client, "buildings", 16, "?at=2020-01-01").status_code == 204
    both = fetch(client, "buildings", 16, f"?at={quote(before)}&filter={quote(PUBLIC)}")
    assert uses(both) == ["public"]


def test_the_tag_of_a_selection_changes_with_filter_moment_and_data(client: Client, django_assert_num_queries):
    queries = ["", f"?filter={quote(PUBLIC)}", "?filter=storeys_above=3", "?at=2030-01-01", "?at=2030-01-02"]
    tags = [fetch(client, "buildings", 14, query)["ETag"] for query in queries]
    assert len(set(tags)) == len(queries)
    with django_assert_num_queries(2):  # both ask for the number of the last change
        known = fetch(client, "buildings", 14, queries[1], **{"If-None-Match": tags[1]})
    assert (known.status_code, known.content) == (304, b"")
    bring_in("buildings", [house("b2", 40, use_class="office")])
    again = fetch(client, "buildings", 14, queries[1], **{"If-None-Match": tags[1]})
    assert again.status_code == 204


@pytest.mark.parametrize("address", ["/tiles/buildings/14/9130/5493.mvt", "/tiles/buildings.json"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("filter=use_class%20=", "CQL2"),
        ("filter=year_built%20=%20'old'", "whole numbers"),
        ("filter=" + "(" * 65 + "1=1" + ")" * 65, "nested"),
        ("at=yesterday", "yesterday"),
    ],
)
def test_a_bad_filter_or_moment_is_answered_with_one_line(client: Client, address: str, query: str, said: str):
    response = client.get(f"{address}?{query}")
    assert response.status_code == 400
    detail = response.json()["detail"]
    assert said in detail and "\n" not in detail


@pytest.mark.parametrize("address", ["/tiles/buildings/14/9130/5493.mvt", "/tiles/buildings.json"])
def test_hidden_fields_cannot_be_asked_about(client: Client, address: str):
    """Status and words are the same for a field that exists and for one that does not."""
    said = []
    for name in ("residents", "owner", "heating", "recorded_to", "nothing"):
        response = client.get(f"{address}?filter={name}%20=%201")
        assert response.status_code == 400
        said.append(response.json()["detail"].replace(f"“{name}”", "X"))
    assert len(set(said)) == 1
    assert client.get("/tiles/hydrants/14/9130/5493.mvt?filter=number%20=%20'H-1'").status_code == 404


def test_tile_json_counts_the_selection_and_hands_it_on(client: Client):
    answer = client.get(f"/tiles/buildings.json?filter={quote(PUBLIC)}&at=2030-01-31").json()
    assert (answer["geoportal"]["features"], answer["geoportal"]["all_features"]) == (1, 3)
    tile = answer["tiles"][0].replace("http://testserver", "")
    x, y = place(14)
    response = client.get(tile.format(z=14, x=x, y=y), headers={"Accept-Encoding": "gzip"})
    assert uses(response) == ["public"]
    assert client.get("/tiles/buildings.json").json()["geoportal"]["features"] == 3
    assert client.get("/tiles/buildings.json?at=2020-01-01").json()["geoportal"]["features"] == 0


def test_districts_that_meet_have_their_common_boundary_once(client: Client):
    x, y = RYNEK_2178
    west = Record("west", box(x - 300, y - 200, x, y + 200), {"name": "Zachód"})
    east = Record("east", box(x, y - 200, x + 300, y + 200), {"name": "Wschód"})
    bring_in("districts", [west, east])
    decoded = mapbox_vector_tile.decode(gzip.decompress(fetch(client, "districts", 13).content))
    lines = [one["geometry"] for one in decoded["districts_borders"]["features"]]
    parts = [
        part
        for one in lines
        for part in ([one["coordinates"]] if one["type"] == "LineString" else one["coordinates"])
    ]
    length = sum(
        abs(x1 - x0) + abs(y1 - y0) for part in parts for (x0, y0), (x1, y1) in zip(part, part[1:], strict=False)
    )
    # Six sides of 300 m or so and three of 400 m, not four, in units of 1.194 web metres at a scale of 1.585.
    unit = 40075016.685578488 / 2**13 / 4096 / 1.5847
    assert length * unit == pytest.approx(4 * 300 + 3 * 400, rel=0.06)
    assert len(decoded["districts"]["features"]) == 2
