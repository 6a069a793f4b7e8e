"""Source “osm”: OpenStreetMap roads as a network, buildings, water, green, addresses and more, from PBF or XML."""

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from ingest.errors import BadOption
from ingest.osm.reader import parse, records
from ingest.osm.tags import KINDS
from ingest.source import IngestSource, Reading, Request
from layers.text import Text

NODE_FIELDS = {"roads": ("from_node", "to_node")}


def read(request: Request) -> Iterator[Reading]:
    """One reading a kind: all kinds of the tag table, or those that the option `kind` names."""
    if request.path is None:
        raise BadOption("The source osm reads a file: give its path.")
    kinds = _kinds(request.options.get("kind", ""))
    box = _box(request.options.get("bbox", ""))
    parsed = parse(request.path, kinds, request.scratch, request.progress)
    for kind in kinds:
        yield Reading(
            kind=kind,
            fields=(*KINDS[kind].fields, *NODE_FIELDS.get(kind, ())),
            records=records(parsed, kind, request.city.srid, box),
            data_date=parsed.data_date,
            total=parsed.counts[kind] if box is None else None,
        )


def _kinds(text: str) -> tuple[str, ...]:
    """The kinds of a comma-separated list, in the table's order; all when the list is empty."""
    wanted = {word.strip() for word in text.split(",") if word.strip()}
    if unknown := wanted - KINDS.keys():
        raise BadOption(f"The source osm has no kind {', '.join(sorted(unknown))}; it has {', '.join(KINDS)}.")
    return tuple(kind for kind in KINDS if not wanted or kind in wanted)


def _box(text: str) -> BaseGeometry | None:
    """The box of "west,south,east,north" in degrees. None for "" and "off", which the pipeline interprets."""
    if text in ("", "off"):
        return None
    try:
        west, south, east, north = (float(word) for word in text.split(","))
    except ValueError:
        raise BadOption(f"bbox={text} is neither off nor west,south,east,north in degrees.") from None
    if not (west < east and south < north):
        raise BadOption(f"bbox={text} is empty: west must be less than east, south less than north.")
    return shapely.box(west, south, east, north)


SOURCE = IngestSource(
    slug="osm",
    title=Text("OpenStreetMap", "OpenStreetMap"),
    read=read,
    options=frozenset(("kind", "bbox")),
    licence="ODbL-1.0",
    attribution="© OpenStreetMap contributors",
)
