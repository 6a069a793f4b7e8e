"""The place of a report: a feature of a layer, a point, or a drawn area.

Input points and areas are in longitude and latitude; the geometry of a Place is in the storage system, in which
areas, lengths and distances are measured.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from layers.access.rules import Access
from layers.crs import WGS84, padded_outline, reproject, storage_srid
from layers.errors import BadGeoJSON, BadPlace, UnknownFeature
from layers.geojson import Limits, geometry_of, parsed
from layers.reading.selection import select
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.text import Text

MAX_AREA_KM2 = 50
MAX_VERTICES = 5_000
MAX_TEXT = 400_000
"""Most characters of a drawn area's GeoJSON."""
DECIMALS = 7
"""Of degrees: a centimetre."""
DRAWN = Limits(vertices=MAX_VERTICES, characters=MAX_TEXT, latitude=85.0, closes_rings=True)
_FAULTS = {
    "size": Text(
        "Opis obszaru ma ponad {characters} znaków; narysuj go z mniejszą liczbą punktów.",
        "The area is described with more than {characters} characters; draw it with fewer points.",
    ),
    "json": Text("Obszar nie jest zapisany jako GeoJSON.", "The area is no GeoJSON."),
    "type": Text(
        "Obszar musi być wielokątem GeoJSON (Polygon lub MultiPolygon), najpierw długość geograficzna.",
        "The area must be a GeoJSON Polygon or MultiPolygon, longitude first.",
    ),
    "vertices": Text(
        "Obszar ma {found} punktów; raport powstaje dla najwyżej {most}.",
        "The area has {found} points; a report is made for at most {most}.",
    ),
    "crossings": Text(
        "Granica obszaru przecina sama siebie setki razy; narysuj prostszą.",
        "The boundary of the area crosses itself hundreds of times; draw a simpler one.",
    ),
    "ring": Text("Granica obszaru ma mniej niż trzy punkty.", "A ring of the area has fewer than three points."),
    "coordinates": Text("Współrzędne obszaru są niepełne.", "The area's coordinates are incomplete."),
    "position": Text(
        "Położenie miejsca nie jest parą liczb: długość, szerokość.",
        "A position of the place is no pair of numbers: longitude, latitude.",
    ),
    "degrees": Text(
        "Położenie miejsca wykracza poza długość ±180 i szerokość ±85.",
        "A position of the place lies outside longitude ±180 and latitude ±85.",
    ),
}
"""The message for each reason for which `layers.geojson` refuses a place; others: that coordinates are missing."""


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
    _read({"type": "Point", "coordinates": [longitude, latitude]})
    position = [round(longitude, DECIMALS), round(latitude, DECIMALS)]
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
    try:
        node = parsed(text, DRAWN)
        if not isinstance(node, dict) or node.get("type") not in ("Polygon", "MultiPolygon"):
            raise BadGeoJSON("type", "Expected a polygon.")
    except BadGeoJSON as fault:
        raise _refused(fault) from None
    shape = _read(node)
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _read(node: dict[str, Any]) -> BaseGeometry:
    try:
        return geometry_of(node, DRAWN)
    except BadGeoJSON as fault:
        raise _refused(fault) from None


def _refused(fault: BadGeoJSON) -> BadPlace:
    words = str(_FAULTS.get(fault.reason, _FAULTS["coordinates"]))
    return BadPlace(words.format(found=fault.found, characters=MAX_TEXT, most=MAX_VERTICES))


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
