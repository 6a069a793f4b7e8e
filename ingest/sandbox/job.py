"""Runs one job in a fork of the sandbox's server: sets its limits, writes its answer.

A program is a module with a `PROGRAM`. It uses neither Django nor the network and writes only into the job's folder.
Its errors are written as the answer too.
"""

import ctypes
import errno
import json
import os
import re
import resource
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Operate = Callable[[dict[str, Any], int], dict[str, Any]]
"""Runs a job with the file descriptor of its output; returns the answer or raises."""
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
OPEN_FILES = 256
FULL = "full"
"""The fault of an answer for which the disk had no room."""
ANSWER_BYTES = 1_000_000
"""Least limit of file sizes: the answer and the messages are files too."""


@dataclass(frozen=True, slots=True)
class Program:
    """The function that a job calls, and the modules that the server imports once for all jobs of this program.

    `memory` is the limited resource: all mapped memory (RLIMIT_AS), or private memory only (RLIMIT_DATA).
    """

    operate: Operate
    preload: tuple[str, ...]
    memory: int = resource.RLIMIT_AS


def leave_network() -> None:
    """Move this process into a network namespace without interfaces; it must have one thread only.

    Does nothing where the system forbids it, or in a fork of a process that has done it.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET)


def limit(job: dict[str, Any], memory: int = resource.RLIMIT_AS) -> None:
    """Leave the network and set the job's limits: memory, CPU time, file sizes, open files, no core dumps."""
    limits = job["limits"]
    leave_network()
    for what, most in (
        (memory, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, max(limits["unpacked_bytes"], ANSWER_BYTES)),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def run(operate: Operate, job: dict[str, Any], sink: int) -> dict[str, Any]:
    """Run the job and return its answer; an IngestError, or an error over a damaged file, is an answer too."""
    from ingest.errors import IngestError

    try:
        return operate(job, sink)
    except IngestError as fault:
        return {"fault": type(fault).__name__, "message": str(fault)}
    except MemoryError:
        return {"fault": "memory", "message": ""}
    except BrokenPipeError:
        return {"fault": "stopped", "message": ""}
    except OSError as fault:
        if is_full(fault):
            return {"fault": FULL, "message": ""}
        return {"fault": "UnreadableFile", "message": f"The file is damaged ({_short(fault)})."}
    except Exception as fault:  # readers raise many types of errors over damaged files
        if any(
            words in str(fault).lower() for words in ("out of memory", "cannot allocate", "failed to map segment")
        ):
            return {"fault": "memory", "message": ""}
        return {"fault": "UnreadableFile", "message": f"The file is damaged ({_short(fault)})."}


def is_full(fault: Exception) -> bool:
    """Whether the disk had no room for what a program wrote: no fault of the file that it read."""
    return isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)


def _short(fault: Exception) -> str:
    """A reader's error message without paths of this server and without advice for programmers."""
    text = " ".join(str(fault).split()) or type(fault).__name__
    text = text.partition("; It might help")[0]
    text = re.sub(r"[^\s'\"]*/data(\.\w+)", r"data\1", text)
    return text.rstrip(".")[:300]


def work(program: Program, order: int, sink: int) -> None:
    """Read the job (JSON) from descriptor `order`, run it within its limits, write the answer into its folder."""
    with open(order, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        job = json.load(file)
    answer_path = Path(job["answer"])
    folder = str(answer_path.parent)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = folder
    limit(job, program.memory)
    answer = run(program.operate, job, sink)
    answer_path.write_text(json.dumps(answer), encoding="utf-8")
