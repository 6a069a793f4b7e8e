"""Vector tiles made by PostGIS, generalised by zoom, gzipped and cached until their content changes.

Features smaller than a pixel are left out; small buildings are merged into built-up areas at zoom 11 and 12. A tile
over 500 kB is thinned by raising the least size until it fits, and has a layer that marks it. Tiles of a selection (a
filter, a moment of the past) show even the smallest features, a pixel wide, and are not cached.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any

from django.conf import settings
from django.db import connection
from isal import igzip

from layers.access.rules import Access, fields_for, record_read
from layers.crs import WEB_HALF_WORLD_M, WEB_MERCATOR
from layers.feed.blocks import MERGED_ZOOMS, pixel_m, tile_size_m
from layers.feed.versions import VERSIONS
from layers.reading.selection import Selection
from layers.reading.time_limits import in_page_time
from layers.schema.kind import LayerKind
from layers.tiles import cache as tile_cache
from layers.tiles.cache import Tile, cache_key

EXTENT = 4096
BUFFER = 64
MAX_ZOOM = 17
MAX_BYTES = 500_000
"""Most bytes of a tile as sent (gzipped)."""
THINNING = (1, 2, 4, 8, 16)
"""Least feature sizes in pixels, tried in order until a tile fits."""
IDENTITY_ZOOM = 16
"""From this zoom on features have their feature_id; below it only the version number (saves 36 bytes each)."""


def _box(zoom: int, x: int, y: int, margin: float = 0.0) -> tuple[float, float, float, float]:
    size = tile_size_m(zoom)
    west, north = x * size - WEB_HALF_WORLD_M, WEB_HALF_WORLD_M - y * size
    return west - margin * size, north - (1 + margin) * size, west + (1 + margin) * size, north + margin * size


def tile_columns(access: Access, kind: LayerKind, zoom: int) -> tuple[str, ...]:
    """Fields in a tile of that zoom for a visitor."""
    allowed = {field.name for field in fields_for(access, kind)}
    chosen: tuple[str, ...] = ()
    for start, names in kind.tile_fields:
        if zoom >= start:
            chosen = names
    return tuple(name for name in chosen if name in allowed)


CURRENT_ROWS = "recorded_to IS NULL AND dataset_id = %(dataset)s"
BOX = f"ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, {WEB_MERCATOR})"
WIDE_BOX = f"ST_MakeEnvelope(%(bw)s, %(bs)s, %(be)s, %(bn)s, {WEB_MERCATOR})"


@lru_cache(maxsize=4096)
def tile_sql(kind: LayerKind, columns: tuple[str, ...], zoom: int, pixels: int) -> str:
    """The query of a tile of current rows, with parameters for the dataset and the two boxes."""
    keep, geometry = _generalised(kind, zoom, pixel_m(zoom) * pixels)
    merged = _merged_sql(kind, columns, zoom)
    rows = f"{CURRENT_ROWS} AND geom_web && {WIDE_BOX}{keep}"
    return _sql(kind, columns, zoom, rows, geometry, merged) + _end(kind, columns, zoom, rows, pixels)


def selection_sql(kind: LayerKind, columns: tuple[str, ...], zoom: int, pixels: int, chosen: str) -> str:
    """The query of a tile of the rows that satisfy the condition `chosen`."""
    pixel = pixel_m(zoom)
    keep, geometry = _generalised(kind, zoom, pixel * pixels)
    if kind.shape == "MULTIPOLYGON" and keep:
        dot = f"ST_Expand(ST_Centroid(geom_web), {pixel / 2})"
        geometry = f"CASE WHEN ST_Area(geom_web) < {pixel * pixel} THEN {dot} ELSE {geometry} END"
    rows = f"{chosen} AND geom_web && {WIDE_BOX}{keep if pixels > 1 else ''}"
    return _sql(kind, columns, zoom, rows, geometry, _Merged()) + _end(kind, columns, zoom, rows, pixels)


def _sql(kind: LayerKind, columns: tuple[str, ...], zoom: int, rows: str, geometry: str, merged: "_Merged") -> str:
    names = "".join(f", {name}" for name in columns)
    identity = ", feature_id::text AS feature_id" if zoom >= IDENTITY_ZOOM else ""
    return (
        f"WITH f AS (SELECT version_id{identity}{names}{merged.flag}, "
        f"ST_AsMVTGeom({geometry}, {BOX}, {EXTENT}, {BUFFER}) AS geom "
        f"FROM {kind.model._meta.db_table} WHERE {rows}{merged.union}) "
    )


def _end(kind: LayerKind, columns: tuple[str, ...], zoom: int, rows: str, pixels: int) -> str:
    """The final SELECT: the features, and the tile's other layers: label points, boundaries, the thinned mark."""
    return (
        f"SELECT ST_AsMVT(f, '{kind.slug}', {EXTENT}, 'geom', 'version_id'){_labels_sql(kind, columns, rows)}"
        f"{_borders_sql(kind, zoom, rows)}{_thinned_sql(kind, pixels)} FROM f WHERE geom IS NOT NULL"
    )


