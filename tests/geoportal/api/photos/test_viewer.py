"""JSON of pictures for the viewer: who gets which, neighbours, the same place in other runs, which one looks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from layers.crs import WGS84, storage_srid, transformer
from layers.feed.versions import VERSIONS
from layers.media.models import Medium
from layers.media.publication import publish
from layers.media.removal import request_removal
from layers.media.review import decide
from tests.factories import load, place, point
from tests.geoportal.logins import account
from tests.layers.media.photos import blur, stored_photo

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_city(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.TILE_VERSION_SECONDS = 0.0


def release(*media: Medium) -> list[str]:
    """Release pictures; returns their public keys."""
    pks = [one.pk for one in media]
    Medium.objects.filter(pk__in=pks).update(examined_at=now())
    for one in Medium.objects.filter(pk__in=pks):
        decide(one, "release", "reviewer")
        blur(one)
    publish(Medium.objects.filter(pk__in=pks))
    return [str(Medium.objects.get(pk=pk).released_key) for pk in pks]


def client(*groups: str) -> Client:
    VERSIONS.refresh(force=True)
    made = Client()
    if groups:
        made.force_login(account(*groups))
    return made


def degrees(east: float, north: float) -> dict[str, str]:
    at = place(east, north)
    lon, lat = transformer(storage_srid(), WGS84).transform(at.x, at.y)
    return {"lon": str(lon), "lat": str(lat)}


def near(east: float, north: float, *groups: str) -> dict[str, Any]:
    answer = client(*groups).get("/pictures/near.json", degrees(east, north))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_the_public_gets_a_released_picture_with_nothing_of_the_raw_one():
    medium = stored_photo("red", taken_at=MAY)
    (key,) = release(medium)
    answer = client().get(f"/pictures/{key}.json")
    found = answer.json()
    assert found["key"] == key and found["heading_deg"] == 90.0 and found["run"] == "drive" and found["number"] == 0
    assert found["taken_at"] == "2026-05-04T10:00:00+00:00" and found["licence"] == "CC-BY-4.0"
    assert found["files"]["screen"] == f"/pictures/{key}/screen.jpg"
    assert client().get(found["files"]["screen"]).status_code == 200
    assert found["lon"] == pytest.approx(20.63139, abs=2e-5) and found["lat"] == pytest.approx(50.87028, abs=2e-5)
    assert str(medium.key) not in answer.content.decode() and found["state"] is None
    assert answer["Cache-Control"] == "private, no-store"


def test_other_pictures_are_unknown_word_for_word():
    raw, hidden = stored_photo("red"), stored_photo("blue", number=1)
    (key,) = release(hidden)
    request_removal(hidden, "person", "", "", "visitor")
    unknown = client().get("/pictures/6f1f7c2e-0000-4000-8000-000000000000.json")
    assert unknown.status_code == 404
    for one in (raw.key, hidden.key, key):
        answer = client().get(f"/pictures/{one}.json")
        assert (answer.status_code, answer.content) == (404, unknown.content)
    assert client("planners").get(f"/pictures/{raw.key}.json").content == unknown.content
    near_one = client().get("/pictures/near.json", degrees(0, 0))
    assert (near_one.status_code, near_one.content) == (404, unknown.content)


def test_the_ability_gets_raw_pictures_also_by_their_public_key():
    raw, other = stored_photo("red"), stored_photo("blue", number=1)
    (key,) = release(other)
    found = client("inspectors").get(f"/pictures/{raw.key}.json").json()
    assert found["files"] == {
        "thumbnail": f"/media/{raw.key}/raw/thumbnail",
        "screen": f"/media/{raw.key}/raw/screen",
        "full": f"/media/{raw.key}/raw/original",
    }
    assert found["next"] == str(other.key) and found["previous"] is None and found["released_key"] is None
    public = client("inspectors").get(f"/pictures/{key}.json").json()
    assert public["key"] == str(other.key) and public["released_key"] == key
    assert public["links"]["removal"] == f"/pictures/{key}/removal/"


def test_neighbours_along_the_run_are_those_that_the_visitor_may_see():
    first, _, third = (stored_photo(color, number=at) for at, color in enumerate(("red", "green", "blue")))
    keys = release(first, third)
    found = client().get(f"/pictures/{keys[0]}.json").json()
    assert (found["previous"], found["next"]) == (None, keys[1])
    assert client().get(f"/pictures/{keys[1]}.json").json()["previous"] == keys[0]


def test_the_same_place_in_other_runs_is_near_and_looks_the_same_way():
    mine = stored_photo("red", run="a", heading_deg=350.0, taken_at=MAY)
    same = stored_photo("blue", run="b", number=1, east=20, heading_deg=49.0, taken_at=MAY.replace(year=2025))
    stored_photo("green", run="b", number=2, east=24, heading_deg=350.0)
    stored_photo("black", run="c", number=3, east=3, heading_deg=51.0)
    stored_photo("white", run="d", number=4, east=26, heading_deg=350.0)
    sphere = stored_photo("gray", run="e", number=5, east=0, north=10, heading_deg=None, projection="equirectangular")
    found = client("editors").get(f"/pictures/{mine.key}.json").json()["here"]
    assert [(one["key"], one["distance_m"]) for one in found] == [
        (str(same.key), 20.0),
        (str(mine.key), 0.0),
        (str(sphere.key), 10.0),
    ]


def test_the_nearest_picture_that_looks_at_a_point_is_found():
    """Eastwards looks one 30 m away; the nearer one looks away from the point; another looks there from too far."""
    east = stored_photo("red", number=0, east=-30, heading_deg=90.0, hfov_deg=60.0)
    away = stored_photo("blue", number=1, east=-5, heading_deg=270.0, hfov_deg=60.0)
    stored_photo("green", number=2, east=-61, heading_deg=90.0, hfov_deg=60.0)
    found = near(0, 0, "editors")
    assert found["key"] == str(east.key)
    assert found["towards"] == {"distance_m": 30.0, "bearing_deg": 90.0, "looks": True}
    # From (-30, 0) the point (0, 18) is at 59 degrees: 31 from the heading, outside half the field of view.
    beside = near(0, 18, "editors")
    assert beside["key"] == str(away.key) and beside["towards"]["looks"] is False
    # (0, 17) is at 60.46 degrees, 29.5 from the heading.
    assert near(0, 17, "editors")["key"] == str(east.key)


def test_a_spherical_picture_looks_everywhere_and_the_nearest_of_all_is_the_last_resort():
    sphere = stored_photo("red", east=40, heading_deg=None, projection="equirectangular")
    stored_photo("blue", number=1, east=10, heading_deg=90.0)
    found = near(0, 0, "editors")
    assert found["key"] == str(sphere.key) and found["towards"]["bearing_deg"] == 270.0
    assert near(0, -900, "editors")["towards"]["looks"] is False


@pytest.mark.parametrize("query", ["", "lon=20.6", "lon=x&lat=50", "lon=nan&lat=50", "lon=200&lat=50"])
def test_a_point_that_is_none_is_one_clear_error(query):
    answer = client().get(f"/pictures/near.json?{query}")
    assert answer.status_code == 400 and "degrees" in answer.json()["detail"]


def test_the_text_names_the_nearest_address_the_direction_and_the_moment():
    load("addresses", [point("a1", 12, 0, street="Sienkiewicza", house_number="12")])
    (key,) = release(stored_photo("red", taken_at=MAY, heading_deg=46.0))
    words = client().get(f"/pictures/{key}.json?lang=en").json()["words"]
    assert words["text"] == "Photo: 12\u00a0m from Sienkiewicza 12, looking to the north-east, 4 May 2026, 12:00."


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    media = [stored_photo("red", run="a")]
    colors = ("green", "blue", "yellow", "black", "white", "purple", "orange", "cyan")
    media += [stored_photo(color, run=color, number=n, east=n) for n, color in enumerate(colors)]
    keys = release(*media)
    visitor = client()
    visitor.get(f"/pictures/{keys[0]}.json")
    with django_assert_max_num_queries(9):
        found = visitor.get(f"/pictures/{keys[0]}.json").json()
    assert len(found["here"]) == 9
    with django_assert_max_num_queries(12):
        visitor.get("/pictures/near.json", degrees(0, 0))
