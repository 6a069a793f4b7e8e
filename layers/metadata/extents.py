"""The extent of layers and the date of their first record: one statement for all layers, cached until a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from layers.access.rules import Serving
from layers.crs import WGS84, reproject, storage_srid
from layers.feed.versions import VERSIONS
from layers.filters.literals import box, with_short_edges
from layers.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Extent:
    """The box of the current features in lon, lat (None of no rows), and when the first feature was recorded."""

    bbox: tuple[float, float, float, float] | None
    since: datetime | None


_known: dict[tuple[str, int], tuple[int, Extent]] = {}


def extents(serving: Mapping[str, Serving]) -> dict[str, Extent]:
    """The extents of kinds by slug; `serving` gives the dataset of each."""
    versions = {slug: VERSIONS.layer(KINDS[slug], shown.dataset_id) for slug, shown in serving.items()}
    wanted = [
        slug for slug, shown in serving.items() if _known.get((slug, shown.dataset_id), (-1,))[0] != versions[slug]
    ]
    for slug, corners, since in _query(wanted, serving):
        _known[slug, serving[slug].dataset_id] = (versions[slug], Extent(_in_degrees(corners), since))
    return {slug: _known[slug, shown.dataset_id][1] for slug, shown in serving.items()}


def _query(slugs: list[str], serving: Mapping[str, Serving]) -> list[tuple[str, list[float | None], Any]]:
    if not slugs:
        return []
    one = (
        "SELECT %s, ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)], since FROM (SELECT ST_Extent(geom) "
        "FILTER (WHERE recorded_to IS NULL) AS e, min(recorded_from) AS since FROM {table} WHERE dataset_id = %s) x"
    )
    statements = [one.format(table=KINDS[slug].model._meta.db_table) for slug in slugs]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(statements), [value for slug in slugs for value in (slug, serving[slug].dataset_id)]
        )
        found: list[tuple[str, list[float | None], Any]] = cursor.fetchall()
    return found


def _in_degrees(corners: list[float | None]) -> tuple[float, float, float, float] | None:
    west, south, east, north = corners
    if west is None or south is None or east is None or north is None:
        return None
    shape = box(west, south, east, north)
    edges = with_short_edges(shape, shape.length / 200)
    west, south, east, north = reproject(np.array([edges]), storage_srid(), WGS84)[0].bounds
    return round(west, 7), round(south, 7), round(east, 7), round(north, 7)
