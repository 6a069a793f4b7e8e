"""Updates on the web map's grid before a commit: versions of the touched squares, merged areas of small objects."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from layers.crs import WEB_HALF_WORLD_M, WEB_MERCATOR, storage_srid
from layers.kinds import KINDS

BLOCK_ZOOM = 14
"""Zoom of the squares that carry versions."""
SQUARE_ZOOM = 15
MERGED_ZOOMS = (11, 12)
TILE_PIXELS = 512
"""MapLibre draws a vector tile on 512 pixels; a feature smaller than one pixel need not be in the tile."""
CELL_PIXELS = 4


@lru_cache(maxsize=16)
def sql(name: str) -> str:
    """The text of a file in `layers/feed/sql`."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def tile_size_m(zoom: int) -> float:
    """Width of a tile in web mercator metres."""
    return 2 * WEB_HALF_WORLD_M / 2**zoom


def pixel_m(zoom: int) -> float:
    """Width of a pixel of a tile in web mercator metres."""
    return tile_size_m(zoom) / TILE_PIXELS


def mark_blocks(last: int) -> None:
    """Give the squares touched by `run_changes` the version `last`."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql("tile_blocks"),
            {
                "srid": storage_srid(),
                "web": WEB_MERCATOR,
                "half": WEB_HALF_WORLD_M,
                "size": tile_size_m(BLOCK_ZOOM),
                "last": last,
            },
        )


def merge_small_objects() -> None:
    """Recompute the merged areas of small objects in the squares that `run_changes` touched."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT kind, dataset_id FROM run_changes")
        touched = cursor.fetchall()
    for kind, dataset in touched:
        if KINDS[kind].merge_small:
            _merge(kind, dataset)


def _touched_squares(cursor: Any, kind: str, dataset: int) -> None:
    """Fill `built_up_squares` with the z 15 squares of the blocks the run touched."""
    cursor.execute("DROP TABLE IF EXISTS built_up_squares")
    cursor.execute(
        """CREATE TEMP TABLE built_up_squares ON COMMIT DROP AS
        SELECT DISTINCT b.x * 2 + dx AS x, b.y * 2 + dy AS y
        FROM layers_tileblock b, generate_series(0, 1) AS dx, generate_series(0, 1) AS dy
        WHERE b.kind = %s AND b.dataset_id = %s AND b.x >= 0
          AND b.version = (SELECT last FROM layers_changecounter WHERE id = 1)""",
        [kind, dataset],
    )


def _merge(kind: str, dataset: int) -> None:
    table = KINDS[kind].model._meta.db_table
    with connection.cursor() as cursor:
        _touched_squares(cursor, kind, dataset)
        square = tile_size_m(SQUARE_ZOOM)
        values: dict[str, Any] = {
            "half": WEB_HALF_WORLD_M,
            "web": WEB_MERCATOR,
            "kind": kind,
            "dataset": dataset,
            "square": square,
        }
        cursor.execute(
            "DELETE FROM layers_builtup b USING built_up_squares s "
            "WHERE b.kind = %(kind)s AND b.dataset_id = %(dataset)s AND b.x = s.x AND b.y = s.y",
            values,
        )
        for zoom in MERGED_ZOOMS:
            pixel = pixel_m(zoom)
            query = sql("built_up").format(table=table)
            cursor.execute(query, values | {"level": zoom, "pixel": pixel, "cell": pixel * CELL_PIXELS})
