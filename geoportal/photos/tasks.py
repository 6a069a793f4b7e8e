"""Background jobs of photos: the release of approved pictures.

The release is enqueued at each approval, unless it waits already, and by the schedule, which makes up for a lost job
(`geoportal.apps`).
"""

from django_tasks import task


@task()
def release_photos() -> int:
    """Blur and publish approved pictures; returns how many were released. What is left is enqueued again."""
    from geoportal.photos.releasing import release_approved

    released = release_approved()
    if released.left:
        release_photos.enqueue()
    return released.count
