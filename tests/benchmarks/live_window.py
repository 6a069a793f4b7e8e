"""The document of many datastreams that have many values of three days, made at once and after some more, for
`bench_live`."""

import time

import numpy as np
from django.conf import settings
from django.utils.timezone import now
from numpy.typing import NDArray

from geoportal.live.document import LONGEST_REST, LiveDocument
from layers.crs import storage_point
from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.feed import number_batches
from layers.observations.live.windows import MEMORY, utc
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.observations.writing import write
from layers.store.writer import writing
from tests.benchmarks import setting
from tests.benchmarks.report import Report

STREAMS = 2_000
AT_ONCE = 100
"""Datastreams that are filled in one transaction."""
OF_A_THING = 4
UNITS = {"level": "cm", "tilt": "mm/m", "litter_moisture": "%", "temperature": "°C"}
NEW = 200
"""New values of a second."""
FLOODED = 10
"""One gauge in so many was over its warning level within the three days."""


def add_figures(report: Report, scale: float, values: int) -> None:
    """Seconds that the document takes with all values in the window, and after new ones."""
    streams = max(round(STREAMS * scale), 2 * AT_ONCE)
    keys = _declared(streams)
    for first in range(0, len(keys), AT_ONCE):
        _store(keys[first : first + AT_ONCE], values)
    settings.LIVE_SECONDS = 0.0
    document = LiveDocument(kind_of("stations"))
    began = setting.timed(lambda: document.answer(None))
    print(f"{streams} datastreams with {values} values each: the first document after {began:.2f} s")
    report.add(f"first document, {streams} datastreams of {values} values, s", began)
    steps = []
    for turn in range(5):
        time.sleep(LONGEST_REST)
        _store(np.roll(keys, turn * NEW)[:NEW], 1)
        steps.append(setting.timed(lambda: document.answer(None)))
    report.add(f"document after {NEW} new values, s", setting.median(steps), at_most=0.5)


def _declared(number: int) -> NDArray[np.int32]:
    specs = [_spec(n) for n in range(number)]
    with writing(setting.new_run()) as writer:
        return np.array([one.pk for one in declare(writer, specs)], np.int32)


def _spec(n: int) -> StreamSpec:
    at = n // OF_A_THING
    code = list(UNITS)[n % OF_A_THING]
    place = storage_point(20.60 + 0.001 * (at % 40), 50.86 + 0.001 * (at // 40))
    thresholds = {"warning": 120 if at % FLOODED == 0 else 150, "alarm": 170}
    return StreamSpec(
        ThingSpec(f"bench/{at}", f"Station {at}", geometry=place),
        PropertySpec(code, code),
        SensorSpec("bench", "Bench"),
        code,
        code,
        Unit(UNITS[code], UNITS[code]),
        interval_s=600,
        properties={"thresholds": thresholds} if code == "level" else {},
    )


def _store(keys: NDArray[np.int32], values: int) -> None:
    """Store so many values in each datastream, evenly over the three days until now."""
    end, step = utc(now()), np.timedelta64(MEMORY) // values
    starts = np.tile(end - step * np.arange(values)[::-1], len(keys)).astype("datetime64[us]")
    turn = starts.astype(np.int64) / np.timedelta64(MEMORY).astype("timedelta64[us]").astype(np.int64)
    levels = np.round(100 + 30 * np.sin(2 * np.pi * turn), 1)
    with writing(setting.new_run()) as writer:
        write(writer.run, Observations(np.repeat(keys, values), starts, starts, levels))
        number_batches(writer.run)
