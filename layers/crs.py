"""Coordinate systems: the only place with EPSG numbers, and the geometry columns that depend on the city.

Axis order here is always (easting, northing) or (longitude, latitude), as in PostGIS and shapely; the official
axis order of PL-1992 and PL-2000 is (northing, easting), see `System.northing_first`.

Migrations import `CityGeometryField`, `LonLatGeometryField` and `web_geometry`: do not move them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import GeneratedField
from shapely.geometry.base import BaseGeometry

from layers.city import city
from layers.errors import UnknownSystem

if TYPE_CHECKING:
    from pyproj import Transformer

WGS84 = 4326
WEB_MERCATOR = 3857
PL_1992 = 2180
PL_2000_ZONES = (2176, 2177, 2178, 2179)
WEB_HALF_WORLD_M = 20037508.342789244
"""Half the width of the web mercator square, in its metres."""


def storage_srid() -> int:
    """EPSG number of the city's storage coordinate system, from the city file."""
    return city().srid


class CityGeometryField(GeometryField):
    """A geometry column in the city's coordinate system, of one type ("MULTIPOLYGON", ...).

    Its migrations carry the type but not the number, so the same migrations build any city's database.
    """

    def __init__(self, *args: Any, shape: str = "GEOMETRY", **kwargs: Any) -> None:
        kwargs["srid"] = storage_srid()
        kwargs["spatial_index"] = False
        super().__init__(*args, **kwargs)
        self.geom_type = shape
        self.shape = shape

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("srid", None)
        kwargs.pop("spatial_index", None)
        kwargs["shape"] = self.shape
        return name, path, list(args), kwargs


class LonLatGeometryField(GeometryField):
    """A geometry column of any type in longitude and latitude, for places that may lie outside the city."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"srid": WGS84, "spatial_index": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("srid", None)
        kwargs.pop("spatial_index", None)
        return name, path, list(args), kwargs


def web_geometry() -> GeneratedField:
    """A generated column with `geom` in web mercator, for tiles (measured: 1.5 times the tile rate)."""
    return GeneratedField(
        expression=Transform("geom", WEB_MERCATOR),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )


@lru_cache(maxsize=64)
def transformer(source: int | str, target: int | str) -> Transformer:
    """A pyproj transformer between two systems, (easting, northing) or (lon, lat) in and out.

    Example: `transformer(WGS84, PL_1992).transform(20.63139, 50.87028)` gives (614755.29, 334975.86).
    """
    from pyproj import CRS, Transformer

    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)


def reproject(geometries: np.ndarray, source: int | str, target: int | str) -> np.ndarray:
    """Shapely geometries of one system in another, Z dropped; what cannot be projected becomes infinite."""
    if source == target:
        return geometries
    change = transformer(source, target)

    def move(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(change.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometries, move)


def storage_point(lon: float, lat: float) -> BaseGeometry:
    """A point in the storage system, of its longitude and latitude."""
    point: BaseGeometry = reproject(np.array([shapely.Point(lon, lat)]), WGS84, storage_srid())[0]
    return point


@lru_cache(maxsize=8)
def padded_outline(srid: int, padding_m: float | None = None) -> BaseGeometry:
    """The city's outline padded in metres (default: the city file's padding), in the system `srid`."""
    here = city()
    metric = reproject(np.array([here.outline]), WGS84, here.srid)[0]
    padded = metric.buffer(here.outline_padding_m if padding_m is None else padding_m)
    return reproject(np.array([padded]), here.srid, srid)[0]


def system_name(srid: int) -> str:
    """The common name of a system: "PL-1992", "PL-2000/21" (with its central meridian), "EPSG:4258"."""
    if srid in PL_2000_ZONES:
        return f"PL-2000/{15 + 3 * PL_2000_ZONES.index(srid)}"
    return {WGS84: "WGS 84", PL_1992: "PL-1992"}.get(srid, f"EPSG:{srid}")


@dataclass(frozen=True, slots=True)
class System:
    """A reference system of input and output coordinates, with the axis order of its official definition."""

    srid: int
    uri: str
    northing_first: bool
    decimals: int
    """Decimals of written coordinates: about a centimetre in degrees, a millimetre in metres."""

    @property
    def title(self) -> str:
        """Its common name."""
        return "CRS84 (WGS 84)" if self == CRS84 else system_name(self.srid)

    @property
    def in_degrees(self) -> bool:
        """Whether its coordinates are longitude and latitude."""
        return self.srid == WGS84


CRS84 = System(WGS84, "http://www.opengis.net/def/crs/OGC/1.3/CRS84", False, 7)
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@lru_cache(maxsize=1)
def systems() -> tuple[System, ...]:
    """The supported systems, CRS84 first; the storage system is among them."""
    return (CRS84, *(_system(srid) for srid in dict.fromkeys((WGS84, WEB_MERCATOR, PL_1992, storage_srid()))))


def storage_system() -> System:
    """The storage system, with its official axis order."""
    return _system(storage_srid())


def _system(srid: int) -> System:
    from pyproj import CRS

    first = CRS.from_epsg(srid).axis_info[0]
    return System(srid, f"{_EPSG}{srid}", first.direction == "north", 7 if srid == WGS84 else 3)


def system_named(text: str) -> System:
    """The system of a URI, a CURIE ("[EPSG:3857]", "EPSG:3857") or a URN. Raises UnknownSystem."""
    plain = text.strip().removeprefix("[").removesuffix("]")
    for one in systems():
        authority, _, number = one.uri.removeprefix("http://www.opengis.net/def/crs/").replace("/", ":").split(":")
        names = {one.uri, one.uri.replace("http:", "https:"), f"{authority}:{number}"}
        if plain in names | {f"urn:ogc:def:crs:{authority}::{number}"} or (one == CRS84 and plain in _CRS84_NAMES):
            return one
    there_are = ", ".join(one.uri for one in systems())
    raise UnknownSystem(f"There is no reference system “{text[:80]}” here; there are: {there_are}.")


_CRS84_NAMES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84")
