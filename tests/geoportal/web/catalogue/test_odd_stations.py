"""Stations that nobody expected: no values, one, all excluded, huge and tiny numbers, clocks ahead, equal names."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from layers.errors import BadObservation
from layers.observations.decisions import exclude
from layers.observations.documents import number_of
from layers.observations.models import Datastream
from layers.store.edits import Editor
from tests.layers.observations.streams import START, observations, store, stored, stream
from tests.layers.observations.test_placing import placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
HIGHEST = 1e100
PAGES = (
    "/catalogue/stations/stations/{station}/",
    "/catalogue/stations/stations/{thing}/?range=30d&statistic=hourly&lang=en",
    "/catalogue/stations/stations/{thing}/?range=year&statistic=daily",
    "/catalogue/stations/series/{key}/",
    "/catalogue/stations/compare/",
    "/catalogue/stations/compare/?by=years&lang=en",
    "/catalogue/stations/sensors/",
    "/catalogue/stations/sensors.csv",
    "/catalogue/stations/table/",
    "/catalogue/stations/",
    "/live/stations/chart.csv?series={key}&range=7d",
    "/live/stations/chart.csv?series={key}&range=year&statistic=daily",
)
DOCUMENTS = (
    "/live/stations.json",
    "/live/stations/last-48-hours.json",
    "/live/stations/chart.json?series={key}&range=7d",
    "/live/stations/chart.json?series={key}&range=30d&statistic=hourly",
    "/live/stations/chart.json?series={key}&range=year&statistic=daily",
    "/live/stations/chart.json?series={key}&year=2026&year=2025",
)


def ago(minutes: float) -> int:
    return int((now() - START).total_seconds() // 60 - minutes)


def made(values: dict[float, float], **fields: Any) -> Datastream:
    """A water level with values at so many minutes before now."""
    placed(station_type="river", standing="test")
    level = stream(interval_s=600, **fields)
    if values:
        store(observations(level, {ago(at): value for at, value in values.items()}))
    return level


def all_excluded() -> Datastream:
    level = made({30: 1.0, 20: 2.0, 10: 3.0})
    exclude(level, now() - timedelta(days=2), None, Editor("anna", note="lód"))
    return level


def of_equal_names() -> Datastream:
    placed("bobrza", station_type="river")
    store(observations(stream(thing="bobrza", interval_s=600), {ago(10): 5.0}))
    level = made({10: 4.0})
    type(level.thing).objects.update(name="Wodowskaz")
    return level


def closed() -> Datastream:
    placed(standing="ended")
    level = stream(interval_s=600)
    store(observations(level, {ago(60 * 24 * 200): 4.0}))
    return level


ODD: dict[str, Callable[[], Datastream]] = {
    "no values": lambda: made({}),
    "one value": lambda: made({10: 150.0}),
    "all excluded": all_excluded,
    "all outside the range": lambda: made({20: 900.0, 10: 901.0}, highest=500.0),
    "enormous": lambda: made({15: HIGHEST, 10: HIGHEST, 5: -HIGHEST}),
    "tiny": lambda: made({15: 5e-324, 10: 1e-9}),
    "negative": lambda: made({15: -5.5, 10: -0.0}),
    "clock ahead": lambda: made({10: 1.0, -60 * 20: 2.0}),
    "only ahead": lambda: made({-60 * 20: 2.0}),
    "equal names": of_equal_names,
    "closed": closed,
    "decades": lambda: made({60 * 24 * 365 * years: 1.0 * years for years in range(1, 9)}),
}


def strict(content: bytes) -> Any:
    """JSON as browsers read it: without NaN and Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(content, parse_constant=refuse)


@pytest.mark.parametrize("odd", ODD)
def test_every_page_and_document_shows_an_odd_station(client: Client, odd: str):
    level = ODD[odd]()
    words = {"key": level.pk, "thing": level.thing_id, "station": level.thing.feature_id}
    for address in (*PAGES, *DOCUMENTS):
        answer = client.get(address.format(**words))
        assert answer.status_code == 200, (address, answer.content[:300])
        if address in DOCUMENTS:
            strict(answer.content)
            continue
        text = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
        assert not re.search(r"\b(nan|inf|None|Infinity)\b", text), address
        assert not re.search(r"\d{40}", text) or address.endswith(".csv") or ".csv?" in address, address


def test_a_value_ahead_of_the_clock_is_called_so(client: Client):
    made({-60 * 20: 2.0})
    page = client.get("/catalogue/stations/sensors/?lang=en").content.decode()
    assert "ahead of the clock" in page and "just now" not in page


def test_a_number_whose_sums_are_none_is_rejected():
    with pytest.raises(BadObservation, match="expected a finite number up to 1e\\+100"):
        number_of(1.7e308)
    level = made({10: 1.7e308})
    assert stored(level) == {}
