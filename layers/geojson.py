"""Geometries that people and programs send as GeoJSON (RFC 7946): the one reader, with its limits and its fault.

It is on the lowest floor because filters, measures, reports, studies and the portal's addresses all read with it.
Files are not read here: those go through the sandboxed child of `ingest`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import BadGeoJSON, BadJSON
from layers.json_text import json_value

NESTED = {"Point": 0, "MultiPoint": 1, "LineString": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many lists are around the positions of each type."""
LARGEST_NUMBER = 1e9
"""Coordinates are below it in all systems offered; Python's integers have no end, PostGIS' numbers do."""
MOST_CROSSINGS = 200
"""Of the boundary of a shape by hand with itself: repaired within 0.1 s."""
COLLECTIONS_FROM = 4
"""GEOS' numbers of types of several geometries are this and above."""
EDGES_AT_ONCE = 64
MOST_NESTED_COLLECTIONS = 8
"""GEOS reads collections by recursion in C."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes. The defaults are those of a shape that somebody draws.

    `latitude`: positions are degrees, up to this latitude; None where they are of another system. `closes_rings`: a
    ring whose last position is not its first gets closed; otherwise it is refused, as the standard wants.
    """

    vertices: int = 20_000
    characters: int = 1_000_000
    latitude: float | None = 90.0
    closes_rings: bool = False
    may_be_empty: bool = False


DRAWN = Limits()
STORED = Limits(vertices=300_000, characters=20_000_000, latitude=None, may_be_empty=True)
"""For features that are edited and areas from a file: larger, and empty ones are judged by the rules of the layer."""


def parsed(text: str | bytes, limits: Limits = DRAWN) -> Any:
    """The value of a JSON text. Raises BadGeoJSON ("size", "json")."""
    if len(text) > limits.characters:
        raise BadGeoJSON("size", f"The GeoJSON has more than {limits.characters} characters.", limits.characters)
    try:
        return json_value(text)
    except BadJSON as fault:
        raise BadGeoJSON("json", f"The GeoJSON geometry cannot be read: {fault}") from None


def geometry_of(given: Any, limits: Limits = DRAWN) -> BaseGeometry:
    """The geometry of a GeoJSON object, or of a text that is one; without heights, axes in the order given.

    A feature counts as its geometry, a collection of features as the collection of theirs. Raises BadGeoJSON.
    """
    node = parsed(given, limits) if isinstance(given, str | bytes) else given
    plain = _Plain(limits.closes_rings)
    made = plain.geometry(node, MOST_NESTED_COLLECTIONS)
    if plain.vertices > limits.vertices:
        raise BadGeoJSON("vertices", f"The geometry has more than {limits.vertices} vertices.", plain.vertices)
    try:
        shape: BaseGeometry = shapely.from_geojson(json.dumps(made))
    except (shapely.errors.GEOSException, ValueError):
        raise _unreadable("coordinates", "a line has one position, or a ring is not closed") from None
    if shape.is_empty and not limits.may_be_empty:
        raise BadGeoJSON("empty", "The geometry is empty.")
    _refuse_no_degrees(shape, limits.latitude)
    if not shape.is_valid and crosses_itself_often(shape):
        text = f"The boundary crosses itself more than {MOST_CROSSINGS} times; draw a simpler shape."
        raise BadGeoJSON("crossings", text)
    return shape


def crosses_itself_often(shape: BaseGeometry) -> bool:
    """Whether the boundaries of polygons cross themselves or each other more than `MOST_CROSSINGS` times.

    Repairing a polygon takes time by the square of its crossings and more: 43 s for one of 300 random corners in
    GEOS, and PostGIS ends its process for one of 4,000. Counting stops at the limit.
    """
    parts = np.array([shape])
    while (shapely.get_type_id(parts) >= COLLECTIONS_FROM).any():
        parts = shapely.get_parts(parts)
    corners, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    same = ring[1:] == ring[:-1]
    edges: Any = shapely.linestrings(np.stack([corners[:-1][same], corners[1:][same]], axis=1))
    tree, twice, first, chunk = shapely.STRtree(edges), 0, 0, 1
    while first < len(edges):
        twice += tree.query(edges[first : first + chunk], predicate="crosses").shape[1]
        if twice > 2 * MOST_CROSSINGS:
            return True
        first, chunk = first + chunk, min(2 * chunk, EDGES_AT_ONCE)
    return False


def _refuse_no_degrees(shape: BaseGeometry, latitude: float | None) -> None:
    if latitude is None or shape.is_empty:
        return
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -latitude <= south <= north <= latitude):
        raise BadGeoJSON("degrees", f"The geometry must lie within longitude ±180 and latitude ±{latitude:g}.")


class _Plain:
    """Rewrites a geometry with its type and two numbers a position only, and counts the positions."""

    def __init__(self, closes_rings: bool) -> None:
        self.vertices = 0
        self.closes_rings = closes_rings

    def geometry(self, node: Any, deeper: int) -> dict[str, Any]:
        """The geometry of a geometry, a feature or a collection of either, which may nest `deeper` times."""
        if not isinstance(node, Mapping) or "type" not in node:
            raise BadGeoJSON("type", "Expected a GeoJSON geometry.")
        name = node["type"]
        if name == "Feature":
            return self.geometry(node.get("geometry"), deeper)
        if name in ("GeometryCollection", "FeatureCollection"):
            if not deeper:
                raise BadGeoJSON("nesting", f"Collections are nested more than {MOST_NESTED_COLLECTIONS} deep.")
            parts = _list(node.get("geometries" if name == "GeometryCollection" else "features"))
            return {"type": "GeometryCollection", "geometries": [self.geometry(one, deeper - 1) for one in parts]}
        if not isinstance(name, str) or name not in NESTED:
            raise _unreadable("type", f"there is no type “{str(name)[:40]}”")
        coordinates = _list(node.get("coordinates"))
        is_area = name.endswith("Polygon")
        return {"type": name, "coordinates": self._lists(coordinates, NESTED[name], is_area) if coordinates else []}

    def _lists(self, node: Any, nested: int, is_area: bool) -> list[Any]:
        if not nested:
            return self._position(node)
        made = [self._lists(one, nested - 1, is_area) for one in _list(node)]
        if not is_area:
            return made
        if nested > 1:
            if not made:
                raise _unreadable("coordinates", "a polygon has no ring")
            return made
        if len(made) < 3:
            raise _unreadable("ring", "a ring has fewer than three positions")
        return [*made, made[0]] if self.closes_rings and made[0] != made[-1] else made

    def _position(self, node: Any) -> list[float]:
        if not isinstance(node, list | tuple) or not 2 <= len(node) <= 4 or not all(map(_is_number, node)):
            raise _unreadable("position", "a position is no pair of numbers")
        self.vertices += 1
        return [float(node[0]), float(node[1])]


def _list(node: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(node, list | tuple):
        raise _unreadable("coordinates", "its coordinates are incomplete")
    return node


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < LARGEST_NUMBER and math.isfinite(value)


def _unreadable(reason: str, detail: str) -> BadGeoJSON:
    return BadGeoJSON(reason, f"The GeoJSON geometry cannot be read: {detail}.")
