"""The queue protocol of Run rows: enqueue, claim, cancel.

The task library cannot cancel; cancelled is a state of the Run row, as interrupted is (`layers.jobs.recovery`). The
registry of jobs defines which task carries out a run, and in which queue.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.timezone import now
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from layers.jobs.registry import PeriodicJob, RunJob, run_jobs
from layers.runs.models import Run

ATTEMPTS = 3
"""How often a run is attempted in all when its process dies (`layers.jobs.recovery`)."""


def open_runs() -> Q:
    """The condition of runs that have not ended: those that wait, run, or were interrupted and will be retried."""
    retried = Q(pk__in=())
    for job in run_jobs():
        retried |= Q(job.where, kind=job.kind)
    interrupted = Q(retried, status=Run.Status.INTERRUPTED, attempt__lt=ATTEMPTS)
    return Q(status__in=(Run.Status.QUEUED, Run.Status.RUNNING)) | interrupted


def is_open(run: Run) -> bool:
    """Whether a run has not ended; reads the database for an interrupted one only."""
    if run.status != Run.Status.INTERRUPTED:
        return run.status in (Run.Status.QUEUED, Run.Status.RUNNING)
    return Run.objects.filter(open_runs(), pk=run.pk).exists()


def claim(run_id: int) -> bool:
    """Claim a queued run: set it to running. False where another worker claimed it or it ended already.

    One whose cancel was requested ends as cancelled.
    """
    mine = Run.objects.filter(pk=run_id, status=Run.Status.QUEUED)
    mine.filter(cancel_requested=True).update(status=Run.Status.CANCELLED, finished_at=now())
    return bool(mine.filter(cancel_requested=False).update(status=Run.Status.RUNNING, heartbeat_at=now()))


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
    if waiting(task).exists():
        return False
    task.enqueue()
    return True


def task_of(job: PeriodicJob | RunJob) -> Task[Any, Any]:
    """The task of a job, bound to the job's queue."""
    task: Task[Any, Any] = import_string(job.task)
    return task.using(queue_name=job.queue)


def waiting(task: Task[Any, Any]) -> QuerySet[DBTaskResult]:
    """The queue's rows of a task that no worker has begun."""
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=task.module_path)
