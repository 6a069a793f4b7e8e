"""A document that is refreshed from change to change, and a page that polls it, show what a plain reading has."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import numpy as np
import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoportal.live import document
from geoportal.live.document import LiveDocument
from geoportal.live.texts import station
from layers.errors import DraftRefused, RollbackRefused
from layers.kinds import kind_of
from layers.observations.columns import Observations, aware
from layers.observations.decisions import exclude, withdraw_exclusion
from layers.observations.live import following
from layers.observations.live.judging import station_state
from layers.observations.live.windows import MEMORY, stations, values_since
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


def declared(station_code: str = "bobrza") -> list[Datastream]:
    """A datastream for each rule, that of the air at a station of its own, which its index decides."""
    things = {code: f"{station_code} air" if code == "PM10" else station_code for code, *_ in MEASURED}
    specs = [
        StreamSpec(
            ThingSpec(things[code], things[code], geometry=storage(*KIELCE)),
            PropertySpec(code, code),
            SensorSpec(code, code),
            code,
            code,
            Unit(unit, unit),
            interval_s=interval_s,
            properties=properties,
            highest=900.0,
            stuck=3,
        )
        for code, unit, interval_s, properties in MEASURED
    ]
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


@pytest.fixture
def city(clock: Callable[[City], None]) -> City:
    """A city whose document was asked for once."""
    made = City()
    clock(made)
    made.poll()
    return made


def shown(city: City) -> dict[str, Any]:
    """The first station on the page, by the datastream of its level."""
    (found,) = [one for one in city.page.values() if one["name"] == "bobrza"]
    return found["series"][0]


def test_only_what_is_touched_is_read(city: City) -> None:
    level = city.streams[0]
    put(level, city.at, dict.fromkeys(range(400), 25.0))
    city.poll()
    put(level, city.at, {-1: 26.0})
    city.advance(1)
    with CaptureQueriesContext(connection) as queries:
        city.poll()
    assert shown(city)["value"] == 26.0
    assert len(queries) == 7
    put(level, city.at, {-1: 27.0})
    with mock.patch.object(following, "values_since", wraps=values_since) as reading:
        city.poll()
    ((sinces, _),) = [one.args for one in reading.call_args_list]
    assert list(sinces) == [level.pk] and city.at - timedelta(minutes=1) <= aware(sinces[level.pk])


def test_values_that_no_rule_needs_are_not_held(city: City) -> None:
    for stream in city.streams:
        put(stream, city.at, dict.fromkeys(range(1, 400), 1.0))
    city.poll()
    put(city.streams[0], city.at, {0: 1.0})
    city.poll()
    held = {key: len(one.values) for key, one in city.document._live._held.items()}
    level, air, co, tilt = (one.pk for one in city.streams)
    assert held[level] == 19, "three hours and their beginning: the longest window of a rate"
    assert (held[co], held[tilt]) == (1, 1)
    assert held[air] == 3, "those that the index may show"


def test_a_removed_value_uncovers_one_that_was_no_longer_in_memory(city: City) -> None:
    """Of CO only the last value is in memory: when it goes, an earlier one has to be read."""
    co = city.streams[2]
    put(co, city.at, {8: 3.0, 5: 4.0})
    city.poll()
    put(co, city.at, {1: 5.0})
    city.poll()
    _remove(city, 2, 0)
    city.poll()
    assert city.page == city.plain()
    assert 4.0 in [one["value"] for page in city.page.values() for one in page["series"]]


def test_an_exclusion_of_a_datastream_that_ends_at_the_same_moment_breaks_nothing(city: City) -> None:
    put(city.streams[0], city.at, {1: 25.0})
    city.poll()
    exclude(city.streams[0], city.at - timedelta(hours=1), None, ANNA)
    Datastream.objects.filter(pk=city.streams[0].pk).update(ended_by=new_run())
    city.poll()
    assert all(city.page[key] == one for key, one in city.plain().items())


def test_a_late_value_at_the_alarm_level_before_those_in_memory_changes_the_state(city: City) -> None:
    level = city.streams[0]
    put(level, city.at, dict.fromkeys(range(0, 60), 18.0))
    city.poll()
    put(level, city.at, {70: 31.0})
    city.poll()
    assert city.page == city.plain()


def test_an_excluded_value_is_marked_on_an_open_page_without_a_new_value(city: City) -> None:
    put(city.streams[0], city.at, {1: 25.0, 0: 31.0})
    city.poll()
    assert shown(city)["state"]["code"] == "alarm"
    exclude(city.streams[0], city.at - timedelta(minutes=1), None, ANNA)
    city.poll()
    assert [one["code"] for one in shown(city)["marks"]] == ["excluded"]
    assert shown(city)["state"]["code"] == "warning"
    withdraw_exclusion(Exclusion.objects.get(), ANNA)
    city.poll()
    assert shown(city)["marks"] == [] and shown(city)["state"]["code"] == "alarm"


def test_a_value_that_lies_ahead_is_shown_when_its_time_comes(city: City) -> None:
    put(city.streams[0], city.at, {0: 10.0, -1: 31.0})
    city.poll()
    assert shown(city)["value"] == 10.0
    city.at += timedelta(minutes=10)
    city.poll()
    assert (shown(city)["value"], shown(city)["state"]["code"]) == (31.0, "alarm")


def test_a_new_station_comes_with_its_first_value_and_a_renamed_one_within_seconds(city: City, monkeypatch) -> None:
    monkeypatch.setattr(following, "DESCRIBED_SECONDS", 1000.0)
    other = declared("silnica")
    put(other[0], city.at, {0: 12.0})
    city.poll()
    assert sorted(one["name"] for one in city.page.values()) == ["bobrza", "bobrza air", "silnica", "silnica air"]
    with writing(new_run()) as writer:
        thing = ThingSpec("silnica", "Silnica 2", geometry=storage(*KIELCE))
        declare(writer, [], [thing])
    monkeypatch.setattr(following, "DESCRIBED_SECONDS", 0.0)
    city.poll()
    assert sorted(one["name"] for one in city.page.values()) == ["Silnica 2", "bobrza", "bobrza air", "silnica air"]


def test_a_page_that_another_process_brought_further_gets_nothing_until_this_one_is_there(city: City) -> None:
    put(city.streams[0], city.at, {0: 10.0})
    city.poll()
    assert city.seq is not None
    assert city.document.answer(city.seq + 3) is None
    whole = city.document.answer(city.seq + document.AHEAD + 1)
    assert whole is not None and orjson.loads(whole.plain)["whole"]


def test_who_comes_after_a_pause_gets_no_old_document(city: City, monkeypatch) -> None:
    put(city.streams[0], city.at, {0: 10.0})
    city.poll()
    asked, lock = [], city.document._lock
    monkeypatch.setattr(
        city.document, "_lock", mock.Mock(wraps=lock, acquire=lambda blocking: asked.append(blocking))
    )
    city.poll()
    city.document._checked -= document.OUTDATED_SECONDS
    monkeypatch.setattr(city.document, "_lock", lock)
    put(city.streams[0], city.at, {-1: 12.0})
    city.at += timedelta(minutes=10)
    city.poll()
    assert asked == [False] and shown(city)["value"] == 12.0


def test_a_process_rests_by_the_time_of_its_processor_but_not_for_long(city: City, monkeypatch) -> None:
    monkeypatch.setattr(document, "LEISURE", 1e9)
    put(city.streams[0], city.at, {0: 10.0})
    city.poll()
    put(city.streams[0], city.at, {-1: 12.0})
    city.at += timedelta(minutes=10)
    city.poll()
    assert shown(city)["value"] == 10.0, "it rests"
    assert city.document._rest_until <= time.monotonic() + document.LONGEST_REST
    city.document._rest_until = time.monotonic()
    city.poll()
    assert shown(city)["value"] == 12.0
