"""The street network of the mesh: segments between junctions, grouped into streets, with class and width."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from shapely import LineString, STRtree

from ingest.sources.demo_city.arrangement import Arrangement
from ingest.sources.demo_city.dead_ends import walks
from ingest.sources.demo_city.ground import CHARACTERS, Ground, rng_for
from ingest.sources.demo_city.mesh import Mesh
from ingest.sources.demo_city.street_names import street_names

HALF_RESERVE_M = {"expressway": 19.0, "main": 10.5, "collector": 7.0, "local": 4.4, "internal": 3.6, "track": 3.0}
WIDTH_M = {"expressway": 16.0, "main": 10.5, "collector": 7.0, "local": 5.5, "internal": 4.5, "track": 3.5}


@dataclass(frozen=True)
class Streets:
    """Segments (arrays of equal length). `along` orders the segments of a street; `main` is -1 off the main roads."""

    lines: np.ndarray
    start: np.ndarray
    end: np.ndarray
    street: np.ndarray
    along: np.ndarray
    main: np.ndarray
    road_class: np.ndarray
    names: list[str]

    @property
    def half_reserve(self) -> np.ndarray:
        """Half the width of the land a street takes, in metres."""
        return np.array([HALF_RESERVE_M[name] for name in self.road_class])

    @property
    def width(self) -> np.ndarray:
        """Width of the carriageway in metres."""
        return np.array([WIDTH_M[name] for name in self.road_class])


def build_streets(ground: Ground, arrangement: Arrangement, cut_areas: list[float]) -> Streets:
    """Segments of the mesh, grouped into named streets."""
    mesh, first = arrangement.mesh, len(arrangement.roads)
    chains = _chains(mesh)
    lines = np.array([LineString([mesh.xy[vertex] for vertex in chain]) for _, chain in chains])
    label = np.array([one for one, _ in chains])
    along = _positions(mesh, first, chains, arrangement)
    owner = _joined(mesh, first, len(cut_areas), round(700 * ground.scale**0.75))
    street, names = _named(ground, arrangement, label, owner, along)
    classes = _classes(ground, arrangement, lines, label, np.array(cut_areas))
    return Streets(
        lines=lines,
        start=np.array([chain[0] for _, chain in chains]),
        end=np.array([chain[-1] for _, chain in chains]),
        street=street,
        along=along,
        main=np.where(label < first, label, -1),
        road_class=classes,
        names=names,
    )


def _chains(mesh: Mesh) -> list[tuple[int, list[int]]]:
    """Sequences of sides between junctions, each of one label, in a fixed order."""
    near: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for u, v, label in mesh.street_sides():
        near[u].append((v, label))
        near[v].append((u, label))

    def is_node(vertex: int) -> bool:
        sides = near[vertex]
        return len(sides) != 2 or sides[0][1] != sides[1][1]

    chains, seen = [], set()
    for node in sorted(near):
        if not is_node(node):
            continue
        for vertex, label in sorted(near[node]):
            if (node, vertex) in seen:
                continue
            chain = [node, vertex]
            while not is_node(chain[-1]):
                chain.append(next(v for v, _ in near[chain[-1]] if v != chain[-2]))
            seen.add((node, vertex))
            seen.add((chain[-1], chain[-2]))
            chains.append((label, chain))
    return chains


def _positions(mesh: Mesh, first: int, chains: list, arrangement: Arrangement) -> np.ndarray:
    """Start of each segment along its street, in metres (main roads) or vertices (generated streets)."""
    place = {label: {vertex: i for i, vertex in enumerate(walk)} for label, walk in walks(mesh, first).items()}
    along = []
    for label, chain in chains:
        if label < first:
            middle = LineString([mesh.xy[v] for v in chain]).interpolate(0.5, normalized=True)
            along.append(arrangement.roads[label][1].project(middle))
        else:
            along.append(float(min(place[label].get(chain[0], 0), place[label].get(chain[-1], 0))))
    return np.array(along)


class Union:
    """Disjoint sets of numbers, each identified by its least member."""

    def __init__(self, count: int) -> None:
        self.owner = list(range(count))
        self.groups = count

    def root(self, index: int) -> int:
        """The least member of the group."""
        while self.owner[index] != index:
            index = self.owner[index]
        return index

    def join(self, one: int, two: int) -> None:
        """Make the groups of two numbers one."""
        low, high = sorted((self.root(one), self.root(two)))
        if low != high:
            self.owner[high] = low
            self.groups -= 1


def _joined(mesh: Mesh, first: int, count: int, wanted: int) -> np.ndarray:
    """For each generated street the street it is part of: straight continuations first, then short arms."""
    ends: dict[int, list[tuple[int, np.ndarray]]] = defaultdict(list)
    lengths = np.zeros(count)
    streets = walks(mesh, first)
    for label, walk in streets.items():
        at = np.array([mesh.xy[vertex] for vertex in walk])
        lengths[label - first] = np.hypot(*np.diff(at, axis=0).T).sum()
        for vertex, step in ((walk[0], at[0] - at[1]), (walk[-1], at[-1] - at[-2])):
            ends[vertex].append((label - first, step / np.hypot(*step)))
    union = Union(count)
    for _, one, two in sorted(pair for meeting in ends.values() for pair in _continuations(meeting)):
        union.join(one, two)
    base = _bases(mesh, first, streets)
    for index in np.argsort(lengths, kind="stable").tolist():
        if union.groups <= wanted:
            break
        if index in base and union.root(index) == index:
            union.join(index, base[index])
    return np.array([union.root(index) for index in range(count)])


def _continuations(meeting: list[tuple[int, np.ndarray]]) -> Iterator[tuple[float, int, int]]:
    """Pairs of streets that continue each other at a junction, with the cosine of their angle (-1: straight)."""
    for (one, step), (two, other) in combinations(meeting, 2):
        turn = float(step @ other)
        if turn < -0.8 and one != two:
            yield turn, one, two


def _bases(mesh: Mesh, first: int, streets: dict[int, list[int]]) -> dict[int, int]:
    """The older generated street at which each generated street begins, where there is one."""
    meeting: dict[int, set[int]] = defaultdict(set)
    for u, v, label in mesh.street_sides():
        meeting[u].add(label)
        meeting[v].add(label)
    bases = {
        label: [other for other in meeting[walk[0]] if first <= other < label] for label, walk in streets.items()
    }
    return {label - first: min(older) - first for label, older in bases.items() if older}


def _named(
    ground: Ground, arrangement: Arrangement, label: np.ndarray, owner: np.ndarray, along: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Street number of each segment and the streets' names; a main road has one name after another."""
    first = len(arrangement.roads)
    names: list[str] = []
    street = np.full(len(label), -1)
    for index, (road, line) in enumerate(arrangement.roads):
        part = np.minimum((along / line.length * len(road.names)).astype(int), len(road.names) - 1)
        for number, name in enumerate(road.names):
            street[(label == index) & (part == number)] = len(names)
            names.append(name)
    grown = label >= first
    groups, inverse = np.unique(owner[label[grown] - first], return_inverse=True)
    street[grown] = len(names) + inverse
    names += street_names(len(groups), set(names), rng_for(ground.seed, "street names"))
    return street, names


