"""Studies as jobs: queued with their run, one at a time, cancelled, queued again when their worker was killed."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.timezone import now
from django_tasks_db.models import DBTaskResult
from shapely import MultiPolygon, Polygon

from analysis.errors import BadParameter, ParameterForbidden, StudyBusy, TooManyRuns, UnknownResult
from analysis.results import PrivateFeature, PrivateResult
from analysis.running.private import promote
from analysis.running.result_rows import features_of
from analysis.running.runner import StudyOrder, order_of, run_study
from analysis.running.totals import totals
from analysis.studies import STUDIES
from analysis.tasks import changes_read, prune_results, queue_private, queue_standing, study_run
from layers.access.rules import ANONYMOUS, Access
from layers.feed.changes import Change, last_change
from layers.jobs.queue import cancel
from layers.jobs.recovery import mark_interrupted_runs
from layers.kinds import KINDS
from layers.record import Record
from layers.runs.models import Run
from layers.store.editing import erase
from layers.store.writer import Writer, writing
from layers.tasks import look_after_runs, prune_change_feed
from tests.databases import MadeOnce
from tests.drills import environment, killed_while_writing
from tests.factories import building, feature_id, load, new_run, point, square
from tests.scripts.conftest import ROOT

FLOOD = STUDIES["flood_exposure"]
DEARER = {"max_damage_residential_pln_m2": "5000"}


@MadeOnce
def store_town() -> None:
    """Houses enough for a study of a moment."""
    fill_town(12)


def fill_town(houses: int) -> None:
    """Houses of 100 m² with 3 residents in water of class 2 that comes once in 100 years."""
    built = [building(f"h{n}", 12 * n, use_class="residential", residents=3.0) for n in range(houses)]
    load("buildings", built)
    water = MultiPolygon([square(-50, -50, 400)])
    load("flood_zones", [Record("w", water, {"scenario": "p1", "depth_class": 2})])


@pytest.fixture
def town(transactional_db: None) -> None:
    store_town()


def work() -> None:
    """Let a worker do all that is queued."""
    call_command("db_worker", batch=True, queue_name="*", interval=0, startup_delay=False, verbosity=0)


def status(run: Run) -> str:
    return str(Run.objects.get(pk=run.pk).status)


def test_a_trial_is_a_run_before_anybody_gets_an_answer_and_a_result_afterwards(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    assert status(result.run) == "queued"
    assert PrivateResult.opened(result.token).summary == {}
    work()
    found = PrivateResult.finished(result.token)
    assert found.pk == result.pk
    # 12 houses x 100 m² x 5,000 zł x 0.45: between (1 m, 0.40) and (1.5 m, 0.50) at 1.25 m.
    assert found.summary["scenarios"]["p1"]["loss_pln"] == 2_700_000
    assert found.summary["scenarios"]["p1"]["people"] == 36
    assert len(features_of(found, KINDS["flood_exposure"])) == 12


def exposed(result: PrivateResult) -> set[str]:
    """Names of the houses in a result."""
    names = {str(feature_id(f"h{n}")): f"h{n}" for n in range(12)}
    return {names[row["source_id"]] for row in features_of(result, KINDS["flood_exposure"])}


def test_an_order_with_an_area_is_carried_out_in_it(town: None) -> None:
    """Houses are 10 m wide and 12 m apart: the area ends between the fourth and the fifth."""
    result = queue_private("flood_exposure", DEARER, ANONYMOUS, area=square(-5, -5, 52))
    work()
    found = PrivateResult.finished(result.token)
    assert found.run.details["scope"] == "area"
    assert exposed(found) == {"h0", "h1", "h2", "h3"}
    assert found.summary["scenarios"]["p1"]["buildings"] == 4
    assert found.run.parameters["max_damage_residential_pln_m2"] == 5000


def test_the_area_of_an_order_survives_an_interruption(town: None) -> None:
    result = queue_private("flood_exposure", {}, ANONYMOUS, area=square(-5, -5, 52))
    DBTaskResult.objects.all().delete()
    old = now() - timedelta(minutes=2)
    Run.objects.filter(pk=result.run.pk).update(status=Run.Status.RUNNING, heartbeat_at=old)
    look_after_runs.call()
    work()
    found = PrivateResult.finished(result.token)
    assert (found.run.attempt, found.run.details["scope"]) == (2, "area")
    assert exposed(found) == {"h0", "h1", "h2", "h3"}


def test_an_area_is_the_same_after_it_was_stored(town: None) -> None:
    area = Polygon([(7_474_000.123456789, 5_637_250.1), (7_474_100 / 3, 5_637_250.7), (7_474_050, 5_637_300 / 7)])
    result = queue_private("flood_exposure", {}, ANONYMOUS, area=area)
    order = order_of(Run.objects.get(pk=result.run.pk))
    assert order.area is not None and order.area.wkb == area.wkb


def test_a_trial_starts_from_the_published_parameters(town: None) -> None:
    first = queue_private("flood_exposure", DEARER, ANONYMOUS)
    work()
    promote(first.token)
    second = queue_private("flood_exposure", {"max_damage_industrial_pln_m2": "900"}, ANONYMOUS)
    assert second.run.parameters["max_damage_residential_pln_m2"] == 5000
    assert second.run.parameters["max_damage_industrial_pln_m2"] == 900


def test_what_only_planners_may_change_is_refused_to_others(town: None) -> None:
    with pytest.raises(ParameterForbidden):
        queue_private("flood_exposure", {"exposed_share": "0.5"}, ANONYMOUS)
    assert queue_private("flood_exposure", {"exposed_share": "0.5"}, Access("staff")).run.parameters[
        "exposed_share"
    ] == pytest.approx(0.5)


@pytest.mark.parametrize("value", ["", "much", "nan", "inf", "99", "50001"])
def test_a_value_that_makes_no_sense_queues_nothing(town: None, value: str) -> None:
    with pytest.raises(BadParameter):
        queue_private("flood_exposure", {"max_damage_residential_pln_m2": value}, ANONYMOUS)
    assert not Run.objects.filter(kind="study").exists()
    assert not DBTaskResult.objects.exists()


def test_one_trial_at_a_time(town: None) -> None:
    queue_private("flood_exposure", DEARER, ANONYMOUS)
    with pytest.raises(StudyBusy):
        queue_private("flood_exposure", DEARER, ANONYMOUS)
    work()
    queue_private("flood_exposure", DEARER, ANONYMOUS)


def test_of_two_who_ask_at_once_one_is_told_to_wait(town: None) -> None:
    said: list[str] = []
    both = threading.Barrier(2)

    def ask() -> None:
        both.wait()
        try:
            queue_private("flood_exposure", DEARER, ANONYMOUS)
            said.append("queued")
        except StudyBusy:
            said.append("busy")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["busy", "queued"]


def test_trials_in_an_hour_are_counted(town: None, settings: Any) -> None:
    settings.STUDY_TRIALS_PER_HOUR = 2
    for _ in range(2):
        queue_private("flood_exposure", DEARER, ANONYMOUS)
        work()
    with pytest.raises(TooManyRuns):
        queue_private("flood_exposure", DEARER, ANONYMOUS)
    Run.objects.filter(kind="study").update(created_at=now() - timedelta(minutes=61))
    queue_private("flood_exposure", DEARER, ANONYMOUS)


def test_a_waiting_trial_is_cancelled_at_once(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    cancel(result.run)
    assert status(result.run) == "cancelled"
    work()
    assert status(result.run) == "cancelled"
    with pytest.raises(UnknownResult):
        PrivateResult.finished(result.token)
    queue_private("flood_exposure", DEARER, ANONYMOUS)


def test_a_trial_cancelled_while_it_works_leaves_nothing(town: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("layers.jobs.monitor.BEAT_SECONDS", 0.05)
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)

    def ask_for_its_end() -> None:
        cancel(result.run)
        connection.close()

    def cancelled_meanwhile(*given: Any) -> Any:
        visitor = threading.Thread(target=ask_for_its_end)
        visitor.start()
        visitor.join()
        time.sleep(0.5)
        return FLOOD.compute(*given)

    monkeypatch.setitem(STUDIES, "flood_exposure", replace(FLOOD, compute=cancelled_meanwhile))
    work()
    assert status(result.run) == "cancelled"
    assert not PrivateFeature.objects.exists()


@pytest.mark.parametrize("private", [True, False])
def test_a_run_that_writes_its_result_blocks_neither_heartbeat_nor_recovery_nor_cancel(
    town: None, monkeypatch: Any, private: bool
) -> None:
    ready = queue_private("flood_exposure", DEARER, ANONYMOUS).run if private else queue_standing(FLOOD)
    assert ready is not None
    faults: list[Exception] = []

    def others() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
                cursor.execute("UPDATE layers_run SET heartbeat_at = now() - interval '1 hour'")
            assert mark_interrupted_runs() == 1
            Run.objects.filter(pk=ready.pk).update(status=Run.Status.RUNNING, heartbeat_at=now())
            cancel(ready)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    def look(self: Writer) -> None:
        thread = threading.Thread(target=others)
        thread.start()
        thread.join()
        finish(self)

    finish = Writer.finish
    monkeypatch.setattr(Writer, "finish", look)
    work()
    assert not faults
    assert status(ready) == "committed"


def erase_h0_and_publish(faults: list[Exception]) -> None:
    """What a clerk and the next standing run do, over a connection of their own; their faults are added to a list."""
    try:
        run = new_run("register", kind=Run.Kind.ERASE)
        with writing(run) as writer:
            erase(writer, KINDS["buildings"], feature_id("h0"), "asked for")
        run_study(StudyOrder("flood_exposure"))
    except Exception as fault:
        faults.append(fault)
    finally:
        connection.close()


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_house_erased_while_a_trial_runs_is_not_in_its_result(
    town: None, monkeypatch: Any, published: bool, when: str
) -> None:
    """Whether it is erased and removed from the results before the trial looks at the erasures, or after."""
    if published:
        run_study(StudyOrder("flood_exposure"))
    faults: list[Exception] = []
    others = threading.Thread(target=erase_h0_and_publish, args=[faults])

    def meanwhile(*given: Any) -> Any:
        found = FLOOD.compute(*given)
        if when == "before" and given[1]["max_damage_residential_pln_m2"] == 5000:
            others.start()
            others.join()
        return found

    def stored(*given: Any) -> Any:
        if when == "after":
            others.start()
            time.sleep(1)
        return totals(*given)

    monkeypatch.setitem(STUDIES, "flood_exposure", replace(FLOOD, compute=meanwhile))
    monkeypatch.setattr("analysis.running.private.totals", stored)
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    work()
    others.join()
    assert (faults, Run.objects.get(pk=result.run.pk).message) == ([], "")
    assert exposed(PrivateResult.finished(result.token)) == {f"h{n}" for n in range(1, 12)}


def test_a_failed_trial_says_why(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    load("flood_zones", [], mode="snapshot", allow_close=1.0)
    work()
    run = Run.objects.get(pk=result.run.pk)
    assert (run.status, "flood_zones" in run.message) == ("refused", True)


def test_a_standing_run_is_queued_when_the_city_changed_and_only_then(town: None) -> None:
    run = queue_standing(FLOOD)
    assert run is not None and run.mode == "standing"
    assert queue_standing(FLOOD) is None
    work()
    assert status(run) == "committed"
    assert queue_standing(FLOOD) is None
    load("bus_stops", [Record("s", square().centroid, {"name": "Rynek"})])
    assert queue_standing(FLOOD) is None
    load("buildings", [building("h0", use_class="residential", residents=5.0)])
    again = queue_standing(FLOOD)
    work()
    assert again is not None and status(again) == "committed"
    found = Run.objects.get(pk=again.pk).details
    assert (found["scope"], found["summary"]["scenarios"]["p1"]["people"]) == ("changes", 38)


def test_no_standing_run_without_the_layers_it_needs(transactional_db: None) -> None:
    assert queue_standing(FLOOD) is None


def test_a_standing_run_that_failed_waits_for_a_change(town: None) -> None:
    run = queue_standing(FLOOD)
    assert run is not None
    Run.objects.filter(pk=run.pk).update(status=Run.Status.FAILED)
    assert queue_standing(FLOOD) is None
    load("buildings", [building("new", 300)])
    assert queue_standing(FLOOD) is not None


def test_the_feed_is_pruned_behind_a_study_that_follows_it_and_never_before(town: None, settings: Any) -> None:
    settings.CHANGES_KEPT_DAYS = 1
    queue_standing(FLOOD)
    work()
    load("bus_stops", [point("s1"), point("s2")])
    concerns_nobody = last_change()
    assert (changes_read() or 0) < concerns_nobody
    assert queue_standing(FLOOD) is None
    assert changes_read() == concerns_nobody
    load("buildings", [building("new", 300)])
    Run.objects.update(created_at=now() - timedelta(days=2))
    assert prune_change_feed.call() == concerns_nobody
    assert [change.kind for change in Change.objects.all()] == ["buildings"]
    run = queue_standing(FLOOD)
    work()
    assert run is not None and Run.objects.get(pk=run.pk).details["scope"] == "changes"


@pytest.mark.parametrize("days", [0, -1])
def test_a_feed_is_not_pruned_without_a_day_that_is_retained(town: None, settings: Any, days: int) -> None:
    settings.CHANGES_KEPT_DAYS = days
    before = Change.objects.count()
    with pytest.raises(ValueError, match="CHANGES_KEPT_DAYS"):
        prune_change_feed.call()
    assert Change.objects.count() == before > 0


def test_the_scheduler_takes_up_a_job_whose_worker_died(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    DBTaskResult.objects.all().delete()
    old = now() - timedelta(minutes=2)
    Run.objects.filter(pk=result.run.pk).update(status=Run.Status.RUNNING, heartbeat_at=old)
    assert look_after_runs.call() >= 1
    assert Run.objects.values_list("status", "attempt").get(pk=result.run.pk) == ("queued", 2)
    work()
    assert PrivateResult.finished(result.token).run.status == "committed"


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_run_that_was_cancelled_before_its_worker_died_ends_as_cancelled(town: None, attempt: int) -> None:
    run = queue_private("flood_exposure", DEARER, ANONYMOUS).run
    old = now() - timedelta(minutes=2)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, heartbeat_at=old, attempt=attempt)
    cancel(run)
    look_after_runs.call()
    work()
    assert status(run) == "cancelled"


def test_a_queued_run_whose_cancel_was_requested_is_not_claimed(town: None) -> None:
    run = queue_private("flood_exposure", DEARER, ANONYMOUS).run
    Run.objects.filter(pk=run.pk).update(cancel_requested=True)
    work()
    assert status(run) == "cancelled"


def test_a_trial_that_will_be_retried_counts_as_open(town: None) -> None:
    run = queue_private("flood_exposure", DEARER, ANONYMOUS).run
    Run.objects.filter(pk=run.pk).update(status=Run.Status.INTERRUPTED)
    with pytest.raises(StudyBusy):
        queue_private("flood_exposure", DEARER, ANONYMOUS)
    Run.objects.filter(pk=run.pk).update(attempt=3)
    queue_private("flood_exposure", DEARER, ANONYMOUS)


def test_a_standing_run_of_a_command_that_died_holds_no_later_one_up(town: None) -> None:
    Run.objects.create(kind="study", source="flood_exposure", mode="standing", status=Run.Status.INTERRUPTED)
    assert queue_standing(FLOOD) is not None


def test_a_job_that_lost_its_place_in_the_queue_is_queued_again_and_others_are_not(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    Run.objects.filter(pk=result.run.pk).update(created_at=now() - timedelta(minutes=2))
    tasks = DBTaskResult.objects.filter(task_path=study_run.module_path, args_kwargs__args=[result.run.pk])
    look_after_runs.call()
    assert tasks.count() == 1
    tasks.update(status="RUNNING")
    look_after_runs.call()
    assert tasks.filter(status="READY").count() == 1


def test_a_job_that_kills_its_worker_is_given_up_after_three_attempts(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    old = now() - timedelta(minutes=2)
    Run.objects.filter(pk=result.run.pk).update(status=Run.Status.RUNNING, heartbeat_at=old, attempt=3)
    look_after_runs.call()
    assert status(result.run) == "interrupted"


def test_results_past_their_time_are_dropped(town: None) -> None:
    result = queue_private("flood_exposure", DEARER, ANONYMOUS)
    work()
    assert prune_results.call() == 0
    PrivateResult.objects.filter(pk=result.pk).update(expires_at=now())
    with pytest.raises(UnknownResult):
        PrivateResult.opened(result.token)
    assert prune_results.call() == 1
    assert not PrivateFeature.objects.exists()


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_job_is_done_by_the_next(transactional_db: None) -> None:
    """The worker is killed when the study is computed and its rows are being written."""
    fill_town(30)
    result = queue_private("flood_exposure", {}, ANONYMOUS)
    city = last_change_of_the_city()
    killed_while_writing("analysis_privatefeature", "db_worker", "--no-startup-delay")
    assert status(result.run) == "running"
    assert PrivateFeature.objects.count() == 0
    silent = now() - timedelta(seconds=31)
    assert Run.objects.filter(status="running").update(heartbeat_at=silent) == 1
    look_after_runs.enqueue()
    work()
    found = PrivateResult.objects.values_list("run__status", "run__attempt").get(token=result.token)
    assert found == ("committed", 2)
    assert PrivateFeature.objects.filter(kind="flood_exposure").count() == 30
    assert last_change_of_the_city() == city


def last_change_of_the_city() -> str:
    """By what a start knows whether the city must be loaded again; a study must not change it."""
    command = [sys.executable, "-m", "scripts.lib.last_run"]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True).stdout
