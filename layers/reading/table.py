"""A layer as a sorted table with keyset paging.

A page begins after the key of a row, not after a number of skipped rows: a deep page costs as much as the first one,
and rows that are added, removed or edited meanwhile make no other row appear twice or get lost. Equal values are
ordered by `feature_id`, which is the same for all versions of a feature (the version number changes with each edit,
so a row edited after it was read would appear again).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.db.models import CharField, TextField

from layers.access.rules import Access, fields_for
from layers.crs import WGS84, storage_srid
from layers.errors import BadKey, BadSort
from layers.json_text import json_value
from layers.reading.selection import Selection
from layers.reading.time_limits import in_page_time
from layers.schema.kind import LayerKind

ROWS = 50
COUNTED = 100_000
"""Up to this many rows are counted exactly; above it `count` returns this number as a minimum."""
SORTED_BY_NAME = 50_000
"""Layers of up to this many rows are sorted by name by default; larger ones by an index."""
DISTANCE = "distance"
COLLATION = "layers_natural"
MILLIMETRE = 0.001


@dataclass(frozen=True, slots=True)
class Order:
    """A sort order: by a field, by "distance" from a place, or "" for the order of an index.

    NULL comes last in either direction. `place` is in lon, lat.
    """

    name: str = ""
    descending: bool = False
    place: tuple[float, float] | None = None
    kind: LayerKind | None = None

    @property
    def text(self) -> str:
        """The order as a query parameter: "-height_m"."""
        return f"-{self.name}" if self.descending else self.name

    def expression(self) -> tuple[str, list[Any]]:
        """The sort expression as SQL with parameters: texts by Polish natural collation ("2a" before "10"),
        codes by their meaning in the active language, distances in metres."""
        if self.name == DISTANCE:
            return _distance(self.place)
        return self._ranked(self.name) if self.name else ("", [])

    def operand(self, value: Any) -> tuple[str, list[Any]]:
        """A value of the field as SQL with parameters, to be compared with the expression."""
        if self.name == DISTANCE:
            return "%s", [value]
        expression, values = self._ranked("%s")
        return expression, [*values, value]

    def raw(self) -> tuple[str, list[Any]]:
        """The value that a key contains, as SQL with parameters."""
        return self.expression() if self.name == DISTANCE else (self.name or "NULL", [])

    def _ranked(self, term: str) -> tuple[str, list[Any]]:
        assert self.kind is not None, "an order by a field has a kind"
        choices = self.kind.field(self.name).choices
        column = self.kind.model._meta.get_field(self.name)
        if choices:
            codes = sorted(choices, key=lambda code: str(choices[code]).casefold())
            return f"array_position(%s::text[], {term}::text)", [codes]
        return (f"{term} COLLATE {COLLATION}" if isinstance(column, CharField | TextField) else term), []

    def sql(self) -> tuple[str, list[Any]]:
        """The ORDER BY list with its parameters."""
        expression, values = self.expression()
        if not expression:
            return "feature_id", []
        nulls = "" if self.name == DISTANCE else " NULLS LAST"
        return f"{expression}{' DESC' if self.descending else ''}{nulls}, feature_id", values


@dataclass(frozen=True, slots=True)
class Row:
    """One feature of the page: values in the order of the fields; distance in metres, where a place was given."""

    feature_id: UUID
    values: tuple[Any, ...]
    longitude: float
    latitude: float
    synthetic: bool
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a page and the keys of the previous and next one, "" where there is none."""

    rows: tuple[Row, ...]
    before: str
    after: str


def order_of(access: Access, kind: LayerKind, text: str, place: tuple[float, float] | None = None) -> Order:
    """The order of a parameter: "height_m", "-height_m", "distance", "" for the default one. Raises BadSort."""
    name, descending = text.removeprefix("-"), text.startswith("-")
    if name == DISTANCE and place is None:
        raise BadSort("Rows are sorted by distance only where a place is given (near=).")
    names = [field.name for field in fields_for(access, kind)]
    if name and name != DISTANCE and name not in names:
        raise BadSort(f"{kind.slug} cannot be sorted by “{name[:60]}”; there are: {', '.join(names)}.")
    return Order(name, descending, place, kind)


