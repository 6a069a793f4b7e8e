"""Areas that somebody drew or brought in, as the questions take them."""

from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from analysis.errors import BadQuestion
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadGeoJSON, BadGeometry
from layers.geojson import parsed
from layers.places.measures import shape_of
from layers.text import Text

MOST_OBJECTS = 1000


def area_of(text: str) -> BaseGeometry:
    """The polygons of a GeoJSON text (CRS84), joined, in the storage system. Raises BadQuestion."""
    try:
        given = parsed(text)
    except BadGeoJSON as fault:
        if fault.reason == "size":
            raise BadQuestion(str(Text("Obszar ma ponad 1 MB.", "The area is larger than 1 MB."))) from None
        raise BadQuestion(str(Text("Obszar nie jest zapisany jako GeoJSON.", "The area is no GeoJSON."))) from None
    try:
        shapes = [shape_of(one) for one in _geometries(given)]
    except BadGeometry as fault:
        message = Text("Obszaru nie da się odczytać: {}", "The area cannot be read: {}")
        raise BadQuestion(str(message).format(fault)) from fault
    if not shapes or any(shape.geom_type not in ("Polygon", "MultiPolygon") for shape in shapes):
        raise BadQuestion(
            str(
                Text(
                    "Obszar musi się składać z wielokątów.", "The area must consist of polygons, and of nothing else."
                )
            )
        )
    return _joined(shapes)


def _geometries(given: Any) -> list[Any]:
    """The geometries of a geometry, a feature or a collection of features."""
    if not isinstance(given, dict):
        return [given]
    if given.get("type") == "Feature":
        return [given.get("geometry")]
    if given.get("type") != "FeatureCollection":
        return [given]
    features = given.get("features")
    if not isinstance(features, list) or len(features) > MOST_OBJECTS:
        message = Text("Plik musi mieć od 1 do {} obiektów.", "The file must hold 1 to {} objects.")
        raise BadQuestion(str(message).format(MOST_OBJECTS))
    return [one.get("geometry") if isinstance(one, dict) else one for one in features]


def _joined(shapes: list[BaseGeometry]) -> BaseGeometry:
    moved = reproject(np.array(shapes), WGS84, storage_srid())
    outside = Text("Obszar leży tam, gdzie układ miasta nie sięga.", "The area lies where the city's system ends.")
    if not np.isfinite(shapely.bounds(moved)).all():
        raise BadQuestion(str(outside))
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(moved)))
    whole: BaseGeometry = shapely.union_all([part for part in parts if part.geom_type == "Polygon"])
    if whole.is_empty:
        raise BadQuestion(str(Text("Obszar nie ma powierzchni.", "The area has no surface.")))
    return whole
