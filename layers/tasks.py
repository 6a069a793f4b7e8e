"""Background tasks of the layers room: recovery of runs, dated snapshots, pruning of expired rows.

Heavy modules are imported inside the tasks, so that the worker of the queue `alerts` stays small.
"""

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils.timezone import now
from django_tasks import task

from layers.feed.changes import prune_old_changes
from layers.jobs.recovery import mark_interrupted_runs, requeue_lost_runs
from layers.jobs.registry import change_readers
from layers.jobs.results import KeptResult
from layers.jobs.scratch import remove_left_scratch

TASK_RESULT_DAYS = 14
"""Days for which the queue's rows of finished jobs are retained."""


@task()
def look_after_runs() -> int:
    """Recover runs: set those whose process died to interrupted, then queue interrupted and lost runs again.

    Returns how many were queued. The work is done by `layers.jobs.recovery`.
    """
    mark_interrupted_runs()
    return requeue_lost_runs()


@task()
def look_after_snapshots() -> int:
    """Make the snapshots that are due and drop invalid ones; returns how many were made."""
    from layers.snapshots.taking import take_due

    return take_due()


@task()
def prune_results() -> int:
    """Drop stored results that expired or contain erased features; returns how many."""
    return sum(model.prune() for model in KeptResult.__subclasses__())


@task()
def prune_change_feed() -> int:
    """Drop changes older than CHANGES_KEPT_DAYS that every reader of the feed has read; returns how many.

    Raises ValueError where that is less than a day.
    """
    if settings.CHANGES_KEPT_DAYS < 1:
        raise ValueError(f"CHANGES_KEPT_DAYS={settings.CHANGES_KEPT_DAYS} would drop the whole feed; at least 1.")
    read = [seq for reader in change_readers() if (seq := reader()) is not None]
    return prune_old_changes(now() - timedelta(days=settings.CHANGES_KEPT_DAYS), read)


@task()
def look_after_observations() -> dict[str, int]:
    """Make the partitions of the months to come and drop values beyond retention; returns how many, by class."""
    from layers.observations.partitions import ensure_ahead
    from layers.observations.retention import drop_old_values

    ensure_ahead(now().date())
    return drop_old_values()


@task()
def look_after_media() -> dict[str, int]:
    """Forget raw pictures whose time has come and remove files that no row names; returns how many of each."""
    from layers.media.storing import forget_due, sweep

    return {"forgotten": forget_due(), "removed": sweep()}


@task()
def prune_task_results() -> None:
    """Drop the queue's rows of jobs that ended over TASK_RESULT_DAYS ago, and scratch folders of killed processes."""
    remove_left_scratch()
    call_command("prune_db_task_results", min_age_days=TASK_RESULT_DAYS, queue_name="*", verbosity=0)
