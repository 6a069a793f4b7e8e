"""Geometry literals in a given reference system and axis order, projected to the storage system.

A straight line in one system is a curve in another: a parallel of latitude across the city bends by five metres. So
long edges are divided before projection. Parts too far away to be projected are cut off; no feature is there.
"""

import math
from functools import lru_cache

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.city import city
from layers.crs import WGS84, System, reproject, storage_srid
from layers.errors import BadGeometry

EDGE_M = 400.0
"""Longest edge when projected, in metres: it bends by less than five millimetres."""
MOST_PIECES = 4000
AROUND_DEGREES = 3.0
METRES_A_DEGREE = 111_000.0


@lru_cache(maxsize=8)
def _region(srid: int) -> BaseGeometry:
    """The region to which literals are clipped, in a system (x, y): the city and about 200 km around it."""
    west, south, east, north = city().outline.bounds
    around = shapely.box(west - AROUND_DEGREES, south - AROUND_DEGREES, east + AROUND_DEGREES, north + AROUND_DEGREES)
    moved = reproject(np.array([shapely.segmentize(around, 0.1)]), WGS84, srid)[0]
    return shapely.box(*moved.bounds)


def in_storage(shape: BaseGeometry, system: System) -> BaseGeometry:
    """A geometry with the official axis order of its system, in the storage system. Raises BadGeometry."""
    plain = shapely.transform(shape, lambda points: points[:, ::-1]) if system.northing_first else shape
    _refuse_impossible(plain, system)
    return _moved(_clipped(plain, system), system)


def _refuse_impossible(shape: BaseGeometry, system: System) -> None:
    west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
    if system.in_degrees and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        order = "latitude first" if system.northing_first else "longitude first"
        raise BadGeometry(f"The geometry must lie within longitude ±180 and latitude ±90 ({order}).")


def _clipped(shape: BaseGeometry, system: System) -> BaseGeometry:
    region = _region(system.srid)
    if region.covers(shapely.box(*shape.bounds)) or shape.is_empty:
        return shape
    try:
        parts = shapely.get_parts(region.intersection(shape))
    except shapely.GEOSException as fault:
        raise BadGeometry("The geometry crosses itself.") from fault
    kept = parts[shapely.get_dimensions(parts) == shapely.get_dimensions(shape)]
    return shapely.union_all(kept) if len(kept) else shapely.GeometryCollection()


def _moved(shape: BaseGeometry, system: System) -> BaseGeometry:
    if system.srid == storage_srid() or shape.is_empty:
        return shape
    unit = METRES_A_DEGREE if system.in_degrees else 1.0
    edge = max(EDGE_M / unit, shape.length / MOST_PIECES)
    return reproject(np.array([with_short_edges(shape, edge)]), system.srid, storage_srid())[0]


def with_short_edges(shape: BaseGeometry, edge: float) -> BaseGeometry:
    """The shape with vertices added so that no edge is longer. Raises BadGeometry for a ring without area."""
    if shape.length == 0 or shape.is_empty:
        return shape
    try:
        return shapely.segmentize(shapely.remove_repeated_points(shape, 0), edge)
    except shapely.GEOSException as fault:
        raise BadGeometry("A ring of the geometry has no area.") from fault


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box; a line or a point where it has no width or height."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if west == east and south == north:
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def box_in_storage(numbers: list[float], system: System) -> BaseGeometry | None:
    """A bbox of 4 or 6 numbers (heights are ignored), in the storage system; None where it covers the whole region.

    In degrees, a western edge east of the eastern one means a box across longitude 180. Raises BadGeometry.
    """
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise BadGeometry(f"A bbox has 4 or 6 numbers, found {len(numbers)}.")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if system.northing_first:
        low, high = low[::-1], high[::-1]
    if low[1] > high[1] or (low[0] > high[0] and not system.in_degrees):
        raise BadGeometry("The lower corner of the bbox is above its upper one; give the smaller numbers first.")
    boxes = [box(*low, *high)] if low[0] <= high[0] else _across(low, high)
    shape = shapely.union_all(np.array(boxes))
    _refuse_impossible(shape, system)
    return None if shape.covers(_region(system.srid)) else _moved(_clipped(shape, system), system)


def _across(low: list[float], high: list[float]) -> list[BaseGeometry]:
    return [box(low[0], low[1], 180, high[1]), box(-180, low[1], high[0], high[1])]
