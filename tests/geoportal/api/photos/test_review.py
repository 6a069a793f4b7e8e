"""The review for its page: the queue, what a picture brings along, decisions and who may take them back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.timezone import now

from geoportal.accounts.audit import AuditEntry
from layers.media.models import Decision, Medium
from layers.media.review import Box, decide, set_regions
from tests.geoportal.logins import account
from tests.layers.media.photos import blur, stored_photo

pytestmark = pytest.mark.django_db
NEXT = "/photos/review/next.json"
COLORS = ("red", "green", "blue", "yellow")
FACE = {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.5, "what": "face"}


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def client(group: str = "editors", **options: Any) -> Client:
    made = Client(**options)
    made.force_login(account(group))
    return made


def photos(count: int = 3, examined: bool = True, run: str = "drive", first: int = 0) -> list[Medium]:
    media = [stored_photo(COLORS[first + at], run=run, number=first + at) for at in range(count)]
    if examined:
        Medium.objects.filter(pk__in=[one.pk for one in media]).update(examined_at=now())
    return [Medium.objects.get(pk=one.pk) for one in media]


def following(visitor: Client, **query: str) -> str | None:
    picture = visitor.get(NEXT, query).json()["picture"]
    return picture and picture["key"]


def opened(visitor: Client, medium: Medium) -> dict[str, Any]:
    picture: dict[str, Any] = visitor.get(f"/photos/review/{medium.key}.json").json()["picture"]
    return picture


def post(visitor: Client, medium: Medium, **body: Any) -> Any:
    """The answer to a decision of a visitor who has just opened the picture, unless `seen` is given."""
    if body.get("verdict") == "release" and "seen" not in body:
        body["seen"] = opened(visitor, medium)["seen"]
    return visitor.post(f"/photos/review/{medium.key}.json?lang=en", body, "application/json")


def test_pictures_come_in_the_order_of_their_run_and_the_first_again_after_the_last():
    media = photos()
    visitor = client()
    keys = [str(one.key) for one in media]
    assert following(visitor) == keys[0]
    assert [following(visitor, after=key) for key in keys] == [keys[1], keys[2], keys[0]]


def test_pictures_in_which_faces_were_looked_for_come_first():
    late = photos(2, examined=False)
    ready = photos(2, first=2)
    visitor = client()
    assert following(visitor) == str(ready[0].key)
    assert following(visitor, after=str(ready[0].key)) == str(ready[1].key)
    Medium.objects.filter(pk__in=[one.pk for one in ready]).update(state="withheld")
    assert following(visitor) == str(late[0].key)


def test_a_run_limits_the_queue_and_counts_its_own_pictures():
    photos(2, run="a")
    other = photos(2, run="b", first=2)
    visitor = client()
    assert following(visitor, run="b") == str(other[0].key)
    decide(other[0], "withhold", "somebody", "a crash")
    picture = visitor.get(NEXT, {"run": "b"}).json()["picture"]
    assert (picture["run"], picture["left"], picture["total"]) == ("b", 1, 2)
    assert following(visitor, run="b", after=str(other[1].key)) is None
    assert following(visitor, run="no-such-run") is None


def test_a_picture_brings_addresses_regions_with_their_model_and_what_was_drawn_before():
    first, second, _ = photos()
    set_regions(first, [Box(0.1, 0.1, 0.2, 0.2, "plate"), Box(0.5, 0.5, 0.6, 0.6, "face", "centerface", 0.9)])
    set_regions(second, [Box(0.7, 0.7, 0.8, 0.8, "face", "centerface 0.2", 0.61)])
    picture = client().get(f"/photos/review/{second.key}.json").json()["picture"]
    assert (picture["screen"], picture["full"]) == (
        f"/media/{second.key}/raw/screen",
        f"/media/{second.key}/raw/original",
    )
    (region,) = picture["regions"]
    assert (region["model"], region["score"], region["left"]) == ("centerface 0.2", 0.61, 0.7)
    before = picture["before"]
    assert before["key"] == str(first.key)
    assert [(one["what"], one["left"], one["model"]) for one in before["regions"]] == [("plate", 0.1, None)]
    assert (picture["waits"], picture["examined"], picture["reviewed_before"]) == (True, True, False)


def test_a_picture_brings_the_note_of_its_detector_in_the_readers_language():
    (medium,) = photos(1)
    address = f"/photos/review/{medium.key}.json"
    assert client().get(address).json()["picture"]["note"] == ""
    Medium.objects.update(note=Medium.Note.DETECTOR_FAILED)
    assert "look closely" in client().get(address, {"lang": "en"}).json()["picture"]["note"]
    assert "przyjrzyj" in client().get(address, {"lang": "pl"}).json()["picture"]["note"]


def test_the_first_picture_of_a_run_takes_nothing_over_from_another_run():
    photos(1, run="a")
    (second,) = photos(1, run="b", first=1)
    assert client().get(f"/photos/review/{second.key}.json").json()["picture"]["before"] is None


def test_a_release_stores_the_boxes_and_names_who_drew_them():
    (medium,) = photos(1)
    set_regions(
        medium,
        [Box(0.6, 0.6, 0.7, 0.7, "face", "centerface", 0.5), Box(0.8, 0.8, 0.9, 0.9, "face", "centerface", 0.4)],
    )
    visitor = client()
    stays, moves = visitor.get(f"/photos/review/{medium.key}.json").json()["picture"]["regions"]
    answer = post(visitor, medium, verdict="release", boxes=[stays, moves | {"left": 0.75}, FACE])
    assert answer.status_code == 200 and answer.json()["picture"]["waits"] is False
    medium.refresh_from_db()
    assert medium.approved_at is not None
    found = [(one.left, one.origin, one.score) for one in medium.regions.all()]
    assert found == [(0.6, "centerface", 0.5), (0.75, "person", None), (0.1, "person", None)]
    assert (Decision.objects.get().account, Decision.objects.get().verdict) == ("editors", "release")


def test_a_region_of_another_picture_is_not_taken_for_the_models():
    medium, other, _ = photos()
    set_regions(other, [Box(0.1, 0.2, 0.3, 0.5, "face", "centerface", 0.9)])
    post(client(), medium, verdict="release", boxes=[FACE | {"id": other.regions.get().pk}])
    assert medium.regions.get().origin == "person"


def test_withholding_needs_a_reason():
    (medium,) = photos(1)
    assert post(client(), medium, verdict="withhold", boxes=[]).status_code == 400
    assert post(client(), medium, verdict="withhold", reason="a crash", boxes=[]).status_code == 200
    assert (Medium.objects.get().state, Decision.objects.get().reason) == ("withheld", "a crash")


def test_a_picture_about_which_another_person_decided_meanwhile_is_a_conflict_in_one_line():
    (medium,) = photos(1)
    post(client("inspectors"), medium, verdict="withhold", reason="a crash", boxes=[])
    for verdict in ("release", "withhold"):
        answer = post(client(), medium, verdict=verdict, reason="x", boxes=[FACE])
        assert answer.status_code == 409
        assert answer.json()["detail"] == "inspectors has decided about this picture meanwhile: withhold."
    assert Decision.objects.count() == 1 and not medium.regions.exists()


def test_boxes_that_the_detector_found_after_the_picture_was_opened_are_not_overwritten_unseen():
    (medium,) = photos(1, examined=False)
    before = opened(client(), medium)["seen"]
    set_regions(medium, [Box(0.6, 0.6, 0.7, 0.7, "face", "centerface 0.2", 0.9)])
    Medium.objects.update(examined_at=now())
    answer = post(client(), medium, verdict="release", boxes=[], seen=before)
    assert answer.status_code == 409 and "boxes have changed" in answer.json()["detail"]
    assert medium.regions.count() == 1 and not Decision.objects.exists()
    picture = opened(client(), medium)
    assert post(client(), medium, verdict="release", boxes=[], seen=picture["seen"]).status_code == 200


def test_boxes_of_a_decision_that_was_taken_back_meanwhile_are_not_overwritten_unseen():
    (medium,) = photos(1)
    before = opened(client(), medium)["seen"]
    post(client("inspectors"), medium, verdict="release", boxes=[FACE])
    post(client("inspectors"), medium, verdict="undo")
    for seen, status in ((before, 409), (None, 409), (7, 400), ([before], 400)):
        assert post(client(), medium, verdict="release", boxes=[], seen=seen).status_code == status
    assert medium.regions.get().what == "face"


@pytest.mark.parametrize(
    ("media_type", "orientation", "whole"),
    [("image/jpeg", 6, True), ("image/png", 6, False), ("image/webp", 3, False), ("image/png", 1, True)],
)
def test_the_original_is_shown_only_where_every_browser_turns_it_as_the_blur_does(media_type, orientation, whole):
    (medium,) = photos(1)
    medium.variants.filter(name="original").update(media_type=media_type)
    Medium.objects.update(media_type=media_type, facts={"orientation": orientation})
    name = "original" if whole else "screen"
    assert opened(client(), medium)["full"] == f"/media/{medium.key}/raw/{name}"


def test_one_takes_back_ones_own_last_decision_only():
    (medium,) = photos(1)
    post(client(), medium, verdict="release", boxes=[FACE])
    assert post(client("inspectors"), medium, verdict="undo").status_code == 409
    answer = post(client(), medium, verdict="undo")
    assert answer.status_code == 200 and answer.json()["picture"]["waits"] is True
    assert [one["left"] for one in answer.json()["picture"]["regions"]] == [0.1]
    blur(medium)
    assert Medium.objects.get().approved_at is None


def test_a_reviewer_gets_pictures_that_no_other_has_open_and_those_too_where_no_other_is_left():
    first, second, third = photos()
    one, other = client(), client("inspectors")
    assert one.get(f"/media/{first.key}/raw/original").status_code == 200
    assert following(one) == str(first.key)
    assert following(other) == str(second.key)
    assert following(other, after=str(third.key)) == str(second.key)
    for medium in (second, third):
        decide(medium, "withhold", "inspectors", "a crash")
    assert following(other) == str(first.key)


def test_a_picture_at_which_another_looked_long_ago_is_free_again():
    first, second = photos(2)
    client().get(f"/media/{first.key}/raw/original")
    other = client("inspectors")
    AuditEntry.objects.update(at=now() - timedelta(minutes=9))
    assert following(other) == str(second.key)
    AuditEntry.objects.update(at=now() - timedelta(minutes=11))
    assert following(other) == str(first.key)


def last(visitor: Client, **query: str) -> str | None:
    picture = visitor.get("/photos/review/last.json", query).json()["picture"]
    return picture and picture["key"]


def test_ones_own_last_decision_of_a_run_that_still_holds_is_found_again():
    first, second = photos(2, run="a")
    (other,) = photos(1, run="b", first=2)
    visitor = client()
    assert last(visitor) is None
    for medium in (first, second, other):
        post(visitor, medium, verdict="withhold", reason="a crash", boxes=[])
    assert (last(visitor), last(visitor, run="a"), last(visitor, run="b")) == (
        str(other.key),
        str(second.key),
        str(other.key),
    )
    assert last(client("inspectors")) is None and last(visitor, run="no-such-run") is None
    post(visitor, second, verdict="undo")
    assert last(visitor, run="a") == str(first.key)
    decide(first, "undo", "inspectors")
    assert last(visitor, run="a") is None
    Medium.objects.filter(pk=other.pk).update(state="removed")
    assert last(visitor) is None


def test_another_persons_decision_is_taken_back_by_naming_that_person():
    (medium,) = photos(1)
    post(client("inspectors"), medium, verdict="release", boxes=[])
    visitor = client()
    assert visitor.get(f"/photos/review/{medium.key}.json").json()["picture"]["decided_by"] == "inspectors"
    assert post(visitor, medium, verdict="undo", of="somebody").status_code == 409
    assert post(visitor, medium, verdict="undo", of="inspectors").json()["picture"]["waits"] is True
    assert list(Decision.objects.values_list("verdict", "account")) == [
        ("undo", "editors"),
        ("release", "inspectors"),
    ]
    assert Medium.objects.get().approved_at is None


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "release"},
        {"verdict": "release", "boxes": "all"},
        {"verdict": "release", "boxes": [[0, 0, 1, 1]]},
        {"verdict": "release", "boxes": [{"left": 0.1, "top": 0.2, "right": 0.3}]},
        {"verdict": "release", "boxes": [FACE | {"left": "0.1"}]},
        {"verdict": "release", "boxes": [FACE | {"right": 0.1}]},
        {"verdict": "release", "boxes": [FACE | {"right": 10**400}]},
        {"verdict": "release", "boxes": [FACE | {"right": float("nan")}]},
        {"verdict": "release", "boxes": [FACE | {"right": True}]},
        {"verdict": "release", "boxes": [FACE | {"what": "cat"}]},
        {"verdict": "release", "boxes": [FACE] * 501},
        {"verdict": "remove", "boxes": []},
        {"verdict": None, "boxes": []},
        {},
    ],
)
def test_a_faulty_decision_is_one_clear_error_and_changes_nothing(body):
    (medium,) = photos(1)
    answer = post(client(), medium, **body)
    assert answer.status_code == 400 and answer.json()["detail"]
    medium.refresh_from_db()
    assert medium.approved_at is None and not Decision.objects.exists() and not medium.regions.exists()


def test_a_decision_needs_the_token_against_forged_requests():
    (medium,) = photos(1)
    visitor = client(enforce_csrf_checks=True)
    assert post(visitor, medium, verdict="release", boxes=[]).status_code == 403


def test_unknown_pictures_and_faulty_keys():
    assert client().get(f"/photos/review/{uuid4()}.json").status_code == 404
    assert client().get(NEXT, {"after": "x"}).status_code == 400
    assert client().get(NEXT, {"after": str(uuid4())}).json() == {"picture": None}


def test_answers_are_for_their_reader_alone_and_need_the_ability():
    (medium,) = photos(1)
    for address in (NEXT, f"/photos/review/{medium.key}.json"):
        assert client().get(address)["Cache-Control"] == "private, no-store"
        assert client("planners").get(address).status_code == 403 and Client().get(address).status_code == 401


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    first, second, *_ = photos(4)
    set_regions(first, [Box(0.1, 0.1, 0.2, 0.2) for _ in range(30)])
    visitor = client()
    visitor.get(NEXT)
    with django_assert_max_num_queries(15):
        assert following(visitor, after=str(first.key)) == str(second.key)
