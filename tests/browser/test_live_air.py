"""A night of smog and a broken sensor, from the messages of devices to what people see of them."""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from geoportal.broker.simulation import Device, devices, messages
from ingest.mqtt.messages import Message, Reader
from ingest.mqtt.storing import Outcome, store
from ingest.pipeline import Order, ingest
from layers.observations.models import Thing
from tests.browser.conftest import Watch
from tests.browser.map_page import open_map, thorough
from tests.browser.test_live_map import legend, widths
from tests.browser.test_series import fits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.own_city,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]
HERBY, MARKET = "demo/air-herby", "demo/air-centrum"
VERY_BAD = (0x99, 0x00, 0x00)
NIGHT = {
    "PM10": (18.0, 41.5, 50.0, 76.0, 94.0, 117.5, 149.0, 165.0, 185.25, 160.0),
    "PM2.5": (11.0, 29.0, 33.0, 52.0, 71.0, 92.0, 108.0, 115.0, 131.0, 112.0),
    "NO2": (12.0, 24.0, 33.0, 36.0, 38.0, 39.0, 37.0, 33.0, 30.0, 28.0),
}
"""Means of ten hours, the last one first ended. By the bands of GIOŚ of June 2025 the worst pollutant of the hours is
very good, good twice, moderate, sufficient, bad twice, very bad three times (PM10 above 150, PM2.5 above 110)."""
HOURS = {"bardzo zły": 3, "zły": 2, "dostateczny": 1, "umiarkowany": 1, "dobry": 2, "bardzo dobry": 1}


@pytest.fixture(scope="module")
def network(portal: str, django_db_blocker: DjangoDbBlocker) -> list[Device]:
    """The stations of the synthetic network, with a day of history that ended two days ago."""
    with django_db_blocker.unblock():
        until = datetime.now(UTC).date() - timedelta(days=2)
        ingest(Order("demo_sensors", options={"days": "1", "until": until.isoformat()}))
        return devices()


def send(some: Sequence[tuple[str, str]]) -> None:
    """The portal gets these messages (topic and payload), and stores all of them, outside the test's transaction."""
    now = datetime.now(UTC)
    arrived = [Message(topic, payload.encode(), now) for topic, payload in some]

    def stored() -> list[Outcome]:
        try:
            return store(arrived, Reader((), lambda user, key: True))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as beside:
        outcomes = beside.submit(stored).result()
    assert {one.outcome for one in outcomes} <= {"new", "unchanged"}, {one.text for one in outcomes}


def of_station(network: list[Device], code: str, *quantities: str) -> dict[str, Device]:
    """The devices of a station by what they measure."""
    there = {one.instrument.quantity.code: one for one in network if one.instrument.stream.thing.code == code}
    return {quantity: there[quantity] for quantity in quantities}


def night(network: list[Device]) -> list[tuple[str, str]]:
    """The messages of NIGHT."""
    full = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    made = []
    for code, device in of_station(network, HERBY, *NIGHT).items():
        for hours, value in zip(range(len(NIGHT[code]), 0, -1), NIGHT[code], strict=True):
            begin, end = full - timedelta(hours=hours), full - timedelta(hours=hours - 1)
            time = f"{begin:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"
            payload = {"phenomenonTime": time, "result": value}
            made.append((f"v1.1/Datastreams({device.key})/Observations", json.dumps(payload)))
    return made


def page_of(thing: Thing, query: str = "") -> str:
    return f"/catalogue/stations/stations/{thing.feature_id}/{query}"


