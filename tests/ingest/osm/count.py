"""An independent count of the objects in an OpenStreetMap file, by a plain handler and tag values listed here.

Nothing of `ingest` is used. Nodes, ways and relations are used as they stand in the file; every kind has its
predicate and the rule by which one of its objects can be drawn.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx
import osmium

Tags = dict[str, str]

NO_ROADS = {"platform", "construction", "proposed", "elevator", "crossing", "rest_area", "services", "bus_stop"}
NO_WATER_LINES = {"riverbank", "dam", "weir", "dock", "boatyard", "waterfall", "lock_gate", "fuel", "water_point"}
GREEN = {
    "leisure": "park garden common nature_reserve pitch sports_centre stadium track golf_course",
    "landuse": "forest cemetery allotments meadow grass village_green orchard vineyard recreation_ground",
    "natural": "wood scrub heath grassland",
    "amenity": "grave_yard",
}
HISTORIC = (
    "archaeological_site building cannon castle cemetery chapel church city_gate citywalls fort heritage house"
    " industrial kiln locomotive manor memorial mill mine monastery monument palace railway railway_station ruins"
    " ship temple tomb tower wayside_cross wayside_shrine yes"
)


class Plain(osmium.SimpleHandler):
    """All objects of a file, as they are."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: dict[int, tuple[float, float]] = {}
        self.nodes: dict[int, Tags] = {}
        self.ways: dict[int, tuple[list[int], Tags]] = {}
        self.relations: dict[int, tuple[list[int], Tags]] = {}
        self.apply_file(str(path))

    def node(self, node: Any) -> None:
        self.places[node.id] = (node.location.lon, node.location.lat)
        self.nodes[node.id] = dict(node.tags)

    def way(self, way: Any) -> None:
        self.ways[way.id] = [node.ref for node in way.nodes], dict(way.tags)

    def relation(self, relation: Any) -> None:
        ways = [member.ref for member in relation.members if member.type == "w"]
        self.relations[relation.id] = ways, dict(relation.tags)


def is_road(tags: Tags) -> bool:
    """A way with highway=*, but no area and nothing one cannot travel on."""
    return "highway" in tags and tags["highway"] not in NO_ROADS and tags.get("area") != "yes"


def is_water_line(tags: Tags) -> bool:
    """A way with waterway=* that is neither an area nor a structure."""
    return "waterway" in tags and tags["waterway"] not in NO_WATER_LINES and tags.get("area") != "yes"


def is_building(tags: Tags) -> bool:
    """building=* and not "no"."""
    return tags.get("building", "no") != "no"


def is_green(tags: Tags) -> bool:
    """One of the green words and no building."""
    return not is_building(tags) and any(tags.get(key) in words.split() for key, words in GREEN.items())


def is_district(tags: Tags) -> bool:
    """An administrative boundary of level 9 or 10, or a suburb or quarter."""
    level = tags.get("boundary") == "administrative" and tags.get("admin_level") in ("9", "10")
    return level or tags.get("place") in ("suburb", "quarter")


@dataclass
class Expected:
    """Objects read and objects that can be drawn, by kind."""

    read: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    broken_relations: Counter[str] = field(default_factory=Counter)


def expectation(plain: Plain) -> Expected:
    """The numbers every kind must come to."""
    result = Expected()
    point_kinds: dict[str, Callable[[Tags], bool]] = {
        "addresses": lambda tags: "addr:housenumber" in tags,
        "fire_stations": lambda tags: tags.get("amenity") == "fire_station",
        "monuments": lambda tags: tags.get("historic") in HISTORIC.split(),
    }
    node_kinds: dict[str, Callable[[Tags], bool]] = point_kinds | {
        "bus_stops": lambda tags: tags.get("highway") == "bus_stop",
        "hydrants": lambda tags: tags.get("emergency") == "fire_hydrant",
    }
    for tags in plain.nodes.values():
        for kind, wanted in node_kinds.items():
            _count(result, kind, wanted(tags), True)
    for refs, tags in plain.ways.values():
        ring, line = _is_ring(plain, refs), _known_steps(plain, refs) > 0
        _count(result, "buildings", is_building(tags), ring)
        _count(result, "green", is_green(tags), ring)
        _count(result, "districts", tags.get("place") in ("suburb", "quarter"), ring)
        _count(result, "rivers", is_water_line(tags), line)
        for kind, wanted in point_kinds.items():
            _count(result, kind, wanted(tags), line)
    area_kinds = point_kinds | {"buildings": is_building, "green": is_green, "districts": is_district}
    for members, tags in plain.relations.values():
        for kind, wanted in area_kinds.items():
            types = ("multipolygon", "boundary") if kind == "districts" else ("multipolygon",)
            if tags.get("type") in types and wanted(tags):
                _count(result, kind, True, _is_whole(plain, members))
                result.broken_relations[kind] += not _is_whole(plain, members)
    _count_roads(plain, result)
    return result


def _count(result: Expected, kind: str, wanted: bool, drawable: bool) -> None:
    result.read[kind] += wanted
    result.stored[kind] += wanted and drawable


def _is_ring(plain: Plain, refs: list[int]) -> bool:
    return len(refs) >= 4 and refs[0] == refs[-1] and all(node in plain.places for node in refs)


def _known_steps(plain: Plain, refs: list[int]) -> int:
    """Steps between two different nodes that the file holds."""
    return sum(a != b and a in plain.places and b in plain.places for a, b in pairwise(refs))


def _is_whole(plain: Plain, members: list[int]) -> bool:
    """All ways and nodes are there and every end of a way meets another: the rings close."""
    if not members or any(way not in plain.ways for way in members):
        return False
    ways = [plain.ways[way][0] for way in members]
    ends = Counter(end for refs in ways for end in (refs[0], refs[-1]))
    held = all(node in plain.places for refs in ways for node in refs)
    return held and all(count % 2 == 0 for count in ends.values())


def road_ways(plain: Plain) -> dict[int, list[int]]:
    """The nodes of the ways that are roads."""
    return {way: refs for way, (refs, tags) in plain.ways.items() if is_road(tags)}


def _count_roads(plain: Plain, result: Expected) -> None:
    """Pieces of roads: one for each stretch of known nodes, and one more for each shared node inside of one."""
    roads = road_ways(plain)
    uses = Counter(node for refs in roads.values() for node in refs)
    for refs in roads.values():
        steps = [a in plain.places and b in plain.places for a, b in pairwise(refs)]
        begins = sum(known and (at == 0 or not steps[at - 1]) for at, known in enumerate(steps))
        inner = sum(steps[at - 1] and steps[at] and uses[refs[at]] > 1 for at in range(1, len(refs) - 1))
        result.stored["roads"] += begins + inner
        result.read["roads"] += begins + inner or 1


def raw_graph(plain: Plain) -> networkx.Graph:
    """Every step of every road as an edge."""
    graph = networkx.Graph()
    for refs in road_ways(plain).values():
        graph.add_edges_from(step for step in pairwise(refs) if all(node in plain.places for node in step))
    return graph
