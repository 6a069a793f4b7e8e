"""The program of the child process that reads one OpenStreetMap file within limits; `ingest.osm` starts it.

Its argument is one JSON object: path, format, folder, kinds, limits (those of the setting INGEST_LIMITS). Its last
line of output is another: what was counted, or a `fault` of `ingest.errors` with its `message`. It needs no Django,
opens no network and writes nothing outside the folder.
"""

import bz2
import ctypes
import gzip
import json
import resource
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
UNPACKED_TIMES = 200
"""OpenStreetMap XML packs to between a tenth and a thirtieth of its size; what packs far better is a trap."""
ALWAYS_ALLOWED_BYTES = 50_000_000
_PACKED: dict[str, Any] = {"osm.gz": gzip.open, "osm.bz2": bz2.open}


def limit(limits: dict[str, int]) -> None:
    """Give up the right to much memory, time, large files and the network.

    Memory is private memory (RLIMIT_DATA): the index of a large file's nodes lies in a mapped file and is not meant.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    for what, most in (
        (resource.RLIMIT_DATA, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["unpacked_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def unpacks_too_far(path: Path, file_format: str, most: int) -> bool:
    """Whether a packed file is beyond measure larger than it looks; nothing is kept of it."""
    if file_format not in _PACKED:
        return False
    left = min(most, max(ALWAYS_ALLOWED_BYTES, UNPACKED_TIMES * path.stat().st_size))
    with _PACKED[file_format](path, "rb") as file:
        while left >= 0 and (piece := file.read(1 << 20)):
            left -= len(piece)
    return left < 0


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Read the file; gives what the last line of output says."""
    from ingest.osm_lines import TooLarge
    from ingest.osm_reading import HistoryFile, read_osm

    limits, path = job["limits"], Path(job["path"])
    try:
        if unpacks_too_far(path, job["format"], limits["unpacked_bytes"]):
            return _fault("HostileFile", f"unpacked it is more than {UNPACKED_TIMES} times its size, or too large")
        return read_osm(path, job["format"], Path(job["folder"]), tuple(job["kinds"]), limits)
    except HistoryFile:
        return _fault("UnreadableFile", "it holds the history of its objects; take an extract of the present state")
    except TooLarge as fault:
        return _fault("HostileFile", str(fault))
    except MemoryError:
        memory = limits["memory_bytes"] // 1_000_000
        return _fault("HostileFile", f"reading it needs more than {memory:,} MB of memory (INGEST_MEMORY_BYTES)")
    except (RuntimeError, ValueError, OSError, EOFError, zlib.error) as fault:
        return _fault("UnreadableFile", f"it is damaged ({' '.join(str(fault).split())[:300]}); fetch it again")


def _fault(name: str, message: str) -> dict[str, Any]:
    return {"fault": name, "message": message}


def main() -> None:
    """Do the job of the command line."""
    job = json.loads(sys.argv[1])
    limit(job["limits"])
    sys.stdout.write(json.dumps(answer(job)) + "\n")


if __name__ == "__main__":
    main()
