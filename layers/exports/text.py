"""Exports as text, streamed: GeoJSON and CSV."""

import json
from collections.abc import Generator

from layers.access.rules import licence
from layers.crs import WGS84, storage_srid
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.exports.rows import cursor_of, names_of, rows_from
from layers.reading.cursors import BATCH
from layers.reading.selection import Selection
from layers.reading.table import Order

DEGREE_DECIMALS = 7
"""Seven decimals of a degree are about a centimetre."""


def geojson(selection: Selection, order: Order | None = None, *, seconds: float | None = None) -> Generator[bytes]:
    """The selection as RFC 7946 GeoJSON (lon, lat), in chunks."""
    kind, names = selection.kind, names_of(selection)
    source, values = rows_from(selection, order)
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
    with cursor_of(query, values, seconds) as cursor:
        yield (
            '{"type":"FeatureCollection",' + json.dumps(head, ensure_ascii=False)[1:-1] + ',"features":[\n'
        ).encode()
        first = True
        while found := cursor.fetchmany(BATCH):
            yield (("" if first else ",\n") + ",\n".join(row[0] for row in found)).encode()
            first = False
        yield b"\n]}\n"


def csv_rows(selection: Selection, order: Order | None = None, *, seconds: float | None = None) -> Generator[bytes]:
    """The selection as CSV (UTF-8 with BOM, comma): fields, a point in lon, lat, WKT in the storage system."""
    names = names_of(selection)
    source, values = rows_from(selection, order)
    columns = "".join(f", {name}" for name in names)
    point = f"ST_Transform(ST_PointOnSurface(geom), {WGS84})"
    query = (
        f"SELECT feature_id{columns}, synthetic, data_date, round(ST_X({point})::numeric, 7), "
        f"round(ST_Y({point})::numeric, 7), ST_AsText(geom, 3) {source}"
    )
    with cursor_of(query, values, seconds) as cursor:
        head = ["feature_id", *names, "synthetic", "data_date", "lon", "lat", f"wkt_epsg_{storage_srid()}"]
        yield (BYTE_ORDER + csv_text([head])).encode()
        while found := cursor.fetchmany(BATCH):
            yield csv_text(found).encode()
