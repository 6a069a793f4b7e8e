"""Registers this room with Django."""

from datetime import time, timedelta
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from layers.jobs.registry import PeriodicJob


class LayersConfig(AppConfig):
    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"
    jobs = (
        PeriodicJob("layers.tasks.look_after_runs", "alerts", timedelta(seconds=60)),
        PeriodicJob("layers.tasks.look_after_snapshots", "bulk", timedelta(minutes=5)),
        PeriodicJob("layers.tasks.prune_results", "bulk", timedelta(seconds=60)),
        PeriodicJob("layers.tasks.prune_task_results", "bulk", time(2, 30)),
        PeriodicJob("layers.tasks.prune_change_feed", "bulk", time(2, 50)),
        PeriodicJob("layers.tasks.look_after_observations", "bulk", time(3, 10)),
        PeriodicJob("layers.tasks.look_after_media", "bulk", timedelta(hours=1)),
    )

    def ready(self) -> None:
        """Rebuild the database views after every migration; load planners' layers when a connection is created."""
        post_migrate.connect(_rebuild, sender=self)
        connection_created.connect(_refresh_planner_layers)

        from layers.access.database_views import MORE_VIEWS
        from layers.media.publication import refuse_rollback
        from layers.observations.daily import refuse_growing
        from layers.observations.placing import follow_layers
        from layers.observations.rollback import roll_back_observations
        from layers.observations.sql_views import series_views
        from layers.store.rollback import ROLLED_BACK_TOO
        from layers.store.writer import FOLLOWED_BY

        _add(FOLLOWED_BY, follow_layers)
        _add(ROLLED_BACK_TOO, refuse_growing, refuse_rollback, roll_back_observations)
        _add(MORE_VIEWS, series_views)


def _add(registry: list[Any], *functions: Any) -> None:
    """Add those that are not there: Django calls `ready` again where apps are loaded anew."""
    registry.extend(one for one in functions if one not in registry)


def _rebuild(plan: Any = None, **_: Any) -> None:
    if plan is None:  # the signal of `flush`, which changes no table
        return
    from layers.access.database_views import rebuild
    from layers.planner.declarations import REGISTER

    REGISTER.refresh(force=True)
    rebuild()


def _refresh_planner_layers(connection: Any, **_: Any) -> None:
    from layers.planner.declarations import REGISTER

    if connection.alias == DEFAULT_DB_ALIAS:
        REGISTER.refresh()
