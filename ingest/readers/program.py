"""The program of the child process that reads one geodata file within limits; `ingest.sandbox.child` starts it.

It takes a job (JSON) on its input and knows two operations. "survey" looks at the whole file once: format, layers,
columns, coordinate system, counts, a sample of points; the answer is JSON. "read" gives the chosen layer as an Arrow
stream. Faults are an answer too. It needs no Django, opens no network and writes only into the job's folder.
`work` is the frame of every such program: `ingest.osm.program` uses it as well.
"""

import ctypes
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Operate = Callable[[dict[str, Any], int], dict[str, Any]]
"""Does a job, with the descriptor of the output; gives the answer or raises."""
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
OPEN_FILES = 256
ANSWER_BYTES = 1_000_000
"""Room for the answer and the messages, which are files too, where little may be unpacked."""


def limit(job: dict[str, Any], memory: int = resource.RLIMIT_AS) -> None:
    """Give up the right to much memory, time, large files, other programs' crashes and the network.

    `memory` says what counts as memory: all that is mapped, or private memory only (RLIMIT_DATA).
    """
    limits = job["limits"]
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    for what, most in (
        (memory, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, max(limits["unpacked_bytes"], ANSWER_BYTES)),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def run(operate: Operate, job: dict[str, Any], sink: int) -> dict[str, Any]:
    """Do the job; gives the answer. Only the faults of this room and those of damaged files are answers."""
    from ingest.errors import IngestError

    try:
        return operate(job, sink)
    except IngestError as fault:
        return {"fault": type(fault).__name__, "message": str(fault)}
    except MemoryError:
        return {"fault": "memory", "message": ""}
    except BrokenPipeError:
        return {"fault": "stopped", "message": ""}
    except Exception as fault:  # readers raise whatever they like over damaged files
        if any(
            words in str(fault).lower() for words in ("out of memory", "cannot allocate", "failed to map segment")
        ):
            return {"fault": "memory", "message": ""}
        return {"fault": "UnreadableFile", "message": f"The file is damaged ({_short(fault)})."}


def _short(fault: Exception) -> str:
    """A reader's complaint without our folders and without advice for programmers."""
    text = " ".join(str(fault).split()) or type(fault).__name__
    text = text.partition("; It might help")[0]
    text = re.sub(r"[^\s'\"]*/data(\.\w+)", r"data\1", text)
    return text.rstrip(".")[:300]


def _operate(job: dict[str, Any], sink: int) -> dict[str, Any]:
    from ingest.readers.formats import DRIVERS, Bounds, Prepared, prepare

    if job["operation"] == "read":
        prepared = Prepared(Path(job["path"]), job["format"], job["name"])
    else:
        limits = job["limits"]
        bounds = Bounds(limits["file_bytes"], limits["unpacked_bytes"], limits["nesting"])
        prepared = prepare(Path(job["path"]), Path(job["folder"]), job["options"].get("layer", ""), bounds)
    allowed = DRIVERS.get(prepared.format, "")
    os.environ["GDAL_SKIP"] = ",".join(name for name in job["drivers"] if name != allowed)
    if prepared.format == "shapefile" and not prepared.path.with_suffix(".shx").exists():
        os.environ["SHAPE_RESTORE_SHX"] = "YES"
    from ingest.readers.survey import stream, survey  # brings GDAL, which reads GDAL_SKIP as it starts

    return stream(job, prepared, sink) if job["operation"] == "read" else survey(job, prepared)


def work(operate: Operate, memory: int = resource.RLIMIT_AS) -> None:
    """Read the job, do it within its limits, write the answer; what libraries print goes to the error output."""
    job = json.load(sys.stdin)
    sink = os.dup(1)
    os.dup2(2, 1)
    limit(job, memory)
    answer = run(operate, job, sink)
    Path(job["answer"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    work(_operate)
