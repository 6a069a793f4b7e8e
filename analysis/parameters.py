"""Types of what an order of a study may set: how each is read from what people write, and its JSON form.

A further type (choice, moment, place) comes with the first study that uses it.
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from analysis.errors import BadParameter
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadGeoJSON
from layers.geojson import STORED, geometry_of
from layers.text import Text

SENT = replace(STORED, latitude=90.0, may_be_empty=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `low` and `high`, rounded to `decimals`. `level`: who may try other values in the portal."""

    name: str
    title: Text
    default: float
    low: float
    high: float
    unit: str = ""
    decimals: int = 0
    note: Text | None = None
    level: Literal["public", "staff"] = "staff"

    def parsed(self, raw: Any) -> float:
        """The number; a decimal comma and spaces between thousands are understood. Raises BadParameter."""
        try:
            value = float(str(raw).replace(",", ".").replace("\u00a0", "").replace(" ", ""))
        except ValueError:
            raise BadParameter(f"{self.name}={raw} is not a number.") from None
        if not self.low <= value <= self.high:
            raise BadParameter(f"{self.name}={raw} is outside {self.low:g} to {self.high:g}.")
        return round(value, self.decimals)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the values it takes."""
        return {"type": "number", "minimum": self.low, "maximum": self.high, "default": self.default}

    @property
    def expected(self) -> str:
        """What an API expects, in English."""
        return f"a number from {self.low:g} to {self.high:g}"

    def accepts(self, value: Any) -> bool:
        """Whether a JSON value satisfies the schema; a text does not."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Area:
    """A valid polygon or multipolygon; its value is in the storage system."""

    name: str
    title: Text

    def parsed(self, raw: str) -> BaseGeometry:
        """The area of a GeoJSON geometry in degrees (lon, lat). Raises BadParameter."""
        try:
            shape = geometry_of(raw, SENT)
        except BadGeoJSON as fault:
            raise BadParameter(
                f"{self.name}: {str(fault).rstrip('.')}; give a GeoJSON polygon (lon, lat)."
            ) from fault
        moved: BaseGeometry = reproject(np.array([shape]), WGS84, storage_srid())[0]
        if moved.geom_type not in ("Polygon", "MultiPolygon") or not moved.is_valid:
            raise BadParameter(f"{self.name} holds a {moved.geom_type}; a valid polygon is needed.")
        return moved

    def as_json(self, value: BaseGeometry) -> Any:
        """GeoJSON with the coordinates of the storage system, unrounded: `restored` gives the same area."""
        return json.loads(shapely.to_geojson(value))

    def restored(self, stored: Any) -> BaseGeometry:
        """The area that `as_json` was given."""
        return geometry_of(stored, STORED)


AREA = Area("area", Text("Obszar", "Area"))
"""The area that limits a private run of any study."""
