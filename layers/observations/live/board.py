"""The board of sensors: every datastream of a layer with its freshness, doubts, battery and last maintenance.

The counts of the last day come from the hourly statistics. Raw values are read for those datastreams only whose hours
have flagged values, which cannot be divided from there, or whose values are longer or rarer than an hour.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from layers.access.rules import Access, fields_for, record_read
from layers.observations.live.marks import EXCLUDED, SYNTHETIC, Mark, marks
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.meanings import Meaning
from layers.observations.models import Datastream, Exclusion, HourlyRollup, Thing
from layers.observations.selection import latest_is_excluded, visible_streams, visible_things
from layers.schema.kind import LayerKind

BATTERY = "battery"
"""The code of the observed property of a station's battery, in V or %."""
MAINTAINED, CONTACT = "maintained_at", "contact"
"""Properties of Things (the first one of Sensors too): an ISO date, and who is to be called."""
MOST = 5_000
"""Datastreams of one board."""
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
DAY_S, HOUR_S = 86_400, 3_600
_FEATURE_FIELDS = ("operator", "standing", "station_type", "alarm_type")
_RAW = """
SELECT v.datastream_id, count(*), count(*) FILTER (WHERE v.flags <> 0),
    coalesce(sum(extract(epoch FROM least(v.ends_at, %(until)s) - v.starts_at)), 0)::float8
FROM public.layers_observation v
WHERE v.datastream_id = ANY(%(streams)s) AND v.starts_at > %(since)s AND v.starts_at <= %(until)s
GROUP BY v.datastream_id
"""


class Trouble(StrEnum):
    """What is wrong with a sensor, worst first. A closed station is expected to be silent."""

    DEAD = "dead"
    STALE = "stale"
    STUCK = "stuck"
    DOUBTFUL = "doubtful"
    """The latest value is flagged."""
    FLAGGED = "flagged"
    """An earlier value of the day is."""
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"
    NONE = "none"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours of a datastream. `coverage` is None where its interval is unknown; `values` where uncounted.

    `coverage` is that of the 24 whole hours before; `flagged` counts values up to the moment.
    """

    coverage: float | None = None
    values: int | None = None
    flagged: int = 0

    @property
    def flagged_share(self) -> float:
        """The share (0 to 1) of flagged values."""
        return self.flagged / self.values if self.values else 0.0


@dataclass(frozen=True, slots=True)
class Battery:
    """The latest value of a station's battery with its unit (V or %) and its time."""

    value: float
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Sensor:
    """A datastream at a moment. `maintained`, `contact` and `operator` are None or "" where unknown or hidden.

    `age_s` is the time since the end of the latest value in seconds, None without any.
    """

    stream: Datastream
    station_type: str
    operator: str
    contact: str
    age_s: float | None
    freshness: Meaning
    marks: tuple[Mark, ...]
    trouble: Trouble
    exclusion: Exclusion | None
    battery: Battery | None
    maintained: date | None
    day: Day

    @property
    def synthetic(self) -> bool:
        """Whether its values are invented."""
        return SYNTHETIC in self.marks

    @property
    def silent(self) -> bool:
        """Whether values are overdue."""
        return self.trouble in (Trouble.DEAD, Trouble.STALE)

    @property
    def flagged(self) -> bool:
        """Whether the latest value or one of the day is flagged."""
        return bool(self.day.flagged) or self.trouble is Trouble.DOUBTFUL

    @property
    def excluded(self) -> bool:
        """Whether an editor excludes it now, or its latest value."""
        return self.exclusion is not None or EXCLUDED in self.marks


def sensors(access: Access, kind: LayerKind, moment: datetime) -> list[Sensor]:
    """The datastreams of a layer that the visitor may see, at most MOST, the worst first; six queries at most."""
    rows = visible_streams(access).filter(thing__kind=kind.slug).annotate(latest_excluded=latest_is_excluded())
    rows = rows.select_related("thing__dataset", "sensor", "observed_property", "latest")
    streams = list(rows.order_by("thing__name", "observed_property__code", "pk")[:MOST])
    record_read(kind)
    features = _features(access, kind, {one.thing.feature_id for one in streams if one.thing.feature_id})
    exclusions = _exclusions([one.pk for one in streams], moment)
    days = _days(streams, moment)
    batteries = _batteries(streams)
    staff = access.reaches("staff")
    found = [
        _sensor(one, features.get(one.thing.feature_id, {}), exclusions, batteries, days, moment, staff)
        for one in streams
    ]
    ranks = {trouble: rank for rank, trouble in enumerate(Trouble)}
    return sorted(found, key=lambda one: (ranks[one.trouble], -one.day.flagged_share))


def waiting(access: Access, kind: LayerKind) -> list[Thing]:
    """Stations that wait for a place on the map, at most MOST, by name; for the city's staff, else none."""
    if not access.reaches("staff"):
        return []
    return list(visible_things(access).filter(kind=kind.slug).exclude(unplaced="").order_by("name", "pk")[:MOST])


