"""Runs a job in a fork of the sandbox's server, with limits on memory and time and without a network.

The parent reads only the job's JSON answer and its output (an Arrow stream or files in its folder). A crash of the
child becomes an UnreadableFile with a message of one line.
"""

import io
import json
import os
import select
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import errors
from ingest.errors import IngestError, UnreadableFile
from ingest.sandbox.client import SANDBOX
from ingest.sandbox.job import FULL
from layers.errors import DiskFull

if TYPE_CHECKING:
    import pyarrow as pa

SILENCE_SECONDS = 300
"""A child without output for so long is ended (a large file's first batch may take a while)."""
ROOM_BYTES = 100_000
"""With less free space a missing answer is one that could not be written."""
PATIENCE_SECONDS = 0.25
READING_CHILD = "ingest.readers.program"


class Child:
    """One job of a program in the sandbox, with a folder for its answer and messages."""

    def __init__(self, job: Mapping[str, Any], folder: Path, module: str = READING_CHILD) -> None:
        self.limits = job["limits"]
        self.place = Path(tempfile.mkdtemp(prefix="child-", dir=folder))
        self.answer_path = self.place / "answer.json"
        self.process = SANDBOX.start(module, {**job, "answer": str(self.answer_path)}, self.place)

    def stop(self) -> None:
        """End the child, if it still runs, and close what is open."""
        self.process.stop()

    def wait(self, tick: Callable[[], None]) -> None:
        """Wait for the end, calling `tick` meanwhile. Raises UnreadableFile after the time limit."""
        patience = self.limits["cpu_seconds"] + SILENCE_SECONDS
        waited = 0.0
        while waited < patience:
            tick()
            if self.process.wait(PATIENCE_SECONDS):
                return
            waited += PATIENCE_SECONDS
        raise UnreadableFile(f"Reading took more than {patience} seconds and was ended.")

    def answer(self) -> dict[str, Any]:
        """The ended child's answer. Raises the IngestError in it, or UnreadableFile with what ended the child."""
        self.process.wait()
        try:
            answer: dict[str, Any] = json.loads(self.answer_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            if shutil.disk_usage(self.place).free < ROOM_BYTES:
                raise DiskFull from None
            raise UnreadableFile(self._end_message()) from None
        if "fault" not in answer:
            return answer
        if answer["fault"] == FULL:
            raise DiskFull
        if answer["fault"] == "memory":
            raise UnreadableFile(self._too_much_memory())
        known = getattr(errors, answer["fault"], UnreadableFile)
        fault = known if isinstance(known, type) and issubclass(known, IngestError) else UnreadableFile
        raise fault(" ".join(answer["message"].split()))

    def _too_much_memory(self) -> str:
        return (
            f"Reading it needs more than {self.limits['memory_bytes'] // 1_000_000:,} MB of memory, the limit "
            "(INGEST_MEMORY_BYTES); split the file or raise the limit."
        )

    def _end_message(self) -> str:
        if self.process.ended_with_server:
            return "The process that reads files was ended while it read this one; try again."
        ended = -(self.process.status or 0)
        if ended == signal.SIGXCPU or (ended == signal.SIGKILL):
            return (
                f"Reading was ended by the system: it took more than {self.limits['cpu_seconds']:,} seconds "
                "(INGEST_CPU_SECONDS) or the machine ran out of memory; split the file."
            )
        if ended == signal.SIGXFSZ:
            return f"Unpacking wrote more than {self.limits['unpacked_bytes']:,} bytes (INGEST_UNPACKED_BYTES)."
        messages = (self.place / "messages").read_bytes()[-20000:]
        if ended == signal.SIGABRT or b"MemoryError" in messages or b"bad_alloc" in messages:
            return self._too_much_memory()
        memory = self.limits["memory_bytes"] // 1_000_000
        return (
            f"Its reader broke down over it: the file is damaged or needs more than {memory:,} MB of memory "
            "(INGEST_MEMORY_BYTES). Fetch or export it again, perhaps as GeoPackage, or in parts."
        )


class _Pipe(io.RawIOBase):
    """The child's output as a stream. Raises UnreadableFile after SILENCE_SECONDS without output."""

    def __init__(self, child: Child) -> None:
        self.descriptor = child.process.output

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        ready, _, _ = select.select([self.descriptor], [], [], SILENCE_SECONDS)
        if not ready:
            raise UnreadableFile(f"Reading gave nothing for {SILENCE_SECONDS} seconds and was ended.")
        got = os.read(self.descriptor, len(buffer))
        buffer[: len(got)] = got
        return len(got)


def ask(
    job: Mapping[str, Any], folder: Path, tick: Callable[[], None], module: str = READING_CHILD
) -> dict[str, Any]:
    """Run a job in the sandbox and return its answer. Raises the IngestError it found."""
    child = Child(job, folder, module)
    try:
        child.wait(tick)
        return child.answer()
    finally:
        child.stop()


def stream(job: Mapping[str, Any], folder: Path) -> "Iterator[pa.RecordBatch]":
    """The batches that a reading job writes. Raises the IngestError it found, UnreadableFile where it broke off."""
    child = Child(job, folder)
    try:
        rows = 0
        pipe = io.BufferedReader(_Pipe(child), 1 << 20)
        if pipe.peek(1):
            for batch in _arrow(pipe, child):
                rows += batch.num_rows
                yield batch
        if child.answer()["rows"] != rows:
            raise UnreadableFile("The file could not be read to its end.")
    finally:
        child.stop()


def _arrow(pipe: Any, child: Child) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa  # 0.3 s that a process which only asks about photos does not need
    import pyarrow.ipc as ipc

    try:
        yield from ipc.open_stream(pipe)
    except (pa.ArrowException, OSError, EOFError) as fault:
        child.answer()
        raise UnreadableFile(f"The file could not be read to its end ({fault}).") from fault
