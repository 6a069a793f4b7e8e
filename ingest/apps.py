"""Registers this room with Django."""

from django.apps import AppConfig
from django.db.models import Q

from layers.jobs.registry import RunJob

QUEUED = Q(details__job=True)
BY_AN_ACCOUNT = ~Q(account="")


class IngestConfig(AppConfig):
    name = "ingest"
    jobs = (
        RunJob("ingest", "ingest.tasks.ingest_run", "default", QUEUED & BY_AN_ACCOUNT),
        RunJob("ingest", "ingest.tasks.ingest_run", "bulk", QUEUED & ~BY_AN_ACCOUNT),
    )

    def ready(self) -> None:
        """Refuse the rollback of a run that still grows."""
        from ingest.mqtt.storing import refuse_growing
        from layers.store.rollback import ROLLED_BACK_TOO

        ROLLED_BACK_TOO.insert(0, refuse_growing)
