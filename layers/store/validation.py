"""Validation of records: a geometry is repaired where that is safe, else the record is rejected."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from layers.crs import WEB_MERCATOR, padded_outline, reproject, storage_srid
from layers.record import Record, Refusal
from layers.schema.kind import LayerKind

CHUNK = 5000
RETURN_M = 1000
"""Tolerance of the round trip through web mercator; 80 degrees from the city's meridian it loses 100 m."""
NEAR_M = 200_000
"""Up to this distance from the city's padded outline every coordinate can be projected and is not tested."""
_MULTI = {"MULTIPOLYGON": ("Polygon", "MultiPolygon"), "MULTILINESTRING": ("LineString", "MultiLineString")}
_SINGLE = {"POINT": ("Point", "MultiPoint"), "LINESTRING": ("LineString", "MultiLineString")}
_MANY: dict[str, Any] = {"Polygon": MultiPolygon, "LineString": MultiLineString}
_RINGS = ("LinearRing", "LineString")


def accept(
    kind: LayerKind, records: Iterable[Record | Refusal], *, check_bbox: bool = True
) -> Iterator[Record | Refusal]:
    """Records with a valid 2D geometry of the kind's shape, and refusals in place of the others.

    Self-crossings are repaired (`make_valid`), Z and M dropped, single and multi-part geometries unified; parts of
    another dimension that result from a repair are dropped. `check_bbox` rejects geometries outside the city's padded
    outline.
    """
    source = iter(records)
    while chunk := list(islice(source, CHUNK)):
        yield from _accept_chunk(kind, chunk, check_bbox)


def _accept_chunk(kind: LayerKind, chunk: list[Record | Refusal], check_bbox: bool) -> Iterator[Record | Refusal]:
    good = [one for one in chunk if isinstance(one, Record)]
    geometries = np.array([one.geometry for one in good], dtype=object)
    flat = shapely.force_2d(geometries) if len(good) else geometries
    finite = _finite(flat) & _projectable(flat)
    repaired = flat.copy()
    repaired[~finite] = None
    broken = finite & ~shapely.is_valid(repaired) & ~shapely.is_missing(repaired)
    if broken.any():
        repaired[broken] = shapely.make_valid(repaired[broken])
    near = np.ones(len(good), dtype=bool)
    if check_bbox and len(good):
        outline = padded_outline(storage_srid())
        shapely.prepare(outline)
        near = shapely.intersects(outline, repaired)
    at = iter(range(len(good)))
    for one in chunk:
        if isinstance(one, Refusal):
            yield one
        else:
            i = next(at)
            yield from _judge(kind, one, repaired[i], bool(finite[i]), bool(near[i]))


def _finite(geometries: np.ndarray) -> np.ndarray:
    result = np.ones(len(geometries), dtype=bool)
    coordinates, index = shapely.get_coordinates(geometries, return_index=True)
    result[index[~np.isfinite(coordinates).all(axis=1)]] = False
    return result


def _projectable(geometries: np.ndarray) -> np.ndarray:
    """Whether each geometry can be projected to web mercator: one vertex that cannot would fail the whole INSERT.

    Only geometries that reach beyond NEAR_M are tested, by a round trip of their vertices.
    """
    result = np.ones(len(geometries), dtype=bool)
    west, south, east, north = padded_outline(storage_srid()).bounds
    bounds = shapely.bounds(geometries)
    inside = (bounds[:, :2] >= (west - NEAR_M, south - NEAR_M)).all(axis=1)
    inside &= (bounds[:, 2:] <= (east + NEAR_M, north + NEAR_M)).all(axis=1)
    for at in np.flatnonzero(~inside & np.isfinite(bounds).all(axis=1)):
        there = reproject(geometries[at : at + 1], storage_srid(), WEB_MERCATOR)
        back = shapely.get_coordinates(reproject(there, WEB_MERCATOR, storage_srid()))
        apart = np.abs(back - shapely.get_coordinates(geometries[at]))
        result[at] = bool(np.isfinite(apart).all() and (apart < RETURN_M).all())
    return result


def _judge(
    kind: LayerKind, record: Record, geometry: BaseGeometry | None, finite: bool, near: bool
) -> Iterator[Record | Refusal]:
    if record.geometry is None:
        yield _refuse(record, "geometry_missing", "The record has no geometry.")
    elif not finite:
        yield _refuse(record, "geometry_not_finite", "A coordinate is not a number or cannot be projected.")
    elif geometry is None or geometry.is_empty:
        yield _refuse(record, "geometry_empty", "The geometry is empty.")
    elif not near:
        point = geometry.representative_point()
        where = f"{point.x:.1f}, {point.y:.1f}"
        yield _refuse(
            record,
            "outside_city",
            f"The object lies at {where}, far from the city; use bbox=off to keep it.",
            where,
        )
    else:
        yield from _shape(kind, record, geometry)


def _refuse(record: Record, reason: str, message: str, value: str = "") -> Refusal:
    return Refusal(record.row, record.source_id, reason, message, field="geom", value=value)


def _shape(kind: LayerKind, record: Record, geometry: BaseGeometry) -> Iterator[Record | Refusal]:
    allowed = _MULTI.get(kind.shape) or _SINGLE[kind.shape]
    single = allowed[0]
    parts = [part for part in _parts(geometry) if part.geom_type == single and not part.is_empty]
    original = record.geometry.geom_type if record.geometry is not None else ""
    if not parts or (original not in allowed and original not in ("GeometryCollection", *_RINGS[:1])):
        wanted = kind.shape.lower()
        yield _refuse(record, "geometry_type", f"Found {original}, but {kind.slug} are of type {wanted}.", original)
    elif kind.shape in _MULTI:
        yield replace(record, geometry=_MANY[single](parts))
    elif len(parts) == 1:
        yield replace(record, geometry=parts[0])
    elif kind.explode:
        for number, part in enumerate(parts, 1):
            yield replace(record, source_id=f"{record.source_id}#{number}", geometry=part)
    else:
        yield _refuse(
            record, "geometry_parts", f"The object has {len(parts)} parts; {kind.slug} are single.", original
        )


def _parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    if geometry.geom_type == "LinearRing":
        yield LineString(shapely.get_coordinates(geometry))
        return
    for part in shapely.get_parts(geometry):
        if part.geom_type.startswith(("Multi", "Geometry")):
            yield from _parts(part)
        else:
            yield part
