"""Features as GeoDataFrames; the only module that makes them. Imports pandas late, because it takes 70 MB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, Q
from shapely.geometry.base import BaseGeometry

from layers.crs import storage_srid
from layers.reading.selection import Selection
from layers.schema.kind import LayerKind

if TYPE_CHECKING:
    import geopandas


def frame(selection: Selection, fields: Sequence[str], area: BaseGeometry | None = None) -> geopandas.GeoDataFrame:
    """Features of a selection: the columns `fields` and `geometry` (storage system, metres), indexed by feature_id.

    Ordered by feature_id, so that sums of floats are always made in the same order. `area`, in the storage system,
    limits it to features that intersect it. Unknown values are None (numbers: NaN).
    """
    rows = selection.rows()
    if area is not None:
        rows = rows.filter(Q(("geom__intersects", GEOSGeometry(memoryview(area.wkb), srid=storage_srid()))))
    found = list(rows.order_by("feature_id").values_list("feature_id", AsWKB(F("geom")), *fields))
    columns = {name: [row[at] for row in found] for at, name in enumerate(fields, start=2)}
    geometry = shapely.from_wkb([bytes(row[1]) for row in found])
    return framed(selection.kind, columns, geometry, [str(row[0]) for row in found])


def framed(
    kind: LayerKind, columns: Mapping[str, Sequence[Any]], geometry: Any, index: list[str]
) -> geopandas.GeoDataFrame:
    """Values of a kind's fields, by name, as a frame in the storage system; `geometry` is a sequence of shapes."""
    import geopandas
    import pandas as pd

    typed = {name: _column(kind, name, values) for name, values in columns.items()}
    named = pd.Index(index, name="feature_id", dtype="object")
    return geopandas.GeoDataFrame(typed, geometry=geometry, index=named, crs=f"EPSG:{storage_srid()}")


def empty_frame(kind: LayerKind, fields: Sequence[str]) -> geopandas.GeoDataFrame:
    """The frame of a layer without features."""
    return framed(kind, {name: [] for name in fields}, [], [])


def _column(kind: LayerKind, name: str, values: Sequence[Any]) -> Any:
    import pandas as pd

    numeric = ("FloatField", "IntegerField", "SmallIntegerField", "BigIntegerField")
    if kind.model._meta.get_field(name).get_internal_type() in numeric:
        return pd.array(list(values), dtype="float64")
    return pd.Series(values, dtype="object").to_numpy()
