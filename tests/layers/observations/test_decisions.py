"""Decisions of editors: excluded periods and limits of quality control, as runs that can be rolled back."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from layers.errors import DraftRefused, RollbackRefused
from layers.observations.decisions import decisions, end_exclusion, exclude, set_limits, withdraw_exclusion
from layers.observations.models import Datastream, Exclusion, Thing
from layers.observations.selection import TABLES, is_excluded
from layers.runs.models import Run
from layers.store import editing
from layers.store.edits import Editor
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.layers.observations.streams import START, flags, new_run, observations, store, stream
from tests.layers.observations.test_placing import STATIONS, feature_of, placed

pytestmark = pytest.mark.django_db
ANNA = Editor("anna", note="lód na sondzie")


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def excluded(of: Datastream, statistic: str = "raw") -> list[int]:
    """The minutes after START at which rows that are excluded start."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT starts_at FROM {TABLES[statistic]} v WHERE datastream_id = %s AND {is_excluded(statistic)} "
            "ORDER BY 1",
            [of.pk],
        )
        return [int((moment - START).total_seconds() // 60) for (moment,) in cursor.fetchall()]


def faults(refused: pytest.ExceptionInfo[DraftRefused]) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in refused.value.faults]


def test_a_period_is_excluded_with_who_when_and_why_and_its_end_is_not_part_of_it():
    level = stream()
    store(observations(level, {0: 1.0, 10: 2.0, 20: 3.0}))
    run = exclude(level, at(10), at(20), ANNA)
    assert excluded(level) == [10]
    (made,) = level.exclusions.all()
    assert (made.reason, made.account, made.created_by) == ("lód na sondzie", "anna", run)
    assert (run.kind, run.account, run.status, run.stored) == ("edit", "anna", "committed", 1)
    assert run.parameters["note"] == "lód na sondzie"
    exclude(level, at(20), None, ANNA)
    assert excluded(level) == [10, 20], "two periods may touch, and one may have no end"


def test_every_figure_made_from_an_excluded_value_says_so():
    hour = stream("hour")
    store(observations(hour, {0: 1.0, 60: 2.0, 120: 3.0}, length=60))
    exclude(hour, at(90), at(95), ANNA)
    assert excluded(hour) == [60], "an interval is, where a part of it is"
    assert excluded(hour, "hourly") == [60]
    assert excluded(hour, "daily") == [-60], "the civil day of Warsaw, which began at 23:00 UTC"


def test_a_civil_day_of_25_hours_has_its_last_hour():
    level = stream()
    october = datetime.fromisoformat("2025-10-26T12:00:00+00:00")
    store(observations(level, {int((october - START).total_seconds() // 60): 1.0}))
    exclude(level, datetime.fromisoformat("2025-10-26T22:30:00+00:00"), None, ANNA)
    assert len(excluded(level, "daily")) == 1


def test_what_cannot_be_excluded_is_refused_with_one_fault_and_nothing_is_stored():
    level = stream()
    exclude(level, at(10), at(20), ANNA)
    cases = [
        ((at(5), at(5), ANNA), ("until", "reversed_period")),
        ((at(5), at(2), ANNA), ("until", "reversed_period")),
        ((at(0), at(11), ANNA), ("since", "overlaps")),
        ((at(19), None, ANNA), ("since", "overlaps")),
        ((at(0), None, ANNA), ("since", "overlaps")),
        ((at(30), None, Editor("anna", note="  ")), ("note", "no_reason")),
    ]
    for given, fault in cases:
        with pytest.raises(DraftRefused) as refused:
            exclude(level, *given)
        assert faults(refused) == [fault]
    assert Exclusion.objects.count() == Run.objects.filter(kind="edit").count() == 1


def test_an_exclusion_ends_is_withdrawn_and_each_decision_is_taken_back():
    level = stream()
    store(observations(level, {0: 1.0, 10: 2.0, 20: 3.0}))
    made = exclude(level, at(0), None, ANNA)
    (one,) = level.exclusions.all()
    ended = end_exclusion(one, at(10), Editor("jan", note="sonda wymieniona"))
    assert excluded(level) == [0]
    withdrawn = withdraw_exclusion(one, Editor("jan", note="pomyłka"))
    assert excluded(level) == [] and level.exclusions.count() == 1, "withdrawn, and still there"
    rollback_run(withdrawn.pk)
    assert excluded(level) == [0]
    rollback_run(ended.pk)
    assert excluded(level) == [0, 10, 20]
    back = rollback_run(made.pk)
    assert excluded(level) == []
    rollback_run(back.pk)
    assert excluded(level) == [0, 10, 20], "a rollback is rolled back"
    kinds = [run.kind for run in decisions(level)]
    assert kinds == [*["rollback"] * 3, *["edit"] * 3], "the rollback of a rollback decides nothing new"


def test_an_exclusion_does_not_come_back_over_another():
    level = stream()
    exclude(level, at(0), at(20), ANNA)
    (one,) = level.exclusions.all()
    withdrawn = withdraw_exclusion(one, ANNA)
    exclude(level, at(10), at(30), ANNA)
    with pytest.raises(RollbackRefused, match="overlaps with a later one"):
        rollback_run(withdrawn.pk)
    with pytest.raises(DraftRefused) as refused:
        withdraw_exclusion(one, ANNA)
    assert faults(refused) == [("", "withdrawn")]


def test_limits_hold_from_now_on_and_come_back_by_rollback():
    level = stream(lowest=0.0, highest=500.0)
    store(observations(level, {0: 400.0}))
    run = set_limits(level, {"highest": 300.0, "stuck": 3, "interval_s": 600}, ANNA)
    store(observations(level, {60: 400.0}))
    level.refresh_from_db()
    assert (level.highest, level.stuck, level.interval_s, level.lowest) == (300.0, 3, 600, 0.0)
    assert level.edited == ["highest", "interval_s", "stuck"]
    assert flags(level) == {60: 1}, "the flags stored before stay"
    rollback_run(run.pk)
    level.refresh_from_db()
    assert (level.highest, level.stuck, level.interval_s, level.edited) == (500.0, None, 0, [])


def test_an_import_leaves_alone_what_an_editor_set_until_that_is_taken_back():
    level = stream(lowest=0.0, highest=500.0)
    run = set_limits(level, {"highest": 300.0}, ANNA)
    stream(lowest=-5.0, highest=600.0, interval_s=60)
    level.refresh_from_db()
    assert (level.lowest, level.highest, level.interval_s) == (-5.0, 300.0, 60)
    rollback_run(run.pk)
    stream(lowest=-5.0, highest=600.0, interval_s=60)
    level.refresh_from_db()
    assert level.highest == 600.0


def test_limits_changed_later_are_not_rolled_back_beneath():
    level = stream(highest=500.0)
    first = set_limits(level, {"highest": 300.0}, ANNA)
    set_limits(level, {"highest": 200.0}, ANNA)
    with pytest.raises(RollbackRefused, match="was changed after run"):
        rollback_run(first.pk)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"lowest": 600.0}, ("highest", "reversed_range")),
        ({"highest": float("nan")}, ("highest", "out_of_range")),
        ({"highest": float("inf")}, ("highest", "out_of_range")),
        ({"step": -1.0}, ("step", "out_of_range")),
        ({"stuck": 1}, ("stuck", "out_of_range")),
        ({"stuck": 2.5}, ("stuck", "not_whole")),
        ({"interval_s": 10**10}, ("interval_s", "out_of_range")),
        ({"retention": 1}, ("retention", "unknown_field")),
        ({"highest": 500.0}, ("", "nothing_differs")),
    ],
)
def test_limits_that_make_no_sense_are_refused(values: dict[str, float], fault: tuple[str, str]):
    level = stream(highest=500.0)
    with pytest.raises(DraftRefused) as refused:
        set_limits(level, values, ANNA)
    assert faults(refused) == [fault]
    assert not Run.objects.filter(kind="edit").exists()


def test_the_reasons_go_with_an_erased_station():
    level = stream()
    thing = placed()
    run = exclude(level, at(0), None, Editor("anna", note="mieszkanie pani Nowak"))
    set_limits(level, {"highest": 300.0}, Editor("anna", note="u pani Nowak"))
    rollback_run(run.pk)
    with writing(new_run()) as writer:
        editing.erase(writer, STATIONS, feature_of(thing), "na wniosek")
    assert not Thing.objects.exists() and not Exclusion.objects.exists()
    assert "Nowak" not in str(list(Run.objects.values_list("parameters", "details", "message")))
