"""A planar mesh: faces share vertices by number, so that junctions do not depend on rounding."""

from collections.abc import Iterator

import numpy as np

BORDER = -1
"""Label of a side that is no street: a bank, the edge of a wood, the city's limit, a rear lot line."""


class Mesh:
    """Vertices, faces as rings of vertex numbers (counter-clockwise), and a label for every side of a face."""

    def __init__(self) -> None:
        self.xy: list[tuple[float, float]] = []
        self.rings: list[list[int]] = []
        self.face_of: dict[tuple[int, int], int] = {}
        self.label: dict[tuple[int, int], int] = {}
        self.degree: list[int] = []
        self.starts: dict[int, int] = {}

    def add_vertex(self, x: float, y: float) -> int:
        """A new vertex at a place rounded to the centimetre."""
        self.xy.append((round(float(x), 2), round(float(y), 2)))
        self.degree.append(0)
        return len(self.xy) - 1

    def add_face(self, ring: list[int]) -> int:
        """A new face, registered for its sides."""
        self.rings.append(ring)
        face = len(self.rings) - 1
        self._own(face)
        return face

    def _own(self, face: int) -> None:
        ring = self.rings[face]
        for side in zip(ring, ring[1:] + ring[:1], strict=True):
            self.face_of[side] = face

    def set_label(self, u: int, v: int, label: int) -> None:
        """Set the street that a side belongs to, and update the number of street sides at its vertices."""
        side = (u, v) if u < v else (v, u)
        was, is_now = self.label.get(side, BORDER) != BORDER, label != BORDER
        self.label[side] = label
        for vertex in side:
            self.degree[vertex] += is_now - was

    def label_of(self, u: int, v: int) -> int:
        """The street of a side, or BORDER."""
        return self.label[(u, v) if u < v else (v, u)]

    def coordinates(self, face: int) -> np.ndarray:
        """The corners of a face, in order, not closed."""
        return np.array([self.xy[vertex] for vertex in self.rings[face]])

    def insert(self, u: int, v: int, x: float, y: float) -> int:
        """Insert a vertex on the side u-v, in both faces that share it. Returns its number."""
        label = self.label_of(u, v)
        middle = self.add_vertex(x, y)
        for start, end in ((u, v), (v, u)):
            face = self.face_of.pop((start, end), None)
            if face is not None:
                ring = self.rings[face]
                ring.insert(ring.index(start) + 1, middle)
                self.face_of[(start, middle)] = self.face_of[(middle, end)] = face
        self.set_label(u, v, BORDER)
        del self.label[(u, v) if u < v else (v, u)]
        self.set_label(u, middle, label)
        self.set_label(middle, v, label)
        return middle

    def split(self, face: int, path: list[int], label: int) -> tuple[int, int]:
        """Divide a face along a path whose ends are on its ring. Returns both faces; the first has the old number."""
        ring = self.rings[face]
        start, end = ring.index(path[0]), ring.index(path[-1])
        turned = ring[start:] + ring[:start]
        reached = (end - start) % len(ring)
        inner = path[1:-1]
        self.rings[face] = turned[: reached + 1] + inner[::-1]
        other = self.add_face(turned[reached:] + turned[:1] + inner)
        self._own(face)
        self.starts[label] = path[0]
        for u, v in zip(path, path[1:], strict=False):
            self.set_label(u, v, label)
        return face, other

    def street_sides(self) -> Iterator[tuple[int, int, int]]:
        """Every street side once: from, to, street."""
        for (u, v), label in self.label.items():
            if label != BORDER:
                yield u, v, label