def has_labels(kind: LayerKind) -> bool:
    """Whether the kind has labels on areas (one point each) or lines (joined pieces)."""
    return kind.shape != "POINT" and any(layer["type"] == "symbol" for layer in (*kind.basemap, *kind.style))


def tile_layers(kind: LayerKind) -> tuple[str, ...]:
    """Names of the layers in a tile, the thinned mark left out."""
    labels = (f"{kind.slug}_labels",) if has_labels(kind) else ()
    return (kind.slug, *labels, *((f"{kind.slug}_borders",) if kind.borders else ()))


def _labels_sql(kind: LayerKind, columns: tuple[str, ...], rows: str) -> str:
    """A second layer `<slug>_labels`: a point inside each area, in the one tile that holds it, or whole lines.

    Areas themselves are cut at tile edges; their names would be drawn once a tile. A street is stored in short pieces
    from junction to junction; its name needs the length of several.
    """
    if not has_labels(kind):
        return ""
    found = _points_sql(kind, columns, rows) if kind.shape == "MULTIPOLYGON" else _courses_sql(kind, columns, rows)
    name = f"{kind.slug}_labels"
    return (
        f" || coalesce((SELECT ST_AsMVT(l, '{name}', {EXTENT}, 'geom'{found.identity}) FROM ({found.query}) l), '')"
    )


@dataclass(frozen=True, slots=True)
class _Labels:
    query: str
    identity: str = ""


def _points_sql(kind: LayerKind, columns: tuple[str, ...], rows: str) -> _Labels:
    names = "".join(f", {name}" for name in columns)
    return _Labels(
        f"SELECT version_id{names}, ST_AsMVTGeom(point, {BOX}, {EXTENT}, 0) AS geom FROM ("
        f"SELECT version_id{names}, ST_PointOnSurface(geom_web) AS point FROM {kind.model._meta.db_table} "
        f"WHERE {rows} OFFSET 0) p "
        "WHERE ST_X(point) >= %(w)s AND ST_X(point) < %(e)s AND ST_Y(point) > %(s)s AND ST_Y(point) <= %(n)s",
        ", 'version_id'",
    )


def _courses_sql(kind: LayerKind, columns: tuple[str, ...], rows: str) -> _Labels:
    """Touching pieces with equal tile fields, merged into one line each."""
    if kind.name_field not in columns:
        return _Labels("SELECT NULL::geometry AS geom WHERE false")
    names = ", ".join(columns)
    return _Labels(
        f"SELECT {names}, ST_AsMVTGeom(ST_LineMerge(ST_Collect(geom_web)), {BOX}, {EXTENT}, {BUFFER}) AS geom "
        f"FROM {kind.model._meta.db_table} WHERE {rows} AND {kind.name_field} IS NOT NULL GROUP BY {names}"
    )


def _borders_sql(kind: LayerKind, zoom: int, rows: str) -> str:
    """A layer `<slug>_borders`: the boundaries of the areas, each piece once where two areas meet."""
    if not kind.borders:
        return ""
    pixel = 0 if zoom >= IDENTITY_ZOOM else pixel_m(zoom) / 3
    return (
        f" || coalesce((SELECT ST_AsMVT(b, '{kind.slug}_borders', {EXTENT}, 'geom') FROM (SELECT ST_AsMVTGeom("
        f"ST_Simplify(ST_LineMerge(ST_Union(ST_ClipByBox2D(ST_Boundary(geom_web), {WIDE_BOX}))), {pixel}), "
        f"{BOX}, {EXTENT}, {BUFFER}) AS geom FROM {kind.model._meta.db_table} WHERE {rows}) b "
        "WHERE geom IS NOT NULL), '')"
    )


def _thinned_sql(kind: LayerKind, pixels: int) -> str:
    """A layer `<slug>_thinned` with one point: map scripts can read a tile's layers, not its HTTP headers."""
    if pixels == THINNING[0]:
        return ""
    return (
        f" || (SELECT ST_AsMVT(t, '{kind.slug}_thinned', {EXTENT}, 'geom') FROM "
        f"(SELECT ST_MakePoint({EXTENT // 2}, {EXTENT // 2}) AS geom) t)"
    )


def _generalised(kind: LayerKind, zoom: int, pixel: float) -> tuple[str, str]:
    """The condition for features of at least `pixel` metres, and the geometry expression, for a zoom."""
    if kind.shape == "POINT" or zoom >= IDENTITY_ZOOM:
        return "", "geom_web"
    if kind.shape == "MULTIPOLYGON":
        keep = f" AND ST_Area(geom_web) >= {pixel * pixel}"
    else:
        size = "greatest(ST_XMax(geom_web) - ST_XMin(geom_web), ST_YMax(geom_web) - ST_YMin(geom_web))"
        keep = f" AND {size} >= {pixel}"
    if kind.merge_small and zoom > MERGED_ZOOMS[-1]:
        return keep, "geom_web"
    return keep, f"ST_SimplifyPreserveTopology(geom_web, {pixel / 3})"


@dataclass(frozen=True, slots=True)
class _Merged:
    flag: str = ""
    union: str = ""


