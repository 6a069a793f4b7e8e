"""Registers the portal with Django, and its checks with `manage.py check`."""

from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save
from django_tasks.signals import task_started

from layers.jobs.registry import PeriodicJob

RELEASE = PeriodicJob("geoportal.photos.tasks.release_photos", "default", timedelta(minutes=5))
FACES = PeriodicJob("geoportal.photos.tasks.look_for_faces", "bulk", timedelta(minutes=1))


class GeoportalConfig(AppConfig):
    name = "geoportal"
    jobs = (RELEASE, FACES)

    def ready(self) -> None:
        """Register the checks, and signals: groups of accounts after each migration, jobs after decisions."""
        from geoportal import checks  # noqa: F401

        post_migrate.connect(_groups, sender=self)
        task_started.connect(_planners_layers)
        post_save.connect(_queue_release, sender="layers.Decision")


def _groups(**_: Any) -> None:
    from django.contrib.auth.models import Group

    from geoportal.accounts.roles import ROLES

    for role in ROLES:
        Group.objects.get_or_create(name=role.group)


def _planners_layers(**_: Any) -> None:
    """Reload planners' layers before each job of a worker."""
    from layers.planner.declarations import REGISTER

    REGISTER.refresh(force=True)


def _queue_release(instance: Any, created: bool, **_: Any) -> None:
    """Enqueue the release of approved pictures, unless it waits already, once a decision for it is committed."""
    from django.db import transaction

    from layers.jobs.queue import enqueue_periodic

    if created and instance.verdict == "release":
        transaction.on_commit(lambda: enqueue_periodic(RELEASE))
