"""The page of a station and the comparison in a browser: drawn, zoomed by drag and keyboard, as table and as file."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils.timezone import now
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from layers.observations.columns import Observations
from layers.observations.decisions import exclude
from layers.observations.models import Datastream
from layers.runs.models import Dataset
from layers.store.edits import Editor
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import thorough
from tests.browser.test_series import LOOKS
from tests.layers.observations.live.test_stations import CM, UG, declared
from tests.layers.observations.streams import START, observations, store

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]
DRAWN = "[data-chart-frame][data-state=drawn]"
HOURS = 8760
COLOURED = """() => {
  const canvas = document.querySelector("[data-chart-canvas] canvas");
  const probe = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height })
    .getContext("2d", { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--chart-1").trim();
  const hex = probe.fillStyle;
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  probe.drawImage(canvas, 0, 0);
  const { data } = probe.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) count += data[at] === r && data[at + 1] === g && data[at + 2] === b;
  return count;
}"""
"""How many pixels of the chart have the colour of its first line."""
WATCH_DRAWING = """() => {
  const frame = document.querySelector("[data-chart-frame]");
  new MutationObserver(() => {
    if (frame.dataset.state === "drawn") window.drawnAt = performance.now();
  }).observe(frame, { attributes: true });
}"""
SINCE_ANSWER = """() => {
  const answers = performance.getEntriesByType("resource").filter(({ name }) => name.includes("chart.json"));
  return { waited: window.drawnAt - answers.at(-1).responseEnd, bytes: answers.at(-1).encodedBodySize };
}"""


@pytest.fixture(scope="module")
def level(portal: str, django_db_blocker: DjangoDbBlocker) -> Datastream:
    """A gauge over its warning level: two days of values with a gap of an hour, a doubtful and excluded ones."""
    with django_db_blocker.unblock():
        Dataset.objects.update_or_create(slug="sensors", defaults={"synthetic": True})
        (made,) = declared("silnica", {"level": CM}, 600, thresholds={"warning": 130, "alarm": 170})
        latest = int((now() - START).total_seconds() // 60) - 5
        moments = range(latest - 2880, latest + 1, 10)
        values = {at: round(140 + 30 * np.sin(at / 300), 1) for at in moments if not 600 < latest - at <= 660}
        values[latest - 1000] = 9999.0
        store(observations(made, values))
        begin = START + timedelta(minutes=latest - 2000)
        exclude(made, begin, begin + timedelta(hours=3), Editor("anna", note="Lód na sondzie"))
    return made


@pytest.fixture(scope="module")
def pollutants(portal: str, django_db_blocker: DjangoDbBlocker) -> list[Datastream]:
    """A year of hours of three pollutants."""
    with django_db_blocker.unblock():
        made = declared("rynek", {"PM10": UG, "PM2.5": UG, "NO2": UG})
        begin = np.datetime64(
            now().replace(tzinfo=None, minute=0, second=0, microsecond=0) - timedelta(days=365), "us"
        )
        starts: Any = begin + np.arange(HOURS) * np.timedelta64(3_600_000_000, "us")
        for place, one in enumerate(made):
            values: Any = np.round(40 + 20 * np.sin(np.arange(HOURS) / (24 + place)) + np.arange(HOURS) % 7, 1)
            keys = np.full(HOURS, one.pk, np.int32)
            store(Observations(keys, starts, starts + np.timedelta64(3_600_000_000, "us"), values))
    return made


def visit(page: Page, portal: str, address: str) -> None:
    page.goto(f"{portal}{address}")
    expect(page.locator(DRAWN)).to_be_visible()


def station(of: Datastream, query: str = "") -> str:
    return f"/catalogue/stations/stations/{of.thing_id}/{query}"


def test_a_chart_is_drawn_summed_up_in_words_and_is_the_same_as_table_and_file(
    page: Page, portal: str, watch: Watch, level: Datastream
) -> None:
    visit(page, portal, station(level))
    assert page.evaluate(COLOURED) > 500
    label = page.locator("[data-chart-canvas]").get_attribute("aria-label") or ""
    assert "najmniejsza 110" in label and "cm" in label
    panel = page.locator("[data-chart-panel]")
    for words in ("stan ostrzegawczy 130 cm", "Lód na sondzie", "wyłączone:", "jedna co 10", "dane zmyślone"):
        expect(panel).to_contain_text(words)
    panel.get_by_text("To samo jako tabela").click()
    counted = re.search(r"z ([\d\s]+)$", panel.locator(".pager [role=status]").inner_text())
    address = panel.get_by_role("link", name="Pobierz").get_attribute("href")
    rows = list(csv.DictReader(io.StringIO(page.request.get(f"{portal}{address}").text().lstrip("\ufeff"))))
    assert counted is not None and len(rows) == int(re.sub(r"\s", "", counted[1])) == 283
    last = panel.locator("tbody tr").last.locator("td").inner_text().split("\n")[0]
    assert float(last.replace(",", ".")) == float(rows[-1]["value"])
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_period_is_chosen_by_buttons_of_the_keyboard_and_by_dragging_and_back_returns(
    page: Page, portal: str, watch: Watch, level: Datastream
) -> None:
    visit(page, portal, station(level, "?range=7d"))
    closer = page.get_by_role("button", name="bliżej")
    closer.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(page.locator(DRAWN)).to_be_visible()
    expect(closer).to_be_focused()
    expect(page.get_by_label("Okres", exact=True)).to_have_value("")
    page.get_by_role("button", name="jeden dzień").press("Enter")
    expect(page.locator("[data-chart-period]")).to_contain_text(re.compile("00:00 – .*00:00"))
    page.get_by_role("button", name="24 godziny").click()
    expect(page).to_have_url(re.compile(r"range=24h"))
    expect(page.locator(DRAWN)).to_be_visible()
    whole = page.url
    over = page.locator("[data-chart-canvas] .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(page.locator(DRAWN)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(whole)
    expect(page.get_by_role("button", name="24 godziny")).to_have_attribute("aria-pressed", "true")
    assert watch.complaints == []


@thorough
def test_a_choice_that_the_server_refuses_is_explained_beside_the_chart(
    page: Page, portal: str, level: Datastream
) -> None:
    visit(page, portal, station(level))
    page.get_by_label("Od", exact=True).fill("2026-02-02")
    page.get_by_label("Do, z tym dniem włącznie").fill("2026-02-01")
    page.get_by_role("button", name="Pokaż").click()
    expect(page.locator("[data-chart-state]")).to_contain_text("The period ends before it begins")


@thorough
def test_a_year_of_hours_of_three_series_is_drawn_within_a_second_of_its_answer(
    page: Page, portal: str, pollutants: list[Datastream]
) -> None:
    visit(page, portal, station(pollutants[0], "?" + "&".join(f"series={one.pk}" for one in pollutants)))
    expect(page.locator(".chart-index")).to_have_count(2)
    page.evaluate(WATCH_DRAWING)
    page.get_by_role("button", name="rok", exact=True).click()
    expect(page.locator("[data-chart-words]")).to_contain_text(re.compile(r"liczba wartości 8\s?7\d\d"))
    expect(page.locator(DRAWN)).to_be_visible()
    measured = page.evaluate(SINCE_ANSWER)
    assert 0 < measured["waited"] <= 1000 and measured["bytes"] <= 150_000, measured


@thorough
def test_station_and_comparison_fit_their_windows_and_axe_finds_nothing(
    page: Page, portal: str, watch: Watch, level: Datastream, pollutants: list[Datastream]
) -> None:
    addresses = (
        station(level),
        station(pollutants[0], "?lang=en"),
        "/catalogue/stations/compare/?property=PM10&lang=pl",
        f"/catalogue/stations/compare/?by=years&property=PM10&series={pollutants[0].pk}&lang=en",
    )
    for address in addresses:
        visit(page, portal, address)
        page.locator("[data-chart-table] summary").click()
        for width, scheme in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            expect(page.locator(DRAWN)).to_be_visible()
            page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)
            page.wait_for_function(f"() => ({COLOURED})() > 100")
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert watch.foreign == [] and watch.complaints == []
