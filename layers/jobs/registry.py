"""The registry of background jobs: every room lists its own as `jobs` in its AppConfig.

To add a job, write its task and one entry in the `jobs` of the room's `apps.py`. The schedule enqueues periodic jobs;
`layers.jobs.queue` enqueues runs. Tasks are dotted paths: listing them imports nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

from django.apps import apps
from django.db.models import Q
from django.utils.module_loading import import_string

Queue = Literal["alerts", "default", "bulk"]
"""`alerts`: short jobs that must not wait. `default`: jobs that a person waits for. `bulk`: everything long."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A task without arguments that the schedule enqueues: after every period, or daily at that time (UTC)."""

    task: str
    queue: Queue
    period: timedelta | time


@dataclass(frozen=True, slots=True)
class RunJob:
    """A task that carries out queued runs of a kind (a value of `Run.Kind`), given the run's number.

    `where` limits it to some of them; a run has at most one RunJob.
    """

    kind: str
    task: str
    queue: Queue
    where: Q = Q()


Job = PeriodicJob | RunJob


def change_readers() -> Iterator[Callable[[], int | None]]:
    """The readers of the change feed: functions that return the number up to which a reader has read, None for one
    that needs no past changes. Rooms list their dotted paths as `change_readers` beside their jobs."""
    for config in apps.get_app_configs():
        yield from map(import_string, getattr(config, "change_readers", ()))


def jobs() -> Iterator[Job]:
    """All registered jobs, room by room."""
    for config in apps.get_app_configs():
        yield from getattr(config, "jobs", ())


def periodic_jobs() -> list[PeriodicJob]:
    """The jobs that the schedule enqueues."""
    return [job for job in jobs() if isinstance(job, PeriodicJob)]


def run_jobs() -> list[RunJob]:
    """The jobs that carry out queued runs."""
    return [job for job in jobs() if isinstance(job, RunJob)]
