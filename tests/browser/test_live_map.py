"""Live stations on the map: symbols, how values grow old, the last 48 hours, the air nearby."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
import pytest
import rasterio
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import VIEW, Watch, window
from tests.browser.map_page import THREE_WIDTHS, click, drawn, no_faults, open_map, painted, thorough
from tests.factories import MARKET_SQUARE, feature_id

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

LON, LAT = MARKET_SQUARE
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RED, ORANGE, GREY = (0xD0, 0x10, 0x10), (0xF0, 0xA0, 0x08), (0x8C, 0x92, 0x96)
STATION = str(feature_id("one", "demo_city"))
SEEN = f"{VIEW}&layers=stations"
Document = dict[str, Any]


ORDER = ("good", "warning", "alarm")


def grade(code: str, pl: str, en: str, colour: str, shape: str) -> Document:
    reason = {"pl": f"powód {code}", "en": f"reason {code}"}
    names = {"code": code, "name": {"pl": pl, "en": en}, "colour": colour, "ink": "#000000", "shape": shape}
    return {**names, "index": ORDER.index(code), "reason": reason}


WARNING = grade("warning", "stan ostrzegawczy", "warning", "#f0a008", "triangle")
ALARM = grade("alarm", "stan alarmowy", "alarm", "#d01010", "square")
LIVE = {"code": "live", "name": {"pl": "na żywo", "en": "live"}}


def station(name: str = "Silnica, ul. Solna", at: datetime = NOON, **given: Any) -> Document:
    """A gauge in the middle of the map, at 152.5 cm at noon: stale after 30 minutes, dead after 4 hours."""
    series = {
        "key": 5, "state": WARNING, "fresh": LIVE,
        "property": {"pl": "stan wody", "en": "water level"}, "value": 152.5, "unit": "cm", "at": moment(at),
        "stale_at": moment(at + timedelta(minutes=30)), "dead_at": moment(at + timedelta(hours=4)),
        "marks": [{"code": "synthetic", "text": {"pl": "dane zmyślone", "en": "synthetic data"}}],
        "note": {"pl": "rośnie 12 cm/h", "en": "rising 12 cm/h"},
    } | given  # fmt: skip
    return {"name": name, "type": "river", "lon": LON, "lat": LAT, **series, "series": [series]} | given


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def visitor(browser: Browser, browser_context_args: dict) -> Iterator[BrowserContext]:
    """A browser of this module's own: a clock that stands at noon stays so in all of its later pages."""
    with window(browser, **browser_context_args) as context:
        yield context


class Served:
    """The live documents of the layer as the page gets them; `stations` may change while it is open."""

    def __init__(self, page: Page, stations: dict[str, Document]) -> None:
        self.stations, self.seq, self.broken = stations, 7, False
        self.asked: list[str] = []
        self.history: Document = {}
        page.route("**/live/stations.json*", self.answer)
        page.route("**/live/stations/last-48-hours.json", lambda route: route.fulfill(json=self.history))

    def answer(self, route: Route) -> None:
        self.asked.append(route.request.url.split("/live/")[1])
        if self.broken:
            route.fulfill(status=503, body="")
            return
        found = re.search(r"after=(\d+)", route.request.url)
        if found and int(found[1]) == self.seq:
            route.fulfill(status=304, body="")
            return
        whole = {"kind": "stations", "seq": self.seq, "made": moment(NOON), "whole": not found}
        route.fulfill(json=whole | {"stations": self.stations})

    def put(self, **given: Any) -> None:
        """Another batch with news of the gauge."""
        self.stations = {STATION: station(**given)}
        self.seq += 1


def widths(page: Page, colour: tuple[int, int, int]) -> list[int]:
    """How many pixels of a colour each row of the map's middle has, rows without any left out."""
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2 - 40, "y": box["y"] + box["height"] / 2 - 40, "width": 80, "height": 80}
    return rows(page, colour, clip)


def rows(page: Page, colour: tuple[int, int, int], clip: dict[str, float]) -> list[int]:
    """How many pixels of a colour each row of a piece of the page has, rows without any left out."""
    with rasterio.MemoryFile(page.screenshot(clip=clip)) as file, file.open() as image:  # type: ignore[arg-type]
        near = np.abs(image.read((1, 2, 3)).astype(int) - np.array(colour)[:, None, None]) <= 8
    counts = near.all(axis=0).sum(axis=1)
    return [int(count) for count in counts if count]


