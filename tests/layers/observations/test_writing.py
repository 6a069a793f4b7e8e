"""Outcomes of stored observations, revisions, rollups, latest values and flags after each batch."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from layers.observations.columns import Observations
from layers.observations.feed import last_seq
from layers.observations.latest import latest_rows
from layers.observations.models import Batch, DailyRollup, HourlyRollup, LatestValue, Observation, Revision
from layers.observations.partitions import period_of
from layers.observations.quality import Flag
from tests.layers.observations.streams import START, flags, observations, store, stored, stream

pytestmark = pytest.mark.django_db


def counts(written) -> dict[str, int]:
    return {name: number for name, number in written.counts.items() if number}


def test_new_observations_are_stored_with_a_number_that_names_their_month():
    level = stream()
    assert counts(store(observations(level, {0: 262.0, 10: 264.0}))) == {"new": 2}
    assert stored(level) == {0: 262.0, 10: 264.0}
    for one in Observation.objects.filter(datastream=level):
        start, end = period_of(one.number)
        assert (start.year, start.month) == (2026, 1)
        assert start <= one.starts_at < end


def test_the_same_value_again_changes_nothing():
    level = stream()
    store(observations(level, {0: 262.0, 10: 264.0}))
    assert counts(store(observations(level, {0: 262.0, 10: 264.0, 20: 266.0}))) == {"unchanged": 2, "new": 1}
    assert not Revision.objects.exists()


def test_another_value_corrects_and_the_one_before_becomes_a_revision():
    level = stream()
    first = store(observations(level, {0: 262.0}))
    number = Observation.objects.get(datastream=level).number
    second = store(observations(level, {0: 263.0}))
    assert counts(second) == {"corrected": 1}
    assert stored(level) == {0: 263.0}
    revision = Revision.objects.get(datastream=level)
    assert (revision.value, revision.number) == (262.0, number)
    assert (revision.before, revision.changed_by, revision.after) == (first.batch, second.batch, second.batch)
    assert Observation.objects.get(datastream=level).number == number


def test_late_observations_are_stored_and_counted():
    level = stream()
    store(observations(level, {60: 262.0}))
    assert counts(store(observations(level, {0: 250.0, 70: 263.0}))) == {"new": 2, "late": 1}
    assert LatestValue.objects.get(datastream=level).value == 263.0


def test_a_delayed_message_does_not_win_over_its_correction():
    level = stream()
    store(observations(level, {0: 262.0}, made=30))
    assert counts(store(observations(level, {0: 999.0}, made=10))) == {"outdated": 1}
    assert counts(store(observations(level, {0: 261.0}, made=40))) == {"corrected": 1}
    assert stored(level) == {0: 261.0}


def test_an_instant_and_an_interval_from_the_same_moment_are_two_observations():
    level = stream()
    store(observations(level, {0: 1.0}))
    assert counts(store(observations(level, {0: 2.0}, length=60))) == {"new": 1}
    assert Observation.objects.filter(datastream=level).count() == 2


def test_a_batch_with_repeated_times_is_stored_as_if_they_came_one_by_one():
    level = stream()
    parts = [observations(level, {0: value}) for value in (5.0, 5.0, 6.0, 5.0)]

    def joined(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in parts])

    written = store(Observations(joined("datastream"), joined("starts"), joined("ends"), joined("values")), each=True)
    assert written.outcomes == ["new", "unchanged", "corrected", "corrected"]
    assert stored(level) == {0: 5.0}
    assert list(Revision.objects.order_by("id").values_list("value", flat=True)) == [5.0, 6.0]


def test_the_locks_of_a_batch_do_not_grow_with_the_repetitions_of_a_time():
    """A device with a stuck clock sends thousands; each lock stays to the end of the transaction."""
    level = stream()
    locks = []
    with transaction.atomic():
        for number in (2, 3000):
            moment = np.full(number, np.datetime64(START.replace(tzinfo=None), "us"))
            keys, values = np.full(number, level.pk, np.int32), np.arange(number, dtype=np.float64) % 3
            found = store(Observations(keys, moment, moment, values), each=True).outcomes
            assert set(found[1:]) == {"corrected"}
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")
                locks.append(cursor.fetchone()[0])
    assert locks[1] - locks[0] < 100  # of tables used the first time
    assert Revision.objects.count() == 1 + 3000
    assert stored(level) == {0: 2.0}


def test_what_cannot_be_stored_is_rejected_with_its_reason(settings):
    level = stream()
    tomorrow = int((now() - START).total_seconds() // 60) + 2 * 24 * 60
    wrong = observations(level, {0: float("nan"), 10: float("inf"), tomorrow: 1.0, 20: 1.0})
    wrong.ends[3] -= np.timedelta64(1, "s")
    written = store(wrong, each=True)
    assert written.outcomes == ["no_number", "no_number", "future", "backwards"]
    assert written.batch is None
    assert stored(level) == {}


def columns(of: Observations) -> list[Any]:
    return [of.datastream, of.starts, of.ends, of.values]


def test_nothing_is_added_to_a_datastream_that_was_just_ended():
    """A writer that waited for the lock of the run that ended it finds so."""
    level, other = stream(), stream("flow")
    type(level).objects.filter(pk=level.pk).update(ended_by=level.created_by)
    one, two = (observations(of, {0: 1.0}) for of in (level, other))
    both: Any = [np.concatenate(pair) for pair in zip(columns(one), columns(two), strict=True)]
    written = store(Observations(*both), each=True)
    assert written.outcomes == ["datastream", "new"]
    assert stored(level) == {} and stored(other) == {0: 1.0}


def test_raw_values_beyond_the_retention_of_their_class_are_rejected():
    from layers.city import city

    level = stream(retention="vibration")
    known = city()
    object.__setattr__(known, "retention_days", {"vibration": 30})
    try:
        old = now() - timedelta(days=31)
        minute = int((old - START).total_seconds() // 60)
        fresh = minute + 3 * 24 * 60
        written = store(observations(level, {minute: 1.0, fresh: 2.0}), each=True)
        assert written.outcomes == ["beyond", "new"]
    finally:
        object.__setattr__(known, "retention_days", {})


def test_batches_are_numbered_in_the_order_of_their_commits():
    before = last_seq()
    level = stream()
    first, second = store(observations(level, {0: 1.0})), store(observations(level, {1: 1.0}))
    assert first.batch
    assert second.batch
    numbers = Batch.objects.filter(pk__in=[first.batch.pk, second.batch.pk]).order_by("pk")
    assert [one.stored_seq for one in numbers] == [before + 1, before + 2]
    assert last_seq() == before + 2


def test_hours_and_days_are_rolled_up_again_after_late_and_corrected_values():
    level = stream(interval_s=600)
    store(observations(level, {at: float(at) for at in range(0, 60, 10)}))
    hour = HourlyRollup.objects.get(datastream=level)
    assert (hour.starts_at, hour.mean, hour.lowest, hour.highest, hour.count) == (START, 25.0, 0.0, 50.0, 6)
    assert hour.coverage == pytest.approx(1.0)
    store(observations(level, {0: 60.0, 65: 7.0}))
    hour, following = HourlyRollup.objects.filter(datastream=level).order_by("starts_at")
    assert (hour.mean, hour.lowest, hour.count) == (35.0, 10.0, 6)
    assert (following.mean, following.count) == (7.0, 1)
    assert following.coverage == pytest.approx(1 / 6)
    day = DailyRollup.objects.get(datastream=level)
    assert day.starts_at == START - timedelta(hours=1)  # midnight in Warsaw
    assert day.count == 7
    assert day.mean == pytest.approx((60 + 10 + 20 + 30 + 40 + 50 + 7) / 7)


def test_days_of_summer_time_have_23_and_25_hours():
    level = stream(interval_s=3600)
    march = int((START.replace(month=3, day=29) - START).total_seconds() // 60)
    hours = {march + 60 * at: 1.0 for at in range(-1, 24)}
    store(observations(level, hours))
    day = DailyRollup.objects.filter(datastream=level).order_by("starts_at").first()
    assert day is not None
    assert day.count == 23
    assert day.coverage == pytest.approx(1.0)


def test_a_day_in_the_zone_of_the_datastream():
    level = stream(interval_s=86400, day_zone="Etc/GMT-1")
    july = int((START.replace(month=7) - START).total_seconds() // 60) - 60
    store(observations(level, {july: 30.0}, length=24 * 60))
    day = DailyRollup.objects.get(datastream=level)
    assert (day.starts_at, day.mean, day.coverage) == (START.replace(month=7) - timedelta(hours=1), 30.0, 1.0)
    assert not HourlyRollup.objects.exists()


def test_values_outside_the_physical_range_are_stored_flagged_and_not_rolled_up():
    level = stream(lowest=0, highest=700)
    assert counts(store(observations(level, {0: -999.0, 10: 5.0}))) == {"new": 2, "flagged": 1}
    assert flags(level) == {0: Flag.RANGE}
    hour = HourlyRollup.objects.get(datastream=level)
    assert (hour.mean, hour.count, hour.flagged) == (5.0, 1, 1)


def test_the_hour_before_counts_its_last_value_once_a_later_one_makes_it_a_spike():
    level = stream(spike=30.0, interval_s=600)
    store(observations(level, {40: 100.0, 50: 200.0}))
    assert HourlyRollup.objects.get(datastream=level).flagged == 0
    store(observations(level, {60: 100.0}))
    assert flags(level) == {50: Flag.SPIKE}
    hours = HourlyRollup.objects.filter(datastream=level).order_by("starts_at")
    assert [one.flagged for one in hours] == [1, 0]
    assert DailyRollup.objects.get(datastream=level).flagged == 1


def test_latest_rows_are_those_of_the_wanted_datastreams_in_order():
    level, alarm, other = stream(lowest=0.0), stream("alarm", observation_type="category"), stream("other")
    store(observations(level, {0: 1.0, 10: -5.0}))
    store(observations(other, {20: 3.0}))
    opened = observations(alarm, {0: float("nan")})
    store(Observations(opened.datastream, opened.starts, opened.ends, opened.values, results=[{"state": "open"}]))
    rows = latest_rows([other.pk, level.pk])
    assert rows.keys.datastream.tolist() == [level.pk, other.pk]
    assert (rows.values.tolist(), rows.flags.tolist()) == ([-5.0, 3.0], [Flag.RANGE, 0])
    assert rows.keys.starts[1] == np.datetime64(START.replace(tzinfo=None) + timedelta(minutes=20))
    everything = latest_rows()
    assert np.isnan(everything.values[everything.keys.datastream == alarm.pk]).all()


CONTROLLED: dict[str, Any] = {
    "lowest": 0.0,
    "highest": 700.0,
    "step": 50.0,
    "spike": 30.0,
    "stuck": 3,
    "interval_s": 600,
}
SERIES = {0: 100.0, 10: 100.0, 20: 140.0, 30: 100.0, 40: 200.0, 50: 200.0, 60: 200.0, 70: -5.0, 80: 201.0, 200: 300.0}
EXPECTED = {20: Flag.SPIKE, 40: Flag.STEP, 60: Flag.STUCK, 70: Flag.RANGE}


@pytest.mark.parametrize(
    "order", [range(10), range(9, -1, -1), (5, 0, 9, 1, 8, 2, 7, 3, 6, 4)], ids=["time", "back", "mixed"]
)
@pytest.mark.parametrize("size", [1, 3, 10])
def test_flags_do_not_depend_on_the_order_of_arrival(order, size):
    level = stream(**CONTROLLED)
    minutes = [list(SERIES)[at] for at in order]
    for start in range(0, 10, size):
        store(observations(level, {at: SERIES[at] for at in minutes[start : start + size]}))
    assert flags(level) == EXPECTED


def test_a_corrected_value_is_judged_again():
    level = stream(**CONTROLLED)
    store(observations(level, SERIES))
    store(observations(level, {20: 101.0, 70: 202.0}))
    assert flags(level) == {40: Flag.STEP, 60: Flag.STUCK}
