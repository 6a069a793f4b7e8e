"""A geometry as editable text: WKT in the storage CRS, or one position per line.

It allows editing without a mouse, and is what the edit form sends. Coordinates may be in any of the city's CRSs, in
either axis order, as their ranges do not overlap within the city.
"""

import re

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from layers.crs import WGS84, padded_outline, reproject, storage_srid
from layers.errors import BadGeometry
from layers.places.positions import PADDING_M, position
from layers.schema.kind import LayerKind

DECIMALS = 3
"""Decimals of metres in texts: millimetres, the precision of equality."""
LONGEST = 1_500_000
DEGREE_DECIMALS = 10
"""Decimals of degrees, so that a geometry returned by the map is within a millimetre."""
_WKT = re.compile(r"^\s*(SRID\s*=\s*\d+\s*;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\b", re.IGNORECASE)


def as_text(geometry: BaseGeometry) -> str:
    """A geometry in the storage CRS as text: easting and northing of a point, WKT of all others."""
    if isinstance(geometry, Point) and not geometry.is_empty:
        return f"{geometry.x:.{DECIMALS}f} {geometry.y:.{DECIMALS}f}"
    return str(shapely.to_wkt(geometry, rounding_precision=DECIMALS, trim=True))


def from_text(kind: LayerKind, text: str) -> BaseGeometry | None:
    """The geometry of a text, in the storage CRS; None for an empty text. Raises BadGeometry."""
    if len(text) > LONGEST:
        raise BadGeometry(f"The text of a geometry may have {LONGEST} characters.")
    if not text.strip():
        return None
    if _WKT.match(text):
        try:
            return _placed(shapely.force_2d(shapely.from_wkt(re.sub(r"^\s*SRID\s*=\s*\d+\s*;", "", text))))
        except shapely.errors.GEOSException:
            raise BadGeometry("This WKT cannot be read.") from None
    return _from_lines(kind, [line for line in text.splitlines() if line.strip()])


def _from_lines(kind: LayerKind, lines: list[str]) -> BaseGeometry:
    """The point, line or polygon outline through the positions, one per line."""
    positions = []
    for number, line in enumerate(lines, 1):
        found = position(line)
        if found is None:
            raise BadGeometry(f"Line {number}, “{line.strip()[:40]}”, is no position.")
        positions.append((found.longitude, found.latitude))
    fewest = {"POINT": 1, "LINESTRING": 2, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}[kind.shape]
    if len(positions) < fewest or (kind.shape == "POINT" and len(positions) > 1):
        raise BadGeometry(f"Found {len(positions)} positions; expected {fewest}.")
    shape: BaseGeometry
    if kind.shape == "POINT":
        shape = Point(positions[0])
    else:
        shape = Polygon(positions) if kind.shape == "MULTIPOLYGON" else LineString(positions)
    return _stored(shape)


def _stored(degrees: BaseGeometry) -> BaseGeometry:
    found: BaseGeometry = reproject(np.array([degrees]), WGS84, storage_srid())[0]
    return found


def _placed(shape: BaseGeometry) -> BaseGeometry:
    """The shape in the storage CRS, taken as easting first, northing first or degrees, whichever is in the city."""
    turned = shapely.transform(shape, lambda xy: xy[:, ::-1])
    for srid in (storage_srid(), WGS84):
        west, south, east, north = padded_outline(srid, PADDING_M).bounds
        for one in (shape, turned):
            x, y, _, _ = one.bounds
            if west <= x <= east and south <= y <= north:
                return one if srid == storage_srid() else _stored(one)
    return shape


def in_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry of the storage CRS in degrees, with enough decimals to round-trip."""
    found: BaseGeometry = reproject(np.array([geometry]), storage_srid(), WGS84)[0]
    return shapely.transform(found, lambda xy: np.round(xy, DEGREE_DECIMALS))
