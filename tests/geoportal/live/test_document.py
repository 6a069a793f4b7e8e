"""A document that is refreshed from change to change, and a page that polls it, show what a plain reading has."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoportal.live import document
from geoportal.live.document import LiveDocument
from geoportal.live.texts import station
from layers.errors import DraftRefused, RollbackRefused
from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.decisions import exclude, withdraw_exclusion
from layers.observations.live import following
from layers.observations.live.judging import station_state
from layers.observations.live.windows import MEMORY, stations
from layers.observations.models import Datastream, Exclusion, Observation
from layers.observations.replacing import remove_observations
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.runs.models import Run
from layers.store.edits import Editor
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.layers.observations.streams import new_run, store
from tests.layers.observations.test_placing import KIELCE, storage
from tests.tiers import examples

pytestmark = pytest.mark.django_db
ANNA = Editor("anna", note="lód na sondzie")
BEGIN = datetime.fromisoformat("2026-01-20T12:00:00+00:00")
KIND = "stations"
MEASURED: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    ("level", "cm", 600, {"thresholds": {"warning": 20, "alarm": 30}}),
    ("PM10", "µg/m³", 3600, {}),
    ("co", "ppm", 600, {}),
    ("tilt", "mm/m", 600, {}),
)
VALUES: dict[str, list[float]] = {
    "level": [5.0, 14.9, 15.0, 19.9, 20.0, 24.9, 25.0, 29.0, 30.0, 40.0, 999.0],
    "PM10": [5.0, 30.0, 120.0, 999.0],
    "co": [0.0, 49.0, 50.0, 120.0, 300.0],
    "tilt": [0.5, 3.0, 999.0],
}
Declared = Callable[[], list[Datastream]]


def declared(station_code: str = "bobrza") -> list[Datastream]:
    """A station that measures something for each rule."""
    thing = ThingSpec(station_code, station_code, geometry=storage(*KIELCE))
    specs = [
        StreamSpec(
            thing, PropertySpec(code, code), SensorSpec(code, code), code, code, Unit(unit, unit),
            interval_s=interval_s, properties=properties, highest=900.0, stuck=3,
        )
        for code, unit, interval_s, properties in MEASURED
    ]  # fmt: skip
    with writing(new_run()) as writer:
        return declare(writer, specs)


def put(stream: Datastream, at: datetime, values: dict[int, float]) -> Run:
    """Store values by tens of minutes before a moment (hours for air) at which they start; returns the run."""
    length = timedelta(seconds=3600 if stream.code == "PM10" else 0)
    step = timedelta(minutes=60 if stream.code == "PM10" else 10)
    moments = [np.datetime64((at - length - back * step).replace(tzinfo=None), "us") for back in values]
    starts: Any = np.array(moments, "datetime64[us]")
    keys = np.full(len(starts), stream.pk, np.int32)
    run = new_run()
    store(Observations(keys, starts, starts + np.timedelta64(length), np.array(list(values.values()), float)), run)
    return run


class City:
    """A clock, the document, and the page of a watcher who polls it."""

    def __init__(self) -> None:
        self.at = BEGIN
        self.streams = declared()
        self.runs: list[int] = []
        self.document = LiveDocument(kind_of(KIND))
        self.seq: int | None = None
        self.page: dict[str, Any] = {}

    def advance(self, tens: int) -> None:
        """Let time pass: after a minute a document judges all stations."""
        self.at += timedelta(minutes=10 * tens)
        self.document._whole_at = float("-inf")

    def poll(self) -> None:
        """What a watcher does every two seconds."""
        body = self.document.answer(self.seq)
        if body is not None:
            found = orjson.loads(body.plain)
            self.seq = found["seq"]
            self.page |= found["stations"]

    def plain(self) -> dict[str, Any]:
        """All stations from all values of MEMORY."""
        found = [station_state(one, self.at) for one in stations(kind_of(KIND), self.at - MEMORY, self.at)]
        return orjson.loads(orjson.dumps({str(one.station.feature): station(one) for one in found}))


@pytest.fixture
def clock(monkeypatch, settings) -> Callable[[City], None]:
    """Gives a city's clock to the document, which looks each time and reads everything at the beginning only."""
    settings.LIVE_SECONDS = 0.0
    monkeypatch.setattr(document, "LEISURE", 0.0)
    monkeypatch.setattr(following, "DESCRIBED_SECONDS", 0.0)
    monkeypatch.setattr(following, "ANEW", timedelta.max)
    monkeypatch.setattr(following, "IDLE", timedelta.max)

    def shown_by(city: City) -> None:
        monkeypatch.setattr(document, "now", lambda: city.at)

    return shown_by


