"""Layers, or a selection of one, as files: streamed row by row from the database, in the fields whoever asks may see.

Live exports show the state at the moment the stream starts (one server-side cursor in one snapshot).
"""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from django.conf import settings
from django.db import connection, transaction

from layers.access import fields_for, licence
from layers.crs import WGS84, storage_srid
from layers.kind import LayerKind
from layers.selection import Selection
from layers.table import Order

BATCH = 2000
DEGREE_DECIMALS = 7
"""Seven decimals of a degree are about a centimetre."""


def _names(selection: Selection) -> list[str]:
    return [field.name for field in fields_for(selection.access, selection.kind)]


@contextmanager
def _cursor(query: str, parameters: list[Any]) -> Iterator[Any]:
    """A server-side cursor in a transaction of its own; memory stays flat."""
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="export") as cursor:
            cursor.itersize = BATCH
            cursor.execute(query, parameters)
            yield cursor


def _from(selection: Selection, order: Order | None) -> tuple[str, list[Any]]:
    where, values = selection.where()
    sorting, sorting_values = order.sql() if order else ("version_id", [])
    table = selection.kind.model._meta.db_table
    return f"FROM {table} WHERE {where} ORDER BY {sorting}", [*values, *sorting_values]


def geojson(selection: Selection, order: Order | None = None) -> Iterator[bytes]:
    """The selection as RFC 7946 GeoJSON (lon, lat), in pieces."""
    kind, names = selection.kind, _names(selection)
    source, values = _from(selection, order)
    pairs = ", ".join(f"'{name}', {name}" for name in names)
    properties = f"json_build_object({pairs + ', ' if pairs else ''}'synthetic', synthetic, 'data_date', data_date)"
    query = (
        'SELECT \'{"type":"Feature","id":"\' || feature_id || \'","geometry":\' || '
        f"ST_AsGeoJSON(ST_Transform(geom, {WGS84}), {DEGREE_DECIMALS}) || ',\"properties\":' || {properties} || '}}' "
        + source
    )
    head = {
        "name": kind.slug,
        "title": str(kind.title),
        "synthetic": selection.shown.synthetic,
        "licence": licence(kind, selection.shown),
    }
    with _cursor(query, values) as cursor:
        yield (
            '{"type":"FeatureCollection",' + json.dumps(head, ensure_ascii=False)[1:-1] + ',"features":[\n'
        ).encode()
        first = True
        while found := cursor.fetchmany(BATCH):
            yield (("" if first else ",\n") + ",\n".join(row[0] for row in found)).encode()
            first = False
        yield b"\n]}\n"


def csv_rows(selection: Selection, order: Order | None = None) -> Iterator[bytes]:
    """The selection as CSV (UTF-8 with BOM, comma): fields, WKT in the city's system, a point in lon, lat."""
    names = _names(selection)
    source, values = _from(selection, order)
    columns = "".join(f", {name}" for name in names)
    point = f"ST_Transform(ST_PointOnSurface(geom), {WGS84})"
    query = (
        f"SELECT feature_id{columns}, synthetic, data_date, round(ST_X({point})::numeric, 7), "
        f"round(ST_Y({point})::numeric, 7), ST_AsText(geom, 3) {source}"
    )
    with _cursor(query, values) as cursor:
        head = ["feature_id", *names, "synthetic", "data_date", "lon", "lat", f"wkt_epsg_{storage_srid()}"]
        yield b"\xef\xbb\xbf" + _csv([head])
        while found := cursor.fetchmany(BATCH):
            yield _csv(found)


def _csv(lines: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def geopackage(selection: Selection, folder: Path, order: Order | None = None) -> Path:
    """The selection as a GeoPackage in the city's system, written batch by batch into `folder`."""
    kind, names = selection.kind, _names(selection)
    source, values = _from(selection, order)
    path = folder / f"{kind.slug}.gpkg"
    columns = "".join(f", {name}" for name in names)
    query = f"SELECT ST_AsBinary(geom), feature_id::text{columns}, synthetic, data_date::text {source}"
    shape = {"POINT": "Point", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString"}.get(
        kind.shape, "MultiPolygon"
    )
    with _cursor(query, values) as cursor:
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
    """A column as numpy wants it, with the mask of its unknown values."""
    types = {"SmallIntegerField": np.int32, "IntegerField": np.int32, "FloatField": np.float64, "BooleanField": bool}
    known = {field.name for field in kind.model._meta.get_fields()}
    kind_of_field = kind.model._meta.get_field(name).get_internal_type() if name in known else ""
    mask = np.array([value is None for value in values], dtype=bool)
    dtype = types.get(kind_of_field)
    if dtype is None:
        return np.array([None if v is None else str(v) for v in values], dtype=object), mask
    return np.array([0 if v is None else v for v in values], dtype=dtype), mask


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for a file on its way out."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="export-", dir=settings.MEDIA_ROOT)
