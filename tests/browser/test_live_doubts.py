"""What the map shows of doubtful values: the card of each station in words, and signs beside the values."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.conftest import VIEW, Watch
from tests.browser.map_page import open_map, thorough
from tests.geoportal.doubtful_stations import DOUBTS, WORDS, City, doubtful_city

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]
LABELS = {
    "clean": "2\u00a0cm",
    "excluded": "~3\u00a0cm*\u00a0(?)",
    "range": "~999\u00a0cm*\u00a0(?)",
    "spike": "~1,5\u00a0cm*",  # The value before the latest is the spike.
    "stale": "~4\u00a0cm*",
    "step": "~50\u00a0cm*\u00a0(?)",
    "stuck": "~7\u00a0cm*\u00a0(?)",
}
POINTS = """async () => {
  const words = await import("/static/js/map-page/live-words.js");
  const { stations } = await (await fetch("/live/stations.json")).json();
  const points = Object.entries(stations).map(([id, one]) => words.pointOf(id, words.stationAt(one, Date.now()), ""));
  return Object.fromEntries(points.map(({ properties }) => [properties.feature_id, properties]));
}"""


@pytest.fixture(scope="module")
def doubtful(portal: str, django_db_blocker: DjangoDbBlocker) -> City:
    with django_db_blocker.unblock():
        return doubtful_city(Client())


@thorough
@pytest.mark.parametrize("language", WORDS)
def test_the_card_of_a_station_has_the_words_of_every_doubt_and_no_other(
    page: Page, portal: str, watch: Watch, doubtful: City, language: str
) -> None:
    for code, station in doubtful.stations.items():
        page.goto("about:blank")
        open_map(page, portal, lang=language, view=f"{VIEW}&layers=stations&pick=stations/{station}")
        now = page.locator("[data-card] .live-now")
        expect(now).to_contain_text("cm")
        text = re.sub(r"\s+", " ", now.inner_text())
        expected = DOUBTS[code] - {"spike"}
        assert {name for name, word in WORDS[language].items() if word.lower() in text.lower()} == expected, code
    assert watch.complaints == []


@thorough
def test_values_on_the_map_have_signs_that_the_legend_explains(
    page: Page, portal: str, watch: Watch, doubtful: City
) -> None:
    open_map(page, portal, view=f"{VIEW}&layers=stations")
    points = page.evaluate(POINTS)
    assert {code: points[station]["value"] for code, station in doubtful.stations.items()} == LABELS
    stale = points[doubtful.stations["stale"]]["symbol"]
    assert stale.endswith("|stale") and not points[doubtful.stations["clean"]]["symbol"].endswith("|stale")
    signs = page.locator("[data-shown=stations] [data-shown-live] li:has(.live-sign)")
    expect(signs).to_have_text(
        ["(?)wątpliwa wartość", "~czujnik wskaźnikowy albo na próbę", "*dane zmyślone"], use_inner_text=False
    )
    assert watch.complaints == []
