"""Shapes that a visitor drew on the map, as GeoJSON in longitude and latitude, brought onto the sheet."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext
from shapely.geometry.base import BaseGeometry

from geoportal.cartography.printing.errors import BadPrint
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadGeoJSON
from layers.geojson import DRAWN, geometry_of

MOST_SHAPES = 200
MOST_LABEL = 120
COLORS = 5
"""A shape's property `color` is the number of one of so many, as in the map's drawing tool."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape in the storage system with its label, "" for none, and the number of its colour."""

    geometry: BaseGeometry
    label: str
    color: int = 1


def read_drawn(raw: Any) -> tuple[Drawn, ...]:
    """Shapes of a FeatureCollection; a feature's label is its property `label`. Raises BadPrint."""
    if raw is None:
        return ()
    features = raw.get("features") if isinstance(raw, dict) and raw.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise BadPrint(gettext("Drawn shapes are a GeoJSON FeatureCollection."))
    if len(features) > MOST_SHAPES:
        raise BadPrint(gettext("A sheet shows at most {most} drawn shapes.").format(most=MOST_SHAPES))
    shapes = [Drawn(_geometry(one), _label(one), _color(one)) for one in features]
    if sum(shapely.get_num_coordinates(shape.geometry) for shape in shapes) > DRAWN.vertices:
        raise BadPrint(gettext("The drawn shapes are too large to print."))
    if not shapes:
        return ()
    moved = reproject(np.array([shape.geometry for shape in shapes]), WGS84, storage_srid())
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadPrint(gettext("A drawn shape lies outside the city."))
    return tuple(replace(shape, geometry=geometry) for shape, geometry in zip(shapes, moved, strict=True))


def _geometry(feature: Any) -> BaseGeometry:
    """The geometry of a feature, flat. Raises BadPrint."""
    try:
        return geometry_of(feature["geometry"])
    except BadGeoJSON as fault:
        if fault.reason == "degrees":
            raise BadPrint(gettext("A drawn shape lies outside the city.")) from None
        if fault.reason == "vertices":
            raise BadPrint(gettext("The drawn shapes are too large to print.")) from None
    except (TypeError, KeyError):
        pass
    raise BadPrint(gettext("A drawn shape has no geometry that can be read."))


def _property(feature: Any, name: str) -> Any:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties.get(name) if isinstance(properties, dict) else None


def _color(feature: Any) -> int:
    color = _property(feature, "color")
    return color if isinstance(color, int) and 1 <= color <= COLORS else 1


def _label(feature: Any) -> str:
    label = _property(feature, "label")
    text = " ".join(str(label).split()) if label else ""
    return "".join(sign for sign in text if sign.isprintable())[:MOST_LABEL]
