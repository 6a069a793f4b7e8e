"""Registers this room with Django."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LayersConfig(AppConfig):
    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Views for people who write SQL follow every migration."""
        post_migrate.connect(_rebuild, sender=self)


def _rebuild(plan: Any = None, **_: Any) -> None:
    if plan is None:  # the signal of `flush`, which changes no table
        return
    from layers.sql_views import rebuild

    rebuild()
