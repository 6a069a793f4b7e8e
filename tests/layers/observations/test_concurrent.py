"""Several writers of one datastream at once: the result of one after the other, and readers see whole batches."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from layers.errors import DraftRefused
from layers.observations.decisions import exclude
from layers.observations.feed import last_seq
from layers.observations.models import Batch, Datastream, Exclusion, HourlyRollup, LatestValue, Observation, Revision
from layers.store.edits import Editor
from tests.layers.observations.streams import START, observations, store, stored, stream

pytestmark = pytest.mark.django_db(transaction=True)
HOURS = {at: float(at) for at in range(0, 600, 10)}


def test_two_imports_and_a_listener_give_the_result_of_one_after_the_other():
    level = stream(interval_s=600, lowest=0)
    before = last_seq()

    def write(values: dict[int, float], batches: int) -> None:
        minutes = list(values)
        size = len(minutes) // batches
        for start in range(0, len(minutes), size):
            store(observations(level, {at: values[at] for at in minutes[start : start + size]}))
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        for one in [pool.submit(write, HOURS, n) for n in (1, 2, 10)]:
            one.result()
    assert stored(level) == HOURS
    assert not Revision.objects.exists()
    assert [one.count for one in HourlyRollup.objects.filter(datastream=level)] == [6] * 10
    assert LatestValue.objects.get(datastream=level).value == 590.0
    since = Batch.objects.filter(stored_seq__gt=before).order_by("stored_seq")
    numbers = list(since.values_list("stored_seq", flat=True))
    assert numbers == list(range(before + 1, before + 14))
    counts = [one.counts for one in since]
    assert sum(one.get("new", 0) for one in counts) == 60
    assert sum(one.get("unchanged", 0) for one in counts) == 120


def test_readers_see_a_batch_as_a_whole():
    level = stream()
    done = threading.Event()
    seen: set[int] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(Observation.objects.filter(datastream=level).count())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        for start in (0, 10_000, 20_000):
            store(observations(level, {start + at: 1.0 for at in range(500)}))
        done.set()
        reader.result()
    assert seen <= {0, 500, 1000, 1500}


def test_of_editors_who_exclude_a_period_at_once_one_does_and_none_waits_for_an_import():
    level = stream()

    def decide(account: str) -> bool:
        try:
            exclude(level, START, None, Editor(account, note="x"))
        except DraftRefused:
            return False
        finally:
            connection.close()
        return True

    with transaction.atomic():
        Datastream.objects.select_for_update(no_key=True).get(pk=level.pk)  # as an import that is at work
        with ThreadPoolExecutor(4) as pool:
            decided = list(pool.map(decide, "abcd", timeout=30))
    assert sorted(decided) == [False, False, False, True]
    assert Exclusion.objects.count() == 1
