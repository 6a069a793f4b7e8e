"""The piece of the city on a sheet: in metres of the storage system, to a scale, grid north up.

Scale here is that of the projection: 1,000 m between two coordinates are 1,000 m / scale on paper.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geoportal.cartography.printing.paper import Area, Layout
from layers.crs import WEB_HALF_WORLD_M, WGS84, storage_srid, system_name, transformer

POINTS_PER_MM = 72 / 25.4
MM_PER_PX = 25.4 / 96
"""A pixel of the map's styles, as CSS defines it."""
SCALES = (500, 1000, 2000, 5000, 10_000, 20_000, 25_000, 50_000)
"""Scales that fitting chooses from and the dialog offers."""
SMALLEST, LARGEST = 50_000, 500
"""Bounds of the scale: 1:50,000 and 1:500."""
TILE_PX = 512
AROUND_MM = 6.0
"""How far beyond the map's frame geometry is read, so that no cut edge, casing or halo shows."""


@dataclass(frozen=True)
class Ground:
    """What a surface shows when its map is centred on a place (easting, northing) at a scale of 1 to `scale`."""

    paper: Layout
    centre: tuple[float, float]
    scale: float

    @property
    def mm_per_m(self) -> float:
        """Millimetres of paper for a metre of ground."""
        return 1000 / self.scale

    def box(self, around_mm: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north of the map, and of so many millimetres of paper around it."""
        east, north = self.centre
        frame = self.paper.map
        wide, high = (side / 2 + around_mm for side in (frame.width, frame.height))
        return (
            east - wide / self.mm_per_m,
            north - high / self.mm_per_m,
            east + wide / self.mm_per_m,
            north + high / self.mm_per_m,
        )

    def on_paper(self, coordinates: np.ndarray) -> np.ndarray:
        """Coordinates of the storage system in PDF points from the sheet's lower left corner."""
        east, north = self.centre
        frame = self.paper.map
        middle = (frame.left + frame.width / 2, self.paper.height - frame.top - frame.height / 2)
        return ((coordinates - (east, north)) * self.mm_per_m + middle) * POINTS_PER_MM

    def drawn(self, geometries: np.ndarray) -> np.ndarray:
        """Geometries of the storage system in PDF points."""
        moved: np.ndarray = shapely.transform(geometries, self.on_paper)
        return moved

    @cached_property
    def lon_lat(self) -> tuple[float, float]:
        """The centre as longitude and latitude."""
        longitude, latitude = transformer(storage_srid(), WGS84).transform(*self.centre)
        return longitude, latitude

    @property
    def zoom(self) -> float:
        """The zoom of the web map at which things have the size they have on this paper."""
        around = 2 * WEB_HALF_WORLD_M * math.cos(math.radians(self.lon_lat[1]))
        return math.log2(around * 1000 / (TILE_PX * MM_PER_PX * self.scale))

    @property
    def true_north_deg(self) -> float:
        """Where true north lies, in degrees clockwise from the grid north that the sheet has at its top."""
        longitude, latitude = self.lon_lat
        east, north = transformer(WGS84, storage_srid()).transform(longitude, latitude + 0.01)
        return math.degrees(math.atan2(east - self.centre[0], north - self.centre[1]))

    def corners(self) -> list[tuple[float, float]]:
        """The map's four corners as longitude and latitude, from the lower left one against the clock."""
        west, south, east, north = self.box()
        grid = [(west, south), (east, south), (east, north), (west, north)]
        back = transformer(storage_srid(), WGS84)
        return [back.transform(x, y) for x, y in grid]


def fitting(paper: Layout, shown: BaseGeometry) -> Ground:
    """The ground that shows a geometry whole, at the largest round scale that does, else at the smallest there is."""
    west, south, east, north = shown.bounds
    frame: Area = paper.map
    room = 0.92
    needed = max((east - west) / frame.width, (north - south) / frame.height) * 1000 / room
    scale = next((one for one in SCALES if one >= needed), SCALES[-1])
    return Ground(paper, ((west + east) / 2, (south + north) / 2), scale)


def system_title(srid: int) -> str:
    """The system's name with its number in the registry."""
    number, name = f"EPSG:{srid}", system_name(srid)
    return number if name == number else f"{name} ({number})"


def axis_names(srid: int) -> tuple[str, str]:
    """How the system calls its easting and its northing: ("Y", "X") in the Polish ones."""
    axes = {axis.direction: axis.abbrev.upper() for axis in CRS.from_user_input(srid).axis_info}
    return axes.get("east", "E"), axes.get("north", "N")
