"""Directions: means across north, true headings, courses between photos, and bearings of pixels (domain.md 6.1, 6.2).

Angles are degrees, clockwise from true north, in [0, 360). NaN stands for an unknown one.
"""

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from pyproj import Geod

Floats = NDArray[np.float64]
FILM_WIDTH_MM, FILM_HEIGHT_MM = 36.0, 24.0
"""The picture on 35 mm film, to which equivalent focal lengths refer."""
SLOW_M_S = 1.5
"""Below this speed a course does not show where the vehicle points."""
NEAR_M = 1.0
FAR_M = 100.0
"""Photos nearer or farther than these do not show the way between them."""
_NO_MEAN = 1e-9


@cache
def ellipsoid() -> "Geod":
    """The ellipsoid of GPS positions, for distances and courses."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def courses(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> tuple[Floats, Floats]:
    """Course and distance (m) from points to others; NaN where a coordinate is unknown. The shapes are equal."""
    known = np.isfinite(lat) & np.isfinite(lon) & np.isfinite(to_lat) & np.isfinite(to_lon)
    course, distance = np.full(lat.shape, np.nan), np.full(lat.shape, np.nan)
    if known.any():
        ahead, _, length = ellipsoid().inv(lon[known], lat[known], to_lon[known], to_lat[known])
        course[known], distance[known] = np.asarray(ahead) % 360, length
    return course, distance


def circular_mean(degrees: ArrayLike) -> float:
    """The mean direction: of 350, 10 and 20 it is 6.705. NaN for none, and where they cancel out."""
    angles = np.radians(np.asarray(degrees, dtype=np.float64))
    angles = angles[np.isfinite(angles)]
    if not angles.size:
        return math.nan
    east, north = np.sin(angles).mean(), np.cos(angles).mean()
    if math.hypot(east, north) < _NO_MEAN:
        return math.nan
    return float(_turn(np.degrees(np.arctan2(east, north))))


def _turn(degrees: ArrayLike) -> Floats:
    """Degrees in [0, 360): the remainder of a tiny negative number is rounded to 360 itself."""
    turned: Floats = np.mod(np.asarray(degrees, dtype=np.float64), 360.0)
    return np.where(turned >= 360.0, 0.0, turned)


def difference(first: ArrayLike, second: ArrayLike) -> Floats:
    """The turn from the second direction to the first, in [-180, 180)."""
    turn = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    return _turn(turn + 180.0) - 180.0


def true_heading(heading: ArrayLike, magnetic: ArrayLike, declination_deg: float) -> Floats:
    """True headings of those that a compass gave; `declination_deg` is positive east: 120 magnetic, 6 -> 126."""
    found = np.asarray(heading, dtype=np.float64)
    return _turn(np.where(magnetic, found + declination_deg, found))


def course_heading(course: Floats, speed_m_s: Floats, mount_offset_deg: float) -> Floats:
    """Heading of a camera fixed to a vehicle. NaN below 1.5 m/s and where course or speed is unknown."""
    trusted = np.isfinite(speed_m_s) & (speed_m_s >= SLOW_M_S)
    return np.where(trusted, _turn(course + mount_offset_deg), np.nan)


def neighbour_heading(lat: Floats, lon: Floats, time: Floats, mount_offset_deg: float) -> Floats:
    """Headings from each photo to the next, in the given order; the last one gets that of the one before it.

    A photo whose way to the next is not trusted (under 1 m or over 100 m; slower than 1.5 m/s where both times are
    known; a position unknown) gets the heading of the way that leads to it, if that one is trusted, else NaN.
    """
    if len(lat) < 2:
        return np.full(lat.shape, np.nan)
    course, distance = courses(lat[:-1], lon[:-1], lat[1:], lon[1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        elapsed = np.diff(time)
        slow = np.isfinite(elapsed) & (distance < SLOW_M_S * elapsed)
        trusted = (distance >= NEAR_M) & (distance <= FAR_M) & ~slow
    way = np.where(trusted, course, np.nan)
    onward, back = np.append(way, np.nan), np.append(np.nan, way)
    return _turn(np.where(np.isfinite(onward), onward, back) + mount_offset_deg)


def hfov_deg(f35_mm: float | None, *, portrait: bool = False) -> float | None:
    """Horizontal field of view from the 35 mm equivalent focal length: 26 mm -> 69.390; None where it is unknown."""
    if not f35_mm or f35_mm <= 0:
        return None
    return math.degrees(2 * math.atan((FILM_HEIGHT_MM if portrait else FILM_WIDTH_MM) / (2 * f35_mm)))


def focal_px(width: int, hfov: float) -> float:
    """Focal length of a flat picture in pixels: 4,000 px and 66 degrees -> 3079.730."""
    return (width / 2) / math.tan(math.radians(hfov) / 2)


def bearing_of_column(heading: ArrayLike, hfov: float, width: int, column: ArrayLike) -> Floats:
    """Bearing of a column of a flat picture; not linear in the column."""
    offset = np.degrees(np.arctan((np.asarray(column, dtype=np.float64) - width / 2) / focal_px(width, hfov)))
    return _turn(np.asarray(heading, dtype=np.float64) + offset)


def bearing_of_panorama(heading: ArrayLike, full_width: float, column: ArrayLike, left: float = 0.0) -> Floats:
    """Bearing of a column of an equirectangular picture, a crop of which begins `left` pixels from the whole's edge.

    `heading` is that of the whole panorama's centre.
    """
    share = (left + np.asarray(column, dtype=np.float64)) / full_width
    return _turn(np.asarray(heading, dtype=np.float64) + (share - 0.5) * 360.0)


def pitch_of_panorama(full_height: float, row: ArrayLike, top: float = 0.0) -> Floats:
    """Degrees above the horizon of a row of an equirectangular picture."""
    return 90.0 - (top + np.asarray(row, dtype=np.float64)) / full_height * 180.0


def column_of_panorama(heading: float, full_width: float, bearing: ArrayLike, left: float = 0.0) -> Floats:
    """The column that looks along a bearing, in [0, full width) before the crop is taken off."""
    turned = _turn(np.asarray(bearing, dtype=np.float64) - heading + 180.0)
    return turned / 360.0 * full_width - left