def said(page: Page):
    return page.locator("[data-live-said]")


def legend(page: Page):
    """The rows of states; the others are of the signs beside values."""
    return page.locator("[data-shown=stations] [data-shown-live] li:has(.state-symbol)")


def at_noon(page: Page, minutes: float = 3) -> None:
    """The clock of the page stands at some minutes past noon and runs from there."""
    page.clock.install(time=NOON + timedelta(minutes=minutes))


def test_a_new_state_is_seen_and_announced_without_a_reload(page: Page, portal: str, watch: Watch) -> None:
    served = Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN)
    triangle = widths(page, ORANGE)
    assert triangle[-2] > triangle[1] + 6  # Wider below than above.
    click(page)
    page.mouse.move(700, 5)  # No tip covers the symbol.
    card = page.locator("[data-card]")
    expect(card).to_contain_text("Stan ostrzegawczy", ignore_case=True)
    expect(card).to_contain_text("152,5\u00a0cm")
    expect(card).to_contain_text("dane zmyślone")
    expect(legend(page)).to_have_text(["stan ostrzegawczy"])
    expect(said(page)).to_be_empty()
    served.put(state=ALARM, value=181.25)
    expect(said(page)).to_have_text("Silnica, ul. Solna: stan alarmowy, 181,25\u00a0cm", timeout=5_000)
    expect(card).to_contain_text("181,25\u00a0cm")
    expect(card).to_contain_text("powód alarm")
    expect(legend(page)).to_have_text(["stan alarmowy"])
    drawn(page)
    painted(page, frames=20)
    square = widths(page, RED)
    assert max(square) - min(square[2:-2]) <= 3  # As wide everywhere.
    assert widths(page, ORANGE) == []
    assert [one for one in served.asked if "after" in one][0] == "stations.json?after=7"
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_click_on_the_symbol_opens_the_card_with_links_to_station_and_series(page: Page, portal: str) -> None:
    Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN, lang="en")
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 3)
    card = page.locator("[data-card]")
    expect(card).to_contain_text("152.5\u00a0cm")
    expect(card).to_contain_text("3 min ago")
    expect(card).to_contain_text("rising 12 cm/h")
    expect(card.get_by_role("link", name="Page of the station")).to_have_attribute(
        "href", f"/catalogue/stations/stations/{STATION}/"
    )
    expect(card.get_by_role("link", name="water level")).to_have_attribute("href", "/catalogue/stations/series/5/")
    assert f"pick=stations/{STATION}" in page.url


@thorough
@pytest.mark.parametrize("width", [1024, 390])
def test_a_card_that_a_link_opens_leaves_its_station_in_sight(page: Page, portal: str, width: int) -> None:
    lon, lat = page.request.get(f"{portal}/tiles/stations/features/{STATION}.json").json()["center"]
    Served(page, {STATION: station(lon=lon, lat=lat)})
    at_noon(page)
    view = f"map=17.5/{lat}/{lon}&layers=stations&pick=stations/{STATION}"
    open_map(page, portal, view=view, width=width)
    card = page.locator("[data-card]")
    expect(card).to_contain_text("152,5\u00a0cm")
    page.clock.run_for(2_000)
    drawn(page)
    covered, map_ = card.bounding_box(), page.locator("[data-map]").bounding_box()
    assert covered is not None and map_ is not None
    free = {"x": map_["x"], "y": map_["y"] + 80, "width": covered["x"] - map_["x"], "height": map_["height"] - 80}
    if width == 390:
        free |= {"width": map_["width"] - 60, "height": covered["y"] - map_["y"] - 80}
    assert len(rows(page, ORANGE, free)) > 8


@thorough
def test_a_silent_station_becomes_stale_and_then_dead_by_itself(page: Page, portal: str) -> None:
    Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN)
    assert len(widths(page, ORANGE)) > 8
    page.clock.fast_forward("30:00")
    expect(said(page)).to_have_text("Silnica, ul. Solna: stan ostrzegawczy, nieaktualne, 152,5\u00a0cm")
    expect(legend(page)).to_have_text(["stan ostrzegawczy", "nieaktualne"])
    page.clock.run_for(2_000)
    drawn(page)
    assert widths(page, ORANGE) == []  # Faded.
    page.clock.fast_forward("04:00:00")
    expect(said(page)).to_have_text("Silnica, ul. Solna: stan ostrzegawczy, brak łączności, 152,5\u00a0cm")
    expect(legend(page)).to_have_text(["brak łączności"])
    page.clock.run_for(2_000)
    drawn(page)
    assert len(widths(page, GREY)) > 12


