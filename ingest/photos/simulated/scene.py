"""What stands along a street: walls of buildings with windows, carriageways, boards. Metres in the storage system."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import shapely
import shapely.ops
from django.db.models import QuerySet
from numpy.typing import NDArray
from shapely import LineString

from layers.access.rules import serving
from layers.kinds import KINDS
from layers.kinds.buildings import Building
from layers.kinds.roads import Road
from layers.schema.feature import CityFeature

STOREY_M = 3.0
SIGHT_M = 140.0
LEAST_WALL_M = 1.6
"""Narrower walls have no window."""
SIDEWALK_M = 2.5
LEAST_LENGTH_M, LONGEST_M = 240.0, 400.0
Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Face:
    """A flat polygon in space, (n, 3): easting, northing, height above the street; its colour; its way out (2,);
    windows upon it."""

    corners: Points
    color: tuple[int, int, int]
    normal: Points
    windows: tuple[Points, ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """A street and what stands along it. `roads` are centre lines with the half width of their carriageway."""

    name: str
    street: LineString
    faces: tuple[Face, ...]
    roads: tuple[tuple[LineString, float], ...]


WALLS = ((214, 196, 164), (196, 178, 158), (206, 206, 200), (186, 160, 140), (222, 210, 186), (170, 178, 186))
ROOF = (126, 84, 70)
BOARDS = ((200, 40, 60), (30, 110, 190), (240, 180, 20), (40, 150, 90))


def street_scene() -> Scene | None:
    """The street of the demo city with most buildings along it; None where there are no roads."""
    ways = _shown("roads", Road.objects.current())
    roads = [(row.name or "", _line(row), (row.width_m or 6.0) / 2) for row in ways]
    rows = list(_shown("buildings", Building.objects.current()))
    if not roads or not rows:
        return None
    outlines = np.array([shapely.from_wkb(bytes(row.geom.wkb)) for row in rows])
    tree = shapely.STRtree(outlines)
    long = [(name, line, half) for name, line, half in roads if line.length >= LEAST_LENGTH_M] or roads
    name, line, _ = max(long, key=lambda road: (_beside(tree, road[1]), road[0]))
    street = shapely.ops.substring(line, 0, min(line.length, LONGEST_M))
    assert isinstance(street, LineString)
    near = sorted(tree.query(street.buffer(SIGHT_M), predicate="intersects").tolist())
    faces = [face for at in near for face in _building(outlines[at], rows[at], at)]
    seen = tuple((line, half) for _, line, half in roads if line.distance(street) < SIGHT_M)
    return Scene(name, street, tuple(faces), seen)


Row = TypeVar("Row", bound=CityFeature)


def _shown(slug: str, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of the serving dataset."""
    shown = serving(KINDS[slug])
    return rows.filter(dataset=shown.dataset_id).order_by("source_id") if shown else rows.none()


def _line(row: Road) -> LineString:
    """The longest part of a road."""
    parts = shapely.get_parts(shapely.line_merge(shapely.from_wkb(bytes(row.geom.wkb))))
    return max(parts, key=lambda part: float(part.length))


def _beside(tree: shapely.STRtree, line: LineString) -> float:
    """Buildings within 25 m for each metre, of streets of ordinary length."""
    return len(tree.query(line.buffer(25.0), predicate="intersects")) / max(line.length, 1.0)


def _building(outline: shapely.Geometry, row: Building, number: int) -> Iterator[Face]:
    height = row.height_m or STOREY_M * (row.storeys_above or 1)
    color = WALLS[number % len(WALLS)]
    for part in shapely.get_parts(outline):
        ring = shapely.get_coordinates(shapely.orient_polygons(part).exterior)
        yield Face(np.column_stack([ring[:-1], np.full(len(ring) - 1, height)]), ROOF, np.zeros(2))
        for start, end in zip(ring[:-1], ring[1:], strict=True):
            yield from _wall(start, end, height, color)


def _wall(start: Points, end: Points, height: float, color: tuple[int, int, int]) -> Iterator[Face]:
    """A wall and its windows; the ring goes counter-clockwise, so that outside is to the right."""
    along = end - start
    length = float(np.hypot(*along))
    if length < 0.1:
        return
    normal = np.array([along[1], -along[0]]) / length
    columns = max(1, int(length // STOREY_M)) if length >= LEAST_WALL_M else 0
    storeys = max(1, round(height / STOREY_M))
    half = along / length * 0.55
    windows = []
    for storey in range(storeys):
        floor = storey * height / storeys
        for column in range(columns):
            middle = start + along * ((column + 0.5) / columns)
            windows.append(_upright(middle - half, middle + half, floor + 0.9, floor + 2.2))
    yield Face(_upright(start, end, 0.0, height), color, normal, tuple(windows))


def _upright(start: Points, end: Points, low: float, high: float) -> Points:
    return np.array([[*start, low], [*end, low], [*end, high], [*start, high]])


def boards(scene: Scene, every_m: float, since: int) -> tuple[Face, ...]:
    """Advertising boards on poles beside the street; those before number `since` are not up yet."""
    found: list[Face] = []
    for number, at in enumerate(np.arange(every_m / 2, scene.street.length, every_m)):
        if number < since:
            continue
        here, ahead = (shapely.get_coordinates(scene.street.interpolate(at + step))[0] for step in (0.0, 1.0))
        way = (ahead - here) / max(float(np.hypot(*(ahead - here))), 1e-6)
        right = np.array([way[1], -way[0]])
        foot = here + right * 7.0
        half = right * 1.5
        found.append(Face(_upright(foot - right * 0.1, foot + right * 0.1, 0.0, 2.4), (90, 90, 94), -way))
        found.append(Face(_upright(foot - half, foot + half, 2.4, 4.4), BOARDS[number % len(BOARDS)], -way))
    return tuple(found)
