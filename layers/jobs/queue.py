"""The queue protocol of Run rows: enqueue, claim, cancel, requeue after a crash.

The task library has neither cancelling nor requeueing; both are states of the Run row. The registry of jobs defines
which task carries out a run, and in which queue.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.timezone import now
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from layers.jobs.registry import PeriodicJob, RunJob, run_jobs
from layers.runs.models import Run

ATTEMPTS = 3
LOST_AFTER = timedelta(seconds=60)
"""A run still queued after this long whose task is no longer waiting was lost by the queue."""
OPEN = (Run.Status.QUEUED, Run.Status.RUNNING)


def claim(run_id: int) -> bool:
    """Claim a queued run: set it to running. False where another worker claimed it or it ended already."""
    mine = Run.objects.filter(pk=run_id, status=Run.Status.QUEUED)
    return bool(mine.update(status=Run.Status.RUNNING, heartbeat_at=now()))


def cancel(run: Run) -> None:
    """Cancel a run: a waiting one at once, a running one at its next heartbeat; an ended one stays as it is."""
    waiting = Run.objects.filter(pk=run.pk, status__in=(Run.Status.QUEUED, Run.Status.INTERRUPTED))
    if not waiting.update(status=Run.Status.CANCELLED, cancel_requested=True, finished_at=now()):
        Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(cancel_requested=True)


def enqueue_run(run: Run) -> None:
    """Put a saved run into the queue of the job that carries it out. Raises LookupError where none is registered."""
    for job in run_jobs():
        if job.kind == run.kind and Run.objects.filter(job.where, pk=run.pk).exists():
            task_of(job).enqueue(run.pk)
            return
    raise LookupError(f"No job carries out {run}.")


def enqueue_periodic(job: PeriodicJob) -> bool:
    """Put a periodic job into its queue; False where an earlier one still waits, as while its worker is busy."""
    task = task_of(job)
    if _waiting(task).exists():
        return False
    task.enqueue()
    return True


def task_of(job: PeriodicJob | RunJob) -> Task[Any, Any]:
    """The task of a job, bound to the job's queue."""
    task: Task[Any, Any] = import_string(job.task)
    return task.using(queue_name=job.queue)


def requeue_lost_runs() -> int:
    """Requeue registered runs whose process died or whose task was lost; returns how many.

    Each run is attempted ATTEMPTS times in all.
    """
    return sum(_requeue_lost(job) for job in run_jobs())


def _requeue_lost(job: RunJob) -> int:
    lost = Q(status=Run.Status.QUEUED, created_at__lt=now() - LOST_AFTER)
    dead = Q(status=Run.Status.INTERRUPTED, attempt__lt=ATTEMPTS)
    found = list(Run.objects.filter(job.where, lost | dead, kind=job.kind))
    if not found:
        return 0
    task = task_of(job)
    left = [run for run in found if run.status != Run.Status.QUEUED or not _waits(run, task)]
    return sum(_requeue(run, task) for run in left)


def _waits(run: Run, task: Task[Any, Any]) -> bool:
    return _waiting(task).filter(args_kwargs__args=[run.pk]).exists()


def _waiting(task: Task[Any, Any]) -> QuerySet[DBTaskResult]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=task.module_path)


def _requeue(run: Run, task: Task[Any, Any]) -> bool:
    with transaction.atomic():
        same = Run.objects.filter(pk=run.pk, status=run.status, attempt=run.attempt)
        taken = same.update(status=Run.Status.QUEUED, attempt=run.attempt + 1, message="", finished_at=None)
        if taken:
            task.enqueue(run.pk)
    return bool(taken)
