"""Exports as GeoPackage."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from layers.crs import storage_srid
from layers.exports.rows import cursor_of, names_of, rows_from
from layers.reading.cursors import BATCH
from layers.reading.selection import Selection
from layers.reading.table import Order
from layers.schema.kind import LayerKind


def geopackage(
    selection: Selection, folder: Path, order: Order | None = None, *, seconds: float | None = None
) -> Path:
    """The selection as a GeoPackage in the storage system, written in batches into `folder`."""
    kind, names = selection.kind, names_of(selection)
    source, values = rows_from(selection, order)
    path = folder / f"{kind.slug}.gpkg"
    columns = "".join(f", {name}" for name in names)
    query = f"SELECT ST_AsBinary(geom), feature_id::text{columns}, synthetic, data_date::text {source}"
    shape = {"POINT": "Point", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString"}.get(
        kind.shape, "MultiPolygon"
    )
    with cursor_of(query, values, seconds) as cursor:
        first = True
        while (found := cursor.fetchmany(BATCH * 5)) or first:
            _append(path, kind, ["feature_id", *names, "synthetic", "data_date"], found, shape, first)
            first = False
    return path


def _append(path: Path, kind: LayerKind, names: list[str], found: list[Any], shape: str, first: bool) -> None:
    by_column = list(zip(*found, strict=True)) if found else [()] * (len(names) + 1)
    wkb = np.array([bytes(one) for one in by_column[0]], dtype=object)
    data = [_array(kind, name, values) for name, values in zip(names, by_column[1:], strict=True)]
    pyogrio.raw.write(
        path,
        wkb,
        [values for values, _ in data],
        names,
        field_mask=[mask for _, mask in data],
        layer=kind.slug,
        driver="GPKG",
        geometry_type=shape,
        crs=f"EPSG:{storage_srid()}",
        append=not first,
    )


def _array(kind: LayerKind, name: str, values: Any) -> tuple[np.ndarray, np.ndarray]:
    """A column as a numpy array, and the mask of its unknown values."""
    types = {"SmallIntegerField": np.int32, "IntegerField": np.int32, "FloatField": np.float64, "BooleanField": bool}
    known = {field.name for field in kind.model._meta.get_fields()}
    kind_of_field = kind.model._meta.get_field(name).get_internal_type() if name in known else ""
    mask = np.array([value is None for value in values], dtype=bool)
    dtype = types.get(kind_of_field)
    if dtype is None:
        return np.array([None if v is None else str(v) for v in values], dtype=object), mask
    return np.array([0 if v is None else v for v in values], dtype=dtype), mask
