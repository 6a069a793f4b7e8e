"""`manage.py worker QUEUE`: carries out the jobs of one queue, with a heartbeat for `/health`.

On SIGTERM it finishes its job, where the supervisor gives it the time; an interrupted run is queued again within
about two minutes.
"""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django.utils.crypto import get_random_string
from django_tasks.base import TaskResult
from django_tasks.signals import task_finished, task_started
from django_tasks_db.management.commands.db_worker import Worker

from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database

INTERVAL_SECONDS = 1.0
"""Seconds between two polls of an empty queue; each is one indexed query."""


class Command(BaseCommand):
    help = "Carry out the jobs of one queue until SIGTERM"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the argument `queue`."""
        parser.add_argument("queue", choices=settings.TASKS["default"]["QUEUES"])

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        """Run jobs until SIGTERM."""
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)  # At INFO: every poll of the queue.
        try:
            wait_for_database()
            self._work(queue)
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault

    def _work(self, queue: str) -> None:
        logging.getLogger(__name__).info("Working on the queue %s", queue)
        heartbeat = Heartbeat(f"worker-{queue}", loops=True)

        def begun(task_result: TaskResult[Any], **_: Any) -> None:
            heartbeat.begin(task_result.task.module_path)

        def ended(**_: Any) -> None:
            heartbeat.end()

        task_started.connect(begun)
        task_finished.connect(ended)
        worker = one_batch(queue)
        worker.configure_signals()
        heartbeat.start()
        try:
            while worker.running:
                heartbeat.turn()
                worker.run()
                time.sleep(INTERVAL_SECONDS)
        finally:
            heartbeat.stop()


def one_batch(queue: str) -> Worker:
    """The library's worker of a queue, whose `run` returns once the queue is empty."""
    return Worker(
        queue_names=[queue],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )
