"""Generates streets: repeatedly divides the face that is largest for its location by a curved street.

A street starts perpendicular to an older street and ends perpendicular to another one, or at an existing junction on
it, so most junctions have three arms, some four. One that ends at a bank, a wood or the city limit is a dead end.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, Polygon

from ingest.sources.demo_city.arrangement import Arrangement
from ingest.sources.demo_city.dead_ends import make_dead_ends
from ingest.sources.demo_city.ground import CHARACTERS, Ground, rng_for
from ingest.sources.demo_city.mesh import BORDER, Mesh

BLOCK_M2 = {
    "centre": 9_000.0,
    "flats": 45_000.0,
    "detached": 9_000.0,
    "rural": 220_000.0,
    "industry": 100_000.0,
    "field": 20_000_000.0,
}
SNAP_M = 26.0
CROSSING_SHARE = 0.6
ATTEMPTS = 16
LARGE_M2 = 400_000.0


@dataclass(slots=True)
class Chord:
    """A generated street: its vertices, to which junctions are added later, and the area of the face it divided."""

    path: list[int]
    cut_area: float
    length: float


@dataclass(frozen=True, slots=True)
class Place:
    """A point on a face's ring: its side, the existing vertex if it is one, and the inward normal."""

    side: tuple[int, int]
    vertex: int | None
    at: np.ndarray
    inward: np.ndarray
    is_street: bool


