"""A program for the sandbox that returns the job's environment, or misbehaves as its job demands."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.sandbox.job import Program

WAIT_SECONDS = 60


def _operate(job: dict[str, Any], sink: int) -> dict[str, Any]:
    return {name: PROBES[name](value) for name, value in job["probes"].items()}


def _around(_: Any) -> dict[str, Any]:
    """The process, its parent, its environment and descriptors, and those of the server."""
    server = os.getppid()
    return {
        "pid": os.getpid(),
        "server": server,
        "environment": dict(os.environ),
        "descriptors": _descriptors("self"),
        "server_descriptors": _descriptors(str(server)),
    }


def _descriptors(process: str) -> list[str]:
    found = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:  # the one that lists the folder
            continue
    return found


def _connect(port: int) -> str:
    """What hinders a connection to a listener of this machine; nothing if it is made."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError as fault:
        return str(fault)
    return ""


def _meet(paths: list[str]) -> bool:
    """Write the first file, wait for the second; whether it came."""
    Path(paths[0]).write_text(str(os.getpid()))
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if Path(paths[1]).exists():
            return True
        time.sleep(0.01)
    return False


def _eat(size: int) -> int:
    return len(bytearray(size))


def _spin(_: Any) -> None:
    while True:
        pass


def _kill(number: int) -> None:
    os.kill(os.getpid(), number)


def _leave_behind(path: str) -> None:
    """Start a process that sleeps for a minute and write its number to the file; the job does not wait for it."""
    Path(path).write_text(str(subprocess.Popen(["sleep", "60"]).pid))


PROBES: dict[str, Callable[[Any], Any]] = {
    "around": _around,
    "connect": _connect,
    "meet": _meet,
    "eat": _eat,
    "spin": _spin,
    "kill": _kill,
    "leave_behind": _leave_behind,
}
PROGRAM = Program(_operate, ())
