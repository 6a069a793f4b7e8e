"""A layer's tiles in one file (PMTiles 3, https://github.com/protomaps/PMTiles), as the map draws them."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from layers.access.rules import licence
from layers.crs import WGS84, storage_srid, transformer
from layers.reading.selection import Selection
from layers.tiles.vector import MAX_ZOOM, fresh_tile, tile_columns, tile_layers

LAST_ZOOM = 14
"""Deeper tiles have no more detail than clients can overzoom from this one."""
E7 = 10_000_000

Box = tuple[float, float, float, float]


def pmtiles(selection: Selection, folder: Path) -> Path:
    """The tiles of a whole current layer, from its first zoom to LAST_ZOOM, written into `folder`.

    Where all features are smaller than a pixel at LAST_ZOOM, it continues to the first zoom that has one.
    """
    kind, shown = selection.kind, selection.shown
    path = folder / f"{kind.slug}.pmtiles"
    box = extent(selection)
    with path.open("wb") as file:
        writer = Writer(file)
        for zoom in range(kind.min_zoom, MAX_ZOOM + 1):
            if zoom > LAST_ZOOM and writer.tile_entries:
                break
            for x, y in sorted(tiles_over(box, zoom), key=lambda place: zxy_to_tileid(zoom, *place)):
                body = fresh_tile(selection.access, kind, shown.dataset_id, (zoom, x, y)).body
                if body:
                    writer.write_tile(zxy_to_tileid(zoom, x, y), body)
        writer.finalize(_header(box, kind.min_zoom), _archive_metadata(selection))
    return path


def extent(selection: Selection) -> Box:
    """West, south, east, north of a selection that is not empty, in degrees."""
    where, values = selection.where()
    table = selection.kind.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM "
            f"(SELECT ST_Extent(geom) AS b FROM {table} WHERE {where}) e",
            values,
        )
        box = cursor.fetchone()
    west, south, east, north = transformer(storage_srid(), WGS84).transform_bounds(*box)
    return west, south, east, north


def tiles_over(box: Box, zoom: int) -> Iterator[tuple[int, int]]:
    """The tiles (x, y) of a zoom that a box in degrees intersects."""
    west, south, east, north = box
    (left, top), (right, bottom) = _tile_at(west, north, zoom), _tile_at(east, south, zoom)
    return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def _tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    across = 2**zoom
    down = 1 - math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((longitude + 180) / 360 * across), int(down / 2 * across)


def _header(box: Box, zoom: int) -> dict[str, Any]:
    west, south, east, north = (int(degrees * E7) for degrees in box)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": zoom,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _archive_metadata(selection: Selection) -> dict[str, Any]:
    kind, shown = selection.kind, selection.shown
    fields = {name: kind.field(name).title.en for name in tile_columns(selection.access, kind, LAST_ZOOM)}
    return {
        "name": kind.title.en,
        "description": kind.description.en,
        "attribution": shown.attribution or kind.source.name.en,
        "licence": licence(kind, shown),
        "synthetic": shown.synthetic,
        "vector_layers": [{"id": name, "fields": fields} for name in tile_layers(kind)],
    }
