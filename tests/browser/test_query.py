"""Spatial questions as people ask them: a planner's question by hand, an analyst's job, no scripts, small screens."""

import json
import math
import re
import threading

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from analysis.queries.jobs import query_run
from layers.runs.models import Run
from tests.browser.accounts import log_in
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import drawn as map_drawn
from tests.browser.map_page import painted, thorough

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]

QUERY = "/query/"


def work() -> None:
    """What the worker would do, on a connection of its own."""

    def all_queued() -> None:
        try:
            for run in Run.objects.filter(status="queued", kind="query"):
                query_run.func(run.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=all_queued)
    thread.start()
    thread.join()


def drawn(page: Page) -> None:
    map_drawn(page, "[data-query-map]")


def test_a_planner_s_question_from_the_form_to_the_file(
    page: Page, portal: str, accounts: None, watch: Watch
) -> None:
    log_in(page, portal, "planners")
    page.goto(portal + QUERY)
    page.get_by_label("Warstwa", exact=True).select_option("buildings")
    page.get_by_role("button", name="Dodaj warunek").first.click()
    condition = page.locator("[data-builder=filter] .filter-row")
    condition.locator("select").first.select_option("use_class")
    condition.locator(".filter-value").select_option("education")
    expect(page.locator("#filter")).to_have_value("use_class = 'education'")
    page.get_by_label("Relacja").select_option("near")
    page.get_by_label("Odległość w metrach").fill("400")
    page.get_by_label("Druga warstwa").select_option("bus_stops")
    page.get_by_role("button", name="Zapytaj").click()
    expect(page.locator("[data-total]")).to_have_text("1")
    expect(page.get_by_role("table")).to_contain_text("Szkoła Żródlana")
    summary = page.locator(".query-summary")
    expect(summary).to_contain_text("nie dalej niż 400 m od: Przystanki")
    drawn(page)
    assert page.locator("[data-query-map]").get_attribute("data-features") == "1"
    with page.expect_download() as download:
        page.get_by_role("link", name="GeoJSON").click()
    (feature,) = json.loads(download.value.path().read_text())["features"]
    assert feature["properties"]["name"] == "Szkoła Żródlana"
    page.get_by_label("Nazwa pytania").fill("Szkoły przy przystankach")
    page.get_by_role("button", name="Zapisz pytanie").click()
    page.get_by_role("link", name="Szkoły przy przystankach").click()
    expect(page.locator("[data-total]")).to_have_text("1")
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_an_area_is_drawn_by_keyboard_and_opened_from_a_file(page: Page, portal: str, tmp_path) -> None:
    page.goto(f"{portal}{QUERY}?layer=buildings&lang=pl")
    page.get_by_text("Albo obszar: narysuj go lub otwórz plik").click()
    expect(page.locator("[data-area-map]")).to_have_attribute("data-state", "ready", timeout=30_000)
    page.get_by_role("button", name="Prostokąt").click()
    page.locator("[data-area-map] canvas").click(position={"x": 60, "y": 40})
    page.locator("[data-area-map] canvas").click(position={"x": 400, "y": 280})
    expect(page.locator("[data-area-state]")).to_contain_text("Obszar wybrany")
    page.get_by_role("button", name="Zapytaj").click()
    expect(page.locator(".query-summary")).to_contain_text("w narysowanym obszarze")
    ring = [[20.631, 50.870], [20.632, 50.870], [20.632, 50.8706], [20.631, 50.8706], [20.631, 50.870]]
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    expect(page.locator("[data-area-map]")).to_have_attribute("data-state", "ready", timeout=30_000)
    page.locator("[data-area-file]").set_input_files(file)
    expect(page.locator("#area")).to_have_value(re.compile("20.631"))
    page.get_by_role("button", name="Zapytaj").click()
    expect(page.locator("[data-total]")).to_have_text("1")
    file.write_text('{"type":"Point","coordinates":[20.6,50.8]}')
    page.locator("[data-area-file]").set_input_files(file)
    expect(page.locator("[data-area-state]")).to_have_text("W pliku nie ma obszarów.")