@thorough
def test_a_night_of_smog_is_seen_on_the_map_in_index_chart_and_table(
    page: Page, portal: str, watch: Watch, network: list[Device]
) -> None:
    thing = Thing.objects.get(code=HERBY)
    send(night(network))
    longitude, latitude = thing.locations.get().location["coordinates"]
    open_map(page, portal, view=f"map=17.5/{latitude}/{longitude}&layers=stations&pick=stations/{thing.feature_id}")
    expect(legend(page).first).to_have_text("jakość powietrza: bardzo zły")
    expect(page.locator("[data-card]")).to_contain_text("decyduje: PM10, PM2.5")
    assert len(widths(page, VERY_BAD)) > 8
    page.get_by_role("link", name="Strona stacji").click()
    state = page.locator(".station-state").first
    expect(state).to_contain_text(re.compile("bardzo zły.*PM10", re.DOTALL))
    row = page.locator(".station-now tr", has_text="PM10")
    expect(row).to_contain_text(re.compile("160\u00a0µg/m³.*bardzo zły", re.DOTALL))
    keys = of_station(network, HERBY, "PM10", "PM2.5").values()
    chosen = "&".join(f"series={one.key}" for one in keys)
    page.goto(f"{portal}{page_of(thing, f'?range=24h&{chosen}')}")
    expect(page.locator("[data-chart-frame][data-state=drawn]")).to_be_visible()
    words = page.locator("[data-chart-words]")
    expect(words).to_contain_text("największa 185,25\u00a0µg/m³")
    strip = page.locator(".chart-index", has_text="polski indeks jakości powietrza")
    counted = ", ".join(f"{name}: {hours}\u00a0h" for name, hours in HOURS.items())
    assert counted in strip.inner_text().replace(" h", "\u00a0h")
    coloured = strip.locator(f"rect[fill='#{bytes(VERY_BAD).hex()}']")
    assert float(coloured.get_attribute("width") or 0) == 3 * 3600
    page.locator("[data-chart-table] summary").click()
    expect(page.locator("[data-chart-table] tbody tr")).to_have_count(len(NIGHT["PM10"]))
    expect(page.locator("[data-chart-table] tbody tr").nth(8)).to_contain_text("185,25")
    page.goto(f"{portal}/catalogue/stations/table/?dataset=demo_sensors&feature={thing.feature_id}")
    row = page.locator("tbody tr", has_text=thing.name)
    expect(row).to_contain_text(re.compile("bardzo zły.*160\u00a0µg/m³", re.DOTALL))
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_broken_sensor_comes_to_the_board_stuck_and_then_out_of_range(
    page: Page, portal: str, watch: Watch, network: list[Device]
) -> None:
    full = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    broken = list(of_station(network, MARKET, "PM10").values())
    name = Thing.objects.get(code=MARKET).name

    begun = full - timedelta(hours=15, minutes=30)  # -999 comes after fourteen hours.

    def play(until: datetime) -> None:
        found = messages(broken, full - timedelta(hours=24), until, "broken", begun)
        send([(one.topic, one.payload) for one in found])

    play(full - timedelta(hours=1))
    page.goto(f"{portal}/catalogue/stations/")
    page.get_by_role("link", name="Tablica czujników").click()
    tabs = page.get_by_role("navigation", name="Które czujniki")
    tabs.get_by_role("link", name="Zacięte 1").click()
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(re.compile(f"{name}.*PM10.*nie zmienia się.*33,3\u00a0µg/m³", re.DOTALL))
    play(full)
    page.reload()
    expect(row).to_have_count(0)
    tabs.get_by_role("link", name="Z zastrzeżeniami 1").click()
    expect(row).to_contain_text(re.compile(f"{name}.*PM10.*poza możliwym zakresem.*-999", re.DOTALL))
    page.get_by_role("link", name=re.compile("PM10")).click()
    expect(page.locator("main")).to_contain_text("poza możliwym zakresem")
    assert watch.complaints == []


@thorough
@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_board_of_a_whole_network_fits_its_window_and_axe_finds_nothing(
    page: Page, portal: str, watch: Watch, network: list[Device], language: str
) -> None:
    page.goto(f"{portal}/catalogue/stations/sensors/?lang={language}")
    assert page.locator("tbody tr").count() > 40
    fits(page)
    assert watch.foreign == [] and watch.complaints == []
