"""Runs that wait for a worker: taken by one, ended by request, taken up again when their process died.

The library's queue knows neither of these; all of it lives on the run's own row.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from layers.runs.models import Run

ATTEMPTS = 3
LOST_AFTER = timedelta(seconds=60)
"""A run that nobody works on this long after it was queued has lost its place in the queue."""
OPEN = (Run.Status.QUEUED, Run.Status.RUNNING)


def took(run_id: int) -> bool:
    """Begin a queued run; False where another worker has it, or it ended already."""
    mine = Run.objects.filter(pk=run_id, status=Run.Status.QUEUED)
    return bool(mine.update(status=Run.Status.RUNNING, heartbeat_at=now()))


def cancel(run: Run) -> None:
    """Ask a run to stop: one that waits ends at once, one that works within seconds, one that is done stays."""
    waiting = Run.objects.filter(pk=run.pk, status__in=(Run.Status.QUEUED, Run.Status.INTERRUPTED))
    if not waiting.update(status=Run.Status.CANCELLED, cancel_requested=True, finished_at=now()):
        Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(cancel_requested=True)


def taken_up(jobs: QuerySet[Run], task: Task[Any, Any]) -> int:
    """Queue those of these runs again whose process died or who lost their place; says how many.

    `task` carries one out by its number. Each is tried three times in all.
    """
    lost = Q(status=Run.Status.QUEUED, created_at__lt=now() - LOST_AFTER)
    dead = Q(status=Run.Status.INTERRUPTED, attempt__lt=ATTEMPTS)
    left = [run for run in jobs.filter(lost | dead) if run.status != Run.Status.QUEUED or not _waits(run, task)]
    return sum(_queued_again(run, task) for run in left)


def _waits(run: Run, task: Task[Any, Any]) -> bool:
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=task.module_path)
    return waiting.filter(args_kwargs__args=[run.pk]).exists()


def _queued_again(run: Run, task: Task[Any, Any]) -> bool:
    with transaction.atomic():
        same = Run.objects.filter(pk=run.pk, status=run.status, attempt=run.attempt)
        taken = same.update(status=Run.Status.QUEUED, attempt=run.attempt + 1, message="", finished_at=None)
        if taken:
            task.enqueue(run.pk)
    return bool(taken)