def _sensor(
    stream: Datastream,
    feature: Mapping[str, Any],
    exclusions: Mapping[int, Exclusion],
    batteries: Mapping[int, Battery],
    days: Mapping[int, Day],
    moment: datetime,
    staff: bool,
) -> Sensor:
    latest, thing, day = getattr(stream, "latest", None), stream.thing, days.get(stream.pk, Day())
    flags = latest.flags if latest else 0
    standing = feature.get("standing") or ""
    age_s = (moment - latest.ends_at).total_seconds() if latest else None
    fresh = freshness(age_s, stream.interval_s, flags)
    synthetic = thing.dataset.synthetic or stream.properties.get("synthetic") is True
    excluded = bool(getattr(stream, "latest_excluded", False))
    found = marks(flags=flags, excluded=excluded, standing=standing, synthetic=synthetic)
    exclusion = exclusions.get(stream.pk)
    contact = thing.properties.get(CONTACT) if staff else ""
    return Sensor(
        stream=stream,
        station_type=feature.get("station_type") or feature.get("alarm_type") or "",
        operator=feature.get("operator") or "",
        contact=contact if isinstance(contact, str) else "",
        age_s=age_s,
        freshness=fresh,
        marks=found,
        trouble=_trouble(fresh, flags, day, excluded or exclusion is not None, standing),
        exclusion=exclusion,
        battery=batteries.get(stream.thing_id),
        maintained=_maintained(stream),
        day=day,
    )


def _trouble(fresh: Meaning, flags: int, day: Day, excluded: bool, standing: str) -> Trouble:
    if standing == "ended":
        return Trouble.CLOSED
    if fresh.code in (Trouble.DEAD, Trouble.STALE, Trouble.STUCK):
        return Trouble(fresh.code)
    if flags:
        return Trouble.DOUBTFUL
    if day.flagged:
        return Trouble.FLAGGED
    if excluded:
        return Trouble.EXCLUDED
    return Trouble.NONE if fresh.known else Trouble.UNKNOWN


def _features(access: Access, kind: LayerKind, keys: Collection[Any]) -> dict[Any, dict[str, Any]]:
    """What the layer has of the stations, of the fields that the visitor may see."""
    seen = {one.name for one in fields_for(access, kind)}
    fields = [name for name in _FEATURE_FIELDS if name in seen]
    rows = kind.model._default_manager.filter(feature_id__in=keys, recorded_to=None)
    return {one["feature_id"]: one for one in rows.values("feature_id", *fields)}


def _exclusions(streams: Collection[int], moment: datetime) -> dict[int, Exclusion]:
    """The exclusions that are in force at a moment, of several of a datastream the one that ends last."""
    lasting = Q(until=None) | Q(until__gt=moment)
    rows = Exclusion.objects.filter(lasting, datastream__in=streams, since__lte=moment, ended_by=None)
    return {one.datastream_id: one for one in rows.order_by("until")}


def _batteries(streams: Iterable[Datastream]) -> dict[int, Battery]:
    """The latest value of each station's battery, by the key of its Thing."""
    found = {}
    for one in streams:
        latest = getattr(one, "latest", None)
        if one.observed_property.code == BATTERY and latest is not None and latest.value is not None:
            found[one.thing_id] = Battery(latest.value, one.unit_symbol, latest.ends_at)
    return found


def _maintained(stream: Datastream) -> date | None:
    """The later day of maintenance of the station and of the sensor; None where neither has a day."""
    texts = (one.properties.get(MAINTAINED) for one in (stream.thing, stream.sensor))
    return max((day for day in map(_day, texts) if day is not None), default=None)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None


def _days(streams: Collection[Datastream], moment: datetime) -> dict[int, Day]:
    """The last 24 hours of datastreams, by key."""
    hours = _hours([one.pk for one in streams], moment)
    none = (None, None)
    raw = _raw([one.pk for one in streams if hours.get(one.pk, none)[1] or not 0 < one.interval_s <= HOUR_S], moment)
    found = {}
    for one in streams:
        covered, _ = hours.get(one.pk, none)
        values, flagged, length_s = raw.get(one.pk, (None, 0, 0.0))
        coverage: float | None = covered or 0.0
        if one.interval_s > HOUR_S:
            coverage = min(1.0, max(length_s, (values or 0) * one.interval_s) / DAY_S)
        elif one.interval_s <= 0:
            coverage = None
        found[one.pk] = Day(coverage, values, flagged)
    return found


def _hours(streams: Collection[int], moment: datetime) -> dict[int, tuple[float | None, int]]:
    """By datastream the coverage of the last 24 whole hours, and the flagged values since these began."""
    until = moment.replace(minute=0, second=0, microsecond=0)
    rows = HourlyRollup.objects.filter(datastream__in=streams, starts_at__gte=until - DAY, starts_at__lte=moment)
    whole = Sum("coverage", filter=Q(starts_at__lt=until))
    sums = rows.values("datastream").annotate(covered=whole, doubtful=Sum("flagged"))
    return {
        one["datastream"]: (None if one["covered"] is None else min(1.0, one["covered"] / 24), one["doubtful"])
        for one in sums
    }


def _raw(streams: list[int], moment: datetime) -> dict[int, tuple[int, int, float]]:
    """By datastream the values of the last 24 hours, how many are flagged, and for how many seconds they were."""
    if not streams:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RAW, {"streams": streams, "since": moment - DAY, "until": moment})
        return {key: (values, flagged, length_s) for key, values, flagged, length_s in cursor.fetchall()}
