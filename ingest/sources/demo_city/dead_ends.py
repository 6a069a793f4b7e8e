"""Makes dead ends: shortens streets at their end, up to the last junction.

Only a street's later end is shortened; its first end is always on an older street, so the network stays connected.
"""

from collections import defaultdict

import numpy as np

from ingest.sources.demo_city.mesh import BORDER, Mesh

SHARE = 0.5
MIN_TAIL_M = 60.0
BANK_GAP_M = 9.0


def walks(mesh: Mesh, first: int) -> dict[int, list[int]]:
    """The vertices of every grown street (labels from `first` on) in order, beginning at its older end."""
    near: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for u, v, label in mesh.street_sides():
        if label >= first:
            near[label][u].append(v)
            near[label][v].append(u)
    return {label: _walk(mesh.starts[label], neighbours) for label, neighbours in sorted(near.items())}


def _walk(start: int, neighbours: dict[int, list[int]]) -> list[int]:
    walk, before = [start], -1
    while True:
        ahead = [vertex for vertex in neighbours[walk[-1]] if vertex != before]
        if not ahead:
            return walk
        before = walk[-1]
        walk.append(ahead[0])


def make_dead_ends(mesh: Mesh, first: int, rng: np.random.Generator) -> None:
    """Shorten streets that end on a border, and a share of the others."""
    for walk in walks(mesh, first).values():
        chance = rng.random()
        tail = [walk[-1]]
        for vertex in walk[-2::-1]:
            tail.append(vertex)
            if mesh.degree[vertex] != 2:
                break
        at = np.array([mesh.xy[vertex] for vertex in tail])
        length = float(np.hypot(*np.diff(at, axis=0).T).sum())
        if mesh.degree[tail[0]] == 1:
            if length > 2.5 * BANK_GAP_M:
                _shorten(mesh, tail, BANK_GAP_M)
        elif length > MIN_TAIL_M and chance < SHARE and len(tail) < len(walk) + 1:
            _shorten(mesh, tail, min(0.5 * length, 24.0 + 60.0 * chance))


def _shorten(mesh: Mesh, tail: list[int], gap: float) -> None:
    """Relabel the first `gap` metres of a tail as a border between lots."""
    for u, v in zip(tail, tail[1:], strict=False):
        start, end = np.array(mesh.xy[u]), np.array(mesh.xy[v])
        span = float(np.hypot(*(end - start)))
        if span > gap + 1.0:
            middle = mesh.insert(u, v, *(start + (end - start) * gap / span))
            mesh.set_label(u, middle, BORDER)
            return
        mesh.set_label(u, v, BORDER)
        gap -= span
        if gap <= 1.0:
            return
