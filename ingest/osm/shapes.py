"""Geometries of OpenStreetMap objects (lon, lat), and refusals of objects for which none can be made."""

from dataclasses import dataclass, field
from typing import Any

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from ingest.osm.fields import Tags
from ingest.osm.lines import Lines
from ingest.osm.network import Node, known_runs, segments
from ingest.osm.tags import KINDS, runs_against

RING_NODES = 4
"""Nodes of the shortest ring: three corners, and the first again."""
NAMED_MEMBERS = 5
"""At most so many missing members are named in a message."""

_wkb = osmium.geom.WKBFactory()


@dataclass(slots=True)
class Survey:
    """Result of the first pass: the wanted relations, their members in the file, and the junctions of roads."""

    relations: dict[int, tuple[Tags, tuple[int, ...]]] = field(default_factory=dict)
    """Relation id -> its tags and its member ways."""
    ways: set[int] = field(default_factory=set)
    """Member ways of wanted relations that are in the file."""
    junctions: frozenset[int] = frozenset()


def write_node(kind: str, node: Any, tags: Tags, lines: Lines) -> None:
    """Write a node as a point."""
    if node.location.valid():
        lines.record(kind, f"n{node.id}", shapely.Point(node.lon, node.lat), tags)
    else:
        lines.refuse(kind, f"n{node.id}", "geometry_missing", f"Node {node.id} has no position.")


def write_way(kind: str, way: Any, tags: Tags, survey: Survey, lines: Lines) -> None:
    """Write a way in the kind's shape: segments of the network, a line, an area or a point."""
    nodes: list[Node] = [(node.ref, (node.lon, node.lat) if node.location.valid() else None) for node in way.nodes]
    shape = KINDS[kind].shape
    if shape == "network":
        _network(kind, way.id, nodes, tags, survey, lines)
    elif shape == "line":
        _line(kind, way.id, nodes, tags, lines)
    elif shape == "area":
        _ring(kind, way.id, nodes, tags, lines)
    else:
        _point(kind, way.id, nodes, tags, lines)


def _network(kind: str, way: int, nodes: list[Node], tags: Tags, survey: Survey, lines: Lines) -> None:
    pieces = list(segments(nodes, survey.junctions, against=runs_against(tags)))
    for piece in pieces:
        ends = {"from_node": str(piece.nodes[0]), "to_node": str(piece.nodes[-1])}
        lines.record(kind, f"w{way}/{piece.number}", shapely.LineString(piece.points), tags, **ends)
    first = f"w{way}/{pieces[0].number}" if pieces else f"w{way}"
    _report_missing(kind, way, first, nodes, lines, stored=bool(pieces))


def _line(kind: str, way: int, nodes: list[Node], tags: Tags, lines: Lines) -> None:
    runs = [[point for _, point in run] for run in known_runs(nodes)]
    if runs:
        line = shapely.MultiLineString(runs) if len(runs) > 1 else shapely.LineString(runs[0])
        lines.record(kind, f"w{way}", line, tags)
    _report_missing(kind, way, f"w{way}", nodes, lines, stored=bool(runs))


def _report_missing(kind: str, way: int, source_id: str, nodes: list[Node], lines: Lines, *, stored: bool) -> None:
    """Write a refusal of missing nodes: of the geometry's value if the line was `stored`, else of the object."""
    absent = sum(point is None for _, point in nodes)
    share = f"{absent} of the {len(nodes)} nodes of way {way}"
    if not stored and absent:
        lines.refuse(kind, source_id, "nodes_missing", f"{share} are not in the file; no piece is left.")
    elif not stored:
        lines.refuse(kind, source_id, "too_few_nodes", f"Way {way} has no two nodes to draw a line between.")
    elif absent:
        message = f"{share} are not in the file; the pieces between them are stored."
        lines.refuse(kind, source_id, "geometry_incomplete", message, field="geom", value=str(absent))


def _ring(kind: str, way: int, nodes: list[Node], tags: Tags, lines: Lines) -> None:
    area = _area(nodes)
    if area is not None:
        lines.record(kind, f"w{way}", area, tags)
        return
    absent = sum(point is None for _, point in nodes)
    if absent:
        message = f"{absent} of the {len(nodes)} nodes of way {way} are not in the file."
        lines.refuse(kind, f"w{way}", "nodes_missing", message)
    elif nodes and nodes[0][0] != nodes[-1][0]:
        message = f"Way {way} is not closed: it begins at node {nodes[0][0]} and ends at {nodes[-1][0]}."
        lines.refuse(kind, f"w{way}", "not_closed", message)
    else:
        lines.refuse(kind, f"w{way}", "too_few_nodes", f"Way {way} has fewer than three corners.")


def _area(nodes: list[Node]) -> BaseGeometry | None:
    """The polygon of a closed way, as drawn (the pipeline repairs it); None where the way is not a complete ring."""
    points = [point for _, point in nodes if point is not None]
    closed = len(nodes) >= RING_NODES and nodes[0][0] == nodes[-1][0]
    return shapely.Polygon(points) if closed and len(points) == len(nodes) else None


def _point(kind: str, way: int, nodes: list[Node], tags: Tags, lines: Lines) -> None:
    """Write a way as a point: inside a closed way, at the middle of the longest known part of an open one."""
    area = _area(nodes)
    if area is not None and area.area > 0:
        lines.record(kind, f"w{way}", _inside(area), tags)
        return
    runs = [shapely.LineString([point for _, point in run]) for run in known_runs(nodes)]
    if runs:
        longest = max(runs, key=lambda line: line.length)
        lines.record(kind, f"w{way}", longest.interpolate(0.5, normalized=True), tags)
    else:
        message = f"The nodes of way {way} are not in the file."
        lines.refuse(kind, f"w{way}", "nodes_missing", message)


def _inside(area: BaseGeometry) -> BaseGeometry:
    """A point on the surface of an area, also of a self-crossing one."""
    return shapely.point_on_surface(area if area.is_valid else shapely.make_valid(area))


def write_area(kind: str, area: Any, tags: Tags, lines: Lines) -> bool:
    """Write the area that osmium made of a relation; returns False where its rings do not close."""
    if area.num_rings()[0] == 0:
        return False
    shape = shapely.from_wkb(_wkb.create_multipolygon(area))
    geometry = _inside(shape) if KINDS[kind].shape == "point" else shape
    lines.record(kind, f"r{area.orig_id()}", geometry, tags)
    return True


def write_broken(relation: int, survey: Survey, lines: Lines) -> None:
    """Refuse a relation of which no area could be made, in every kind that wants it, with what is missing."""
    tags, members = survey.relations[relation]
    absent = [f"w{way}" for way in members if way not in survey.ways]
    name = f"Relation {relation}" + (f" ({tags['name']})" if tags.get("name") else "")
    if absent:
        named = ", ".join(absent[:NAMED_MEMBERS]) + (", ..." if len(absent) > NAMED_MEMBERS else "")
        reason, why = "members_missing", f"lacks {len(absent)} of its {len(members)} ways ({named})"
    else:
        reason, why = "rings_broken", "has rings that do not close, cross, or lack nodes"
    for kind in lines.files:
        if KINDS[kind].wanted("r", tags):
            lines.refuse(kind, f"r{relation}", reason, f"{name} {why}.", value=" ".join(absent[:NAMED_MEMBERS]))
