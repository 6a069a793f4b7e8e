"""Background work of the whole portal: lost runs, snapshots of what changed, what is past its time.

Heavy modules are imported where a task needs them: the worker of the queue `alerts` only looks after runs.
"""

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils.timezone import now
from django_tasks import task

from layers.feed.changes import prune_old_changes
from layers.jobs.monitor import sweep
from layers.jobs.queue import take_up_runs
from layers.jobs.registry import change_readers
from layers.jobs.results import KeptResult

TASK_RESULT_DAYS = 14
"""Days for which the queue's rows of finished jobs are retained."""


@task()
def look_after_runs() -> int:
    """Mark runs whose process died as interrupted and queue jobs among them again; returns how many were queued."""
    sweep()
    return take_up_runs()


@task()
def look_after_snapshots() -> int:
    """Take the snapshots that are due and drop those that may not be kept; says how many were taken."""
    from layers.snapshots.taking import look_after

    return look_after()


@task()
def prune_results() -> int:
    """Drop results behind links that expired, or hold what was erased; returns how many."""
    return sum(model.prune() for model in KeptResult.__subclasses__())


@task()
def prune_change_feed() -> int:
    """Drop changes older than CHANGES_KEPT_DAYS that every reader of the feed has read; returns how many."""
    read = [seq for reader in change_readers() if (seq := reader()) is not None]
    return prune_old_changes(now() - timedelta(days=settings.CHANGES_KEPT_DAYS), read)


@task()
def prune_task_results() -> None:
    """Drop the queue's rows of jobs that ended long ago."""
    call_command("prune_db_task_results", min_age_days=TASK_RESULT_DAYS, queue_name="*", verbosity=0)
