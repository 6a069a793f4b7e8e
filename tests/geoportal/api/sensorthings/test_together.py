"""Several clients at once: each on a connection of its own, with committed data."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from layers.kinds import kind_of
from layers.observations.models import Datastream, Location, Observation, Revision, Thing
from tests.databases import restored
from tests.geoportal.api.sensorthings.conftest import Network, store_network, token

CLIENTS = 4


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Any:
    """The network, committed; what the test commits is removed after it."""
    with django_db_blocker.unblock(), restored():
        yield store_network()


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results of calls that begin together."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(at: int) -> None:
        try:
            barrier.wait(30)
            results[at] = calls[at]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return results


def request(secret: str, method: str, path: str, document: Any = None) -> Callable[[], Any]:
    client = Client()

    def call() -> Any:
        body = "" if document is None else json.dumps(document)
        headers = {"Authorization": f"Bearer {secret}"}
        return client.generic(method, f"/sta/v1.1/{path}", body, "application/json", headers=headers)

    return call


def test_the_same_observation_from_several_clients_is_stored_once(committed: Network) -> None:
    document = {"phenomenonTime": "2026-02-01T00:00:00Z", "result": 5}
    secrets = [token(group) for group in ("editors", "admins")] * (CLIENTS // 2)
    path = f"Datastreams({committed.level})/Observations"
    answers = at_once([request(secret, "POST", path, document) for secret in secrets])
    assert [one.status_code for one in answers] == [201] * CLIENTS
    assert len({one["Location"] for one in answers}) == 1
    assert Observation.objects.filter(datastream=committed.level, value=5).count() == 1
    assert not Revision.objects.exists()


@pytest.mark.thorough
def test_a_thing_that_ends_while_observations_arrive_hides_what_was_stored(committed: Network) -> None:
    secret = token("editors")
    path = f"Datastreams({committed.level})/Observations"
    posts = [
        request(secret, "POST", path, {"phenomenonTime": f"2026-02-01T00:0{at}:00Z", "result": at}) for at in range(4)
    ]
    answers = at_once([*posts, request(secret, "DELETE", f"Things({committed.silnica})")])
    assert answers[-1].status_code == 200
    stored = [one for one in answers[:-1] if one.status_code == 201]
    assert all(one.status_code in (201, 400, 404) for one in answers[:-1]), [one.content for one in answers]
    assert Datastream.objects.get(pk=committed.level).ended_by is not None
    ended = Thing.objects.get(pk=committed.silnica).ended_by
    assert ended is not None and ended.status == "committed"
    assert Observation.objects.filter(datastream=committed.level).count() == 6 + len(stored)
    assert Client().get(f"/sta/v1.1/{path}").status_code == 404


@pytest.mark.thorough
def test_two_changes_of_the_state_that_both_read_leave_one(committed: Network) -> None:
    secret = token("editors")
    path = f"Things({committed.silnica})"
    tag = Client().get(f"/sta/v1.1/{path}")["ETag"]

    def change(text: str) -> Callable[[], Any]:
        client = Client()
        headers = {"Authorization": f"Bearer {secret}", "If-Match": tag}
        body = json.dumps({"description": text})
        return lambda: client.generic("PATCH", f"/sta/v1.1/{path}", body, "application/json", headers=headers)

    answers = at_once([change("a"), change("b")])
    assert sorted(one.status_code for one in answers) == [200, 412]


@pytest.mark.thorough
def test_sensors_of_one_name_are_created_side_by_side(committed: Network) -> None:
    secret = token("editors")
    sensor = {"name": "twin", "description": "d", "encodingType": "text/html", "metadata": "x"}
    answers = at_once([request(secret, "POST", "Sensors", sensor) for _ in range(CLIENTS)])
    assert [one.status_code for one in answers] == [201] * CLIENTS
    assert len({one["Location"] for one in answers}) == CLIENTS


def test_a_location_waits_for_its_thing_without_stopping_others(committed: Network) -> None:
    """Else a change of the Thing, which locks the Thing first, and one of its Location would wait for each other."""
    secret = token("editors")
    (place,) = Thing.objects.get(pk=committed.silnica).locations.values_list("pk", flat=True)
    moved = {"location": {"type": "Point", "coordinates": [20.62, 50.87]}}
    answers: list[Any] = []
    change = request(secret, "PATCH", f"Locations({place})", moved)

    def run() -> None:
        answers.append(change())
        connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        Thing.objects.select_for_update().get(pk=committed.silnica)
        thread.start()
        await_waiting()
        assert Location.objects.select_for_update(nowait=True).get(pk=place)
    thread.join(30)
    assert [one.status_code for one in answers] == [200]


def test_a_thing_that_came_to_a_location_and_goes_on_does_not_end_with_it(committed: Network) -> None:
    """DELETE of a location waits for the Things that came to it meanwhile, too."""
    place, other = (Thing.objects.get(pk=one).locations.get().pk for one in (committed.silnica, committed.bobrza))
    answers: list[Any] = []
    locked, released = threading.Event(), threading.Event()

    def arrive() -> None:
        with transaction.atomic():
            Location.objects.select_for_update(no_key=True).get(pk=place)
            locked.set()
            released.wait(30)
            Thing.objects.get(pk=committed.bobrza).locations.set([place])

    delete = request(token("editors"), "DELETE", f"Locations({place})")
    arriving, deleting = closing(arrive), closing(lambda: answers.append(delete()))
    arriving.start()
    assert locked.wait(30)
    with transaction.atomic():
        bobrza = Thing.objects.select_for_update(no_key=True).get(pk=committed.bobrza)
        deleting.start()
        await_waiting()
        released.set()
        arriving.join(30)
        deleting.join(1)
        bobrza.locations.set([other])
    deleting.join(30)
    assert [one.status_code for one in answers] == [200]
    bobrza.refresh_from_db()
    feature = str(bobrza.feature_id)
    rows = kind_of("stations").model._default_manager.filter(feature_id=feature, recorded_to=None)
    assert (rows.count(), bobrza.unplaced) == (1, "")


def closing(call: Callable[[], Any]) -> threading.Thread:
    """A thread that closes its connection at its end."""

    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    return threading.Thread(target=run)


def await_waiting() -> None:
    """Wait until another session waits for a lock."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("no session waits for a lock")
