"""Files of pictures: who gets which variant in which state, caches, ranges, the audit."""

from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from geoportal.accounts.audit import AuditEntry
from layers.media.models import Medium
from layers.media.publication import publish
from layers.media.removal import request_removal
from layers.media.review import decide
from tests.geoportal.logins import account, bearer
from tests.layers.media.photos import blur, jpeg, stored_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def released() -> Medium:
    medium = stored_photo("red")
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish(Medium.objects.all())
    return Medium.objects.get()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_public_gets_blurred_files_without_anything_of_the_raw_one(released):
    answer = Client().get(f"/pictures/{released.released_key}/screen.jpg")
    assert answer.status_code == 200 and body(answer) == jpeg("gray", (70, 50))
    assert answer["Content-Type"] == "image/jpeg" and answer["Cache-Control"] == "public, max-age=30, must-revalidate"
    told = str(answer.headers)
    raw = released.variants.filter(side="raw").values_list("sha256", flat=True)
    assert str(released.key) not in told and not any(digest[:16] in told for digest in raw)


@pytest.mark.parametrize("name", ["original", "raw", "tiles"])
def test_the_public_gets_no_other_file(released, name):
    assert Client().get(f"/pictures/{released.released_key}/{name}.jpg").status_code == 404


def test_a_picture_that_is_hidden_is_gone_from_a_cache_that_revalidates(released):
    address = f"/pictures/{released.released_key}/screen.jpg"
    etag = Client().get(address)["ETag"]
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 304
    request_removal(released, "person", "", "", "visitor")
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 404


def test_raw_files_are_for_the_ability_and_each_look_is_written_down(released):
    address = f"/media/{released.key}/raw/original"
    reviewer = Client()
    reviewer.force_login(account("inspectors"))
    answer = reviewer.get(address)
    assert body(answer) == jpeg("red") and answer["Cache-Control"] == "private, no-store"
    reviewer.get(address)
    entries = AuditEntry.objects.filter(action="picture")
    assert entries.values_list("account", "subject").get() == ("inspectors", str(released.key))
    planner = Client()
    planner.force_login(account("planners"))
    assert planner.get(address).status_code == 403 and Client().get(address).status_code == 401
    assert entries.count() == 1


def test_a_token_needs_the_scope(released):
    address = f"/media/{released.key}/raw/screen"
    editor = account("editors")
    assert Client().get(address, headers=bearer(editor, "read")).status_code == 403
    assert Client().get(address, headers=bearer(editor, "photos")).status_code == 200


def test_a_part_of_a_file_is_given(released):
    answer = Client().get(f"/pictures/{released.released_key}/full.jpg", headers={"Range": "bytes=2-5"})
    assert answer.status_code == 206 and body(answer) == jpeg("gray", (70, 50))[2:6]


def test_an_unknown_key_is_answered_like_one_that_is_not_public(released):
    unknown = Client().get("/pictures/00000000-0000-4000-8000-000000000000/full.jpg")
    staff = Client().get(f"/pictures/{released.key}/full.jpg")
    assert (unknown.status_code, unknown.content) == (staff.status_code, staff.content) == (404, staff.content)


CONDITIONS: tuple[dict[str, str], ...] = (
    {},
    {"If-None-Match": "*"},
    {"If-Match": "*"},
    {"Range": "bytes=0-0"},
    {"Range": "bytes=0-0", "If-Range": "Tue, 01 Jan 2030 00:00:00 GMT"},
    {"If-Modified-Since": "Tue, 01 Jan 2030 00:00:00 GMT"},
    {"If-Unmodified-Since": "Tue, 01 Jan 2030 00:00:00 GMT"},
)


@pytest.mark.parametrize("conditions", [*CONDITIONS, {"If-None-Match": "its own"}])
@pytest.mark.parametrize("method", ["get", "head"])
def test_no_condition_or_range_gives_outsiders_more_than_an_unknown_key_does(released, conditions, method):
    reviewer = Client()
    reviewer.force_login(account("editors"))
    etag = reviewer.get(f"/media/{released.key}/raw/original")["ETag"]
    headers = {name: etag if value == "its own" else value for name, value in conditions.items()}
    request_removal(released, "person", "", "", "visitor")
    planner = Client()
    planner.force_login(account("planners"))
    for visitor in (Client(), planner):
        for base, name in (
            ("/media/{}/raw/", "original"),
            ("/media/{}/blurred/", "full"),
            ("/pictures/{}/", "full.jpg"),
        ):
            keys = (released.key, released.released_key, "00000000-0000-4000-8000-000000000000")
            answers = [getattr(visitor, method)(base.format(key) + name, headers=headers) for key in keys]
            seen = {(one.status_code, one.content, str(dict(one.headers))) for one in answers}
            assert len(seen) == 1 and answers[0].status_code in (401, 403, 404) and "ETag" not in answers[0]


def test_an_account_that_lost_the_ability_a_moment_ago_gets_nothing_also_not_from_its_cache(released):
    user = account("editors")
    reviewer, token = Client(), bearer(user, "photos")
    reviewer.force_login(user)
    address = f"/media/{released.key}/raw/screen"
    etag = reviewer.get(address)["ETag"]
    user.groups.clear()
    for headers in ({}, {"If-None-Match": etag}, {"Range": "bytes=0-9"}):
        assert reviewer.get(address, headers=headers).status_code == 403
        assert Client().get(address, headers=token | headers).status_code in (401, 403)
    verdict = {"verdict": "undo"}
    posted = reviewer.post(f"/photos/review/{released.key}.json", verdict, "application/json")
    assert posted.status_code == 403 and Medium.objects.get().state == "released"
