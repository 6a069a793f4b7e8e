"""Background jobs of photos: the release of approved pictures, and the look for faces.

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


@task()
def look_for_faces() -> int:
    """Look for regions to blur in new pictures; returns how many were examined. What is left is enqueued again."""
    from geoportal.photos.looking import look

    examined = look()
    if examined.left:
        look_for_faces.using(queue_name="bulk").enqueue()
    return examined.count
