"""Vector tiles straight from PostGIS, generalised by zoom, gzipped once and kept until what they show changes.

Every feature of at least a pixel stays; smaller buildings are merged into built-up areas at zoom 11 and 12. A tile
over 500 kB is thinned by raising that size until it fits, and says so.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import connection
from isal import igzip

from layers import tile_cache
from layers.access import Access, fields_for
from layers.crs import WEB_HALF_WORLD_M, WEB_MERCATOR
from layers.kind import LayerKind
from layers.tile_cache import Tile
from layers.tile_versions import VERSIONS
from layers.webgrid import MERGED_ZOOMS, pixel_m, tile_size_m

EXTENT = 4096
BUFFER = 64
MAX_ZOOM = 17
MAX_BYTES = 500_000
"""Most bytes of a tile as sent (gzipped)."""
THINNING = (1, 2, 4, 8, 16)
"""Smallest size kept, in pixels, tried one after the other until a tile fits."""
IDENTITY_ZOOM = 16
"""From this zoom on features carry their stable identity; below it the version number alone (36 bytes saved each)."""


def _box(zoom: int, x: int, y: int, margin: float = 0.0) -> tuple[float, float, float, float]:
    size = tile_size_m(zoom)
    west, north = x * size - WEB_HALF_WORLD_M, WEB_HALF_WORLD_M - y * size
    return west - margin * size, north - (1 + margin) * size, west + (1 + margin) * size, north + margin * size


def tile_columns(access: Access, kind: LayerKind, zoom: int) -> tuple[str, ...]:
    """Fields a tile of that zoom carries for whoever asks."""
    allowed = {field.name for field in fields_for(access, kind)}
    chosen: tuple[str, ...] = ()
    for start, names in kind.tile_fields:
        if zoom >= start:
            chosen = names
    return tuple(name for name in chosen if name in allowed)


@lru_cache(maxsize=4096)
def tile_sql(kind: LayerKind, columns: tuple[str, ...], zoom: int, pixels: int) -> str:
    """The query of a tile, with parameters for the dataset and the two boxes."""
    pixel = pixel_m(zoom) * pixels
    names = "".join(f", {name}" for name in columns)
    identity = ", feature_id::text AS feature_id" if zoom >= IDENTITY_ZOOM else ""
    keep, geometry = _generalised(kind, zoom, pixel)
    merged = _merged_sql(kind, columns, zoom)
    return (
        f"WITH f AS (SELECT version_id{identity}{names}{merged.flag}, "
        f"ST_AsMVTGeom({geometry}, ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, {WEB_MERCATOR}), {EXTENT}, {BUFFER}) "
        f"AS geom FROM {kind.model._meta.db_table} WHERE recorded_to IS NULL AND dataset_id = %(dataset)s "
        f"AND geom_web && ST_MakeEnvelope(%(bw)s, %(bs)s, %(be)s, %(bn)s, {WEB_MERCATOR}){keep}{merged.union}) "
        f"SELECT ST_AsMVT(f, '{kind.slug}', {EXTENT}, 'geom', 'version_id'){_labels_sql(kind, columns, keep)} "
        "FROM f WHERE geom IS NOT NULL"
    )


def has_labels(kind: LayerKind) -> bool:
    """Whether the kind's areas carry names, which need one point each."""
    return kind.shape == "MULTIPOLYGON" and any(layer["type"] == "symbol" for layer in kind.style)


def _labels_sql(kind: LayerKind, columns: tuple[str, ...], keep: str) -> str:
    """A second layer `<slug>_labels`: a point inside each area, in the one tile that holds it.

    Areas themselves are cut at tile edges; their names would be drawn once a tile.
    """
    if not has_labels(kind):
        return ""
    names = "".join(f", {name}" for name in columns)
    box = f"ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, {WEB_MERCATOR})"
    return (
        f" || coalesce((SELECT ST_AsMVT(l, '{kind.slug}_labels', {EXTENT}, 'geom', 'version_id') FROM ("
        f"SELECT version_id{names}, ST_AsMVTGeom(point, {box}, {EXTENT}, 0) AS geom FROM ("
        f"SELECT version_id{names}, ST_PointOnSurface(geom_web) AS point FROM {kind.model._meta.db_table} "
        f"WHERE recorded_to IS NULL AND dataset_id = %(dataset)s AND geom_web && {box}{keep} OFFSET 0) p "
        "WHERE ST_X(point) >= %(w)s AND ST_X(point) < %(e)s AND ST_Y(point) > %(s)s AND ST_Y(point) <= %(n)s) l), '')"
    )


def _generalised(kind: LayerKind, zoom: int, pixel: float) -> tuple[str, str]:
    """The condition that keeps what is at least a pixel, and the geometry expression, for a zoom."""
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
    """The built-up areas that stand for small objects at a zoom that has them."""
    if not kind.merge_small or zoom not in MERGED_ZOOMS:
        return _Merged()
    model = kind.model._meta
    nulls = "".join(f", NULL::{model.get_field(name).db_type(connection)}" for name in columns)
    return _Merged(
        ", false AS merged",
        f" UNION ALL SELECT NULL{nulls}, true, ST_AsMVTGeom(geom_web, ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, "
        f"{WEB_MERCATOR}), {EXTENT}, {BUFFER}) FROM layers_builtup WHERE kind = '{kind.slug}' "
        f"AND dataset_id = %(dataset)s AND level = {zoom} "
        f"AND geom_web && ST_MakeEnvelope(%(bw)s, %(bs)s, %(be)s, %(bn)s, {WEB_MERCATOR})",
    )


def tile_parameters(dataset_id: int, zoom: int, x: int, y: int) -> dict[str, float]:
    """Parameters of `tile_sql` for one tile."""
    w, s, e, n = _box(zoom, x, y)
    bw, bs, be, bn = _box(zoom, x, y, BUFFER / EXTENT)
    return {"dataset": dataset_id, "w": w, "s": s, "e": e, "n": n, "bw": bw, "bs": bs, "be": be, "bn": bn}


def tile(access: Access, kind: LayerKind, zoom: int, x: int, y: int, dataset: str | None = None) -> Tile | None:
    """The tile for whoever asks, from the cache or made now; None when the kind has no data."""
    shown = VERSIONS.serving(kind, dataset)
    if shown is None:
        return None
    version = VERSIONS.tile(kind, shown.dataset_id, zoom, x, y)
    key = f"{kind.slug}-{shown.dataset_id}-{access.level}-{zoom}-{x}-{y}"
    etag = f'"{key}-{version}"'
    if version == 0:
        return Tile(b"", etag)
    if not settings.TILE_CACHE_DIR:
        return _make(access, kind, shown.dataset_id, (zoom, x, y), etag)
    found = tile_cache.find(key, version, zoom, x, etag)
    if found is not None:
        return found
    made = _make(access, kind, shown.dataset_id, (zoom, x, y), etag)
    return tile_cache.keep(made, key, version, zoom, x)


def _make(access: Access, kind: LayerKind, dataset_id: int, place: tuple[int, int, int], etag: str) -> Tile:
    zoom, x, y = place
    columns = tile_columns(access, kind, zoom)
    body = b""
    for pixels in THINNING:
        with connection.cursor() as cursor:
            cursor.execute(tile_sql(kind, columns, zoom, pixels), tile_parameters(dataset_id, zoom, x, y))
            raw = bytes(cursor.fetchone()[0] or b"")
        body = igzip.compress(raw, compresslevel=1, mtime=0) if raw else b""
        if len(body) <= MAX_BYTES:
            break
    return Tile(body, etag, pixels > 1)
