"""The page of the review: its runs, its readers, the way to it."""

import pytest
from django.test import Client
from django.utils.timezone import now

from geoportal.photos.recall import MEASURED
from layers.media.models import Medium, PhotoRun
from layers.media.review import decide
from tests.geoportal.logins import account
from tests.layers.media.photos import stored_photo

pytestmark = pytest.mark.django_db
ADDRESS = "/photos/review/"


def client(group: str) -> Client:
    made = Client()
    made.force_login(account(group))
    return made


def test_it_offers_the_runs_that_wait_by_their_names():
    stored_photo("red", run="first")
    done = stored_photo("blue", run="second", number=1)
    Medium.objects.update(examined_at=now())
    PhotoRun.objects.filter(slug="first").update(profile={"name": "Wiosenny objazd"})
    decide(done, "withhold", "reviewer", "a crash")
    answer = client("editors").get(ADDRESS, {"run": "first"})
    text = answer.content.decode()
    assert '<option value="first" selected>Wiosenny objazd</option>' in text and 'value="second"' not in text
    assert answer["Cache-Control"] == "private, no-store"


def test_it_shows_the_measured_recall_and_never_claims_that_all_faces_or_plates_are_found():
    text = client("editors").get(ADDRESS, {"lang": "en"}).content.decode()
    assert "Look at the whole picture" in text
    low, high = (round(100 * share) for share in MEASURED.all.recall.interval)
    assert f"between {low}% and {high}%" in text and "Number plates are not looked for" in text


@pytest.mark.parametrize(("group", "sees"), [("editors", True), ("inspectors", True), ("planners", False)])
def test_the_way_to_it_is_shown_to_those_who_may_go_it(group, sees):
    visitor = client(group)
    assert ("Zdjęcia</a>" in visitor.get("/catalogue/").content.decode()) is sees
    assert (f'href="{ADDRESS}"' in visitor.get("/account/").content.decode()) is sees
    assert visitor.get(ADDRESS).status_code == (200 if sees else 403)


def test_it_sends_visitors_to_the_login_page():
    answer = Client().get(ADDRESS, headers={"Accept": "text/html"})
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    assert "Zdjęcia</a>" not in Client().get("/catalogue/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_runs(django_assert_max_num_queries):
    for number, color in enumerate(("red", "green", "blue")):
        stored_photo(color, run=f"run-{number}", number=number)
    visitor = client("editors")
    visitor.get(ADDRESS)
    with django_assert_max_num_queries(7):
        assert visitor.get(ADDRESS).content.decode().count("<option value=") >= 4
