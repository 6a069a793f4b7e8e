"""Pages of features for the OGC API, streamed from the database as GeoJSON texts.

The database assembles the GeoJSON (measured: 0.85 of the rate of plain rows). It is read through a WITH HOLD cursor:
faults are raised before the response begins, no transaction stays open while a slow client reads, and only one batch
of rows is in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count as counting
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, DataError, connection
from django.db.models import Exists, OuterRef, Q

from layers.access.rules import fields_for
from layers.crs import CRS84, System, storage_srid
from layers.errors import BadFilter, TooSlow
from layers.filters.cql2 import Language, condition
from layers.reading.paging import Place, Sorting, settled_moment, write_place
from layers.reading.selection import Selection
from layers.reading.table import COUNTED, Order
from layers.reading.time_limits import in_time, too_slow
from layers.schema.feature import CURRENT, known_at

BATCH = 2000
COUNTING_SECONDS = 2.0
"""A count that takes longer is left out of the answer."""
RECORDED = ("data_date", "recorded_from", "synthetic")
"""Properties of every feature beside its kind's fields."""
_numbers = counting()


@dataclass(frozen=True, slots=True)
class Period:
    """An interval of recorded time, open where None; it selects the last version of each feature within it."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeatureQuery(Selection):
    """A selection with the parameters that only the OGC API has. `at` and `period` exclude each other."""

    language: Language = ""
    system: System = CRS84
    """Of the geometries in the filter."""
    also: Q = Q()
    period: Period | None = None
    versions: tuple[int, ...] | None = None
    """Only these versions."""

    @property
    def condition(self) -> Q:
        """Dataset, time, filter and the other parameters as one condition."""
        rows = Q(dataset_id=self.shown.dataset_id) & self._time() & self.also
        if self.versions is not None:
            rows &= Q(version_id__in=self.versions)
        if not self.filter:
            return rows
        moment = self.period.until if self.period else self.at
        return rows & condition(
            self.access, self.kind, self.filter, moment, language=self.language, system=self.system
        )

    @property
    def narrowed(self) -> bool:
        """Whether it may select fewer than all current features of the dataset."""
        return bool(self.filter or self.also or self.at or self.period or self.versions is not None)

    def _time(self) -> Q:
        if self.period is None:
            return CURRENT if self.at is None else known_at(self.at)
        since, until = self.period.since, self.period.until
        later = self.kind.model._default_manager.filter(
            feature_id=OuterRef("feature_id"), recorded_from__gt=OuterRef("recorded_from")
        )
        within = Q()
        if until is not None:
            within, later = Q(recorded_from__lte=until), later.filter(recorded_from__lte=until)
        if since is not None:
            within &= CURRENT | Q(recorded_to__gt=since)
        return within & ~Q(Exists(later))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page: selection, order, limit, start, properties and reference system of the output."""

    asked: FeatureQuery
    order: Sorting
    limit: int
    properties: tuple[str, ...]
    system: System = CRS84
    after: Place | None = None

    def settled(self) -> "PageRequest":
        """The same request pinned to one moment, where it is sorted by values; else unchanged."""
        asked, period = self.asked, self.asked.period
        if not self.order.terms or asked.at or (period and period.until):
            return self
        pinned = self.after.moment if self.after else None
        moment = pinned or settled_moment(asked.kind, asked.shown.slug)
        if period:
            return replace(self, asked=replace(asked, period=Period(period.since, moment)))
        return replace(self, asked=replace(asked, at=moment))

    @property
    def moment(self) -> datetime | None:
        """The moment that all pages of an order by values show; None for the order by feature_id."""
        if not self.order.terms:
            return None
        return self.asked.period.until if self.asked.period else self.asked.at

    def token(self, last: tuple[Any, ...]) -> str:
        """The token of the page after a row of (…, feature_id, sort values…)."""
        return write_place(self.order, Place(tuple(last[1:]), last[0], self.moment))


@dataclass(frozen=True, slots=True)
class ListedOrder(Order):
    """The order in which a page lists its features."""

    versions: tuple[int, ...] = ()

    def sql(self) -> tuple[str, list[Any]]:
        """The ORDER BY list with its parameters."""
        return "array_position(%s::bigint[], version_id)", [list(self.versions)]


def property_names(asked: Selection) -> tuple[str, ...]:
    """Names of the properties that the visitor may see."""
    return (*(field.name for field in fields_for(asked.access, asked.kind)), *RECORDED)


