"""The only door from layers to GeoDataFrames."""

from collections.abc import Sequence
from typing import Any

import geopandas
import pandas as pd
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, Q
from shapely.geometry.base import BaseGeometry

from layers.crs import storage_srid
from layers.kind import LayerKind
from layers.selection import Selection


def frame(selection: Selection, fields: Sequence[str], area: BaseGeometry | None = None) -> geopandas.GeoDataFrame:
    """Features of a selection: the columns `fields` and `geometry` (storage system, metres), indexed by feature_id.

    Ordered by feature_id, so that sums over a frame are made in one order always. `area`, in the storage system,
    leaves in what intersects it. Unknown values are None (numbers: NaN).
    """
    rows = selection.rows()
    if area is not None:
        rows = rows.filter(Q(("geom__intersects", GEOSGeometry(memoryview(area.wkb), srid=storage_srid()))))
    found = list(rows.order_by("feature_id").values_list("feature_id", AsWKB(F("geom")), *fields))
    columns: dict[str, Any] = {
        name: _column(selection.kind, name, [row[at] for row in found]) for at, name in enumerate(fields, start=2)
    }
    geometry = shapely.from_wkb([bytes(row[1]) for row in found])
    index = pd.Index([str(row[0]) for row in found], name="feature_id", dtype="object")
    return geopandas.GeoDataFrame(columns, geometry=geometry, index=index, crs=f"EPSG:{storage_srid()}")


def _column(kind: LayerKind, name: str, values: list[Any]) -> Any:
    numeric = ("FloatField", "IntegerField", "SmallIntegerField", "BigIntegerField")
    if kind.model._meta.get_field(name).get_internal_type() in numeric:
        return pd.array(values, dtype="float64")
    return pd.Series(values, dtype="object").to_numpy()
