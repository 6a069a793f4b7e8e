"""The program of the child process that reads one OpenStreetMap file within limits.

Called as `python -m ingest.osm_child FILE FORMAT FOLDER KIND...`. Its last line of output is one JSON object: what
was counted, or in `fault` why the file cannot be read. It opens no network and writes nothing outside FOLDER.
"""

import bz2
import gzip
import json
import resource
import sys
import zlib
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1_000_000_000
"""Private memory; an index of nodes in a file does not count."""
CPU_SECONDS = 1800
WRITTEN_BYTES = 20_000_000_000
UNPACKED_TIMES = 200
"""OpenStreetMap XML packs to between a tenth and a thirtieth of its size; what packs far better is a trap."""
UNPACKED_BYTES = 50_000_000
"""So much is always allowed."""
_PACKED: dict[str, Any] = {"osm.gz": gzip.open, "osm.bz2": bz2.open}


def limit() -> None:
    """Give up the right to much memory, time, large files and other programs."""
    for what, most in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def unpacks_too_far(path: Path, file_format: str) -> bool:
    """Whether a packed file is beyond measure larger than it looks; nothing is kept of it."""
    if file_format not in _PACKED:
        return False
    left = max(UNPACKED_BYTES, UNPACKED_TIMES * path.stat().st_size)
    with _PACKED[file_format](path, "rb") as file:
        while left >= 0 and (piece := file.read(1 << 20)):
            left -= len(piece)
    return left < 0


def main(path: str, file_format: str, folder: str, *kinds: str) -> dict[str, Any]:
    """Read the file; gives what the last line of output says."""
    from ingest.osm_reading import HistoryFile, read_osm

    try:
        if unpacks_too_far(Path(path), file_format):
            return {"hostile": f"unpacked it is more than {UNPACKED_TIMES} times its size"}
        return read_osm(Path(path), file_format, Path(folder), kinds)
    except HistoryFile:
        return {"fault": "it holds the history of its objects; take an extract of the present state"}
    except MemoryError:
        return {"fault": f"reading it needs more than {MEMORY_BYTES // 1_000_000} MB of memory"}
    except (RuntimeError, ValueError, OSError, EOFError, zlib.error) as fault:
        return {"fault": " ".join(str(fault).split())}


if __name__ == "__main__":
    limit()
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