@pytest.mark.parametrize(
    ("filter_", "seen"),
    [
        ({"op": "isNull", "args": [{"property": "name"}]}, True),  # The station of the layer has no name.
        ({"op": "=", "args": [{"property": "name"}, "Silnica"]}, False),
    ],
)
@thorough
def test_a_filter_of_the_layer_leaves_out_live_stations(
    page: Page, portal: str, filter_: Document, seen: bool
) -> None:
    Served(page, {STATION: station(), "other": station(lon=LON + 0.0005)})
    at_noon(page)
    open_map(page, portal, view=f"{SEEN}&filter.stations={quote(json.dumps(filter_))}")
    expect(page.locator("[data-live]")).to_be_visible()
    expect(legend(page)).to_have_count(int(seen))
    drawn(page)
    assert (len(widths(page, ORANGE)) > 8) == seen


@thorough
def test_many_changes_are_one_announcement_in_ten_seconds(page: Page, portal: str) -> None:
    served = Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN)
    served.put(state=ALARM)
    expect(said(page)).to_contain_text("stan alarmowy")
    page.evaluate("""() => {
      window.lines = [];
      const region = document.querySelector("[data-live-said]");
      const watched = new MutationObserver(() => window.lines.push([performance.now(), region.textContent]));
      watched.observe(region, { childList: true });
    }""")
    for number in range(12):
        served.put(state=(WARNING, ALARM)[number % 2], value=100.0 + number)
        page.clock.run_for(2_100)
        painted(page)
    page.clock.run_for(10_100)
    expect(said(page)).to_have_text("Silnica, ul. Solna: stan alarmowy, 111\u00a0cm")
    times = [time for time, _ in page.evaluate("window.lines")]
    assert 2 <= len(times) <= 5
    assert min(later - time for time, later in zip(times, times[1:], strict=False)) >= 9_990


@thorough
def test_a_server_that_is_gone_is_named_asked_ever_less_often_and_greeted_again(page: Page, portal: str) -> None:
    served = Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN)
    status = page.locator("[data-live-status]")
    expect(status).to_have_text("Wartości na żywo")
    served.broken = True
    page.clock.run_for(2_500)
    expect(status).to_have_text(re.compile(r"^Wartości na żywo przerwane od 13:0\d$"))  # Winter time.
    before = len(served.asked)
    for _ in range(10):
        page.clock.run_for(3_000)
        painted(page)
    assert 1 <= len(served.asked) - before <= 4
    served.broken = False
    for _ in range(25):
        page.clock.run_for(3_000)
        painted(page)
    expect(status).to_have_text("Wartości na żywo")


@thorough
def test_nothing_is_asked_while_the_layer_is_off_and_a_whole_document_once_a_minute(page: Page, portal: str) -> None:
    served = Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=f"{VIEW}&layers=roads")
    page.clock.run_for(6_000)
    assert served.asked == []
    expect(page.locator("[data-live]")).to_be_hidden()
    page.locator("[data-layer=stations] input").check()
    for _ in range(33):
        page.clock.run_for(2_000)
        painted(page)
    assert served.asked.count("stations.json") == 2
    page.locator("[data-layer=stations] input").uncheck()
    before = len(served.asked)
    page.clock.run_for(6_000)
    assert len(served.asked) == before
    expect(page.locator("[data-live]")).to_be_hidden()


@thorough
def test_a_tab_that_is_not_seen_asks_for_nothing(page: Page, portal: str) -> None:
    served = Served(page, {STATION: station()})
    at_noon(page)
    open_map(page, portal, view=SEEN)
    turn = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(turn, True)
    before = len(served.asked)
    page.clock.run_for(8_000)
    painted(page)
    assert len(served.asked) == before
    served.put(state=ALARM)
    page.evaluate(turn, False)
    expect(legend(page)).to_have_text(["stan alarmowy"])


HISTORY_SIZE = 97


