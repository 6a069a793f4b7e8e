"""Exports as Arrow record batches, and FlatGeobuf and Shapefile written from them by GDAL."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from layers.crs import storage_srid
from layers.exports.rows import cursor_of, names_of, rows_from
from layers.reading.cursors import BATCH
from layers.reading.selection import Selection
from layers.reading.table import Order
from layers.schema.kind import LayerKind

GEOMETRY = "geometry"
SHAPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
TYPES: dict[str, pa.DataType] = {
    "SmallIntegerField": pa.int32(),
    "IntegerField": pa.int32(),
    "BigIntegerField": pa.int64(),
    "FloatField": pa.float64(),
    "BooleanField": pa.bool_(),
    "DateField": pa.date32(),
    "DateTimeField": pa.timestamp("ms", tz="UTC"),
}
"""Arrow types by Django field type; all others are text."""
MOST_INDEXED = 200_000
LONGEST_NAME = 10
"""Greatest length of a column name in a Shapefile."""


@contextmanager
def batches(
    selection: Selection, order: Order | None = None, seconds: float | None = None
) -> Iterator[pa.RecordBatchReader]:
    """The selection as Arrow batches: feature_id, fields, synthetic, data_date, and WKB in the storage system."""
    schema = schema_of(selection)
    names = "".join(f"{name}, " for name in names_of(selection))
    source, values = rows_from(selection, order)
    query = f"SELECT feature_id::text, {names}synthetic, data_date, ST_AsBinary(geom) {source}"
    with cursor_of(query, values, seconds) as cursor:

        def read() -> Iterator[pa.RecordBatch]:
            while found := cursor.fetchmany(BATCH * 5):
                columns = zip(*found, strict=True)
                yield pa.record_batch(
                    [_array(column, field) for column, field in zip(columns, schema, strict=True)], schema=schema
                )

        yield pa.RecordBatchReader.from_batches(schema, read())


def schema_of(selection: Selection) -> pa.Schema:
    """Names and types of the columns of `batches`."""
    fields = [pa.field(name, _type(selection.kind, name)) for name in names_of(selection)]
    return pa.schema(
        [
            pa.field("feature_id", pa.string(), nullable=False),
            *fields,
            pa.field("synthetic", pa.bool_(), nullable=False),
            pa.field("data_date", pa.date32()),
            pa.field(GEOMETRY, pa.binary(), nullable=False),
        ]
    )


def _type(kind: LayerKind, name: str) -> pa.DataType:
    return TYPES.get(kind.model._meta.get_field(name).get_internal_type(), pa.string())


def _array(values: Any, field: pa.Field) -> pa.Array:
    if field.type == pa.binary():
        return pa.array([bytes(one) for one in values], field.type)
    if field.type == pa.string():
        return pa.array([None if one is None else str(one) for one in values], field.type)
    return pa.array(values, field.type)


def flatgeobuf(
    selection: Selection, folder: Path, order: Order | None = None, *, seconds: float | None = None
) -> Path:
    """The selection as FlatGeobuf with its spatial index, in the storage system, written into `folder`.

    The index sorts features by position; a file in a given `order` has none. GDAL needs 400 bytes of memory a feature
    to make it, so layers of more than `MOST_INDEXED` features have none either.
    """
    path = folder / f"{selection.kind.slug}.fgb"
    indexed = order is None and selection.shown.rows <= MOST_INDEXED
    _written(selection, path, "FlatGeobuf", order, seconds=seconds, SPATIAL_INDEX="YES" if indexed else "NO")
    return path


def shapefile(selection: Selection, folder: Path, order: Order | None = None) -> Path:
    """The selection as a zipped Shapefile (UTF-8), with a text file that lists the shortened column names."""
    kind = selection.kind
    path = folder / f"{kind.slug}.shp"
    names = short_names([name for name in schema_of(selection).names if name != GEOMETRY])
    _written(selection, path, "ESRI Shapefile", order, lambda schema: _renamed(schema, names), ENCODING="UTF-8")
    packed = folder / f"{kind.slug}.shp.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob(f"{kind.slug}.*")):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(part, part.name)
                part.unlink()
        archive.writestr("README.txt", _names_file(kind, names))
    return packed


def short_names(names: list[str]) -> dict[str, str]:
    """Unique names of at most LONGEST_NAME letters, by name; equal ones get a number."""
    short: dict[str, str] = {}
    for name in names:
        cut, number = name[:LONGEST_NAME], 1
        while cut in short.values():
            cut, number = f"{name[: LONGEST_NAME - len(str(number)) - 1]}_{number}", number + 1
        short[name] = cut
    return short


def _renamed(schema: pa.Schema, names: dict[str, str]) -> pa.Schema:
    return pa.schema([field.with_name(names.get(field.name, field.name)) for field in schema])


def _names_file(kind: LayerKind, names: dict[str, str]) -> str:
    titles = {field.name: f"{field.title.pl} / {field.title.en}" for field in kind.fields}
    lines = [f"{short:<10}  {name:<28}  {titles.get(name, '')}".rstrip() for name, short in names.items()]
    head = "Shapefile keeps ten letters of a column's name. / Shapefile mieści dziesięć liter nazwy kolumny."
    return "\r\n".join([f"{kind.title.pl} / {kind.title.en}", "", head, "", *lines, ""])


def _written(
    selection: Selection,
    path: Path,
    driver: str,
    order: Order | None,
    schema: Callable[[pa.Schema], pa.Schema] = lambda schema: schema,
    seconds: float | None = None,
    **options: str,
) -> None:
    """Write the batches with GDAL, one at a time."""
    with batches(selection, order, seconds) as found:
        named = schema(found.schema)
        renamed = (pa.record_batch(batch.columns, schema=named) for batch in found)
        pyogrio.raw.write_arrow(
            pa.RecordBatchReader.from_batches(named, renamed),
            path,
            layer=selection.kind.slug,
            driver=driver,
            geometry_name=GEOMETRY,
            geometry_type=SHAPES[selection.kind.shape],
            crs=f"EPSG:{storage_srid()}",
            layer_options=options,
        )