def _merged_sql(kind: LayerKind, columns: tuple[str, ...], zoom: int) -> _Merged:
    """The merged areas of small features, at zooms that have them."""
    if not kind.merge_small or zoom not in MERGED_ZOOMS:
        return _Merged()
    model = kind.model._meta
    nulls = "".join(f", NULL::{model.get_field(name).db_type(connection)}" for name in columns)
    return _Merged(
        ", false AS merged",
        f" UNION ALL SELECT NULL{nulls}, true, ST_AsMVTGeom(geom_web, {BOX}, {EXTENT}, {BUFFER}) "
        f"FROM layers_builtup WHERE kind = '{kind.slug}' AND dataset_id = %(dataset)s AND level = {zoom} "
        f"AND geom_web && {WIDE_BOX}",
    )


def tile_parameters(dataset_id: int, zoom: int, x: int, y: int) -> dict[str, Any]:
    """Parameters of `tile_sql` for one tile."""
    w, s, e, n = _box(zoom, x, y)
    bw, bs, be, bn = _box(zoom, x, y, BUFFER / EXTENT)
    return {"dataset": dataset_id, "w": w, "s": s, "e": e, "n": n, "bw": bw, "bs": bs, "be": be, "bn": bn}


def tile(access: Access, kind: LayerKind, zoom: int, x: int, y: int, dataset: str | None = None) -> Tile | None:
    """The tile for a visitor, from the cache or made now; None when the kind has no rows."""
    record_read(kind)
    shown = VERSIONS.serving(kind, dataset)
    if shown is None:
        return None
    version = VERSIONS.tile(kind, shown.dataset_id, zoom, x, y)
    key = cache_key(kind.slug, shown.dataset_id, access.level, zoom, x, y)
    etag = f'"{key}-{version}"'
    if version == 0:
        return Tile(b"", etag)
    if not settings.TILE_CACHE_DIR:
        return _make(access, kind, shown.dataset_id, (zoom, x, y), etag)
    found = tile_cache.find(key, version, zoom, x, etag)
    if found is not None:
        return found
    made = _make(access, kind, shown.dataset_id, (zoom, x, y), etag)
    return tile_cache.store(made, key, version, zoom, x)


def selection_etag(chosen: Selection, zoom: int, x: int, y: int) -> str:
    """ETag of a selection's tile: layer, dataset, level, tile, data version, and a hash of filter and moment."""
    kind, dataset = chosen.kind, chosen.shown.dataset_id
    version = VERSIONS.tile(kind, dataset, zoom, x, y)
    words = blake2b(f"{chosen.filter}\0{chosen.at}".encode(), digest_size=12).hexdigest()
    return f'"{cache_key(kind.slug, dataset, chosen.access.level, zoom, x, y)}-{version}-{words}"'


def selection_tile(chosen: Selection, zoom: int, x: int, y: int) -> Tile:
    """The tile of a selection, made now. Raises BadFilter, TooSlow."""
    kind = chosen.kind
    etag = selection_etag(chosen, zoom, x, y)
    if VERSIONS.tile(kind, chosen.shown.dataset_id, zoom, x, y) == 0:
        return Tile(b"", etag)
    columns = tile_columns(chosen.access, kind, zoom)
    condition, values = named(*chosen.where())
    parameters = tile_parameters(chosen.shown.dataset_id, zoom, x, y) | values

    def query(pixels: int) -> str:
        return selection_sql(kind, columns, zoom, pixels, condition)

    with in_page_time():
        return _thinned_until_it_fits(query, parameters, etag)


def named(condition: str, values: list[Any]) -> tuple[str, dict[str, Any]]:
    """A condition with named parameters instead of positional ones, and their values."""
    number = count()
    named = re.sub(r"%%|%s", lambda found: "%%" if found[0] == "%%" else f"%(v{next(number)})s", condition)
    return named, {f"v{at}": value for at, value in enumerate(values)}


def fresh_tile(access: Access, kind: LayerKind, dataset_id: int, place: tuple[int, int, int]) -> Tile:
    """The tile (zoom, x, y) made now and not cached, for a file of one state of the database."""
    return _make(access, kind, dataset_id, place, "")


def _make(access: Access, kind: LayerKind, dataset_id: int, place: tuple[int, int, int], etag: str) -> Tile:
    zoom, x, y = place
    columns = tile_columns(access, kind, zoom)
    parameters = tile_parameters(dataset_id, zoom, x, y)
    return _thinned_until_it_fits(lambda pixels: tile_sql(kind, columns, zoom, pixels), parameters, etag)


def _thinned_until_it_fits(query: Callable[[int], str], parameters: Mapping[str, Any], etag: str) -> Tile:
    body = b""
    for pixels in THINNING:
        with connection.cursor() as cursor:
            cursor.execute(query(pixels), parameters)
            raw = bytes(cursor.fetchone()[0] or b"")
        body = igzip.compress(raw, compresslevel=1, mtime=0) if raw else b""
        if len(body) <= MAX_BYTES:
            break
    return Tile(body, etag, pixels > 1)
