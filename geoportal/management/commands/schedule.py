"""`manage.py schedule`: enqueues the registered periodic jobs; the workers carry them out."""

import logging
import time
from datetime import timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from layers.jobs.queue import enqueue_periodic
from layers.jobs.registry import PeriodicJob, periodic_jobs
from layers.locks import AdvisoryLock

log = logging.getLogger(__name__)


def enqueue(job: PeriodicJob) -> None:
    """Put a job into its queue over a live connection."""
    close_old_connections()
    enqueue_periodic(job)


def trigger(job: PeriodicJob) -> BaseTrigger:
    """When a job is enqueued, as APScheduler needs it."""
    if isinstance(job.period, timedelta):
        return IntervalTrigger(seconds=int(job.period.total_seconds()), timezone="UTC")
    return CronTrigger(hour=job.period.hour, minute=job.period.minute, timezone="UTC")


class Command(BaseCommand):
    help = "Enqueue periodic work. A second scheduler waits until the first is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        self._wait_for_the_lock()
        # One thread: it has one database connection, and enqueueing takes milliseconds.
        scheduler = BlockingScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        for job in periodic_jobs():
            scheduler.add_job(enqueue, trigger(job), [job], name=job.task, coalesce=True, max_instances=1)
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
