"""`manage.py schedule`: enqueues the registered periodic jobs; the workers carry them out."""

import logging
import signal
import sys
import time
from datetime import timedelta
from typing import Any

import psycopg2
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from layers.jobs.processes import BEAT_SECONDS, Heartbeat
from layers.jobs.queue import enqueue_periodic
from layers.jobs.registry import PeriodicJob, periodic_jobs
from layers.jobs.waiting import first_line, wait_for_database
from layers.locks import AdvisoryLock

log = logging.getLogger(__name__)


class Schedule:
    """Periodic jobs and the heartbeat on one thread, so that a schedule that hangs sends no heartbeat.

    The process ends when the session that has the scheduler's lock is lost, as another may have it now.
    """

    def __init__(self) -> None:
        self._session = connection.connection
        self._heartbeat = Heartbeat("schedule")
        # One thread: it has one database connection, and enqueueing takes milliseconds.
        self._scheduler = BlockingScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        self._fault: Exception | None = None

    def run(self) -> None:
        """Enqueue jobs until SIGTERM. Raises CommandError once the lock is lost."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # At INFO it logs every heartbeat.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        for job in periodic_jobs():
            self._add(enqueue, trigger(job), [job], name=job.task)
        self._add(self._beat, IntervalTrigger(seconds=int(BEAT_SECONDS), timezone="UTC"))
        log.info("Scheduler: %s jobs", len(periodic_jobs()))
        self._heartbeat.register()
        try:
            self._scheduler.start()
        finally:
            self._heartbeat.stop()
        raise CommandError(f"The session with the scheduler's lock is lost: {self._fault}")

    def _add(self, *given: Any, **named: Any) -> None:
        self._scheduler.add_job(*given, **named, coalesce=True, max_instances=1, misfire_grace_time=None)

    def _beat(self) -> None:
        try:
            with self._session.cursor() as cursor:
                cursor.execute("SELECT 1")
            close_old_connections()
            self._heartbeat.beat()
        except (DatabaseError, psycopg2.Error) as fault:
            self._fault = fault
            self._scheduler.shutdown(wait=False)


def enqueue(job: PeriodicJob) -> None:
    """Put a job into its queue, reconnecting to the database where the connection was lost."""
    close_old_connections()
    enqueue_periodic(job)


def trigger(job: PeriodicJob) -> BaseTrigger:
    """The APScheduler trigger of a job."""
    if isinstance(job.period, timedelta):
        return IntervalTrigger(seconds=int(job.period.total_seconds()), timezone="UTC")
    return CronTrigger(hour=job.period.hour, minute=job.period.minute, timezone="UTC")


class Command(BaseCommand):
    help = "Enqueue periodic work. A second scheduler waits until the first is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_database()
            self._wait_for_the_lock()
            schedule = Schedule()
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault
        schedule.run()

    def _wait_for_the_lock(self) -> None:
        """Take the scheduler's advisory lock for the life of this process, so that no job is enqueued twice."""
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
