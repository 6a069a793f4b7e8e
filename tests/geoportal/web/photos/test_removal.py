"""Requests for the removal of a picture: asking without an account, the answer, the figures, what others see."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from layers.feed.versions import VERSIONS
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Medium, RemovalRequest
from layers.media.publication import publish
from layers.media.removal import MOST_A_DAY, answer_request, median_days_to_answer, request_removal
from layers.media.review import decide
from tests.geoportal.logins import account
from tests.layers.media.photos import blur, stored_photo

pytestmark = pytest.mark.django_db
TILE_SECONDS = 60


def release(color: str = "red", number: int = 0) -> Medium:
    medium = stored_photo(color, number=number)
    Medium.objects.filter(pk=medium.pk).update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish([Medium.objects.get(pk=medium.pk)])
    return Medium.objects.get(pk=medium.pk)


def editor() -> Client:
    client = Client()
    client.force_login(account("editors"))
    return client


def english(address: str) -> Any:
    return Client().get(address, {"lang": "en"})


def form(medium: Medium) -> str:
    return f"/pictures/{medium.released_key}/removal/"


def ask(medium: Medium, client: Client | None = None, **given: str):
    return (client or Client()).post(form(medium), {"reason": "person"} | given)


def test_the_form_shows_the_picture_and_every_reason_and_needs_no_account():
    medium = release()
    answer = english(form(medium))
    text = answer.content.decode()
    assert f'src="/pictures/{medium.released_key}/thumbnail.jpg"' in text and str(medium.key) not in text
    assert all(f'value="{reason}"' in text for reason in RemovalRequest.Reason.values)
    assert answer["Cache-Control"] == "private, no-store" and answer["X-Robots-Tag"] == "noindex"


def test_a_request_hides_the_picture_at_once_and_leads_to_its_reference():
    medium = release()
    answer = ask(medium, message="left side", contact="me@example.org")
    made = RemovalRequest.objects.get()
    assert answer["Location"] == f"/pictures/requests/{made.reference}/"
    assert (made.reason, made.message, made.contact, made.hid) == ("person", "left side", "me@example.org", True)
    assert Client().get(f"/pictures/{medium.released_key}/screen.jpg").status_code == 404
    text = english(answer["Location"]).content.decode()
    assert made.reference in text and "hidden from everybody" in text
    secrets = ("me@example.org", "left side", str(medium.key), str(medium.released_key))
    assert not [one for one in secrets if one in text]


def token(medium: Medium) -> str:
    """The reference in a form of the picture, as a browser sends it back."""
    found = re.search(r'name="reference" value="([^"]+)"', english(form(medium)).content.decode())
    assert found is not None
    return found[1]


def test_a_form_that_is_sent_twice_is_one_request_with_one_reference():
    medium, other = release(), release("blue", 1)
    reference = token(medium)
    first, second = ask(medium, reference=reference), ask(medium, reference=reference)
    assert first["Location"] == second["Location"] and RemovalRequest.objects.count() == 1
    assert ask(medium, reference=RemovalRequest.objects.get().reference).status_code == 404
    again = ask(other, reference=reference)
    assert again.status_code == 302 and again["Location"] != first["Location"]


def test_a_form_sent_twice_is_one_request_also_where_the_picture_stays_visible():
    medium = release()
    answer_request(request_removal(medium, "person", "", "", "v"), False, "Nobody is in it.", "editor")
    medium.refresh_from_db()
    reference = token(medium)
    assert len({ask(medium, reference=reference)["Location"] for _ in range(2)}) == 1
    assert RemovalRequest.objects.count() == 2 and not RemovalRequest.objects.get(state="open").hid


SCRIPT = "<script>alert(1)</script>\"'{{ 7*7 }}"


def test_what_a_visitor_writes_is_text_everywhere():
    medium, other = release(), release("blue", 1)
    Medium.objects.filter(pk=medium.pk).update(name=SCRIPT)
    ask(medium, message=SCRIPT + "\0", contact=SCRIPT)
    faulty = ask(other, reason=SCRIPT, message=SCRIPT).content.decode()
    listed = editor().get("/photos/requests/").content.decode()
    for page in (faulty, listed):
        assert "alert(1)" in page and "<script>alert" not in page and "{{ 7*7 }}" in page


def test_a_picture_that_is_not_public_is_answered_like_an_unknown_one():
    medium, other = release(), stored_photo("blue", number=1)
    ask(medium)
    unknown = Client().get("/pictures/00000000-0000-4000-8000-000000000000/removal/")
    assert unknown.status_code == 404
    for key in (medium.released_key, medium.key, other.key):
        answer = Client().get(f"/pictures/{key}/removal/")
        assert (answer.status_code, answer.content) == (404, unknown.content)
        posted = Client().post(f"/pictures/{key}/removal/", {"reason": "person"})
        assert (posted.status_code, posted.content) == (404, unknown.content)
    assert RemovalRequest.objects.count() == 1


@pytest.mark.parametrize("given", [{"reason": "boredom"}, {"message": "x" * 4001}, {"contact": "x" * 201}])
def test_a_faulty_form_is_one_clear_error_and_what_was_written_stays(given):
    medium = release()
    answer = ask(medium, **given)
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    assert not RemovalRequest.objects.exists() and Medium.objects.get().state == "released"
    assert next(iter(given.values())) in answer.content.decode() or "reason" in given


def test_line_ends_of_a_form_do_not_make_a_message_too_long():
    medium = release()
    assert ask(medium, message="\r\n".join(["x"] * 2000)).status_code == 302


def test_the_form_needs_the_token_against_forged_forms():
    medium = release()
    assert ask(medium, Client(enforce_csrf_checks=True)).status_code == 403


def test_requests_beyond_the_limit_of_a_day_wait_for_a_person():
    media = [release(color, number) for number, color in enumerate(("red", "green", "blue"))]
    ask(media[0])
    more = {"medium": media[0], "reason": "other", "visitor": RemovalRequest.objects.get().visitor}
    RemovalRequest.objects.bulk_create(RemovalRequest(reference=f"R{n}", **more) for n in range(MOST_A_DAY - 1))
    answer = ask(media[1])
    assert Medium.objects.get(pk=media[1].pk).state == "released"
    assert "stays visible" in english(answer["Location"]).content.decode()
    ask(media[2], Client(REMOTE_ADDR="198.51.100.7"))
    assert Medium.objects.get(pk=media[2].pk).state == "hidden"


def test_the_visitor_is_a_mark_that_holds_no_address():
    ask(release(), Client(REMOTE_ADDR="198.51.100.7"))
    mark = RemovalRequest.objects.get().visitor
    assert len(mark) == 64 and "198.51" not in mark


def test_a_request_is_found_again_by_its_number():
    ask(release())
    made = RemovalRequest.objects.get()
    typed = f" {made.reference[:5].lower()} {made.reference[5:]}"
    answer = Client().get("/pictures/removals/", {"reference": typed})
    assert (answer.status_code, answer["Location"]) == (302, f"/pictures/requests/{made.reference}/")
    for wrong in ("NOSUCHREFE", "x", "<b>"):
        answer = Client().get("/pictures/removals/", {"reference": wrong, "lang": "en"})
        assert answer.status_code == 404 and "no request with this number" in answer.content.decode()


@pytest.mark.parametrize("address", ["/pictures/requests/NOSUCHREFE/", "/pictures/requests/x/"])
def test_an_unknown_reference_is_unknown(address):
    assert Client().get(address).status_code == 404


def test_an_editor_sees_the_request_and_grants_it():
    medium = release()
    ask(medium, message="left side", contact="me@example.org")
    made = RemovalRequest.objects.get()
    text = editor().get("/photos/requests/").content.decode()
    shown = (made.reference, "left side", "me@example.org", f"/media/{medium.key}/blurred/screen")
    assert all(one in text for one in shown)
    given = {"reference": made.reference, "verdict": "grant", "answer": "Removed, sorry."}
    assert editor().post("/photos/requests/", given).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.contact, made.account) == ("granted", "", "editors")
    assert Medium.objects.get().state == "removed" and Medium.objects.get().variants.filter(side="raw").exists()
    text = Client().get(f"/pictures/requests/{made.reference}/").content.decode()
    assert "Removed, sorry." in text
    assert "me@example.org" not in editor().get("/photos/requests/").content.decode()


def test_an_editor_erases_the_raw_picture_only_together_with_its_removal():
    stays, goes = release(), release("blue", 1)
    for medium, verdict in ((stays, "refuse"), (goes, "grant")):
        ask(medium)
        reference = RemovalRequest.objects.get(medium=medium).reference
        given = {"reference": reference, "verdict": verdict, "answer": "So.", "erase": "yes"}
        assert editor().post("/photos/requests/", given).status_code == 302
    assert Medium.objects.get(pk=stays.pk).state == "released" and stays.variants.filter(side="raw").exists()
    assert Medium.objects.get(pk=goes.pk).state == "removed" and not goes.variants.exists()


def test_an_answer_without_words_or_verdict_is_refused_and_what_was_written_stays():
    ask(release())
    reference = RemovalRequest.objects.get().reference
    answer = editor().post("/photos/requests/", {"reference": reference, "answer": "No verdict yet"})
    assert answer.status_code == 400 and "No verdict yet" in answer.content.decode()
    assert editor().post("/photos/requests/", {"reference": reference, "verdict": "grant"}).status_code == 400
    assert RemovalRequest.objects.get().state == "open"


def test_a_second_answer_says_who_answered():
    ask(release())
    given = {"reference": RemovalRequest.objects.get().reference, "verdict": "refuse", "answer": "Stays."}
    assert editor().post("/photos/requests/", given).status_code == 302
    other = Client()
    other.force_login(account("inspectors"))
    answer = other.post("/photos/requests/?lang=en", given | {"verdict": "grant"})
    assert answer.status_code == 409 and "answered by editors meanwhile" in answer.content.decode()
    assert Medium.objects.get().state == "released"


def test_the_page_of_requests_is_for_the_ability_only():
    assert (
        Client().get("/photos/requests/", headers={"Accept": "text/html"})["Location"].startswith("/accounts/login/")
    )
    planner = Client()
    planner.force_login(account("planners"))
    assert planner.get("/photos/requests/").status_code == 403


def test_the_number_of_queries_of_the_list_does_not_grow(django_assert_max_num_queries):
    for number, color in enumerate(("red", "green", "blue")):
        ask(release(color, number), Client(REMOTE_ADDR=f"198.51.100.{number}"))
    client = editor()
    client.get("/photos/requests/")
    with django_assert_max_num_queries(7):
        assert client.get("/photos/requests/").content.decode().count("<article") == 3


def test_the_figures_are_public_with_the_median_of_days():
    medium = release()
    text = english("/pictures/removals/").content.decode()
    assert "no answer yet" in text and median_days_to_answer() is None
    moment = now()
    for number, days in enumerate((1, 2.5, 10)):
        RemovalRequest.objects.create(
            reference=f"R{number}", medium=medium, reason="other", visitor="v", state="refused",
            created_at=moment - timedelta(days=days), answered_at=moment,
        )  # fmt: skip
    assert median_days_to_answer() == pytest.approx(2.5)
    text = english("/pictures/removals/").content.decode()
    assert "2.5" in text and "<dd>3</dd>" in text


def test_a_hidden_picture_leaves_the_tiles_within_a_minute(settings, tmp_path):
    settings.TILE_CACHE_DIR = str(tmp_path / "tiles")
    assert settings.TILE_VERSION_SECONDS < TILE_SECONDS
    settings.TILE_VERSION_SECONDS = 0.0
    medium = release()
    VERSIONS.refresh(force=True)
    before = Client().get("/tiles/street_photos_released.json").json()["tiles"][0]
    ask(medium)
    VERSIONS.refresh(force=True)
    after = Client().get("/tiles/street_photos_released.json").json()["tiles"][0]
    assert before != after and not ReleasedPhoto.objects.current().exists()
