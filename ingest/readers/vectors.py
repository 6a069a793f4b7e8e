"""Reads layers of vector files as batches with a geometry column, with GDAL, or pyarrow for GeoParquet.

Runs in the sandbox only, where GDAL has only the one driver of the file's format.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio.core
from pyogrio.raw import open_arrow, read

from ingest.errors import UnreadableFile
from ingest.readers.formats import Prepared
from ingest.readers.surfaces import is_curved, plain_surface
from ingest.readers.tables import GEOMETRY
from ingest.text.encodings import chosen_encoding, dbf_encoding
from ingest.text.names import distinct

BATCH_ROWS = 5000
OPEN_OPTIONS: dict[str, dict[str, str]] = {
    "gml": {"DOWNLOAD_SCHEMA": "NO", "SKIP_RESOLVE_ELEMS": "ALL", "WRITE_GFS": "NO"},
    "geojson": {"NATIVE_DATA": "NO"},
}
SYSTEM_LAYERS = ("layer_styles",)


def allow_driver(allowed: str) -> None:
    """Remove all GDAL drivers but one ("": all) from this process, before it opens a file.

    Raises RuntimeError where others remain. GDAL drops the drivers of GDAL_SKIP whenever it registers drivers.
    """
    skipped = [name for name in pyogrio.list_drivers() if name != allowed]
    pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(skipped)})
    pyogrio.core._register_drivers()
    if left := set(pyogrio.list_drivers()) - {allowed}:
        raise RuntimeError(f"GDAL keeps drivers that should be gone: {', '.join(sorted(left))}.")


def layer_names(prepared: Prepared) -> list[str]:
    """Names of a file's layers, without tables of styles; those without geometry only where none has one.

    Of a GPX file: the layers with features, the points of tracks and routes only where there is nothing else.
    """
    if prepared.format == "parquet":
        return [prepared.name]
    found = [(str(name), kind) for name, kind in pyogrio.list_layers(prepared.path) if name not in SYSTEM_LAYERS]
    spatial = [name for name, kind in found if kind is not None]
    if prepared.format == "gpx":
        spatial = [name for name in spatial if _has_features(prepared, name)]
        tracks = [name for name in spatial if not name.endswith("_points")]
        spatial = tracks or spatial
    return spatial or [name for name, _ in found]


def _has_features(prepared: Prepared, layer: str) -> bool:
    return bool(len(read(prepared.path, layer=layer, max_features=1, columns=[])[2]))


class GdalLayer:
    """A layer read by GDAL: stated coordinate system, encoding, batches."""

    def __init__(self, prepared: Prepared, layer: str, encoding: str) -> None:
        self.prepared = prepared
        self.layer = layer
        self.options: dict[str, Any] = dict(OPEN_OPTIONS.get(prepared.format, {}))
        self.encoding = ""
        if prepared.format in ("shapefile", "dbf"):
            self._take_encoding(encoding)
        info = pyogrio.read_info(prepared.path, layer=layer, **self.options)
        self.crs: str | None = info["crs"]
        self.has_geometry = info["geometry_type"] is not None

    def _take_encoding(self, encoding: str) -> None:
        dbf = self.prepared.path.with_suffix(".dbf")
        if encoding:
            self.encoding = chosen_encoding(encoding)
        elif dbf.is_file():
            self.encoding = dbf_encoding(dbf)[0]
        if self.encoding:
            self.options["encoding"] = self.encoding

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The layer's rows, geometry (WKB) last; curves converted to segments, surfaces to polygons."""
        done = 0
        arguments = {"layer": self.layer, "use_pyarrow": True, "batch_size": BATCH_ROWS, **self.options}
        with open_arrow(self.prepared.path, **arguments) as (meta, reader):
            geometry = meta["geometry_name"] or "wkb_geometry"
            for batch in reader:
                if batch.num_rows:
                    yield self._shaped(batch, geometry, done)
                done += batch.num_rows

    def _shaped(self, batch: pa.RecordBatch, geometry: str, done: int) -> pa.RecordBatch:
        names = distinct(batch.schema.names)
        if not self.has_geometry:
            return _batch(batch.columns, names, batch.schema, pa.nulls(batch.num_rows, pa.binary()))
        at = len(names) - 1 - batch.schema.names[::-1].index(geometry)
        shapes = batch.column(at).to_pylist()
        if any(is_curved(one) for one in shapes):
            shapes = self._straight(done, batch.num_rows)
        shapes = [plain_surface(one) for one in shapes]
        columns = [column for i, column in enumerate(batch.columns) if i != at]
        fields = pa.schema([field for i, field in enumerate(batch.schema) if i != at])
        return _batch(
            columns, [name for i, name in enumerate(names) if i != at], fields, pa.array(shapes, pa.binary())
        )

    def _straight(self, done: int, rows: int) -> list[bytes | None]:
        found = read(self.prepared.path, layer=self.layer, skip_features=done, max_features=rows, columns=[])
        return list(found[2])


def _batch(columns: list[pa.Array], names: list[str], fields: pa.Schema, shapes: pa.Array) -> pa.RecordBatch:
    schema = pa.schema(
        [pa.field(name, field.type, metadata=field.metadata) for name, field in zip(names, fields, strict=True)]
        + [pa.field(GEOMETRY, pa.binary())]
    )
    return pa.RecordBatch.from_arrays([*columns, shapes], schema=schema)


class ParquetLayer:
    """A GeoParquet file (geometry as WKB, the common form)."""

    has_geometry = True
    encoding = ""

    def __init__(self, path: Path) -> None:
        try:
            self.file = pq.ParquetFile(path, memory_map=False)
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(f"The Parquet file is damaged ({fault}).") from fault
        raw = (self.file.schema_arrow.metadata or {}).get(b"geo")
        if raw is None:
            raise UnreadableFile("The Parquet file has no GeoParquet metadata; write it with GeoPandas or GDAL.")
        try:
            about = json.loads(raw)
            self.geometry = str(about["primary_column"])
            column = about["columns"][self.geometry]
            encoding = column.get("encoding", "WKB")
        except (ValueError, KeyError, TypeError) as fault:
            raise UnreadableFile(f"The GeoParquet metadata cannot be read ({fault}).") from fault
        if encoding != "WKB":
            raise UnreadableFile(f"The geometry is encoded as {encoding}; write it as WKB.")
        self.crs = _parquet_crs(column)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The file's rows, geometry (WKB) last. Raises UnreadableFile."""
        try:
            for batch in self.file.iter_batches(batch_size=BATCH_ROWS):
                at = batch.schema.get_field_index(self.geometry)
                names = [name for i, name in enumerate(batch.schema.names) if i != at]
                columns = [column for i, column in enumerate(batch.columns) if i != at]
                fields = pa.schema([field for i, field in enumerate(batch.schema) if i != at])
                yield _batch(columns, distinct(names), fields, batch.column(at).cast(pa.binary()))
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(f"The Parquet file is damaged ({fault}).") from fault


def _parquet_crs(column: dict[str, Any]) -> str | None:
    """The stated system; OGC:CRS84 where the key is missing, by the GeoParquet standard; None for null."""
    if "crs" not in column:
        return "OGC:CRS84"
    return None if column["crs"] is None else json.dumps(column["crs"])
