"""Studies as people use them: the answer, the squares on a map, a trial from form to result, the report."""

import re
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker
from shapely import MultiPolygon

from analysis.running.runner import StudyOrder, run_study
from analysis.tasks import study_run
from layers.record import Record
from layers.runs.models import Run
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import VISITS, painted, thorough
from tests.browser.map_page import drawn as map_drawn
from tests.browser.test_words import FIND, SAME, raw_words
from tests.factories import building, load, square

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]

__all__ = ["raw_words"]
"""A fixture from elsewhere."""
WIDTHS = (1440, 1024, 390)
STUDY = "/studies/flood_exposure/"
PAGES = ("/studies/", STUDY, f"{STUDY}report/")


@pytest.fixture(scope="module", autouse=True)
def computed(portal: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """24 houses with 3 people each in water of class 2 around the market square, and the study's results for them."""
    with django_db_blocker.unblock():
        load("flood_exposure_grid", [], "demo_city", mode="snapshot", allow_close=1.0)
        houses = [
            building(f"house {n}", 12 * (n % 6) - 36, 12 * (n // 6) + 30, use_class="residential", residents=3.0)
            for n in range(24)
        ]
        load("buildings", houses, "demo_city")
        water = MultiPolygon([square(-60, 20, 150)])
        load("flood_zones", [Record("w", water, {"scenario": "p1", "depth_class": 2})], "demo_city")
        run_study(StudyOrder("flood_exposure"))
        yield


@pytest.fixture(autouse=True)
def no_trials_before(computed: None) -> None:
    """Each test may ask for its own trial."""
    in_a_thread(lambda: Run.objects.filter(mode="private", status="queued").update(status="cancelled"))


def in_a_thread(job) -> None:
    """Do it on a connection of its own, committed, so that the portal sees it."""

    def done() -> None:
        try:
            job()
        finally:
            connection.close()

    thread = threading.Thread(target=done)
    thread.start()
    thread.join()


def work() -> None:
    """What the worker would do."""

    def all_queued() -> None:
        for run in Run.objects.filter(status="queued", kind="study"):
            study_run.call(run.pk)

    in_a_thread(all_queued)


def drawn(page: Page) -> None:
    map_drawn(page, "[data-study-map]")


def ask_for_trial(page: Page, portal: str, value: str = "5 000") -> None:
    page.goto(portal + STUDY)
    page.get_by_label("Szkoda: budynki mieszkalne").fill(value)
    page.get_by_role("button", name="Policz").click()


@pytest.mark.parametrize(("width", "language"), VISITS)
def test_the_answer_comes_first_and_the_page_fits(
    page: Page, portal: str, watch: Watch, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}{STUDY}?lang={language}")
    drawn(page)
    # 24 x 100 m² x 2,500 x 0.45 = 2.7 million; 72 people; a year 0.049 of the loss.
    answer = page.locator(".study-answer-words")
    said = {
        "pl": "obejmie 24 budynki, w których mieszka około 70 osób; strata około 2,7 mln",
        "en": "reaches 24 buildings",
    }
    assert said[language] in answer.inner_text().replace("\u00a0", " ")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    box = answer.bounding_box()
    assert box is not None and box["y"] < 500
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_click_on_a_square_reads_its_figures(page: Page, portal: str) -> None:
    page.goto(portal + STUDY)
    drawn(page)
    page.locator("[data-study-map] canvas").click()
    told = page.locator("[data-study-square]")
    expect(told).to_contain_text("budynki: 24")
    expect(told).to_contain_text("mieszkańcy: 70")
    page.locator("[data-study-map] canvas").click(position={"x": 20, "y": 20})
    expect(told).to_contain_text("O tym miejscu nic nie wiadomo")


@thorough
def test_the_keyboard_reads_a_square_and_asks_for_a_trial(page: Page, portal: str) -> None:
    page.goto(portal + STUDY)
    drawn(page)
    tab_to(page, "canvas", ".maplibregl-canvas")
    page.keyboard.press("Enter")
    expect(page.locator("[data-study-square]")).to_contain_text("budynki: 24")
    tab_to(page, "field", "#max_damage_residential_pln_m2")
    page.keyboard.press("Control+a")
    page.keyboard.type("3000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Twoja próba jest liczona")


def tab_to(page: Page, what: str, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach the {what}")


def test_a_trial_turns_into_its_result_by_itself(page: Page, portal: str, watch: Watch) -> None:
    ask_for_trial(page, portal)
    expect(page.get_by_role("status")).to_have_text("Czeka w kolejce")
    work()
    expect(page.get_by_role("heading", name="W porównaniu z wynikiem opublikowanym")).to_be_visible(timeout=15_000)
    row = page.get_by_role("row", name=re.compile("Woda 100-letnia")).first
    assert "+2,7 mln zł (+100 %)" in row.inner_text().replace("\u00a0", " ")
    drawn(page)
    page.locator("[data-study-map] canvas").click()
    expect(page.locator("[data-study-square]")).to_contain_text("5 400 000 zł".replace(" ", "\u00a0"))
    page.get_by_role("link", name="Zmień założenia i spróbuj ponownie").click()
    expect(page.get_by_label("Szkoda: budynki mieszkalne")).to_have_value("5000")
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_wrong_value_is_explained_beside_its_field(page: Page, portal: str) -> None:
    ask_for_trial(page, portal, "12")
    field = page.get_by_label("Szkoda: budynki mieszkalne")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Wpisz liczbę z zakresu 100"))
    expect(page.get_by_role("alert")).to_be_focused()


@thorough
def test_a_trial_is_cancelled(page: Page, portal: str) -> None:
    ask_for_trial(page, portal)
    page.get_by_role("button", name="Przerwij próbę").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Twoja próba nie dała wyniku")
    expect(page.get_by_role("status")).to_contain_text("Próba została przerwana")


@thorough
def test_all_of_it_works_without_scripts(browser: Browser, portal: str) -> None:
    page = browser.new_context(java_script_enabled=False, locale="pl-PL").new_page()
    ask_for_trial(page, portal, "2 600")
    expect(page.get_by_text("Czeka w kolejce")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="W porównaniu z wynikiem opublikowanym")).to_be_visible(timeout=15_000)
    page.goto(f"{portal}{STUDY}report/")
    expect(page.get_by_role("table").first).to_be_visible()
    page.context.close()


@thorough
def test_the_report_s_map_runs_in_its_frame_and_asks_nobody_else(page: Page, portal: str, watch: Watch) -> None:
    page.goto(f"{portal}{STUDY}report/")
    frame = page.frame_locator("iframe")
    page.locator("iframe").scroll_into_view_if_needed()
    squares = frame.locator("path.leaflet-interactive")
    expect(squares).to_have_count(1)
    squares.click()
    expect(frame.locator(".leaflet-popup-content")).to_contain_text("budynki")
    expect(frame.locator(".leaflet-popup-content")).to_contain_text("24")
    expect(frame.locator(".report-legend")).to_contain_text("Dane zmyślone")
    expect(frame.get_by_role("button", name="Przybliż")).to_be_visible()
    # The frame has no origin of its own portal: its scripts reach neither the page nor its cookies.
    inner = next(one for one in page.frames if one.url.endswith("/report/map/"))
    assert inner.evaluate("self.origin") == "null"
    assert watch.foreign == [] and watch.complaints == []


def in_all_looks(page: Page) -> Iterator[None]:
    """The page in one width and theme after the other, painted."""
    if page.locator("[data-study-map]").count():
        drawn(page)
    for width, scheme in ((1440, "dark"), (1024, "light"), (390, "dark")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 844})
        painted(page)
        yield


@thorough
def test_axe_finds_nothing(page: Page, portal: str) -> None:
    for address in PAGES:
        page.goto(portal + address)
        for _ in in_all_looks(page):
            found = Axe().run(page)
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    ask_for_trial(page, portal)
    expect(page.get_by_role("status")).to_have_text("Czeka w kolejce")
    for _ in in_all_looks(page):
        assert (found := Axe().run(page)).violations_count == 0, found.generate_report()
    work()
    expect(page.get_by_role("heading", name="W porównaniu z wynikiem opublikowanym")).to_be_visible(timeout=15_000)
    for _ in in_all_looks(page):
        assert (found := Axe().run(page)).violations_count == 0, found.generate_report()


@thorough
def test_at_double_zoom_nothing_is_cut_off(page: Page, portal: str) -> None:
    # 200 % on a desk of 1280 pixels is a page of 640.
    page.set_viewport_size({"width": 640, "height": 450})
    for address in PAGES:
        page.goto(portal + address)
        assert page.evaluate("document.documentElement.scrollWidth") == 640


@thorough
def test_no_page_of_a_computed_study_shows_raw_text(page: Page, pseudo_portal: str, raw_words) -> None:  # noqa: F811
    found = {address: raw for address in PAGES if (raw := raw_words(address))}
    assert found == {}
    page.goto(pseudo_portal + STUDY)
    page.locator("#max_damage_residential_pln_m2").fill("x")
    page.locator("button[type=submit]").click()
    assert page.evaluate(FIND, SAME) == []
    page.locator("#max_damage_residential_pln_m2").fill("3000")
    page.locator("button[type=submit]").click()
    expect(page.locator("[data-study-job]")).to_be_visible()
    assert page.evaluate(FIND, SAME) == []
    work()
    expect(page.locator("#compared")).to_be_visible(timeout=15_000)
    assert page.evaluate(FIND, SAME) == []
