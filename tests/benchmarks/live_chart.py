"""The chart of a year of hours for `bench_live`: three pollutants of a station of the simulated network."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.utils.timezone import now
from playwright.sync_api import Browser

from ingest.sensors.simulated.network import instruments
from layers.crs import storage_point
from layers.observations.columns import Observations
from layers.observations.models import Datastream
from layers.observations.streams import declare
from layers.observations.writing import write
from layers.store.writer import writing
from tests.benchmarks import setting
from tests.benchmarks.browsing import DESK

STATION, POLLUTANTS = "demo/air-herby", ("PM10", "PM2.5", "NO2")
DAYS, HOURS = 365, 8760
WATCH = """
new MutationObserver(() => {
  const frame = document.querySelector("[data-chart-frame]");
  if (frame?.dataset.state === "drawn") window.drawnAt ??= performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-state"] });
"""
MEASURED = """() => {
  const [one] = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/chart.json"));
  return [window.drawnAt - one.startTime, one.responseEnd - one.startTime, one.encodedBodySize].map((n) => n / 1000);
}"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Seconds from the request of the values until they are drawn, until they are there, and their size in kB."""

    seconds: float
    answered: float
    size_kb: float


def a_year_of_hours() -> str:
    """Store the year of the three pollutants until yesterday; returns the path and query of their chart."""
    network = [one for one in instruments(storage_point) if one.stream.thing.code == STATION]
    pollutants = [one for one in network if one.quantity.code in POLLUTANTS]
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    begin, end = midnight - timedelta(days=DAYS + 1), midnight + timedelta(days=1)
    with writing(setting.new_run()) as writer:
        declared = declare(writer, [one.stream for one in pollutants])
        for one, stream in zip(pollutants, declared, strict=True):
            starts = one.starts(begin, min(end, now()))
            keys = np.full(len(starts), stream.pk, np.int32)
            write(writer.run, Observations(keys, starts, one.ends(starts), one.values(starts)))
    last = midnight.date() - timedelta(days=1)
    return _address(declared, last - timedelta(days=DAYS - 1), last)


def _address(streams: list[Datastream], first: date, last: date) -> str:
    thing = streams[0].thing
    thing.refresh_from_db()
    series = "&".join(f"series={one.pk}" for one in streams)
    return f"/catalogue/stations/stations/{thing.feature_id}/?{series}&from={first}&to={last}"


def visit(browser: Browser, address: str) -> Drawn:
    """What a browser that knows nothing of the page sees of the chart."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.add_init_script(WATCH)
    with page.expect_response(lambda answer: "/chart.json" in answer.url) as answered:
        page.goto(address)
    lengths = [len(one["values"]) for one in answered.value.json()["series"]]
    assert lengths == [HOURS] * len(POLLUTANTS), lengths
    page.wait_for_function("window.drawnAt", timeout=60_000)
    measured = page.evaluate(MEASURED)
    context.close()
    return Drawn(*measured)
