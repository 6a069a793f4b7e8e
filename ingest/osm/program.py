"""The job that `reader` starts in a fork of the sandbox's server: sets limits, then has `reading` parse the file.

Its job has path, format, folder, kinds and limits; its answer is the counts, or an error. It writes only into the
folder.
"""

import bz2
import gzip
import resource
from pathlib import Path
from typing import Any

from ingest.errors import HostileFile, UnreadableFile
from ingest.sandbox.job import Program

UNPACKED_TIMES = 200
"""OpenStreetMap XML compresses to between a tenth and a thirtieth of its size; far better is a decompression bomb."""
ALWAYS_ALLOWED_BYTES = 50_000_000
MEMORY = resource.RLIMIT_DATA
"""Private memory is limited, not all mapped memory: the index of a large file's nodes is in a mapped file."""
_PACKED: dict[str, Any] = {"osm.gz": gzip.open, "osm.bz2": bz2.open}


def unpacks_too_far(path: Path, file_format: str, most: int) -> bool:
    """Whether a compressed file exceeds `most` bytes or the usual ratio when unpacked; the content is discarded."""
    if file_format not in _PACKED:
        return False
    left = min(most, max(ALWAYS_ALLOWED_BYTES, UNPACKED_TIMES * path.stat().st_size))
    with _PACKED[file_format](path, "rb") as file:
        while left >= 0 and (piece := file.read(1 << 20)):
            left -= len(piece)
    return left < 0


def _operate(job: dict[str, Any], sink: int) -> dict[str, Any]:
    """Read the file into the folder; returns the counts and the data's time. The output (`sink`) is not used."""
    from ingest.osm.lines import TooLarge
    from ingest.osm.reading import HistoryFile, read_osm

    limits, path = job["limits"], Path(job["path"])
    if unpacks_too_far(path, job["format"], limits["unpacked_bytes"]):
        raise HostileFile(f"Unpacked it is more than {UNPACKED_TIMES} times its size, or too large.")
    try:
        return read_osm(path, job["format"], Path(job["folder"]), tuple(job["kinds"]), limits)
    except HistoryFile:
        raise UnreadableFile("It holds the history of its objects; take an extract of the present state.") from None
    except TooLarge as fault:
        raise HostileFile(f"It is too large: {fault}.") from None


PROGRAM = Program(_operate, ("ingest.osm.lines", "ingest.osm.reading"), MEMORY)
