"""A flood wave comes over MQTT: devices, broker, listener, store, live document, and the gauge on the open map."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import rasterio
from django.db import connections
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from geoportal.broker.simulation import Device, Gateway, Message, devices, gateway_token, messages
from ingest.pipeline import Order, ingest
from layers.observations.models import Datastream, Thing
from tests.browser.conftest import Watch
from tests.browser.map_page import drawn, no_faults, open_map, thorough
from tests.geoportal.broker.brokers import TestBroker, a_broker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.own_city,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]
ALARM = (0xB3, 0x26, 0x1E)
"""The colour of the alarm state, whose shape is a hexagon: widest in its middle, a point above and below."""
SECONDS = 5.0


@pytest.fixture(scope="module")
def network(portal: str, django_db_blocker: DjangoDbBlocker) -> list[Device]:
    """The gauges of the synthetic network, with a day of history until midnight."""
    with django_db_blocker.unblock():
        today = datetime.now(UTC).date()
        ingest(Order("demo_sensors", options={"days": "1", "until": today.isoformat()}))
        return [one for one in devices() if one.instrument.quantity.code == "level"]


@pytest.fixture(scope="module")
def broker(portal: str, django_db_blocker: DjangoDbBlocker) -> Iterator[TestBroker]:
    """A running Mosquitto."""
    with django_db_blocker.unblock(), a_broker() as made:
        yield made


@contextmanager
def listening(broker: TestBroker, number: int) -> Iterator[None]:
    """The portal's listener stores so many messages beside the test."""

    def listen() -> None:
        try:
            broker.listen(number)
        finally:
            connections.close_all()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def level(message: Message) -> float:
    return float(json.loads(message.payload)["result"])


def rows(page: Page) -> list[int]:
    """How many pixels of the alarm's colour each row of the map's middle has, rows without any left out."""
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    picture = page.screenshot(clip={"x": x - 30, "y": y - 30, "width": 60, "height": 60})
    with rasterio.MemoryFile(picture) as file, file.open() as image:
        near = np.abs(image.read((1, 2, 3)).astype(int) - np.array(ALARM)[:, None, None]) <= 8
    return [int(count) for count in near.all(axis=0).sum(axis=1) if count]


@pytest.mark.parametrize(
    ("width", "gauge", "warning_cm", "rain_minutes"),
    [(1440, "silnica-centrum", 130, 40), (1024, "silnica-pakosz", 120, 50), (390, "bobrza-bialogon", 180, 60)],
)
@thorough
def test_a_flood_wave_reaches_the_gauge_on_the_open_map_within_five_seconds(
    page: Page,
    portal: str,
    watch: Watch,
    network: list[Device],
    broker: TestBroker,
    width: int,
    gauge: str,
    warning_cm: int,
    rain_minutes: int,
) -> None:
    thing = Thing.objects.get(code=f"demo/{gauge}")
    key = Datastream.objects.get(thing=thing, code="level").pk
    now = datetime.now(UTC)
    gauges = [one for one in network if one.key == key]
    found = messages(gauges, now - timedelta(hours=6), now, "flood", now - timedelta(minutes=rain_minutes))
    calm = [one for one in found if level(one) < warning_cm]
    wave = found[len(calm) :]
    assert calm and level(wave[-1]) > level(wave[0])
    gateway = Gateway(broker.write, *gateway_token(network))
    broker.broker.refresh()
    broker.listen(0)
    try:
        with listening(broker, len(calm)):
            assert gateway.send(calm, threading.Event())
        longitude, latitude = thing.locations.get().location["coordinates"]
        view = f"map=17.5/{latitude}/{longitude}&layers=stations"
        open_map(page, portal, view=view, width=width)
        said = page.locator("[data-live-said]")
        expect(said).to_be_empty()
        expect(page.locator("[data-shown=stations] [data-shown-live]")).to_contain_text("stan normalny")
        assert rows(page) == []
        with listening(broker, len(wave)):
            sent = time.monotonic()
            assert gateway.send(wave, threading.Event())
            expect(said).to_contain_text(f"{thing.name}: stan ", timeout=SECONDS * 1000)
            while len(rows(page)) < 10 and time.monotonic() - sent < SECONDS:
                page.wait_for_timeout(50)
            assert time.monotonic() - sent <= SECONDS
    finally:
        gateway.close()
    hexagon = rows(page)
    assert max(hexagon) in hexagon[4:-4] and hexagon[0] < max(hexagon) / 2 and hexagon[-1] < max(hexagon) / 2
    expect(said).to_have_text(re.compile(rf"{thing.name}: stan (ostrzegawczy|alarmowy), [\d,]+\u00a0cm"))
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator("[data-card]")
    expect(card).to_contain_text("Stan alarmowy", ignore_case=True)
    expect(card).to_contain_text(f"{level(wave[-1]):.1f}".replace(".0", "").replace(".", ",") + "\u00a0cm")
    expect(card).to_contain_text("dane zmyślone")
    drawn(page)
    no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert watch.complaints == []
