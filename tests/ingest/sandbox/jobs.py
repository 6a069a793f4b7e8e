"""Starts probing jobs in a sandbox; without Django, so that scripts that import it start quickly."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.sandbox.client import Job, Sandbox

PROBE = "tests.ingest.sandbox.probe"
LIMITS = {"memory_bytes": 4_000_000_000, "unpacked_bytes": 1_000_000_000, "cpu_seconds": 100}


def start(sandbox: Sandbox, folder: Path, **probes: Any) -> Job:
    """A job that runs until it is stopped."""
    place = Path(tempfile.mkdtemp(dir=folder))
    job = {"limits": LIMITS, "probes": probes, "answer": str(place / "answer.json")}
    return sandbox.start(PROBE, job, place)


def waiting(sandbox: Sandbox, folder: Path) -> tuple[Job, int]:
    """A job that waits for a file `go` of the folder, and its process."""
    here = folder / "here"
    job = start(sandbox, folder, meet=[str(here), str(folder / "go")])
    soon(lambda: here.exists() and bool(here.read_text()))
    return job, int(here.read_text())


def gone(pid: int) -> bool:
    """Whether there is no such process, not even one that awaits its parent."""
    return not Path(f"/proc/{pid}").exists()


def soon(holds: Callable[[], bool]) -> None:
    """Wait until the condition is true. Raises AssertionError after 30 seconds."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
