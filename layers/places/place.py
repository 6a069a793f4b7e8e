"""The place of a report: a feature of a layer, a point, or a drawn area.

Input points and areas are in longitude and latitude; the geometry of a Place is in the storage system, in which
areas, lengths and distances are measured.
"""

import json
import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from layers.access.rules import Access
from layers.crs import WGS84, padded_outline, reproject, storage_srid
from layers.errors import BadPlace, UnknownFeature
from layers.reading.selection import select
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.text import Text

MAX_AREA_KM2 = 50
MAX_VERTICES = 5_000
MAX_TEXT = 400_000
"""Most characters of a drawn area's GeoJSON."""
DECIMALS = 7
"""Decimals of degrees: a centimetre."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place. `given` is the point or area as GeoJSON geometry in CRS84, empty for a feature."""

    geometry: BaseGeometry
    given: dict[str, Any]
    kind: LayerKind | None = None
    row: CityFeature | None = None
    repaired: bool = False
    """The drawn area crossed itself and was repaired."""

    @property
    def is_area(self) -> bool:
        """Whether it has an area; points and lines have none."""
        return self.geometry.area > 0

    @property
    def is_point(self) -> bool:
        """Whether it is a point."""
        return self.geometry.geom_type == "Point"

    @property
    def words(self) -> dict[str, str]:
        """The place as query parameters of the portal's addresses."""
        if self.kind is not None and self.row is not None:
            return {"layer": self.kind.slug, "feature": str(self.row.feature_id)}
        if self.is_point:
            return {"point": ",".join(f"{value:.{DECIMALS}f}" for value in self.given["coordinates"])}
        return {"area": json.dumps(self.given, separators=(",", ":"))}

    @property
    def operand(self) -> dict[str, Any]:
        """The place as an operand of a spatial condition in CQL2-JSON."""
        if self.kind is not None and self.row is not None:
            return {"op": "feature", "args": [self.kind.slug, str(self.row.feature_id)]}
        return self.given

    @property
    def literal(self) -> str:
        """The geometry as hex EWKB, for SQL."""
        return str(shapely.to_wkb(shapely.set_srid(self.geometry, storage_srid()), hex=True, include_srid=True))

    @property
    def geographic(self) -> BaseGeometry:
        """The geometry in longitude and latitude."""
        made: BaseGeometry = reproject(np.array([self.geometry]), storage_srid(), WGS84)[0]
        return made


def feature_place(access: Access, kind: LayerKind, key: str, at: str = "") -> Place:
    """The place of a feature, as it was at a moment. Raises UnknownFeature, BadMoment."""
    try:
        chosen = select(access, kind, at=at)
        row = chosen.rows().filter(feature_id=UUID(key)).first() if chosen else None
    except ValueError:
        row = None
    if row is None:
        moment = Text(" w tej chwili", " at that moment") if at else ""
        words = Text("W warstwie „{}” nie ma takiego obiektu{}.", "The layer “{}” has no such feature{}.")
        raise UnknownFeature(str(words).format(kind.title, moment))
    return Place(shapely.from_wkb(bytes(row.geom.wkb)), {}, kind, row)


def point_place(text: str) -> Place:
    """The place "longitude,latitude". Raises BadPlace."""
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        raise BadPlace(
            str(
                Text(
                    "Punkt to długość,szerokość w stopniach, na przykład 20.63139,50.87028.",
                    "A point is longitude,latitude in degrees, such as 20.63139,50.87028.",
                )
            )
        ) from None
    position = [round(value, DECIMALS) for value in _position([longitude, latitude])]
    return Place(_in_city(Point(position)), {"type": "Point", "coordinates": position})


def area_place(text: str) -> Place:
    """The place of a drawn polygon: a GeoJSON geometry in longitude and latitude. Raises BadPlace."""
    drawn = _drawn(text)
    repaired = not drawn.is_valid
    if repaired:
        drawn = _repaired(drawn)
    area = _in_city(drawn)
    if not area.is_valid:
        area = _repaired(area)
    if area.area < 1:
        raise BadPlace(
            str(
                Text(
                    "Obszar jest mniejszy niż metr kwadratowy; narysuj większy.",
                    "The area is smaller than a square metre; draw a larger one.",
                )
            )
        )
    if area.area > MAX_AREA_KM2 * 1e6:
        raise BadPlace(
            str(
                Text(
                    "Obszar ma {} km²; raport powstaje dla najwyżej {} km².",
                    "The area has {} km²; a report is made for at most {} km².",
                )
            ).format(round(area.area / 1e6), MAX_AREA_KM2)
        )
    return Place(area, _geojson(drawn), repaired=repaired)


