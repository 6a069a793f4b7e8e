"""The page of a datastream as editors use it: a period is excluded by its form, seen, and taken back."""

from datetime import timedelta
from typing import Literal

import pytest
from django.utils.timezone import now
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from layers.observations.decisions import exclude, set_limits, withdraw_exclusion
from layers.observations.models import Datastream
from layers.runs.models import Dataset
from layers.store.edits import Editor
from tests.browser.accounts import log_in
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import thorough
from tests.layers.observations.streams import START, observations, store, stream
from tests.layers.observations.test_placing import placed

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db, pytest.mark.usefixtures("accounts")]
LOOKS: tuple[tuple[int, Literal["dark", "light"]], ...] = (
    (1440, "light"),
    (1024, "dark"),
    (390, "dark"),
    (390, "light"),
)


@pytest.fixture(scope="module")
def level(portal: str, django_db_blocker: DjangoDbBlocker) -> Datastream:
    """A water level of an invented station, with a doubtful value, and limits and exclusions that were decided."""
    with django_db_blocker.unblock():
        Dataset.objects.get_or_create(slug="sensors", synthetic=True)
        placed(standing="indicative", station_type="river", operator="Miasto Kielce", address="ul. Krakowska 1")
        made = stream(interval_s=600, lowest=0.0, highest=500.0, step=50.0, description="Radarowy pomiar z mostu")
        latest = int((now() - START).total_seconds() // 60) - 30
        store(observations(made, {0: 286.0, 10: 290.0, latest - 10: 291.5, latest: 612.25}))
        anna = Editor("anna", note="Lód na sondzie po nocnych mrozach; wartości zawyżone o kilkadziesiąt centymetrów")
        exclude(made, START, START + timedelta(hours=5), anna)
        exclude(made, START + timedelta(days=3), START + timedelta(days=4), Editor("jan", note="przegląd"))
        withdraw_exclusion(made.exclusions.get(account="jan"), Editor("jan", note="pomyłka w dacie"))
        set_limits(made, {"stuck": 12, "highest": 450.5}, Editor("anna", note="nowy próg po przeglądzie"))
    return made


def fits(page: Page) -> None:
    """The page is no wider than its window, and axe finds nothing, at each look."""
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@thorough
def test_an_editor_excludes_a_period_on_the_page_of_a_series_and_takes_that_back(
    page: Page, portal: str, watch: Watch, level: Datastream
) -> None:
    log_in(page, portal, "editors")
    page.goto(f"{portal}/catalogue/stations/")
    page.locator(f"a[href$='/catalogue/stations/series/{level.pk}/']").first.click()
    expect(page).to_have_url(f"{portal}/catalogue/stations/series/{level.pk}/")
    fits(page)
    page.get_by_text("Wyłącz okres").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Wyłącz ten okres"))
    form.get_by_label("Od").fill("2026-02-01T10:00")
    form.get_by_label("Do").fill("2026-02-01T09:00")
    form.get_by_label("Powód").fill("powódź")
    form.get_by_role("button").click()
    expect(form.get_by_text("Koniec musi być późniejszy")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    form.get_by_label("Do").fill("2026-02-01T12:00")
    form.get_by_role("button").click()
    expect(page.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="1 lutego 2026, 10:00")).to_contain_text("powódź")
    page.get_by_role("status").get_by_role("button", name="Cofnij").click()
    expect(page.get_by_role("row").filter(has_text="1 lutego 2026, 10:00")).to_contain_text("wycofane")
    assert watch.foreign == [] and [one for one in watch.complaints if "422" not in one] == []
    page.goto(f"{portal}/catalogue/stations/series/{level.pk}/?lang=en")
    page.get_by_text("Change the limits").click()
    page.get_by_text("End or withdraw the exclusion since 15").click()
    fits(page)