class FeatureTexts:
    """The features of a page as GeoJSON texts, in batches. After iteration `returned` is their number and `next` the
    token of the next page, "" for none.

    The query runs in the constructor, which raises TooSlow and BadFilter. The caller must close it.
    """

    def __init__(self, request: PageRequest) -> None:
        self.request = request.settled()
        self.returned, self.next = 0, ""
        self._name = f"features_{next(_numbers)}"
        sql, values = _statement(self.request, feature_text(self.request))
        with _in_time(settings.TABLE_SECONDS, committing=True) as cursor:
            cursor.execute(f"DECLARE {self._name} NO SCROLL CURSOR WITH HOLD FOR {sql}", values)
        self._open = True

    def __iter__(self) -> Iterator[list[str]]:
        while rows := self._batch():
            more = self.returned + len(rows) > self.request.limit
            rows = rows[: self.request.limit - self.returned]
            self.returned += len(rows)
            if more:
                self.next = self.request.token(rows[-1][1:])
            yield [row[0] for row in rows]
            if more:
                break
        self.close()

    def _batch(self) -> list[Any]:
        with connection.cursor() as cursor:
            # One more row than the page, in the same batch as its last: if it exists, there is a next page.
            left = self.request.limit - self.returned
            cursor.execute(f"FETCH FORWARD {left + 1 if left <= BATCH else BATCH} FROM {self._name}")
            found: list[Any] = cursor.fetchall()
            return found

    def close(self) -> None:
        """Close the server-side cursor."""
        if self._open:
            self._open = False
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute(f"CLOSE {self._name}")


@dataclass(frozen=True, slots=True)
class Listed:
    """The versions of a page, in order; `next` is the token of the next page, "" for none."""

    asked: FeatureQuery
    order: ListedOrder
    next: str


def listed(request: PageRequest) -> Listed:
    """The page as a selection of versions, for tables and files. Raises TooSlow, BadFilter."""
    request = request.settled()
    sql, values = _statement(request, "version_id")
    with _in_time(settings.TABLE_SECONDS) as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    versions = tuple(row[0] for row in rows[: request.limit])
    token = request.token(rows[request.limit - 1][1:]) if len(rows) > request.limit else ""
    return Listed(
        replace(request.asked, filter="", also=Q(), versions=versions), ListedOrder(versions=versions), token
    )


def _statement(request: PageRequest, columns: str) -> tuple[str, list[Any]]:
    """SELECT of `columns`, feature_id and sort values, limited to one row more than the page."""
    where, values = request.asked.where()
    if request.after:
        beyond, beyond_values = request.order.beyond(request.after)
        where, values = f"({where}) AND {beyond}", [*values, *beyond_values]
    table = request.asked.kind.model._meta.db_table
    sorted_by = "".join(f", {term.raw}" for term in request.order.terms)
    return (
        f"SELECT {columns}, feature_id{sorted_by} FROM {table}{_properties(request, table)} WHERE {where} "
        f"ORDER BY {request.order.sql()} LIMIT {request.limit + 1}",
        values,
    )


def _properties(request: PageRequest, table: str) -> str:
    columns = ", ".join(f'{table}."{name}"' for name in request.properties)
    return f", LATERAL (SELECT {columns}) AS told"


def feature_text(request: PageRequest) -> str:
    """The SQL expression of a feature as GeoJSON text; its geometry in the system's official axis order."""
    geometry = "geom" if request.system.srid == storage_srid() else f"ST_Transform(geom, {request.system.srid})"
    if request.system.northing_first:
        geometry = f"ST_FlipCoordinates({geometry})"
    return (
        '\'{"type":"Feature","id":"\' || feature_id || \'","geometry":\' || '
        f"ST_AsGeoJSON({geometry}, {request.system.decimals}, 0) || ',\"properties\":' || to_json(told) || '}}'"
    )


def one(asked: FeatureQuery, system: System, feature_id: UUID) -> tuple[str, int] | None:
    """A feature as GeoJSON text, with its version number; None where it is not in the selection."""
    only = replace(asked, also=asked.also & Q(feature_id=feature_id))
    request = PageRequest(only, Sorting(), 1, property_names(asked), system)
    sql, values = _statement(request, f"{feature_text(request)}, version_id")
    with _in_time(settings.TABLE_SECONDS) as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def count(asked: FeatureQuery) -> int | None:
    """The number of features; None where counting takes over COUNTING_SECONDS or there are more than COUNTED."""
    if not asked.narrowed:
        return asked.shown.rows
    where, values = asked.where()
    table = asked.kind.model._meta.db_table
    try:
        with _in_time(COUNTING_SECONDS) as cursor:
            cursor.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where} LIMIT {COUNTED + 1}) counted", values
            )
            (found,) = cursor.fetchone()
    except TooSlow:
        return None
    return found if found <= COUNTED else None


@contextmanager
def _in_time(seconds: float, committing: bool = False) -> Iterator[Any]:
    """As `in_time`. Raises TooSlow; BadFilter where the database cannot compute what the filter asks for."""
    slow = too_slow(seconds, "filter the layer first, or do not sort it")
    try:
        with in_time(seconds, slow, committing=committing) as cursor:
            yield cursor
    except DataError as fault:
        raise BadFilter("The filter computes a value that no column can hold.") from fault