class Growth:
    """The generation of streets in one arrangement."""

    def __init__(self, ground: Ground, arrangement: Arrangement) -> None:
        self.ground = ground
        self.mesh: Mesh = arrangement.mesh
        self.zones = arrangement.zones
        self.first = len(arrangement.roads)
        self.chords: list[Chord] = []
        self.rng = rng_for(ground.seed, "growth")
        self.wanted = np.array([BLOCK_M2[name] for name in CHARACTERS])

    def run(self, target_m: float) -> None:
        """Divide faces until the streets have a total length of `target_m` metres."""
        length = sum(_length(self.mesh, u, v) for u, v, _ in self.mesh.street_sides())
        heap: list[tuple[float, int]] = []
        for face, zone in enumerate(self.zones):
            if zone == -1:
                self._offer(heap, face)
        while heap and length < target_m:
            _, face = heapq.heappop(heap)
            chord = self._cut(face)
            if chord is not None:
                length += chord.length
                self.zones.append(-1)
                self._offer(heap, face)
                self._offer(heap, len(self.mesh.rings) - 1)
        make_dead_ends(self.mesh, self.first, self.rng)

    def _offer(self, heap: list, face: int) -> None:
        ring = self.mesh.coordinates(face)
        area = _area(ring)
        places = np.vstack([ring.mean(axis=0)[None], ring[:: max(1, len(ring) // 6)]])
        if area > LARGE_M2:
            places = np.vstack([places, _spread(ring)])
        need = float((1.0 / self.wanted[self.ground.character(places)]).mean())
        if area > 2500.0 / self.ground.scale**0.6:
            heapq.heappush(heap, (-area * need, face))

    def _cut(self, face: int) -> Chord | None:
        ring = self.mesh.coordinates(face)
        polygon = Polygon(ring)
        box = shapely.get_coordinates(shapely.oriented_envelope(polygon))
        if len(box) < 5:
            return None
        sides = np.diff(box[:3], axis=0)
        spans = np.hypot(*sides.T)
        for attempt in range(ATTEMPTS):
            which = int(spans.argmax()) if attempt % 4 < 3 else int(spans.argmin())
            axis = sides[which] / spans[which]
            turn = self.rng.normal(0, 0.10 + 0.07 * attempt)
            place = self.rng.uniform(-0.16, 0.16) * (1 + attempt / 8) * spans[which]
            path = self._path(face, ring, polygon, box[:4].mean(axis=0) + axis * place, axis, turn)
            if path is not None:
                return self._commit(face, path, polygon.area)
        return None

    def _path(
        self, face: int, ring: np.ndarray, polygon: Polygon, through: np.ndarray, axis: np.ndarray, turn: float
    ) -> tuple[Place, Place, np.ndarray] | None:
        """A start, an end and the points between them, or None where the cut is not plausible."""
        cos, sin = np.cos(turn), np.sin(turn)
        across = np.array([-axis[1] * cos - axis[0] * sin, axis[0] * cos - axis[1] * sin])
        far = across * (np.ptp(ring, axis=0).sum() + 10)
        hits = shapely.get_parts(shapely.intersection(LineString([through - far, through + far]), polygon))
        lines = [hit for hit in hits if hit.geom_type == "LineString" and hit.length > 0]
        if not lines:
            return None
        ends = shapely.get_coordinates(max(lines, key=lambda line: line.length))[[0, -1]]
        start, end = self._place(face, ring, ends[0]), self._place(face, ring, ends[1])
        if start is None or end is None or not (start.is_street or end.is_street):
            return None
        if not start.is_street:
            start, end = end, start
        if start.vertex is not None and start.vertex == end.vertex:
            return None
        between = _bend(start, end)
        if between is None or not _fits(polygon, start, end, between):
            return None
        return start, end, between

    def _place(self, face: int, ring: np.ndarray, at: np.ndarray) -> Place | None:
        following = np.roll(ring, -1, axis=0)
        step = following - ring
        share = np.clip(((at - ring) * step).sum(1) / np.maximum((step**2).sum(1), 1e-9), 0, 1)
        side = int(np.hypot(*(ring + step * share[:, None] - at).T).argmin())
        corners = self.mesh.rings[face]
        u, v = corners[side], corners[(side + 1) % len(corners)]
        inward = np.array([-step[side][1], step[side][0]]) / np.hypot(*step[side])
        is_street = self.mesh.label_of(u, v) != BORDER
        away = np.hypot(*(ring - at).T)
        for index in np.argsort(away)[:4]:
            if away[index] > SNAP_M:
                break
            vertex = corners[index]
            straight = _is_straight(ring, index)
            busy = self.mesh.degree[vertex] >= 3
            if busy and straight and self.mesh.degree[vertex] == 3 and self.rng.random() < CROSSING_SHARE:
                return Place((u, v), vertex, ring[index], inward, is_street)
            if busy or not straight:
                return None
            if away[index] < 3.0:
                return Place((u, v), vertex, ring[index], inward, is_street)
        return Place((u, v), None, at.round(2), inward, is_street)

    def _commit(self, face: int, path: tuple[Place, Place, np.ndarray], area: float) -> Chord:
        start, end, between = path
        first = self._vertex(start)
        side = end.side
        if end.vertex is None and start.vertex is None and end.side == start.side:
            side = (first, end.side[1])
        last = end.vertex if end.vertex is not None else self.mesh.insert(*side, *end.at)
        inner = [self.mesh.add_vertex(x, y) for x, y in between]
        points = np.vstack([start.at, between, end.at])
        chord = Chord([first, *inner, last], area, float(np.hypot(*np.diff(points, axis=0).T).sum()))
        self.mesh.split(face, chord.path, self.first + len(self.chords))
        self.chords.append(chord)
        return chord

    def _vertex(self, place: Place) -> int:
        return place.vertex if place.vertex is not None else self.mesh.insert(*place.side, *place.at)


def _spread(ring: np.ndarray) -> np.ndarray:
    """Sample points over the inside of a face, so that a village in the middle of fields is found."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    across = (np.arange(8) + 0.5) / 8
    grid = low + (high - low) * np.stack(np.meshgrid(across, across), axis=-1).reshape(-1, 2)
    return grid[shapely.contains_xy(Polygon(ring), grid)]


def _bend(start: Place, end: Place) -> np.ndarray | None:
    """Points of a curve perpendicular to both ends' sides; None where it would leave the face."""
    straight = end.at - start.at
    span = float(np.hypot(*straight))
    if span < 12.0:
        return None
    ahead = straight / span
    if ahead @ start.inward < 0.5 or -ahead @ end.inward < (0.5 if end.is_street else 0.2):
        return None
    leave = 0.6 * start.inward + 0.4 * ahead
    reach = 0.6 * end.inward - 0.4 * ahead if end.is_street else -ahead
    handles = np.array([start.at, start.at + leave * span * 0.36, end.at + reach * span * 0.36, end.at])
    t = np.linspace(0, 1, max(3, int(span / 16) + 1))[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    curve = shapely.simplify(LineString(weights @ handles), 0.35)
    return shapely.get_coordinates(curve)[1:-1].round(2)


def _fits(polygon: Polygon, start: Place, end: Place, between: np.ndarray) -> bool:
    """Whether the cut stays inside and both resulting faces are large and compact enough."""
    chord = LineString(np.vstack([start.at, between, end.at]))
    inside = shapely.intersection(chord, polygon)
    if shapely.length(inside) < chord.length - 0.1:
        return False
    trimmed = shapely.ops.substring(chord, 8.0, chord.length - 8.0) if chord.length > 24 else None
    if trimmed is not None and trimmed.distance(polygon.boundary) < 7.0:
        return False
    halves = shapely.get_parts(shapely.polygonize([shapely.unary_union([polygon.boundary, chord], grid_size=0.01)]))
    if len(halves) != 2:
        return False
    areas, rims = shapely.area(halves), shapely.length(halves)
    round_enough = min(0.3, 0.75 * 12.6 * polygon.area / polygon.length**2)
    return bool(areas.min() > 0.2 * polygon.area and (12.6 * areas / rims**2).min() > round_enough)


def _is_straight(ring: np.ndarray, index: int) -> bool:
    """Whether the ring is straight at a corner, within 25 degrees."""
    before = ring[index] - ring[index - 1]
    after = ring[(index + 1) % len(ring)] - ring[index]
    turn = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
    return bool(abs(turn) < 0.44)


def _length(mesh: Mesh, u: int, v: int) -> float:
    (x1, y1), (x2, y2) = mesh.xy[u], mesh.xy[v]
    return float(np.hypot(x2 - x1, y2 - y1))


def _area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
