"""Makes a routable network of roads: every way is cut at the nodes that roads share.

A junction is a node that occurs at least twice in all road ways together: in two of them, or twice in one that meets
itself. Between junctions a way stays whole. No node is moved and none is invented.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]
Node = tuple[int, Point | None]
"""A node of a way: its id and its coordinates (lon, lat), None where the node is not in the file."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a way between two junctions or ends, in the direction of traffic."""

    number: str
    """Id of the segment within its way: its first node as drawn; a second segment from that node gets a number."""
    nodes: tuple[int, ...]
    points: tuple[Point, ...]


class Crossings:
    """Counts how often each node is used by road ways."""

    def __init__(self) -> None:
        self._used = array("q")

    def add(self, nodes: Iterable[int]) -> None:
        """Count the nodes of one road way, in order."""
        previous = None
        for node in nodes:
            if node != previous:
                self._used.append(node)
            previous = node

    def junctions(self) -> frozenset[int]:
        """The nodes used at least twice."""
        nodes, uses = np.unique(np.frombuffer(self._used, dtype=np.int64), return_counts=True)
        return frozenset(nodes[uses > 1].tolist())


def known_runs(nodes: Iterable[Node]) -> Iterator[list[tuple[int, Point]]]:
    """The parts of a way between nodes missing in the file; a node repeated in succession counts once."""
    run: list[tuple[int, Point]] = []
    for node, point in nodes:
        if point is None:
            yield from [run] if len(run) > 1 else []
            run = []
        elif not run or run[-1][0] != node:
            run.append((node, point))
    yield from [run] if len(run) > 1 else []


def segments(nodes: Iterable[Node], junctions: frozenset[int], *, against: bool = False) -> Iterator[Segment]:
    """The segments of a road way. `against` reverses them: traffic runs against the drawn direction.

    Example: nodes 1, 2, 3 with a junction at 2 give the segments "n1" (1, 2) and "n2" (2, 3).
    """
    seen: dict[int, int] = {}
    for run in known_runs(nodes):
        start = 0
        for at in range(1, len(run)):
            if at < len(run) - 1 and run[at][0] not in junctions:
                continue
            piece = run[start : at + 1]
            start = at
            first = piece[0][0]
            seen[first] = seen.get(first, 0) + 1
            number = f"n{first}" if seen[first] == 1 else f"n{first}.{seen[first]}"
            ordered = piece[::-1] if against else piece
            yield Segment(number, tuple(n for n, _ in ordered), tuple(p for _, p in ordered))
