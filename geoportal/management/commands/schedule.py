"""`manage.py schedule`: the clock of the portal. It only puts work into the queue; the worker does it."""

import logging
import time
from typing import Any

from apscheduler.schedulers.blocking import BlockingScheduler
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from analysis.queries.jobs import look_after_queries
from analysis.tasks import look_after_studies
from analysis.tasks import prune_results as prune_private_results
from ingest.tasks import sweep_runs
from layers.locks import AdvisoryLock
from layers.tasks import look_after_snapshots

log = logging.getLogger(__name__)


def enqueue_sweep() -> None:
    """Look after runs whose process died."""
    close_old_connections()
    sweep_runs.enqueue()


def enqueue_studies() -> None:
    """Compute studies whose city changed, and look after those whose process died."""
    close_old_connections()
    look_after_studies.enqueue()


def enqueue_snapshots() -> None:
    """Take snapshots of layers that changed, and drop those that hold what was erased."""
    close_old_connections()
    look_after_snapshots.enqueue()


def enqueue_queries() -> None:
    """Look after questions whose process died, and drop answers past their time."""
    close_old_connections()
    look_after_queries.enqueue()


def enqueue_pruning() -> None:
    """Drop private results of studies past their time."""
    close_old_connections()
    prune_private_results.enqueue()


def prune_results() -> None:
    """Drop results of jobs older than two weeks."""
    close_old_connections()
    call_command("prune_db_task_results", min_age_days=14, verbosity=0)


class Command(BaseCommand):
    help = "Enqueue periodic work. A second scheduler waits until the first is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        self._wait_for_the_lock()
        scheduler = BlockingScheduler(timezone="UTC")
        scheduler.add_job(enqueue_sweep, "interval", seconds=60, coalesce=True, max_instances=1)
        scheduler.add_job(enqueue_studies, "interval", seconds=60, coalesce=True, max_instances=1)
        scheduler.add_job(enqueue_snapshots, "interval", minutes=5, coalesce=True, max_instances=1)
        scheduler.add_job(enqueue_queries, "interval", seconds=60, coalesce=True, max_instances=1)
        scheduler.add_job(enqueue_pruning, "cron", hour=2, minute=40, coalesce=True, max_instances=1)
        scheduler.add_job(prune_results, "cron", hour=2, minute=30, coalesce=True, max_instances=1)
        log.info("Scheduler: %s jobs", len(scheduler.get_jobs()))
        scheduler.start()

    def _wait_for_the_lock(self) -> None:
        """Hold a lock for the life of this process, so that no work is enqueued twice."""
        waiting = False
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [AdvisoryLock.SCHEDULER])
                (mine,) = cursor.fetchone()
            if mine:
                return
            if not waiting:
                log.info("Another scheduler runs; waiting for it to end.")
                waiting = True
            time.sleep(5)
