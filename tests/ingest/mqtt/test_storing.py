"""The listener's run of the day: rolled back once it is over, faults of one message, writers at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg2.errors
import pytest
from django.db import OperationalError, connection
from django.utils.timezone import now
from psycopg2.errorcodes import OUT_OF_MEMORY

from ingest.mqtt import storing
from ingest.mqtt.messages import Message, Reader
from ingest.mqtt.storing import store
from layers.errors import RollbackRefused
from layers.observations.models import Datastream, HourlyRollup, Observation, Revision
from layers.observations.writing import write
from layers.runs.models import Rejection, Run
from layers.store.rollback import rollback_run
from tests.layers.observations import streams
from tests.layers.observations.streams import START, observations, stored, stream

pytestmark = pytest.mark.django_db


def messages(of: Datastream, values: dict[int, Any]) -> list[Message]:
    topic = f"v1.1/Datastreams({of.pk})/Observations"
    return [
        Message(
            topic,
            json.dumps({"result": value, "phenomenonTime": (START + timedelta(minutes=at)).isoformat()}).encode(),
            now(),
        )
        for at, value in values.items()
    ]


def reader() -> Reader:
    return Reader((), lambda user, key: True)


def test_the_run_of_today_is_not_rolled_back_and_that_of_yesterday_is():
    level = stream()
    store(messages(level, {0: 1.0, 10: 2.0}), reader())
    run = Run.objects.get(source="mqtt")
    with pytest.raises(RollbackRefused, match="still grows"):
        rollback_run(run.pk)
    assert stored(level) == {0: 1.0, 10: 2.0}
    run.parameters["day"] = (now() - timedelta(days=2)).date().isoformat()
    run.save(update_fields=["parameters"])
    rollback_run(run.pk)
    assert stored(level) == {}
    store(messages(level, {20: 3.0}), reader())
    assert Run.objects.filter(source="mqtt", kind="ingest").count() == 2
    assert stored(level) == {20: 3.0}


def test_a_message_that_the_database_refuses_costs_itself_only(monkeypatch):
    level = stream()
    whole = write

    def refusing(run: Run, arrived: Any, *, each: bool) -> Any:
        if 13.0 in arrived.values:
            raise ValueError("a fault that nobody foresaw")
        return whole(run, arrived, each=each)

    monkeypatch.setattr(storing, "write", refusing)
    found = store(messages(level, {at: float(at) for at in range(20)}), reader())
    assert [one.reason for one in found if one.outcome != "new"] == ["value_unusable"]
    assert stored(level) == {at: float(at) for at in range(20) if at != 13}
    assert "nobody foresaw" in Rejection.objects.get().message
    run = Run.objects.get(source="mqtt")
    assert (run.read, run.stored, run.rejected) == (20, 19, 1)


class TooManyLocks(psycopg2.errors.OutOfMemory):
    """As the server raises it: "out of shared memory"."""

    pgcode = OUT_OF_MEMORY


def test_a_batch_that_is_too_much_for_the_database_is_stored_in_halves(monkeypatch):
    """Else the listener would try the same batch for ever, and nothing else would be stored."""
    level, whole, sizes = stream(), write, []

    def refusing(run: Run, arrived: Any, *, each: bool) -> Any:
        sizes.append(len(arrived))
        if len(arrived) > 2:
            raise OperationalError("out of shared memory") from TooManyLocks("out of shared memory")
        return whole(run, arrived, each=each)

    monkeypatch.setattr(storing, "write", refusing)
    values = {minute: float(minute) for minute in range(0, 50, 10)}
    assert [one.outcome for one in store(messages(level, values), reader())] == ["new"] * 5
    assert stored(level) == values
    assert sizes == [5, 2, 3, 1, 2]


def test_a_database_that_is_away_is_no_fault_of_a_message(monkeypatch):
    level = stream()

    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(storing, "write", away)
    with pytest.raises(OperationalError):
        store(messages(level, {0: 1.0}), reader())
    assert not Rejection.objects.exists() and not Run.objects.filter(source="mqtt").exists()


def test_rejections_of_a_day_are_counted_and_so_many_are_listed(monkeypatch):
    monkeypatch.setattr(storing, "KEPT_REJECTIONS", 3)
    level = stream()
    for _ in range(2):
        store(messages(level, {0: "x", 1: "x"}), reader())
    assert Run.objects.get(source="mqtt").rejected == 4
    assert Run.objects.get(source="mqtt").details["reasons"] == {"no_number": 4}
    assert Rejection.objects.count() == 3


def test_a_rejected_message_of_an_alarm_is_recorded_under_its_layer():
    alarm = stream("co", "home")
    alarm.thing.kind = "alarms"
    alarm.thing.save(update_fields=["kind"])
    (message,) = messages(alarm, {0: "x"})
    broken = Message(message.topic, b"{", now())
    store([message, broken], reader())
    assert set(Rejection.objects.values_list("kind", flat=True)) == {"alarms"}


@pytest.mark.django_db(transaction=True)
def test_two_imports_and_a_listener_at_once_give_the_result_of_one_after_the_other():
    level = stream(interval_s=600, lowest=0)
    hours = {at: float(at) for at in range(0, 600, 10)}

    def bring() -> None:
        streams.store(observations(level, hours))
        connection.close()

    def listen() -> None:
        minutes = list(hours)
        for start in range(0, 60, 5):
            store(messages(level, {at: hours[at] for at in minutes[start : start + 5]}), reader())
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        for one in [pool.submit(work) for work in (bring, listen, bring)]:
            one.result()
    assert stored(level) == hours
    assert Observation.objects.count() == 60 and not Revision.objects.exists()
    assert [one.count for one in HourlyRollup.objects.filter(datastream=level)] == [6] * 10
    run = Run.objects.get(source="mqtt")
    assert (run.read, run.stored + run.unchanged) == (60, 60)
