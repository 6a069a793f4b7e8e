"""Exports as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from layers.access.rules import licence
from layers.crs import storage_srid
from layers.exports.columns import GEOMETRY, SHAPES, batches
from layers.reading.selection import Selection
from layers.reading.table import Order


def geoparquet(
    selection: Selection, folder: Path, order: Order | None = None, *, seconds: float | None = None
) -> Path:
    """The selection as GeoParquet in the storage system, one row group a batch, written into `folder`."""
    path = folder / f"{selection.kind.slug}.parquet"
    bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
    with (
        batches(selection, order, seconds) as found,
        pq.ParquetWriter(path, found.schema, compression="zstd") as writer,
    ):
        for batch in found:
            writer.write_batch(batch)
            bounds = _wider(bounds, batch.column(GEOMETRY))
        # Parquet metadata is written at the end of the file, when the box is known.
        writer.add_key_value_metadata({"geo": json.dumps(_metadata(selection, bounds)), **_provenance(selection)})
    return path


def _wider(bounds: np.ndarray, geometries: pa.Array) -> np.ndarray:
    """The box extended by these geometries."""
    box = shapely.total_bounds(shapely.from_wkb(geometries.to_numpy(zero_copy_only=False)))
    return np.concatenate([np.fmin(bounds[:2], box[:2]), np.fmax(bounds[2:], box[2:])])


def _metadata(selection: Selection, bounds: np.ndarray) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [SHAPES[selection.kind.shape]],
        "crs": CRS.from_epsg(storage_srid()).to_json_dict(),
    }
    if np.isfinite(bounds).all():
        column["bbox"] = bounds.tolist()
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _provenance(selection: Selection) -> dict[str, str]:
    """File metadata beside GeoParquet's own: title, licence and provenance."""
    kind, shown = selection.kind, selection.shown
    return {
        "title": kind.title.en,
        "licence": licence(kind, shown),
        "synthetic": "true" if shown.synthetic else "false",
    }
