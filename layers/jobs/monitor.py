"""Heartbeat, progress and cancel flag of a running Run, written over a second connection.

The run's own transaction is invisible to others until it commits. A failed run gets its final status here;
`layers.jobs.recovery` sets one whose heartbeat stopped, because its process died, to interrupted.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import TracebackType
from typing import Any, Protocol

import psycopg2
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from layers.errors import LayersError, RunCancelled
from layers.runs.models import Rejection, Run

BEAT_SECONDS = 2.0


class Tally(Protocol):
    """Numbers of records that a run has read and rejected so far."""

    @property
    def read(self) -> int:
        """Records read."""

    @property
    def rejected(self) -> int:
        """Records rejected."""


class Counting(Protocol):
    """What the monitor needs of a writer (`layers.store.writer.Writer`): its counts and its rejections, not saved."""

    @property
    def tally(self) -> Tally:
        """The counts until now."""

    @property
    def rejections(self) -> list[Rejection]:
        """The rejections until now."""


class Monitor:
    """Writes the heartbeat of one run from a thread with its own connection. Use as a context manager.

    `ended` is called from that thread at every beat once a cancel was requested: it may cancel a running statement.
    """

    def __init__(self, run: Run, ended: Callable[[], Any] = lambda: None) -> None:
        self.run_id = run.pk
        self._ended = ended
        parameters: dict[str, Any] = connection.get_connection_params()
        parameters.pop("cursor_factory", None)
        self._connection = psycopg2.connect(**parameters)
        self._connection.autocommit = True
        self._stop = threading.Event()
        self._progress: tuple[int, int | None] = (0, None)
        self._cancelled = False
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"run-{run.pk}")

    def __enter__(self) -> "Monitor":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.rest()
        self._connection.close()

    def rest(self) -> None:
        """Stop the heartbeat, before the run's final status is written."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def progress(self, done: int, total: int | None = None) -> None:
        """Set the progress that the next beat writes. Raises RunCancelled when a cancel was requested."""
        self._progress = (done, total)
        if self._cancelled:
            raise RunCancelled(f"Run {self.run_id} was cancelled; nothing was stored.")

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE layers_run SET heartbeat_at = now(), progress_done = %s, progress_total = %s "
                        "WHERE id = %s AND status = 'running' RETURNING cancel_requested",
                        [*self._progress, self.run_id],
                    )
                    found = cursor.fetchone()
                self._cancelled = bool(found and found[0])
                if self._cancelled:
                    self._ended()
            except psycopg2.Error:
                return


@contextmanager
def watched(run: Run, writers: Sequence[Counting], ended: Callable[[], Any] = lambda: None) -> Iterator[Monitor]:
    """Monitor a run during the block. On a failure its data is rolled back, then status and message are stored, with
    the rejections that its `writers` found until then. `ended` is that of the Monitor."""
    with Monitor(run, ended) as monitor:
        try:
            yield monitor
        except BaseException as fault:
            monitor.rest()
            status = Run.Status.FAILED
            if isinstance(fault, RunCancelled | KeyboardInterrupt):
                status = Run.Status.CANCELLED
            elif isinstance(fault, LayersError):
                status = Run.Status.REFUSED
            with nullcontext() if isinstance(fault, DatabaseError) else transaction.atomic():
                _note(run, status, fault, writers)
            raise


def _note(run: Run, status: str, fault: BaseException, writers: Sequence[Counting]) -> None:
    try:
        counts: dict[str, Any] = {}
        for writer in writers:
            counts = {"read": writer.tally.read, "rejected": writer.tally.rejected}
            Rejection.objects.bulk_create(writer.rejections, batch_size=1000)
        Run.objects.filter(pk=run.pk).update(
            status=status, message=str(fault).strip()[:2000], finished_at=now(), **counts
        )
    except DatabaseError:
        return  # The database itself is gone; `recovery.mark_interrupted_runs` marks the run.
