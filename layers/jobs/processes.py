"""Heartbeats of the portal's processes: a row for each, written every few seconds while it makes progress."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, models
from django.db.models import Q
from django.utils.timezone import now

BEAT_SECONDS = 5.0
DEAD_AFTER = timedelta(seconds=20)
"""A process without a beat for this long has ended or hangs."""
FORGOTTEN_AFTER = timedelta(minutes=10)
"""A row without a beat for this long is removed when a process of its name starts."""
log = logging.getLogger(__name__)


class ProcessBeat(models.Model):
    """The last heartbeat of one process; `job` is the task it carries out, "" between tasks."""

    name = models.CharField(max_length=40)
    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    started_at = models.DateTimeField(default=now)
    beat_at = models.DateTimeField(default=now)
    job = models.CharField(max_length=200, blank=True)
    job_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "host", "pid"], name="processbeat_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.pid}"


class Heartbeat:
    """Writes the heartbeat of this process.

    `start` beats from a thread. A process with a loop (`loops`) calls `turn` in each round, and `begin` and `end`
    around a task; the thread skips beats while the loop is stuck: no `turn` within DEAD_AFTER and no task.
    Without a loop it beats as long as the process runs. A caller without a thread calls `register` once, then `beat`.
    """

    def __init__(self, name: str, *, loops: bool = False) -> None:
        self._row: dict[str, Any] = {"name": name, "host": socket.gethostname()[:100], "pid": os.getpid()}
        self._loops = loops
        self._turned = time.monotonic()
        self._job = ""
        self._job_since: datetime | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, daemon=True, name="heartbeat")

    def turn(self) -> None:
        """Report that the process' loop begins another round."""
        self._turned = time.monotonic()

    def begin(self, task: str) -> None:
        """Report that the process begins a task."""
        self._job, self._job_since = task, now()

    def end(self) -> None:
        """Report that the task is over."""
        self._job, self._job_since = "", None
        self.turn()

    def start(self) -> None:
        """Register, then beat, from a thread with a database connection of its own."""
        self._thread.start()

    def register(self) -> None:
        """Remove rows of processes of this name that are gone, and write the first beat."""
        try:
            _forget_gone(self._row["name"], self._row["host"])
            self.beat()
        except DatabaseError as fault:
            log.warning("No heartbeat of %s could be written: %s", self._row["name"], fault)

    def beat(self) -> None:
        """Write one beat. Raises DatabaseError."""
        state = {"beat_at": now(), "job": self._job, "job_since": self._job_since}
        ProcessBeat.objects.update_or_create(**self._row, defaults=state)

    def stop(self) -> None:
        """Stop beating and remove the row, when the process ends in order."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT_SECONDS)
        try:
            ProcessBeat.objects.filter(**self._row).delete()
        except (DatabaseError, InterfaceError) as fault:
            log.warning("The heartbeat of %s stays behind: %s", self._row["name"], fault)

    def _beat_on(self) -> None:
        self.register()
        while not self._ended.wait(BEAT_SECONDS):
            if self._loops and not self._job and time.monotonic() - self._turned > DEAD_AFTER.total_seconds():
                continue
            try:
                close_old_connections()
                self.beat()
            except (DatabaseError, InterfaceError):
                connection.close()  # The database is away; the next beat connects again.
        connection.close()


def _forget_gone(name: str, host: str) -> None:
    """Remove rows of ended processes: on this host by process id, elsewhere by FORGOTTEN_AFTER."""
    rows = ProcessBeat.objects.filter(name=name)
    ended = [row.pk for row in rows.filter(host=host) if not _exists(row.pid)]
    rows.filter(Q(pk__in=ended) | Q(beat_at__lt=now() - FORGOTTEN_AFTER)).delete()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(frozen=True, slots=True)
class ProcessState:
    """The state of one process. `state`: up, dead (no beat within DEAD_AFTER), missing (it never beat)."""

    name: str
    state: str
    beat_seconds: float | None = None
    started_at: datetime | None = None
    job: str = ""
    job_seconds: float | None = None


def states(expected: Iterable[str]) -> list[ProcessState]:
    """The state of each process, those expected first; a name with several processes is there several times."""
    found: dict[str, list[ProcessState]] = {name: [] for name in expected}
    moment = now()
    for row in ProcessBeat.objects.order_by("name", "started_at", "pk"):
        found.setdefault(row.name, []).append(_state(row, moment))
    return [state for name, rows in found.items() for state in rows or [ProcessState(name, "missing")]]


def _state(row: ProcessBeat, moment: datetime) -> ProcessState:
    age = moment - row.beat_at
    return ProcessState(
        name=row.name,
        state="dead" if age > DEAD_AFTER else "up",
        beat_seconds=round(age.total_seconds(), 1),
        started_at=row.started_at,
        job=row.job,
        job_seconds=round((moment - row.job_since).total_seconds(), 1) if row.job_since else None,
    )
