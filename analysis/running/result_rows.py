"""SQL of the rows of a study's results, published and private.

A private result is stored as its differences to the published result at one moment of recorded time. Published rows
keep their history, so reading them as of that moment gives a private result that later runs do not change:

* a published row without a difference is part of the result as it is,
* a difference with `base_version` and `values` replaces that version: the fields in `values`, and its shape if given,
* one with `base_version` and without `values` takes that version out of the result,
* one without `base_version` is a row of the private result alone.

A result of an area is compared with the published rows that intersect the area. One without a base (there was no
published result, or it was computed before differences were stored) has only rows of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from analysis.parameters import AREA
from analysis.results import PrivateFeature, PrivateResult
from layers.access.rules import record_read
from layers.crs import WGS84, storage_srid
from layers.schema.kind import LayerKind

DIFFERENCES = PrivateFeature._meta.db_table


@dataclass(frozen=True, slots=True)
class Relation:
    """A SELECT with its parameters, whose names start with the kind's slug so that relations can be joined."""

    sql: str
    values: Mapping[str, Any]


def standing_rows(kind: LayerKind, dataset_id: int) -> Relation:
    """The published rows now: `source_id`, the kind's fields, `geom`."""
    table = kind.model._meta.db_table
    sql = f"SELECT {_columns(kind, 'c')} FROM {table} c WHERE c.dataset_id = %({kind.slug}_base)s"
    return Relation(f"{sql} AND c.recorded_to IS NULL", {f"{kind.slug}_base": dataset_id})


def base_rows(result: PrivateResult, kind: LayerKind) -> Relation:
    """The published rows, all columns, that a private result is compared with; no rows where it has no base."""
    table, name = kind.model._meta.db_table, kind.slug
    if result.base_id is None:
        return Relation(f"SELECT c.* FROM {table} c WHERE FALSE", {})
    sql = (
        f"SELECT c.* FROM {table} c WHERE c.dataset_id = %({name}_base)s AND c.recorded_from <= %({name}_at)s "
        f"AND (c.recorded_to IS NULL OR c.recorded_to > %({name}_at)s)"
    )
    values = {f"{name}_base": result.base_id, f"{name}_at": result.base_at}
    area = result.run.details.get("area")
    if area is None:
        return Relation(sql, values)
    within = f" AND ST_Intersects(c.geom, %({name}_area)s::geometry)"
    return Relation(sql + within, values | {f"{name}_area": _ewkb(AREA.restored(area))})


def private_rows(result: PrivateResult, kind: LayerKind) -> Relation:
    """The rows of a private result: `source_id`, the kind's fields, `geom`."""
    base, name, table = base_rows(result, kind), kind.slug, kind.model._meta.db_table
    mine = f"d.result_id = %({name}_result)s AND d.kind = %({name}_kind)s"
    fields = "".join(f", r.{field}" for field in kind.field_names)
    sql = (
        f"SELECT {_columns(kind, 'c')} FROM ({base.sql}) c "
        f"WHERE NOT EXISTS (SELECT FROM {DIFFERENCES} d WHERE {mine} AND d.base_version = c.version_id) "
        f"UNION ALL SELECT d.source_id{fields}, coalesce(d.geom, c.geom) "
        f"FROM {DIFFERENCES} d LEFT JOIN {table} c ON c.version_id = d.base_version "
        'CROSS JOIN LATERAL jsonb_populate_record(c, d."values") r '
        f'WHERE {mine} AND d."values" IS NOT NULL AND (d.base_version IS NULL OR c.version_id IS NOT NULL)'
    )
    return Relation(sql, {**base.values, f"{name}_result": result.pk, f"{name}_kind": name})


def features_of(result: PrivateResult, kind: LayerKind) -> list[dict[str, Any]]:
    """The features of a private result by source id: the kind's fields, `source_id` and `shape`.

    `shape` is GeoJSON text in degrees with 7 decimals.
    """
    record_read(kind)
    rows = private_rows(result, kind)
    names = ["source_id", *kind.field_names, "shape"]
    shape = f"ST_AsGeoJSON(ST_Transform(geom, {WGS84}), 7)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names[:-1])}, {shape} FROM ({rows.sql}) found ORDER BY source_id", rows.values
        )
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _columns(kind: LayerKind, alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in ("source_id", *kind.field_names, "geom"))


def _ewkb(shape: BaseGeometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, storage_srid()), hex=True, include_srid=True))