def usual_order(access: Access, kind: LayerKind, rows: int, place: tuple[float, float] | None = None) -> Order:
    """The default order: nearest first where a place is given; else by name, or by an index for large layers."""
    if place is not None:
        return Order(DISTANCE, False, place, kind)
    named = kind.name_field in [field.name for field in fields_for(access, kind)]
    return Order(kind.name_field if named and rows <= SORTED_BY_NAME else "", kind=kind)


def page(
    selection: Selection, order: Order, *, after: str = "", before: str = "", feature: UUID | None = None
) -> Page:
    """A page of the selection: the first one, the one after or before a key, or the one that begins with a feature.

    Raises BadKey, TooSlow.
    """
    backward = bool(before)
    key = read_key(selection, order, after or before) if after or before else None
    inclusive = False
    if feature is not None and key is None:
        key, inclusive = _key_of(selection, order, feature), True
    found = _rows(selection, order, key, backward, inclusive)
    more, found = len(found) > ROWS, found[:ROWS]
    if backward:
        found.reverse()
    rows = tuple(row for row, _ in found)
    if not rows:
        return Page((), "", "")
    first, last = (
        write_key(selection, order, value, row)
        for row, value in ((found[0][0], found[0][1]), (found[-1][0], found[-1][1]))
    )
    return Page(
        rows,
        before=first if (more if backward else key is not None) else "",
        after=last if (backward or more) else "",
    )


def count(selection: Selection) -> tuple[int, bool]:
    """The number of rows and whether it is exact; if not, it is a minimum. Raises TooSlow."""
    if not selection.filter and selection.at is None:
        return selection.shown.rows, True
    where, values = selection.where()
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {_table(selection)} WHERE {where} LIMIT {COUNTED + 1}) counted"
    with in_page_time() as cursor:
        cursor.execute(sql, values)
        (found,) = cursor.fetchone()
    return min(found, COUNTED), found <= COUNTED


