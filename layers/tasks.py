"""Background work on layers: the snapshots of what changed."""

from django_tasks import task

from layers.snapshots.taking import look_after


@task()
def look_after_snapshots() -> int:
    """Take the snapshots that are due and drop those that may not be kept; says how many were taken."""
    return look_after()
