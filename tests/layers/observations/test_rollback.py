"""Rollback of runs that stored observations."""

import pytest

from layers.errors import RollbackRefused
from layers.observations.models import DailyRollup, Datastream, HourlyRollup, LatestValue, Observation, Thing
from layers.store.rollback import rollback_run
from tests.layers.observations.streams import new_run, observations, store, stored, stream

pytestmark = pytest.mark.django_db


def state() -> tuple:
    """Everything that readers see."""
    columns = ("datastream", "number", "starts_at", "ends_at", "value", "flags")
    return (
        list(Observation.objects.order_by("datastream", "starts_at").values_list(*columns)),
        list(HourlyRollup.objects.order_by("datastream", "starts_at").values_list("starts_at", "mean", "count")),
        list(DailyRollup.objects.order_by("datastream", "starts_at").values_list("starts_at", "mean", "count")),
        list(LatestValue.objects.order_by("datastream").values_list("datastream", "value", "starts_at")),
        list(Datastream.objects.filter(ended_by=None).order_by("pk").values_list("pk", flat=True)),
        list(Thing.objects.filter(ended_by=None).order_by("pk").values_list("pk", flat=True)),
    )


def test_new_values_go_corrected_ones_return_and_a_rollback_can_be_undone():
    level = stream(interval_s=600)
    store(observations(level, {0: 1.0, 10: 2.0}))
    before = state()
    run = new_run()
    store(observations(level, {10: 5.0, 20: 3.0}), run)
    after = state()
    undone = rollback_run(run.pk)
    assert state() == before
    assert undone.details["observations_removed"] == 1
    assert undone.details["observations_restored"] == 1
    again = rollback_run(undone.pk)
    assert state() == after
    rollback_run(again.pk)
    assert state() == before


def test_it_is_refused_where_a_later_run_corrected_until_that_is_undone():
    level = stream()
    first, second = new_run(), new_run()
    store(observations(level, {0: 1.0, 10: 2.0}), first)
    store(observations(level, {0: 9.0}), second)
    held = state()
    with pytest.raises(
        RollbackRefused, match=f"1 observations of run {first.pk} were changed by later runs: .*run {second.pk}"
    ):
        rollback_run(first.pk)
    assert state() == held
    rollback_run(second.pk)
    assert stored(level) == {0: 1.0, 10: 2.0}
    rollback_run(first.pk)
    assert stored(level) == {}


def test_a_run_that_corrected_itself_is_undone_to_the_state_before_it():
    level = stream()
    store(observations(level, {0: 1.0}))
    run = new_run()
    store(observations(level, {0: 2.0, 10: 2.0}), run)
    run.status = "running"
    store(observations(level, {0: 3.0, 10: 3.0}), run)
    rollback_run(run.pk)
    assert stored(level) == {0: 1.0}


def test_datastreams_of_an_undone_import_are_ended_and_taken_up_again_by_the_next():
    level = stream()
    assert level.created_by is not None
    rollback_run(level.created_by.pk)
    level.refresh_from_db()
    assert level.ended_by is not None
    assert stream().pk == level.pk
    level.refresh_from_db()
    assert level.ended_by is None
