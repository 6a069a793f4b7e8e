"""Recovery after a kill: a run whose process died becomes interrupted, and an interrupted run is queued again.

Interrupted is the one word for it. Such a run has stored nothing, because its transaction never committed. The task
`layers.tasks.look_after_runs` does both steps every minute; starting a run does the first one too.
"""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now
from django_tasks.base import Task

from layers.jobs.queue import ATTEMPTS, task_of, waiting
from layers.jobs.registry import RunJob, run_jobs
from layers.runs.models import Run

INTERRUPTED_AFTER = timedelta(seconds=30)
"""A running run without a heartbeat for this long is interrupted."""
LOST_AFTER = timedelta(seconds=60)
"""A run still queued after this long whose task is no longer waiting was lost by the queue."""


def mark_interrupted_runs() -> int:
    """Set running runs whose heartbeat stopped to interrupted, or to cancelled where that was requested; returns how
    many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE layers_run SET finished_at = now(), "
            "status = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'interrupted' END, "
            "message = 'The process ended before it was done; nothing was stored.' "
            "WHERE status = 'running' AND coalesce(heartbeat_at, created_at) < now() - make_interval(secs => %s)",
            [INTERRUPTED_AFTER.total_seconds()],
        )
        return int(cursor.rowcount)


def requeue_lost_runs() -> int:
    """Queue interrupted runs again, and queued ones that the queue lost, where a job is registered for them.

    Returns how many. Each run is attempted ATTEMPTS times in all; after the last attempt it stays interrupted.
    """
    return sum(_requeue_lost(job) for job in run_jobs())


def _requeue_lost(job: RunJob) -> int:
    lost = Q(status=Run.Status.QUEUED, created_at__lt=now() - LOST_AFTER)
    interrupted = Q(status=Run.Status.INTERRUPTED, attempt__lt=ATTEMPTS)
    found = list(Run.objects.filter(job.where, lost | interrupted, kind=job.kind))
    if not found:
        return 0
    task = task_of(job)
    left = [run for run in found if run.status != Run.Status.QUEUED or not _waits(run, task)]
    return sum(_requeue(run, task) for run in left)


def _waits(run: Run, task: Task[Any, Any]) -> bool:
    return waiting(task).filter(args_kwargs__args=[run.pk]).exists()


def _requeue(run: Run, task: Task[Any, Any]) -> bool:
    with transaction.atomic():
        same = Run.objects.filter(pk=run.pk, status=run.status, attempt=run.attempt)
        taken = same.update(status=Run.Status.QUEUED, attempt=run.attempt + 1, message="", finished_at=None)
        if taken:
            task.enqueue(run.pk)
    return bool(taken)
