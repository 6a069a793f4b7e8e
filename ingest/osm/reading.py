"""The parser of an OpenStreetMap file: writes one line of JSON for each object. Called by `program`, in the sandbox.

Two passes: the first finds the wanted relations and counts how roads share nodes, the second reads the coordinates of
nodes and makes geometries (lon, lat). Areas of relations are made by osmium's area assembler; a relation for which it
makes none is refused at the end. This module uses neither Django nor the database.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import osmium
from osmium import osm

from ingest.osm.fields import Element, Tags
from ingest.osm.lines import Lines, TooLarge
from ingest.osm.network import Crossings
from ingest.osm.shapes import Survey, write_area, write_broken, write_node, write_way
from ingest.osm.tags import KEYS, KINDS, is_road

MEMORY_INDEX_UP_TO_BYTES = 100_000_000
"""The node index of larger files is a file on disk: 25 million nodes would need 400 MB of memory."""


class HistoryFile(Exception):
    """The file has several versions of an object."""


def read_osm(
    path: Path, file_format: str, folder: Path, kinds: tuple[str, ...], limits: Mapping[str, int]
) -> dict[str, Any]:
    """Write the wanted objects of the file into `folder`; returns the counts by kind and the data's time.

    Raises HistoryFile, TooLarge, and RuntimeError of osmium where the file is damaged.
    """
    source = osmium.io.File(str(path), file_format)
    header = osmium.io.Reader(source, osm.NOTHING).header()
    if header.has_multiple_object_versions:
        raise HistoryFile
    lines = Lines(folder, kinds, limits["features"])
    try:
        survey = _survey(source, kinds, limits["vertices"])
        _second_pass(source, path, folder, survey, lines)
    finally:
        lines.close()
    return {"counts": lines.counts, "time": header.get("osmosis_replication_timestamp") or header.get("timestamp")}


def _survey(source: osmium.io.File, kinds: tuple[str, ...], vertices: int) -> Survey:
    """The first pass: relations, then the ways they need (in a file ways come first, hence two readings)."""
    survey, crossings = Survey(), Crossings()
    held: set[int] = set()
    relations: Any = osmium.FileProcessor(source, osm.RELATION)
    ways: Any = osmium.FileProcessor(source, osm.WAY)
    for relation in relations:
        tags = dict(relation.tags)
        if any(KINDS[kind].wanted("r", tags) for kind in kinds):
            members = tuple(member.ref for member in relation.members if member.type == "w")
            survey.relations[relation.id] = tags, members
            held.update(members)
    for way in ways:
        if len(way.nodes) > vertices:
            raise TooLarge(f"way {way.id} has {len(way.nodes):,} nodes, more than {vertices:,} (INGEST_VERTICES)")
        if way.id in held:
            survey.ways.add(way.id)
        if "roads" in kinds and is_road("w", dict(way.tags)):
            crossings.add(node.ref for node in way.nodes)
    survey.junctions = crossings.junctions()
    return survey


def _second_pass(source: osmium.io.File, path: Path, folder: Path, survey: Survey, lines: Lines) -> None:
    drawn: set[int] = set()
    for element, thing in _objects(source, path, folder):
        tags: Tags = dict(thing.tags)
        if element == "r":  # osmium's areas have lost the tag "type"
            tags, _ = survey.relations.get(thing.orig_id(), ({}, ()))
        for kind in lines.files:
            if not KINDS[kind].wanted(element, tags):
                continue
            if element == "n":
                write_node(kind, thing, tags, lines)
            elif element == "w":
                write_way(kind, thing, tags, survey, lines)
            elif write_area(kind, thing, tags, lines):
                drawn.add(thing.orig_id())
    for relation in sorted(survey.relations.keys() - drawn):
        write_broken(relation, survey, lines)


def _objects(source: osmium.io.File, path: Path, folder: Path) -> Iterator[tuple[Element, Any]]:
    """Nodes, ways (with the coordinates of their nodes) and areas of relations that have one of the keys."""
    large = path.stat().st_size > MEMORY_INDEX_UP_TO_BYTES
    index = f"sparse_file_array,{folder / 'nodes.index'}" if large else "flex_mem"
    keys = osmium.filter.KeyFilter(*KEYS)
    objects: Any = osmium.FileProcessor(source).with_locations(index).with_areas(keys).with_filter(keys)
    for thing in objects:
        if thing.is_node():
            yield "n", thing
        elif thing.is_way():
            yield "w", thing
        elif thing.is_area() and not thing.from_way():
            yield "r", thing
