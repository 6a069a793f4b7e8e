"""Messages while listener, database and broker are killed: each acknowledged one is stored exactly once.

The long drills take their number of messages from MQTT_DRILL_MESSAGES (20,000), as in
`MQTT_DRILL_MESSAGES=200000 scripts/test tests/geoportal/broker/test_drill.py -k killed -s`.
"""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.utils.timezone import now

from geoportal.accounts.tokens import new_token
from layers.observations.models import Datastream, Observation, Revision
from layers.runs.models import Run
from tests.drills import environment
from tests.geoportal.broker.brokers import TestBroker, a_broker
from tests.geoportal.broker.drill import Gateway, Processes
from tests.geoportal.logins import account
from tests.ingest.throwaway import Database, kill_hard, new_database, throwaway_cluster, until
from tests.layers.observations.streams import stream
from tests.scripts.conftest import Installation

MESSAGES = int(os.environ.get("MQTT_DRILL_MESSAGES", "20000"))
SECONDS = float(os.environ.get("DRILL_SECONDS", "900"))
STREAMS = 20
PREPARE = f"""
from datetime import timedelta
from django.utils.timezone import now
from geoportal.accounts.tokens import new_token
from tests.geoportal.logins import account
from tests.layers.observations.streams import stream
keys = [stream(f"s{{n}}").pk for n in range({STREAMS})]
_, secret = new_token(account("editors"), "x", ["sensors"], now() + timedelta(days=1), datastreams=keys)
print(*keys, _.broker_user, secret)
"""


