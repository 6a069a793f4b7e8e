"""Decides a file's coordinate system and axis order: stated, inferred where only one fits, or refused.

A project rule: a system fits when the points are within the city's outline padded by 15 km. In the city
the ranges of the candidate systems do not overlap, in either axis order, so at most one fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from ingest.errors import BadOption, CrsUnknown
from ingest.files.survey import Survey
from layers.city import City
from layers.crs import WGS84, padded_outline, reproject, storage_srid, transformer

PADDING_M = 15000
FITTING = 0.9
"""Share of the points that must fit; single objects outside are refused later, one by one."""
_ORDERS = ("asis", "swap")
GEOJSON_SYSTEM = f"EPSG:{WGS84}"


@dataclass(frozen=True, slots=True)
class Placement:
    """How coordinates are transformed: from `source` (EPSG number or WKT) to `target`, with axes swapped or not."""

    source: int | str
    swap: bool
    target: int
    notes: tuple[str, ...] = ()

    def move(self, geometries: np.ndarray) -> np.ndarray:
        """The geometries in the target system; those that cannot be projected get infinite coordinates."""
        geometries = shapely.force_2d(geometries)
        if self.swap:
            geometries = shapely.transform(geometries, lambda pairs: pairs[:, ::-1])
        try:
            return reproject(geometries, self.source, self.target)
        except ProjError as fault:
            raise CrsUnknown(f"The coordinates cannot be projected from {name_of(self.source)} ({fault}).") from fault


def place(survey: Survey, options: Mapping[str, str], city: City) -> Placement:
    """Decide the system and the order of axes of a surveyed layer. Raises CrsUnknown with a hint, BadOption."""
    axes = options.get("axes", "")
    if axes not in ("", *_ORDERS):
        raise BadOption(f"axes={axes} is not known; use axes=swap or axes=asis.")
    points = np.empty((0, 2)) if survey.points is None else survey.points
    stated = _stated(survey, options, points)
    if not len(points):
        return Placement(stated or city.srid, False, city.srid)
    if stated is None:
        return _inferred(survey, axes, points, city)
    return _as_stated(survey, stated, axes, points, city)


def _stated(survey: Survey, options: Mapping[str, str], points: np.ndarray) -> int | str | None:
    """The system stated by the option or the file; None where none is, or where the coordinates contradict it."""
    if option := options.get("crs"):
        return _system(option, f"crs={option}")
    if survey.crs is None:
        return None
    if survey.format == "geojson" and survey.crs == GEOJSON_SYSTEM and not _degrees(points):
        return None
    return _system(survey.crs, "The file's coordinate system")


def _degrees(points: np.ndarray) -> bool:
    """Whether the points could be degrees in either order; a few strays do not count."""
    fits = (np.abs(points) <= 180).all(axis=1) & (np.abs(points).min(axis=1) <= 90)
    return not len(points) or bool(fits.mean() >= FITTING)


def _system(text: str, origin: str) -> int | str:
    """EPSG number of a system where it has one, else its definition. Raises BadOption, CrsUnknown."""
    try:
        system = CRS.from_user_input(text)
    except CRSError as fault:
        raise BadOption(f"{origin} cannot be understood; write it like crs=EPSG:{storage_srid()}.") from fault
    if not (system.is_projected or system.is_geographic or system.is_compound):
        raise CrsUnknown(f"{origin} is no map coordinate system ({system.name}); name the right one with crs=EPSG:n.")
    number = system.to_epsg(min_confidence=100) or _epsg_in(text)
    return number or system.to_wkt()


def _epsg_in(text: str) -> int | None:
    number = text.rpartition(":")[2]
    return int(number) if text.upper().startswith("EPSG:") and number.isdigit() else None


def name_of(system: int | str) -> str:
    """A system's name for messages."""
    return f"EPSG:{system}" if isinstance(system, int) else CRS.from_user_input(system).name


def _fits(points: np.ndarray, system: int | str, swap: bool) -> bool:
    """Whether nearly all points are within the padded city, read in that system and axis order."""
    pairs = points[:, ::-1] if swap else points
    x, y = transformer(system, WGS84).transform(pairs[:, 0], pairs[:, 1])
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return False
    outline = padded_outline(WGS84, PADDING_M)
    inside = shapely.contains_xy(outline, np.where(good, x, 0.0), np.where(good, y, 0.0)) & good
    return bool(inside.mean() >= FITTING)


def _inferred(survey: Survey, axes: str, points: np.ndarray, city: City) -> Placement:
    """The placement in the only candidate system that fits. Raises CrsUnknown where none or several do."""
    fitting = [(srid, swap) for srid in city.candidate_srids for swap in (False, True) if _fits(points, srid, swap)]
    wanted = [one for one in fitting if not axes or one[1] == (axes == "swap")]
    names = ", ".join(f"EPSG:{srid}" for srid in city.candidate_srids)
    if len(wanted) != 1:
        raise CrsUnknown(
            f"The file does not state its coordinate system and its numbers ({_range(points)}) fit "
            f"{'none' if not wanted else 'more than one'} of {names} in this city; name it with --option crs=EPSG:n."
        )
    srid, swap = wanted[0]
    surveyors = survey.axes == "xy"
    if swap and not axes and not surveyors:
        raise CrsUnknown(_swapped_hint(srid, "The file does not state its coordinate system; "))
    notes = [f"Coordinate system EPSG:{srid} inferred: no other of {names} puts the points in the city."]
    if swap:
        notes.append(_order_note(surveyors))
    return Placement(srid, swap, city.srid, tuple(notes))


def _order_note(surveyors: bool) -> str:
    if surveyors:
        return "Column X holds the northing (latitude), Y the easting (longitude), as surveyors write them."
    return "Axes swapped as asked (axes=swap)."


def _as_stated(survey: Survey, system: int | str, axes: str, points: np.ndarray, city: City) -> Placement:
    """The placement in the stated system. Raises CrsUnknown where the points fit only with swapped axes."""
    if axes:
        notes = ("Axes swapped as asked (axes=swap).",) if axes == "swap" else ()
        return Placement(system, axes == "swap", city.srid, notes)
    if _fits(points, system, False) or not _only_swapped(points, system):
        return Placement(system, False, city.srid)
    if survey.axes == "xy":
        return Placement(system, True, city.srid, (_order_note(True),))
    raise CrsUnknown(_swapped_hint(system, ""))


def _only_swapped(points: np.ndarray, system: int | str) -> bool:
    """Whether the points are in the city, or in the system's area of use, only with swapped axes."""
    if _fits(points, system, True):
        return True
    return not _in_area_of_use(points, system) and _in_area_of_use(points[:, ::-1], system)


def _in_area_of_use(points: np.ndarray, system: int | str) -> bool:
    crs = CRS.from_user_input(system)
    area = crs.area_of_use
    if area is None or not crs.is_projected:
        return True
    x, y = transformer(system, WGS84).transform(points[:, 0], points[:, 1])
    west, south, east, north = area.west - 1, area.south - 1, area.east + 1, area.north + 1
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return bool(np.mean(inside) >= FITTING)


def _swapped_hint(system: int | str, before: str) -> str:
    return (
        f"{before}The axes seem swapped: as {name_of(system)} the points make sense only with the second number "
        "first. If that is so, read it with --option axes=swap; to take the numbers as they stand, axes=asis."
    )


def _range(points: np.ndarray) -> str:
    low, high = points.min(axis=0), points.max(axis=0)
    return f"x {low[0]:.8g} to {high[0]:.8g}, y {low[1]:.8g} to {high[1]:.8g}"
