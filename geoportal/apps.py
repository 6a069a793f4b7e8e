"""Registers the portal with Django, and its checks with `manage.py check`."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django_tasks.signals import task_started


class GeoportalConfig(AppConfig):
    name = "geoportal"

    def ready(self) -> None:
        """Register the checks, and the signal that creates the groups of accounts after each migration."""
        from geoportal import checks  # noqa: F401

        post_migrate.connect(_groups, sender=self)
        task_started.connect(_planners_layers)


def _groups(**_: Any) -> None:
    from django.contrib.auth.models import Group

    from geoportal.accounts.roles import ROLES

    for role in ROLES:
        Group.objects.get_or_create(name=role.group)


def _planners_layers(**_: Any) -> None:
    """Reload planners' layers before each job of a worker."""
    from layers.planner.declarations import REGISTER

    REGISTER.refresh(force=True)