class OnTestDatabase(Database):
    """The database of this test, for commands that it starts."""

    def __init__(self) -> None:
        super().__init__(Installation(Path("/nonexistent"), 0), str(connection.settings_dict["NAME"]))

    @property
    def environment(self) -> dict[str, str]:
        return environment()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that Mosquitto's account can enter."""
    made = Path(tempfile.mkdtemp(prefix="drill-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def terminate_listeners_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.django_db(transaction=True)
def test_a_killed_listener_and_lost_connections_lose_nothing_and_store_nothing_twice(folder):
    count = 600
    with a_broker() as broker:
        keys, login = prepared(broker)
        processes = Processes(OnTestDatabase(), folder, BROKER_DIR=str(broker.place.folder))
        broker.listen(0)
        gateway = Gateway((broker.write, broker.read), login, keys)
        try:
            processes.start("listen_mqtt")
            gateway.publish(range(200))
            until(lambda: Observation.objects.exists(), SECONDS, "the listener stores")
            gateway.publish(range(200, 400))
            processes.kill("listen_mqtt")
            gateway.publish(range(400, 500))
            until(lambda: Observation.objects.filter(value__gte=400).exists(), SECONDS, "the next one stores")
            terminate_listeners_session()
            gateway.publish(range(500, count))
            until(lambda: Observation.objects.count() >= count, SECONDS, "all are stored")
        finally:
            gateway.close()
            processes.end()
    assert gateway.acknowledged == set(range(count))
    assert set(Observation.objects.values_list("value", flat=True)) == set(range(count))
    assert Observation.objects.count() == count
    assert not Revision.objects.exists()
    run = Run.objects.get(source="mqtt")
    assert (run.status, run.stored, run.rejected) == ("committed", count, 0)


def prepared(broker: TestBroker) -> tuple[list[int], tuple[str, str]]:
    keys = [stream(f"s{n}").pk for n in range(3)]
    token, secret = new_token(account("editors"), "x", ["sensors"], now() + timedelta(days=1), datastreams=keys)
    broker.broker.refresh()
    assert Datastream.objects.count() == 3
    return keys, (token.broker_user, secret)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Installation]:
    with throwaway_cluster() as made:
        yield made


def gateway_of(database: Database, processes: Processes) -> Gateway:
    """Broker and listener of a prepared database started, and a gateway that they know."""
    *keys, user, secret = database.manage("shell", "-v0", "-c", PREPARE).split()
    processes.start("run_broker")
    ports = processes.await_broker()
    processes.start("listen_mqtt")
    return Gateway(ports, (user, secret), [int(key) for key in keys])


def rows(database: Database) -> int:
    return int(database.one("SELECT count(*) FROM layers_observation"))


def reached(database: Database, count: int) -> bool:
    return rows(database) >= count


def acknowledged(gateway: Gateway, count: int) -> bool:
    return len(gateway.acknowledged) >= count


def assert_each_once(database: Database, count: int) -> None:
    """Each number is stored once, at its own second, and was never corrected."""
    wrong = "SELECT count(*) FROM layers_observation WHERE value <> extract(epoch FROM starts_at - '2026-01-01Z')"
    assert database.one("SELECT count(DISTINCT value) FROM layers_observation") == count == rows(database)
    assert database.one(wrong) == 0
    assert database.one("SELECT count(*) FROM layers_revision") == 0
    assert database.one("SELECT stored FROM layers_run WHERE source = 'mqtt'") == count


@pytest.mark.thorough
def test_each_acknowledged_message_is_stored_once_while_listener_and_database_are_killed(cluster, folder, capsys):
    database = new_database(cluster, "killed_listener")
    processes = Processes(database, folder)
    gateway = gateway_of(database, processes)
    began = time.monotonic()
    sending = threading.Thread(target=gateway.publish, args=[range(MESSAGES)], daemon=True)
    try:
        sending.start()
        for turn in range(1, 5):
            until(partial(reached, database, MESSAGES * turn // 6), SECONDS, f"part {turn} is stored")
            if turn % 2:
                processes.kill("listen_mqtt")
            else:
                kill_hard(cluster.postmaster())
                time.sleep(1.0)
                cluster.run("cluster", "start")
        sending.join(SECONDS)
        until(lambda: rows(database) >= MESSAGES, SECONDS, "all are stored")
    finally:
        gateway.close()
        processes.end()
    assert gateway.acknowledged == set(range(MESSAGES))
    assert_each_once(database, MESSAGES)
    with capsys.disabled():
        read = database.one("SELECT read FROM layers_run WHERE source = 'mqtt'")
        seconds = time.monotonic() - began
        print(f"\n{MESSAGES} messages in {seconds:.0f} s, {read - MESSAGES} of them came twice")  # noqa: T201


@pytest.mark.thorough
def test_what_a_killed_broker_lost_is_resent_and_stored_once(cluster, folder, capsys):
    database = new_database(cluster, "killed_broker")
    processes = Processes(database, folder)
    gateway = gateway_of(database, processes)
    everything = range(MESSAGES)
    sending = threading.Thread(target=gateway.publish, args=[everything], kwargs={"confirm": True}, daemon=True)
    try:
        sending.start()
        for turn in (1, 2):
            until(partial(acknowledged, gateway, MESSAGES * turn // 3), SECONDS, f"part {turn} is acknowledged")
            kill_hard(processes.mosquitto())
            processes.running["run_broker"].communicate(timeout=60)
            processes.start("run_broker")
        sending.join(SECONDS)
        steady(lambda: rows(database), 25.0)  # broker and listener may need as long to be back
        lost = len(gateway.acknowledged) - rows(database)
        for _ in range(20):
            left = [number for number in everything if number not in gateway.confirmed]
            if not left:
                break
            gateway.publish(left, confirm=True)
            steady(lambda: len(gateway.confirmed))
    finally:
        gateway.close()
        processes.end()
    assert gateway.confirmed.keys() == set(everything)
    assert set(gateway.confirmed.values()) <= {"new", "unchanged"}
    assert_each_once(database, MESSAGES)
    with capsys.disabled():
        text = f"{MESSAGES} messages, the broker killed twice: {lost} acknowledged ones lost without sending again"
        print(f"\n{text}")  # noqa: T201


def steady(number: Callable[[], int], seconds: float = 5.0) -> None:
    """Wait until a number has not changed for so long."""

    last, since = number(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.5)
        if (found := number()) != last:
            last, since = found, time.monotonic()