def _classes(
    ground: Ground, arrangement: Arrangement, lines: np.ndarray, label: np.ndarray, cut_areas: np.ndarray
) -> np.ndarray:
    first = len(arrangement.roads)
    classes = np.full(len(lines), "local", dtype="U12")
    for index, (road, _) in enumerate(arrangement.roads):
        classes[label == index] = road.road_class
    grown = label >= first
    area = np.zeros(len(lines))
    area[grown] = cut_areas[label[grown] - first]
    total = np.bincount(label, weights=shapely.length(lines))[label]
    places = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    character = np.array(CHARACTERS)[ground.character(places)]
    classes[grown & (area > 6e5) & (total > 450)] = "collector"
    classes[grown & (character == "field") & (area < 3e6)] = "track"
    classes[grown & (total < 90) & (classes == "local")] = "internal"
    return classes


def street_tree(streets: Streets) -> tuple[STRtree, np.ndarray, np.ndarray]:
    """A tree of the straight pieces of all streets, the pieces' ends (n, 2, 2) and the segment of each."""
    at, owner = shapely.get_coordinates(streets.lines, return_index=True)
    same = owner[1:] == owner[:-1]
    pieces = np.stack([at[:-1][same], at[1:][same]], axis=1)
    return STRtree(np.asarray(shapely.linestrings(pieces))), pieces, owner[:-1][same]
