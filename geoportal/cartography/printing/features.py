"""Features of a selection on a sheet, clipped to its extent and generalised to visible detail.

Only properties that a style reads are queried, and of these only those the visitor may see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils.translation import gettext

from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.errors import BadPrint
from geoportal.cartography.printing.ground import AROUND_MM, Ground
from layers.access.rules import fields_for
from layers.crs import storage_srid
from layers.reading.selection import Selection
from layers.reading.time_limits import in_time

FINEST_MM = 0.05
"""Tolerance of generalisation on paper."""
CHUNK = 5000
MOST_VERTICES = 3_000_000
"""Most vertices of one layer on a sheet; more are unreadable and would fill the server's memory."""


@dataclass(frozen=True, slots=True)
class Features:
    """Features grouped by equal values of `names`, which a style reads; geometries in PDF points."""

    names: tuple[str, ...]
    groups: dict[tuple[Any, ...], np.ndarray]


def read(selection: Selection, names: Iterable[str], ground: Ground, deadline: Deadline) -> Features:
    """The features of a selection within an extent, grouped by the properties of those names."""
    allowed = {field.name for field in fields_for(selection.access, selection.kind)}
    columns = tuple(sorted(allowed.intersection(names)))
    condition, values = selection.where()
    return _read(selection, columns, (condition, values), ground, deadline)


def read_chosen(selection: Selection, ids: Iterable[UUID], ground: Ground, deadline: Deadline) -> np.ndarray:
    """The geometries of the features with those ids within an extent, in PDF points."""
    condition, values = selection.where()
    found = _read(selection, (), (f"({condition}) AND feature_id = ANY(%s)", [*values, list(ids)]), ground, deadline)
    return found.groups.get((), np.array([], dtype=object))


def _read(
    selection: Selection,
    columns: tuple[str, ...],
    where: tuple[str, list[Any]],
    ground: Ground,
    deadline: Deadline,
) -> Features:
    table = selection.kind.model._meta.db_table
    names = "".join(f"{name}, " for name in columns)
    condition, values = where
    around = ground.box(AROUND_MM)
    finest = FINEST_MM / ground.mm_per_m
    box = "ST_MakeEnvelope(%s, %s, %s, %s, %s)"
    sql = (
        f"SELECT {names}ST_AsBinary(ST_Simplify(ST_ClipByBox2D(geom, {box}), %s, true)) FROM {table} "
        f"WHERE {condition} AND geom && {box}"
    )
    placed = [*around, storage_srid()]
    rows = _rows(sql, [*placed, finest, *values, *placed], deadline)
    return _grouped(columns, rows, ground)


def _rows(sql: str, values: list[Any], deadline: Deadline) -> Iterable[tuple[Any, ...]]:
    with in_time(deadline.left_s(), deadline.error()) as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _grouped(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], ground: Ground) -> Features:
    groups: dict[tuple[Any, ...], list[bytes]] = {}
    weight = 0
    for *values, geometry in rows:
        if geometry is None:
            continue
        weight += len(geometry) // 16
        if weight > MOST_VERTICES:
            raise BadPrint(gettext("There is too much to draw on this sheet; choose a larger scale or fewer layers."))
        groups.setdefault(tuple(values), []).append(bytes(geometry))
    return Features(columns, {values: _drawn(found, ground) for values, found in groups.items()})


def _drawn(found: list[bytes], ground: Ground) -> np.ndarray:
    geometries = shapely.from_wkb(np.array(found, dtype=object))
    return ground.drawn(geometries[~shapely.is_empty(geometries)])
