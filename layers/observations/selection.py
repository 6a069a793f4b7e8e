"""Which datastreams a visitor may see, and a choice of observations among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from layers.access.rules import Access, record_read, visible_kinds
from layers.city import city
from layers.errors import BadSeries, UnknownSeries
from layers.kinds import KINDS
from layers.observations.models import Datastream, Exclusion, Thing

Statistic = Literal["raw", "hourly", "daily"]
TABLES: dict[str, str] = {"raw": "layers_observation", "hourly": "layers_hourlyrollup", "daily": "layers_dailyrollup"}
COLUMNS: dict[str, tuple[str, ...]] = {
    "raw": ("starts_at", "ends_at", "result_time", "value", "result", "flags"),
    "hourly": ("starts_at", "mean", "lowest", "highest", "count", "flagged", "coverage"),
    "daily": ("starts_at", "mean", "lowest", "highest", "count", "flagged", "coverage"),
}


_ENDS: dict[str, str] = {
    "raw": "v.ends_at",
    "hourly": "v.starts_at + interval '1 hour'",
    "daily": "((v.starts_at AT TIME ZONE {zone}) + interval '1 day') AT TIME ZONE {zone}",
}
"""SQL: when a row `v` of values ends; an instant where it starts, a civil day in its datastream's zone."""


def is_excluded(statistic: str) -> str:
    """SQL: whether a row `v` of values shares a moment with a period that an editor excluded."""
    zone = f"coalesce(nullif(s.day_zone, ''), '{city().timezone.key}')"
    return (
        "EXISTS (SELECT FROM public.layers_exclusion e JOIN public.layers_datastream s ON s.id = e.datastream_id "
        "WHERE e.datastream_id = v.datastream_id AND e.ended_by_id IS NULL "
        f"AND (v.starts_at >= e.since OR {_ENDS[statistic].format(zone=zone)} > e.since) "
        "AND (e.until IS NULL OR v.starts_at < e.until))"
    )


def latest_is_excluded() -> Exists:
    """Whether the latest value shares a moment with an excluded period, for a query of datastreams."""
    return _is_excluded("pk", "latest__starts_at", "latest__ends_at")


def observation_is_excluded() -> Exists:
    """Whether an observation shares a moment with an excluded period, for a query of observations."""
    return _is_excluded("datastream_id", "starts_at", "ends_at")


def _is_excluded(stream: str, starts: str, ends: str) -> Exists:
    begun = Q(since__lte=OuterRef(starts)) | Q(since__lt=OuterRef(ends))
    lasting = Q(until=None) | Q(until__gt=OuterRef(starts))
    return Exists(Exclusion.objects.filter(begun, lasting, datastream=OuterRef(stream), ended_by=None))


IS_SYNTHETIC = Q(thing__dataset__synthetic=True) | Q(properties__contains={"synthetic": True})
"""Datastreams with invented values."""


def visible_things(access: Access) -> QuerySet[Thing]:
    """Things of the kinds that the visitor may see, without ended ones."""
    return Thing.objects.filter(ended_by=None, kind__in=[kind.slug for kind in visible_kinds(access)])


def visible_streams(access: Access) -> QuerySet[Datastream]:
    """Datastreams of visible Things, without ended ones."""
    return Datastream.objects.filter(ended_by=None, thing__in=visible_things(access))


_IS_VISIBLE = """
SELECT EXISTS (
    SELECT FROM public.layers_datastream d JOIN public.layers_thing t ON t.id = d.thing_id
    WHERE d.id = %s AND d.ended_by_id IS NULL AND t.ended_by_id IS NULL AND t.kind = ANY(%s)
)
"""


def is_visible_stream(access: Access, key: int) -> bool:
    """Whether a datastream is among the `visible_streams`; by the ORM it would take four times as long."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_VISIBLE, [key, [kind.slug for kind in visible_kinds(access)]])
        ((found,),) = cursor.fetchall()
    return bool(found)


def visible_stream(access: Access, kind: str, key: int) -> Datastream:
    """The datastream of a kind with that key, with what it refers to. Raises UnknownSeries, also for a hidden one."""
    found = visible_streams(access).filter(pk=key, thing__kind=kind).annotate(latest_excluded=latest_is_excluded())
    stream = found.select_related("thing__dataset", "sensor", "observed_property", "latest").first()
    if stream is None:
        raise UnknownSeries(f"Layer {kind} has no datastream {key}.")
    record_read(KINDS[kind])
    return stream


@dataclass(frozen=True, slots=True)
class SeriesSelection:
    """Datastreams, a period of phenomenon time (start included, end not; None for open), and what of them is read."""

    streams: Sequence[Datastream]
    start: datetime | None
    end: datetime | None
    statistic: Statistic

    def query(self) -> tuple[str, list[object]]:
        """The rows as SQL with parameters: datastream, the columns of `COLUMNS`, whether excluded; in that order."""
        columns = ", ".join(f"v.{name}" for name in COLUMNS[self.statistic])
        rows, values = self._rows()
        statement = f"SELECT v.datastream_id, {columns}, {is_excluded(self.statistic)} {rows}"
        return f"{statement} ORDER BY v.datastream_id, v.starts_at", values

    def more_than(self, number: int) -> tuple[str, list[object]]:
        """Whether there are more rows than `number`, as SQL with parameters."""
        rows, values = self._rows()
        return f"SELECT count(*) > {number:d} FROM (SELECT 1 {rows} LIMIT {number + 1:d}) AS counted", values

    def _rows(self) -> tuple[str, list[object]]:
        """FROM and WHERE, with parameters."""
        where, values = "v.datastream_id = ANY(%s)", [[one.pk for one in self.streams]]
        bounds = {"v.starts_at >= %s": self.start, "v.starts_at < %s": self.end}
        period = {condition: moment for condition, moment in bounds.items() if moment is not None}
        return (
            f"FROM {TABLES[self.statistic]} v WHERE {' AND '.join([where, *period])}",
            [*values, *period.values()],
        )


def select_series(
    access: Access,
    kind: str,
    *,
    streams: Sequence[str] = (),
    stations: Sequence[str] = (),
    properties: Sequence[str] = (),
    start: datetime | None = None,
    end: datetime | None = None,
    statistic: str = "raw",
) -> SeriesSelection:
    """The series of a kind by keys of datastreams, names, codes or identities of stations, and codes of properties.

    Raises BadSeries naming what was not found.
    """
    if statistic not in get_args(Statistic):
        raise BadSeries(f"statistic={statistic} is not known; choose one of {', '.join(get_args(Statistic))}.")
    chosen = visible_streams(access).filter(thing__kind=kind)
    if streams:
        chosen = chosen.filter(pk__in=[_key(one) for one in streams])
    if stations:
        codes = Q(thing__code__in=list(stations)) | Q(thing__name__in=list(stations))
        chosen = chosen.filter(codes | Q(thing__feature_id__in=[one for one in stations if _is_uuid(one)]))
    if properties:
        chosen = chosen.filter(observed_property__code__in=list(properties))
    found = list(chosen.select_related("thing__dataset", "observed_property").order_by("pk"))
    if not found:
        raise BadSeries(f"Layer {kind} has no such series; /sql/ and its table “datastreams” list those there are.")
    record_read(KINDS[kind])
    return SeriesSelection(found, start, end, statistic)  # type: ignore[arg-type]


def _key(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise BadSeries(f"datastream={text} is not the number of a datastream.")
    return int(text)


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
