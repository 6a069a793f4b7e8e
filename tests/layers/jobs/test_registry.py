"""The registry of jobs: what it lists can be run, each in one queue; rows queued by earlier versions still run."""

import re
from datetime import time, timedelta
from typing import get_args

import pytest
from apscheduler.triggers.cron import CronTrigger
from django.conf import settings
from django.core.management import call_command
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.timezone import now
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from geoportal.management.commands.schedule import trigger
from layers.jobs.queue import enqueue_periodic, enqueue_run
from layers.jobs.recovery import requeue_lost_runs
from layers.jobs.registry import PeriodicJob, Queue, jobs, periodic_jobs, run_jobs
from layers.runs.models import Run
from tests.scripts.conftest import ROOT

QUEUED_BEFORE = (
    "analysis.queries.jobs.look_after_queries",
    "analysis.tasks.look_after_studies",
    "analysis.tasks.prune_results",
    "ingest.tasks.sweep_runs",
    "layers.tasks.look_after_snapshots",
)
"""Paths without arguments that version 5b686b1 wrote into the queue `default`."""
QUEUED_BEFORE_FOR_A_RUN = ("analysis.queries.jobs.query_run", "analysis.tasks.study_run", "ingest.tasks.ingest_run")


def new_run(kind: str, **fields: object) -> Run:
    return Run.objects.create(kind=kind, details={"job": True}, **fields)


def test_every_job_names_a_task_and_a_queue_with_a_worker():
    assert all(isinstance(import_string(job.task), Task) for job in jobs())
    served = re.findall(r"manage.py worker (\w+)", (ROOT / "Procfile").read_text())
    assert served == list(get_args(Queue)) == settings.TASKS["default"]["QUEUES"]
    assert {job.queue for job in jobs()} <= set(served)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "queue"),
    [
        ({"kind": "query", "mode": "private"}, "default"),
        ({"kind": "study", "mode": "private"}, "default"),
        ({"kind": "study", "mode": "standing"}, "bulk"),
        ({"kind": "ingest", "account": "planner"}, "default"),
        ({"kind": "ingest"}, "bulk"),
    ],
)
def test_a_run_is_queued_once_where_others_do_not_wait_for_it(fields, queue):
    run = new_run(**fields)
    assert sum(Run.objects.filter(job.where, pk=run.pk, kind=job.kind).exists() for job in run_jobs()) == 1
    enqueue_run(run)
    assert DBTaskResult.objects.values_list("queue_name", flat=True).get() == queue


@pytest.mark.django_db
def test_a_run_that_no_job_carries_out_is_not_queued():
    with pytest.raises(LookupError):
        enqueue_run(new_run("edit"))


@pytest.mark.django_db
def test_lost_runs_of_every_kind_are_queued_again_in_their_own_queue():
    interrupted = {"status": Run.Status.INTERRUPTED, "created_at": now() - timedelta(minutes=5)}
    runs = [
        new_run("query", **interrupted),
        new_run("study", mode="standing", **interrupted),
        new_run("ingest", **interrupted),
    ]
    new_run("edit", **interrupted)
    assert requeue_lost_runs() == 3
    queued = DBTaskResult.objects.values_list("task_path", "queue_name", "args_kwargs__args")
    assert set(map(repr, queued)) == {
        repr(("analysis.queries.jobs.query_run", "default", [runs[0].pk])),
        repr(("analysis.tasks.study_run", "bulk", [runs[1].pk])),
        repr(("ingest.tasks.ingest_run", "bulk", [runs[2].pk])),
    }


@pytest.mark.django_db
def test_a_periodic_job_that_still_waits_is_not_queued_a_second_time():
    job = next(job for job in periodic_jobs() if job.task == "layers.tasks.look_after_runs")
    assert enqueue_periodic(job)
    assert not enqueue_periodic(job)
    DBTaskResult.objects.update(status="RUNNING")
    assert enqueue_periodic(job)
    assert DBTaskResult.objects.filter(queue_name="alerts").count() == 2


def test_the_schedule_enqueues_after_periods_and_at_hours():
    assert trigger(PeriodicJob("x", "bulk", timedelta(minutes=5))).interval == timedelta(minutes=5)
    daily = trigger(PeriodicJob("x", "bulk", time(2, 40)))
    assert isinstance(daily, CronTrigger)
    assert daily.get_next_fire_time(None, now()).strftime("%H:%M %Z") == "02:40 UTC"


@pytest.mark.django_db(transaction=True)
def test_jobs_queued_by_the_version_before_still_run():
    done = new_run("query", status=Run.Status.COMMITTED)
    rows: list[tuple[str, list[int]]] = [(path, []) for path in QUEUED_BEFORE] + [
        (path, [done.pk]) for path in QUEUED_BEFORE_FOR_A_RUN
    ]
    for path, arguments in rows:
        DBTaskResult.objects.create(
            task_path=path,
            args_kwargs={"args": arguments, "kwargs": {}},
            queue_name="default",
            backend_name="default",
            run_after=now(),
        )
    call_command("db_worker", queue_name="default", batch=True, interval=0, startup_delay=False, verbosity=0)
    assert DBTaskResult.objects.filter(~Q(status="SUCCESSFUL")).values_list("task_path", "traceback").first() is None
    assert DBTaskResult.objects.filter(queue_name="default").count() == len(rows)
