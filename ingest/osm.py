"""Reads OpenStreetMap files: a limited child process finds the objects, this side makes records of them.

The file is untrusted: `ingest.osm_child` parses it with limits on memory and time, without the database's address,
and hands over lines of JSON. It has read the whole file before the first record is given: a damaged one gives none.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from ingest.errors import HostileFile, UnreadableFile
from layers.crs import WGS84, reproject
from layers.record import Record, Refusal

CHUNK = 5000
SILENCE_SECONDS = 300
"""So long after its CPU time a child may still wait for the disk."""
POLL_SECONDS = 0.2
_PROJECT = Path(__file__).resolve().parent.parent
_DAY_FIELDS = frozenset(("checked_on",))


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the child process left: a folder with one file a kind, the number of objects, the data's date."""

    folder: Path
    counts: dict[str, int]
    data_date: date | None


def osm_format(path: Path) -> str:
    """The format by the file's first bytes, as osmium names it. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
        size = path.stat().st_size
    except OSError as fault:
        raise UnreadableFile(f"{path.name} cannot be read ({fault.strerror}).") from fault
    most = settings.INGEST_LIMITS["file_bytes"]
    if size > most:
        raise HostileFile(
            f"{path.name} has {size:,} bytes, more than {most:,} (INGEST_FILE_BYTES); cut out the city."
        )
    if b"OSMHeader" in start:
        return "pbf"
    if start.startswith(b"\x1f\x8b"):
        return "osm.gz"
    if start.startswith(b"BZh"):
        return "osm.bz2"
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "osm"
    raise UnreadableFile(f"{path.name} is no OpenStreetMap file: give a .osm.pbf, .osm, .osm.gz or .osm.bz2.")


def parse(path: Path, kinds: tuple[str, ...], scratch: Path, progress: Callable[[int, int | None], None]) -> Parsed:
    """Have the file read by the child process. `progress` is called while it works and may raise to stop it.

    Raises UnreadableFile and HostileFile.
    """
    folder = scratch / "osm"
    job = {"path": str(path.resolve()), "format": osm_format(path), "folder": str(folder), "kinds": kinds}
    folder.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-m", "ingest.osm_child", json.dumps(job | {"limits": dict(settings.INGEST_LIMITS)})],
        cwd=_PROJECT,
        env={"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = _wait(child, path, progress)
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    said = _last_word(child.returncode, out, errors, path)
    moment = said["time"] or ""
    return Parsed(folder, said["counts"], date.fromisoformat(moment[:10]) if moment else None)


def _wait(child: "subprocess.Popen[str]", path: Path, progress: Callable[[int, int | None], None]) -> tuple[str, str]:
    patience = settings.INGEST_LIMITS["cpu_seconds"] + SILENCE_SECONDS
    end = time.monotonic() + patience
    while time.monotonic() < end:
        progress(0, None)
        try:
            return child.communicate(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    raise HostileFile(f"Reading {path.name} took more than {patience:,} s and was ended; cut out the city.")


def _last_word(code: int, out: str, errors: str, path: Path) -> dict[str, Any]:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise HostileFile(f"Reading {path.name} was ended: it takes too much time (INGEST_CPU_SECONDS) or memory.")
    try:
        said = json.loads(out.splitlines()[-1])
    except (IndexError, ValueError):
        last = errors.strip().splitlines()[-1:] or [f"its reader broke down with code {code}"]
        raise UnreadableFile(f"{path.name} cannot be read: {last[0]}.") from None
    if "fault" in said:
        fault = HostileFile if said["fault"] == HostileFile.__name__ else UnreadableFile
        raise fault(f"{path.name} cannot be read: {said['message']}.")
    return dict(said)


def records(parsed: Parsed, kind: str, srid: int, box: Any = None) -> Iterator[Record | Refusal]:
    """The records and refusals of a kind, in the given system. Objects outside `box` (lon, lat) are passed over."""
    with (parsed.folder / f"{kind}.jsonl").open(encoding="utf-8") as file:
        while chunk := [json.loads(line) for line in islice(file, CHUNK)]:
            yield from _chunk(chunk, srid, box)


def _chunk(chunk: list[dict[str, Any]], srid: int, box: Any) -> Iterator[Record | Refusal]:
    texts = [line.get("wkb") for line in chunk]
    geometries = shapely.from_wkb(np.array(texts, dtype=object))
    kept = shapely.intersects(box, geometries) if box is not None else np.ones(len(chunk), dtype=bool)
    moved = reproject(geometries, WGS84, srid)
    outside: set[str] = set()
    for line, geometry, inside in zip(chunk, moved, kept, strict=True):
        if geometry is None:
            if not (line["field"] and line["id"] in outside):
                yield _refusal(line)
        elif inside:
            yield Record(line["id"], geometry, _values(line["values"]), extra={"tags": line["tags"]})
        else:
            outside.add(line["id"])


def _refusal(line: dict[str, Any]) -> Refusal:
    return Refusal(
        row=None,
        source_id=line["id"],
        reason=line["reason"],
        message=line["message"],
        field=line["field"],
        value=line["value"],
        severity="value" if line["field"] else "row",
    )


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value) if name in _DAY_FIELDS and value else value for name, value in values.items()
    }