def _drawn(text: str) -> BaseGeometry:
    if len(text) > MAX_TEXT:
        raise BadPlace(
            str(
                Text(
                    "Opis obszaru ma ponad {} znaków; narysuj go z mniejszą liczbą punktów.",
                    "The area is described with more than {} characters; draw it with fewer points.",
                )
            ).format(MAX_TEXT)
        )
    try:
        node = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPlace(str(Text("Obszar nie jest zapisany jako GeoJSON.", "The area is no GeoJSON."))) from None
    kind = node.get("type") if isinstance(node, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadPlace(
            str(
                Text(
                    "Obszar musi być wielokątem GeoJSON (Polygon lub MultiPolygon), najpierw długość geograficzna.",
                    "The area must be a GeoJSON Polygon or MultiPolygon, longitude first.",
                )
            )
        )
    polygons = node.get("coordinates")
    made = [_polygon(rings) for rings in _list([polygons] if kind == "Polygon" else polygons)]
    vertices = int(shapely.get_num_coordinates(made).sum())
    if vertices > MAX_VERTICES:
        raise BadPlace(
            str(
                Text(
                    "Obszar ma {} punktów; raport powstaje dla najwyżej {}.",
                    "The area has {} points; a report is made for at most {}.",
                )
            ).format(vertices, MAX_VERTICES)
        )
    return made[0] if len(made) == 1 else MultiPolygon(made)


def _polygon(rings: Any) -> Polygon:
    outer, *holes = [[_position(one) for one in _list(ring)] for ring in _list(rings)]
    if any(len(ring) < 3 for ring in (outer, *holes)):
        raise BadPlace(
            str(Text("Granica obszaru ma mniej niż trzy punkty.", "A ring of the area has fewer than three points."))
        )
    return Polygon(outer, holes)


def _list(node: Any) -> list[Any]:
    if not isinstance(node, list) or not node:
        raise BadPlace(str(Text("Współrzędne obszaru są niepełne.", "The area's coordinates are incomplete.")))
    return node


def _position(node: Any) -> tuple[float, float]:
    """Longitude and latitude; an elevation is dropped."""
    if not isinstance(node, list) or not 2 <= len(node) <= 3 or not all(_is_number(value) for value in node):
        raise BadPlace(
            str(
                Text(
                    "Położenie miejsca nie jest parą liczb: długość, szerokość.",
                    "A position of the place is no pair of numbers: longitude, latitude.",
                )
            )
        )
    longitude, latitude = float(node[0]), float(node[1])
    if not (-180 <= longitude <= 180 and -85 <= latitude <= 85):
        raise BadPlace(
            str(
                Text(
                    "Położenie miejsca wykracza poza długość ±180 i szerokość ±85.",
                    "A position of the place lies outside longitude ±180 and latitude ±85.",
                )
            )
        )
    return longitude, latitude


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)
    )


def _repaired(drawn: BaseGeometry) -> BaseGeometry:
    """The polygons of an area that crossed itself."""
    parts = shapely.get_parts(shapely.make_valid(drawn))
    areas = [part for whole in parts for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    joined: BaseGeometry = shapely.union_all(areas)
    if joined.is_empty:
        raise BadPlace(
            str(
                Text(
                    "Obszar jest linią albo punktem; obrysuj coś.",
                    "The area is a line or a point; draw around something.",
                )
            )
        )
    return joined


def _in_city(shape: BaseGeometry) -> BaseGeometry:
    """The shape in the storage system. Raises BadPlace where it is outside the padded city."""
    moved: BaseGeometry = reproject(np.array([shape]), WGS84, storage_srid())[0]
    bounds = np.array(moved.bounds)
    if not np.isfinite(bounds).all() or not padded_outline(storage_srid()).covers(moved):
        raise BadPlace(
            str(
                Text(
                    "Miejsce leży poza miastem i jego okolicą; wybierz je na mapie miasta.",
                    "The place lies outside the city and its surroundings; choose one on the city map.",
                )
            )
        )
    return moved


def _geojson(drawn: BaseGeometry) -> dict[str, Any]:
    rounded = shapely.transform(drawn, lambda positions: np.round(positions, DECIMALS))
    made = json.loads(shapely.to_geojson(rounded))
    return {"type": made["type"], "coordinates": made["coordinates"]}