def history() -> Document:
    """Warning for a day, then alarm for a day; 100 cm at first, and half a centimetre more every half hour."""
    times = [moment(NOON - timedelta(minutes=30 * (96 - index))) for index in range(HISTORY_SIZE)]
    states = [0 if index < 48 else 1 for index in range(HISTORY_SIZE)]
    values = [100 + index / 2 for index in range(HISTORY_SIZE)]
    row = {"states": states, "values": values, "fresh": [0] * HISTORY_SIZE, "marks": [0] * HISTORY_SIZE}
    return {
        "kind": "stations",
        "times": times,
        "stations": {STATION: row},
        "grades": [WARNING, ALARM],
        "fresh": ["live"],
        "marks": [[]],
    }


@pytest.mark.parametrize("width", THREE_WIDTHS)
@thorough
def test_the_last_48_hours_are_moved_through_by_keyboard_and_played(
    page: Page, portal: str, watch: Watch, width: int
) -> None:
    served = Served(page, {STATION: station(state=ALARM)})
    served.history = history()
    at_noon(page)
    open_map(page, portal, view=SEEN, width=width)
    page.get_by_role("button", name="Ostatnie 48 godzin").press("Enter")
    slider = page.get_by_role("slider", name="Chwila pokazana na mapie")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "pon., 2 marca 13:00")  # Noon in UTC, in winter.
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "sob., 28 lutego 13:00")
    expect(legend(page)).to_have_text(["stan ostrzegawczy"])
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-live-moment]")).to_have_text("sob., 28 lutego 13:30")
    expect(page.locator("[data-live-status]")).to_have_text("Spojrzenie wstecz")
    drawn(page)
    assert widths(page, RED) == [] and len(widths(page, ORANGE)) > 8
    slider.fill("46")
    page.get_by_role("button", name="Odtwórz").press("Enter")
    page.clock.run_for(4_000)  # Half the speed for visitors who asked for little motion: a step a second.
    assert 49 <= int(slider.input_value()) <= 51
    page.get_by_role("button", name="Wstrzymaj").click()
    expect(legend(page)).to_have_text(["stan alarmowy"])
    expect(said(page)).to_be_empty()  # What was is no news.
    for scheme in looks():
        page.emulate_media(color_scheme=scheme)
        painted(page)
        no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Wróć do teraz").click()
    expect(slider).to_be_hidden()
    expect(page.get_by_role("button", name="Ostatnie 48 godzin")).to_be_focused()
    expect(page.locator("[data-live-status]")).to_have_text("Wartości na żywo")
    assert watch.complaints == []


def looks() -> tuple[Literal["dark", "light"], ...]:
    return ("dark", "light")


def air(name: str, east: float, north: float = 0, **given: Any) -> Document:
    """A station of air so many degrees from the market square."""
    measured: dict[str, Any] = {
        "property": {"pl": "pył zawieszony PM10", "en": "PM10"},
        "unit": "µg/m³",
        "value": 41.0,
    }
    good = grade("good", "dobry", "good", "#b0dd10", "square")
    return station(name, type="air", state=good, lon=LON + east, lat=LAT + north, **measured | given)


@pytest.mark.parametrize("width", THREE_WIDTHS)
@thorough
def test_the_address_search_leads_to_the_nearest_air_with_distance_and_age(
    page: Page, portal: str, watch: Watch, width: int
) -> None:
    # On the ellipsoid a degree of latitude is 111,248 m here, and one of longitude 70,373 m.
    stations = {"a": air("Daleko", 0.02), STATION: air("Blisko", 0, 0.001), "c": station("Silnica")}
    Served(page, stations)
    at_noon(page)
    open_map(page, portal, view=f"{VIEW}&layers=roads", width=width)
    search = page.locator("[data-search-input]")
    search.fill("szkola zrodlana")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    search.press("Enter")
    page.get_by_role("button", name="Powietrze w pobliżu tego miejsca").press("Enter")
    panel = page.locator("[data-tool-panel]")
    expect(panel.get_by_text("Najbliższe stacje od: Szkoła Żródlana")).to_be_focused()
    rows = panel.locator("ol li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(
        re.compile(r"Blisko\s*1[01]0\u00a0m.*dobry.*PM10.*41\u00a0µg/m³.*3 min temu.*dane zmyślone")
    )
    expect(rows.last).to_contain_text(re.compile(r"Daleko\s*1,4\u00a0km"))
    for scheme in looks():
        page.emulate_media(color_scheme=scheme)
        painted(page)
        no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    rows.first.get_by_role("button", name="Blisko").press("Enter")
    expect(page.locator("[data-card]")).to_be_focused()
    expect(page.locator("[data-card]")).to_contain_text("41\u00a0µg/m³")
    assert watch.complaints == []
