"""However observations arrive, late, corrected, rolled back or after all others: flags, statistics and latest values
are those that SQL computes at once from what is stored, and outcomes do not depend on the shorter way of new rows."""

from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.observations.columns import Observations
from layers.observations.models import DailyRollup, Datastream, HourlyRollup, LatestValue, Observation, Revision
from layers.store.rollback import rollback_run
from tests.layers.observations import recomputed
from tests.layers.observations.streams import START, new_run, store, stream
from tests.tiers import examples

pytestmark = pytest.mark.django_db
CHECKS = st.fixed_dictionaries(
    {
        "lowest": st.sampled_from([None, 0.0]),
        "highest": st.sampled_from([None, 9.0]),
        "step": st.sampled_from([None, 3.0]),
        "spike": st.sampled_from([None, 2.0]),
        "stuck": st.sampled_from([None, 1, 2, 4]),
        "interval_s": st.sampled_from([0, 600, 3600]),
        "day_zone": st.sampled_from(["", "Etc/GMT-1", "Asia/Kolkata", "America/St_Johns"]),
    }
)
VALUES = st.sampled_from([-1.0, 1.0, 1.0, 1.5, 2.0, 4.0, 5.0, 8.0, 20.0])


@dataclass(frozen=True)
class Arrival:
    """One observation: the place of its datastream, minutes after START, length in minutes, value."""

    place: int
    minute: int
    length: int
    value: float


@dataclass
class Chance:
    """A batch: arrivals around a moment that moves on, so that some follow all others and some are late."""

    begin: int
    arrivals: list[Arrival] = field(default_factory=list)


LENGTHS = st.sampled_from([0, 0, 0, 0, 60, 90, 1440, 3000])
BATCHES = st.lists(
    st.builds(
        Chance,
        st.sampled_from([0, 0, 0, 60, 1440, 44_000]),
        st.lists(
            st.builds(Arrival, st.integers(0, 1), st.integers(-3, 12).map(lambda n: 20 * n), LENGTHS, VALUES),
            min_size=1,
            max_size=12,
        ),
    ),
    min_size=1,
    max_size=5,
)


def columns(streams: list[Datastream], batch: Chance, now: int) -> Observations:
    begin = np.datetime64(START.replace(tzinfo=None), "us")
    starts: Any = begin + np.array([60_000_000 * (now + one.minute) for one in batch.arrivals], "timedelta64[us]")
    ends = starts + np.array([60_000_000 * one.length for one in batch.arrivals], "timedelta64[us]")
    keys = np.array([streams[one.place].pk for one in batch.arrivals], np.int32)
    return Observations(keys, starts, ends, np.array([one.value for one in batch.arrivals]))


def arrive(streams: list[Datastream], batches: list[Chance], undo: bool) -> list[Any]:
    """Store the batches one after the other, then undo the last where that is wanted; returns what was reported."""
    now, reported, runs = 0, [], []
    for batch in batches:
        runs.append(new_run())
        written = store(columns(streams, batch, now), runs[-1], each=True)
        reported.append((written.outcomes, dict(written.counts)))
        now += batch.begin + 100
    if undo:
        rollback_run(runs[-1].pk)
    return reported


def is_as_recomputed(of: Datastream) -> None:
    rows = Observation.objects.filter(datastream=of, value__isnull=False).order_by("starts_at", "ends_at")
    assert list(rows.values_list("starts_at", "ends_at", "flags")) == recomputed.flags(of)
    columns = ("starts_at", "mean", "lowest", "highest", "count", "flagged", "coverage")
    for model, unit in ((HourlyRollup, "hour"), (DailyRollup, "day")):
        held = model.objects.filter(datastream=of).order_by("starts_at").values_list(*columns)
        expected = recomputed.statistics(of, unit)
        assert [one[0] for one in held] == [one[0] for one in expected]
        for found, right in zip(held, expected, strict=True):
            assert list(found[1:]) == [one if one is None else pytest.approx(one, rel=1e-12) for one in right[1:]]
    last = LatestValue.objects.filter(datastream=of)
    assert list(last.values_list("starts_at", "ends_at", "number", "value", "flags")) == recomputed.latest(of)


def visible(of: Datastream) -> tuple[list[Any], list[Any]]:
    names = ("starts_at", "ends_at", "value", "flags")
    rows = Observation.objects.filter(datastream=of).order_by("starts_at", "ends_at").values_list(*names)
    return list(rows), list(Revision.objects.filter(datastream=of).order_by("id").values_list(*names))


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(checks=st.tuples(CHECKS, CHECKS), batches=BATCHES, undo=st.booleans())
def test_flags_statistics_and_latest_values_are_those_of_all_that_is_stored(checks, batches, undo):
    with transaction.atomic():
        short = [stream(f"short {at}", **fields) for at, fields in enumerate(checks)]
        long = [stream(f"long {at}", **fields) for at, fields in enumerate(checks)]
        reported = arrive(short, batches, undo)
        with mock.patch.object(Observations, "plain", False):
            assert arrive(long, batches, undo) == reported
        for one, other in zip(short, long, strict=True):
            is_as_recomputed(one)
            is_as_recomputed(other)
            assert visible(one) == visible(other)
        transaction.set_rollback(True)