def write_key(selection: Selection, order: Order, value: Any, row: Row) -> str:
    """The key of a row: its sort value and identity, as text for addresses."""
    plain = str(value) if isinstance(value, date | UUID) else value
    text = json.dumps([order.text, plain, row.feature_id.hex], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_key(selection: Selection, order: Order, text: str) -> tuple[Any, UUID]:
    """The sort value and identity of a key. Raises BadKey when it is invalid or belongs to another order."""
    try:
        sort, value, identity = json_value(urlsafe_b64decode(text[:2000] + "=" * (-len(text) % 4)))
        if sort != order.text:
            raise ValueError(sort)
        return _typed(selection.kind, order, value), UUID(hex=identity)
    except (ValueError, TypeError, AttributeError, RecursionError, ValidationError):
        raise BadKey("That place in the table is not known; begin with its first page.") from None


def _typed(kind: LayerKind, order: Order, value: Any) -> Any:
    if not order.name or value is None:
        if value is not None:
            raise ValueError(value)
        return None
    if order.name == DISTANCE:
        return float(value)
    column: Any = kind.model._meta.get_field(order.name)
    if isinstance(column, CharField | TextField):
        if "\0" in value:
            raise ValueError(value)
        value.encode()  # a lone surrogate cannot be sent to the database
    return column.to_python(value)


def _beyond(order: Order, key: tuple[Any, UUID], backward: bool, inclusive: bool) -> tuple[str, list[Any]]:
    """The condition that selects rows after the key (before it, with `backward`)."""
    value, identity = key
    way, same = ("<" if backward else ">"), ("=" if inclusive else "")
    expression, values = order.expression()
    if not expression:
        return f"feature_id {way}{same} %s", [identity]
    tie = f"feature_id {way}{same} %s"
    if value is None:
        known = f" OR {expression} IS NOT NULL" if backward else ""
        extra = values if backward else []
        return f"(({expression} IS NULL AND {tie}){known})", [*values, identity, *extra]
    further = "<" if order.descending != backward else ">"
    term, given = order.operand(value)
    condition = f"{expression} {further} {term} OR ({expression} = {term} AND {tie})"
    unknown = "" if backward or order.name == DISTANCE else f" OR {expression} IS NULL"
    return f"({condition}{unknown})", [*values, *given, *values, *given, identity, *(values if unknown else [])]


def _rows(
    selection: Selection, order: Order, key: tuple[Any, UUID] | None, backward: bool, inclusive: bool
) -> list[tuple[Row, Any]]:
    """At most one row more than a page, each with its sort value; in reversed order with `backward`."""
    names = [field.name for field in fields_for(selection.access, selection.kind)]
    where, where_values = selection.where()
    beyond, beyond_values = _beyond(order, key, backward, inclusive) if key else ("TRUE", [])
    where, where_values = f"({where}) AND {beyond}", [*where_values, *beyond_values]
    if order.name == DISTANCE:
        near, near_values = _nearness(selection, order, key, backward, (where, where_values))
        where, where_values = f"{where} AND {near}", [*where_values, *near_values]
    sorting, sorting_values = _sorting(order, backward)
    by, by_values = order.raw()
    metres, metres_values = _distance(order.place) if order.place else ("NULL::float8", [])
    point = f"ST_Transform(ST_PointOnSurface(geom), {WGS84})"
    sql = (
        f"WITH chosen AS MATERIALIZED (SELECT *, {by} AS sorted_by, {metres} AS metres "
        f"FROM {_table(selection)} WHERE {where} ORDER BY {sorting} LIMIT {ROWS + 1}) "
        f"SELECT feature_id, synthetic, metres, sorted_by, ST_X({point}), ST_Y({point})"
        f"{''.join(f', {name}' for name in names)} FROM chosen"
    )
    with in_page_time() as cursor:
        cursor.execute(sql, [*by_values, *metres_values, *where_values, *sorting_values])
        return [
            (Row(found[0], tuple(found[6:]), found[4], found[5], found[1], found[2]), found[3])
            for found in cursor.fetchall()
        ]


def _nearness(
    selection: Selection,
    order: Order,
    key: tuple[Any, UUID] | None,
    backward: bool,
    rows: tuple[str, list[Any]],
) -> tuple[str, list[Any]]:
    """A condition that limits a page by distance to a circle with all its rows, so that the index is used.

    The index sorts by distance, but not by distance and identity; so the radius of the page is queried first.
    """
    expression, values = order.expression()
    within = "ST_DWithin(geom, ST_SetSRID(ST_MakePoint(%s, %s), %s), {} + " + f"{MILLIMETRE})"
    if order.descending == backward:
        where, where_values = rows
        nearest = f"SELECT {expression} AS d FROM {_table(selection)} WHERE {where} ORDER BY {expression}"
        reach = f"(SELECT max(d) FROM ({nearest} LIMIT {ROWS + 1}) nearest)"
        return within.format(reach), [*values, *values, *where_values, *values]
    return (within.format("%s"), [*values, key[0]]) if key else ("TRUE", [])


def _sorting(order: Order, backward: bool) -> tuple[str, list[Any]]:
    if not backward:
        return order.sql()
    expression, values = order.expression()
    if not expression:
        return "feature_id DESC", []
    nulls = "" if order.name == DISTANCE else " NULLS FIRST"
    return f"{expression}{'' if order.descending else ' DESC'}{nulls}, feature_id DESC", values


def _key_of(selection: Selection, order: Order, feature: UUID) -> tuple[Any, UUID] | None:
    """The key of a feature; None when it is not in the selection."""
    where, values = selection.where()
    by, by_values = order.raw()
    sql = f"SELECT {by} FROM {_table(selection)} WHERE ({where}) AND feature_id = %s LIMIT 1"
    with in_page_time() as cursor:
        cursor.execute(sql, [*by_values, *values, feature])
        found = cursor.fetchone()
    return (found[0], feature) if found else None


def _distance(place: tuple[float, float] | None) -> tuple[str, list[Any]]:
    """Metres from a place, as the nearest-neighbour operator that the index on current geometries serves."""
    assert place is not None, "an order by distance has a place"
    point = Point(*place, srid=WGS84)
    point.transform(storage_srid())
    return "(geom <-> ST_SetSRID(ST_MakePoint(%s, %s), %s))", [point.x, point.y, storage_srid()]


def _table(selection: Selection) -> str:
    return selection.kind.model._meta.db_table
