"""The calling process' side of reading OpenStreetMap: starts the job in the sandbox, makes records of its lines.

The file is untrusted: `ingest.osm.program` parses it with limits on memory and time, without the database's address,
and writes lines of JSON. It reads the whole file before the first record is yielded, so a damaged file yields none.
"""

import json
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
_DAY_FIELDS = frozenset(("checked_on",))


@dataclass(frozen=True, slots=True)
class Parsed:
    """Output of the child process: a folder with one file a kind, the number of objects, the data's date."""

    folder: Path
    counts: dict[str, int]
    data_date: date | None


def osm_format(path: Path) -> str:
    """osmium's name of the format, by the file's first bytes. Raises UnreadableFile."""
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
    """Parse the file in the sandbox. `progress` is called meanwhile and may raise to stop it.

    Raises UnreadableFile and HostileFile.
    """
    from ingest.sandbox.child import ask

    folder = scratch / "osm"
    job = {"path": str(path.resolve()), "format": osm_format(path), "folder": str(folder), "kinds": kinds}
    folder.mkdir(parents=True, exist_ok=True)
    limits = dict(settings.INGEST_LIMITS)
    try:
        answer = ask({**job, "limits": limits}, folder, lambda: progress(0, None), module="ingest.osm.program")
    except UnreadableFile as fault:
        raise type(fault)(f"{path.name} cannot be read. {fault}") from fault
    moment = answer["time"] or ""
    return Parsed(folder, answer["counts"], date.fromisoformat(moment[:10]) if moment else None)


def records(parsed: Parsed, kind: str, srid: int, box: Any = None) -> Iterator[Record | Refusal]:
    """The records and refusals of a kind, in the system `srid`. Objects outside `box` (lon, lat) are skipped."""
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
