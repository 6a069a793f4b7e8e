"""Lengths, areas and buffers of drawn shapes (CRS84), in the storage system and on the ellipsoid.

Grid figures are in the plane of the storage system, as in the cadastre; geodesic ones are on the GRS80 ellipsoid. In
Kielce a kilometre on the grid is 7 cm shorter than on the ellipsoid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadGeometry
from layers.geojson import Limits, geometry_of
from layers.reading.time_limits import in_time, too_slow

if TYPE_CHECKING:
    from pyproj import Geod

MOST_BUFFER_M = 10_000.0
QUADRANT_SEGMENTS = 16
"""Segments of a quarter circle: a buffer is at most 0.5 % narrower than asked for."""
SHAPE_SECONDS = 5.0
"""Within which a shape must be computed; a district with 500 m around it needs 10 ms."""
DRAWN = Limits(latitude=85.0)
"""Nearer to the poles the map, in Web Mercator, has nothing."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Length of a line or perimeter of an area, in metres, and area in square metres, geodesic and on the grid."""

    geodesic_length_m: float
    grid_length_m: float
    geodesic_area_m2: float
    grid_area_m2: float


@lru_cache(maxsize=1)
def _ellipsoid() -> Geod:
    from pyproj import Geod

    return Geod(ellps="GRS80")


def shape_of(given: Any) -> BaseGeometry:
    """The shape of a GeoJSON geometry, in degrees. Raises BadGeoJSON with the reason."""
    return geometry_of(given, DRAWN)


def measures(shape: BaseGeometry) -> Measures:
    """Measures of a shape in degrees. The area of a self-crossing polygon is that of what it covers."""
    flat = _flat(shape)
    if not flat.is_valid:
        flat = shapely.make_valid(flat)
        shape = reproject(np.array([flat]), storage_srid(), WGS84)[0]
    area, _ = _ellipsoid().geometry_area_perimeter(shapely.orient_polygons(shape))
    length = _ellipsoid().geometry_length(shape)
    return Measures(length, float(flat.length), abs(area), float(flat.area))


def buffered(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """The buffer of a shape in degrees, in degrees; computed in the storage system."""
    if not 0 < distance_m <= MOST_BUFFER_M:
        raise BadGeometry(f"The distance must be more than 0 and at most {MOST_BUFFER_M:.0f} metres.")
    around = _computed(_BUFFER, shapely.make_valid(_flat(shape)), distance_m, f"quad_segs={QUADRANT_SEGMENTS}")
    return reproject(np.array([around]), storage_srid(), WGS84)[0]


_BUFFER = "SELECT ST_AsBinary(ST_Buffer(ST_GeomFromWKB(%s), %s, %s))"


def _computed(statement: str, shape: BaseGeometry, *words: Any) -> BaseGeometry:
    """A shape computed by the database, which ends what takes too long; here nothing could: a line of 8,000 points
    that crosses itself everywhere occupies a core for minutes. Raises TooSlow."""
    with in_time(SHAPE_SECONDS, too_slow(SHAPE_SECONDS, "draw a simpler shape")) as cursor:
        cursor.execute(statement, [shapely.to_wkb(shape), *words])
        return shapely.from_wkb(bytes(cursor.fetchone()[0]))


def _flat(shape: BaseGeometry) -> BaseGeometry:
    flat = reproject(np.array([shape]), WGS84, storage_srid())[0]
    if not np.isfinite(flat.bounds).all():
        raise BadGeometry("The geometry lies where the city's coordinate system does not reach.")
    return flat