BACK = st.one_of(st.integers(-2, 12), st.integers(0, 480))
"""Tens of minutes (or hours) before now: late values, repeated ones, some that lie ahead."""
STORED = st.tuples(
    st.just("store"), st.integers(0, 3), st.dictionaries(BACK, st.integers(0, 20), min_size=1, max_size=6)
)
CHANGES = st.one_of(
    STORED,
    STORED,
    st.tuples(st.just("advance"), st.sampled_from([1, 1, 6, 40, 440])),
    st.tuples(st.just("roll back"), st.integers(0, 9)),
    st.tuples(st.just("remove"), st.integers(0, 3), st.integers(0, 30)),
    st.tuples(st.just("exclude"), st.integers(0, 3), BACK, st.one_of(st.none(), st.integers(1, 30))),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("threshold"), st.sampled_from([15, 20, 25])),
)


def apply(city: City, change: tuple[Any, ...]) -> None:
    """Let one thing happen; what is refused has not happened."""
    what, *of = change
    with suppress(DraftRefused, RollbackRefused), transaction.atomic():
        if what == "store":
            chosen = VALUES[city.streams[of[0]].code]
            values = {back: chosen[place % len(chosen)] for back, place in of[1].items()}
            city.runs.append(put(city.streams[of[0]], city.at, values).pk)
        elif what == "advance":
            city.advance(of[0])
        elif what == "roll back" and city.runs:
            city.runs.append(rollback_run(city.runs[of[0] % len(city.runs)]).pk)
        elif what == "remove":
            _remove(city, *of)
        elif what == "exclude":
            since = city.at - timedelta(minutes=10 * of[1])
            until = since + timedelta(minutes=10 * of[2]) if of[2] else None
            exclude(city.streams[of[0]], since, until, ANNA)
        elif what == "withdraw" and (found := list(Exclusion.objects.filter(ended_by=None).order_by("pk"))):
            withdraw_exclusion(found[of[0] % len(found)], ANNA)
        elif what == "threshold":
            thresholds = {"thresholds": {"warning": of[0], "alarm": 30}}
            Datastream.objects.filter(pk=city.streams[0].pk).update(properties=thresholds)


def _remove(city: City, stream: int, place: int) -> None:
    keys = list(Observation.objects.filter(datastream=city.streams[stream]).values_list("pk", flat=True))
    if keys:
        run = new_run()
        with writing(run):
            remove_observations(run, Observation.objects.filter(pk=sorted(keys)[-1 - place % len(keys)]))
        city.runs.append(run.pk)


@settings(
    max_examples=examples(80),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(st.lists(CHANGES, min_size=1, max_size=7))
def test_late_corrected_removed_rolled_back_and_excluded_values_are_shown_as_a_plain_reading_has_them(
    clock: Callable[[City], None], changes: list[tuple[Any, ...]]
) -> None:
    with transaction.atomic():
        city = City()
        clock(city)
        city.poll()
        for one in changes:
            apply(city, one)
            city.poll()
            assert city.page == city.plain()
        fresh = LiveDocument(kind_of(KIND)).answer(None)
        assert fresh is not None and orjson.loads(fresh.plain)["stations"] == city.page
        transaction.set_rollback(True)