@thorough
def test_an_analyst_s_job_is_cancelled_and_another_answered(page: Page, portal: str, accounts: None) -> None:
    log_in(page, portal, "analysts")
    asked = f"{portal}{QUERY}?layer=buildings&relation=nearest&to=roads&lang=pl"
    in_background = page.get_by_role("button", name="Policz w tle")
    page.goto(asked)
    in_background.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Szukamy odpowiedzi na Twoje pytanie")
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Anuluj pytanie").click()
    expect(page.get_by_role("status")).to_contain_text("To pytanie anulowano")
    page.get_by_role("link", name="Zmień pytanie").click()
    in_background.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Szukamy odpowiedzi na Twoje pytanie")
    work()
    expect(page.locator("[data-total]")).to_have_text("2", timeout=15_000)
    drawn(page)
    page.get_by_role("link", name="Moje zapisane pytania i odpowiedzi").click()
    expect(page.get_by_text("jest odpowiedź")).to_be_visible()


@pytest.mark.thorough
def test_all_of_it_works_without_scripts(browser: Browser, portal: str) -> None:
    page = browser.new_context(java_script_enabled=False, locale="pl-PL").new_page()
    page.goto(portal + QUERY)
    page.get_by_label("Warstwa", exact=True).select_option("buildings")
    page.get_by_role("button", name="Wczytaj, co ta warstwa oferuje").click()
    page.get_by_label("Pokaż").select_option("sum")
    page.get_by_label("Której liczby").select_option("map_area_m2")
    page.get_by_label("Osobno dla").select_option("use_class")
    page.get_by_role("button", name="Zapytaj").click()
    row = page.get_by_role("row", name=re.compile("oświat|eduk", re.IGNORECASE))
    assert "1 600 m²" in row.inner_text().replace("\u00a0", " ")
    page.context.close()


@pytest.mark.parametrize(
    ("width", "language", "words"),
    [
        pytest.param(1440, "pl", "layer=buildings&measure=sum&of=map_area_m2&by=district", marks=thorough),
        (390, "en", "layer=buildings&relation=nearest&to=bus_stops"),
        pytest.param(390, "pl", "", marks=thorough),
    ],
)
def test_axe_finds_nothing_and_the_page_fits(page: Page, portal: str, width: int, language: str, words: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}{QUERY}?{words}{'&' if words else ''}lang={language}")
    if words:
        drawn(page)
    painted(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()


@thorough
def test_an_area_too_long_for_an_address_is_saved_by_accounts_and_refused_to_others(
    page: Page, portal: str, accounts: None, tmp_path
) -> None:
    around = [[20.631 + 0.01 * math.cos(turn / 60), 50.870 + 0.01 * math.sin(turn / 60)] for turn in range(376)]
    file = tmp_path / "circle.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [[*around, around[0]]]}))
    ask = page.get_by_role("button", name="Zapytaj")
    page.goto(f"{portal}{QUERY}?layer=buildings&lang=pl")
    page.locator("[data-area-file]").set_input_files(file)
    expect(page.locator("#area")).to_have_value(re.compile("Polygon"))
    page.get_by_text("Albo obszar: narysuj go lub otwórz plik").click()
    ask.click()
    expect(page.locator("[data-query-state]")).to_contain_text("zaloguj się, żeby go zapisać")
    log_in(page, portal, "planners")
    page.goto(f"{portal}{QUERY}?layer=buildings")
    page.locator("[data-area-file]").set_input_files(file)
    expect(page.locator("#area")).to_have_value(re.compile("Polygon"))
    ask.click()
    expect(page).to_have_url(re.compile(r"/query/\?saved=[\w-]{20,}"))
    expect(page.locator("[data-total]")).to_have_text("2")
    drawn(page)
