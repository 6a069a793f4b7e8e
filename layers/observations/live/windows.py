"""Datastreams of a layer with their observations of a stretch of time, read in one query each."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.contrib.gis.db.models.functions import Transform
from numpy.typing import NDArray

from layers.city import city
from layers.crs import WGS84
from layers.observations.columns import UNKNOWN_TIME, Numbers, Times, array_literal, aware
from layers.observations.live.names import property_name
from layers.observations.meaning.doubts import usable
from layers.observations.models import Datastream, Exclusion
from layers.observations.selection import latest_is_excluded
from layers.observations.specs import MEASUREMENT
from layers.observations.stored_rows import ROW, read_columns
from layers.schema.kind import LayerKind
from layers.text import Text

MEMORY = timedelta(days=3)
"""So far back the states of rivers and gases are replayed: the rules' memory is a day at most."""
_VALUES = """
SELECT v.datastream_id, v.starts_at, v.ends_at, coalesce(v.value, 'NaN'), v.flags
FROM public.layers_observation v
WHERE v.datastream_id = ANY(%(streams)s) AND v.starts_at >= %(since)s AND v.starts_at <= %(until)s
ORDER BY v.datastream_id, v.starts_at, v.ends_at
"""
# The order keeps the planner from one scan of all datastreams, which take a look at the index each.
_SINCE = """
SELECT v.datastream_id, v.starts_at, v.ends_at, coalesce(v.value, 'NaN'), v.flags
FROM unnest(%(streams)s::int4[], %(sinces)s::timestamptz[]) s(id, since) CROSS JOIN LATERAL (
    SELECT * FROM public.layers_observation o
    WHERE o.datastream_id = s.id AND o.starts_at >= s.since AND o.starts_at >= %(first)s
    ORDER BY o.starts_at, o.ends_at
) v
"""
_HOURS = """
SELECT v.datastream_id, v.starts_at, v.ends_at, coalesce(v.value, 'NaN'), v.flags
FROM public.layers_observation v
WHERE v.datastream_id = ANY(%(streams)s) AND v.starts_at = ANY(%(hours)s::timestamptz[])
    AND v.ends_at = v.starts_at + interval '1 hour'
ORDER BY v.datastream_id, v.starts_at
"""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Observations of one datastream in the order of time, each column (n,). Times in UTC; NaN for no number."""

    starts: Times
    ends: Times
    values: Numbers
    flags: NDArray[np.int16]
    excluded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def usable(self) -> Numbers:
        """The values with NaN for those that the rules leave out (`layers.observations.meaning.doubts`)."""
        return usable(self.values, self.flags, self.excluded)

    def until(self, moment: np.datetime64) -> "Values":
        """Those that have ended at a moment in UTC."""
        ended = self.ends <= moment
        return self if ended.all() else self.taken(ended)

    def since(self, moment: np.datetime64) -> "Values":
        """Those that start at a moment in UTC or later."""
        first = int(np.searchsorted(self.starts, moment))
        return self.taken(slice(first, None)) if first else self

    def followed_by(self, others: "Values") -> "Values":
        """These and then the others."""
        names = ("starts", "ends", "values", "flags", "excluded")
        return Values(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in names))

    def taken(self, at: NDArray[np.bool_] | slice) -> "Values":
        """Those of a slice, or where a mask is true."""
        return Values(self.starts[at], self.ends[at], self.values[at], self.flags[at], self.excluded[at])


_TIMES: Times = np.empty(0, "datetime64[us]")
NO_VALUES = Values(_TIMES, _TIMES, np.empty(0), np.empty(0, np.int16), np.empty(0, np.bool_))
Last = tuple[datetime, float, int, bool]
"""The latest observation of a datastream: end, value (NaN for no number), flags, excluded."""
Exclusions = tuple[tuple[np.datetime64, np.datetime64], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A datastream, its station, and its values of the window.

    `code` is that of the observed property; `thresholds` are the datastream's own (`warning`, `alarm`); `last` is the
    latest observation of all, None without any. `standing` is that of the station's feature, "" where it has none.
    """

    key: int
    thing: int
    feature: UUID | None
    station: str
    station_type: str
    standing: str
    code: str
    name: Text
    unit: str
    interval_s: int
    zone: ZoneInfo
    thresholds: Mapping[str, float]
    synthetic: bool
    last: Last | None
    values: Values = field(default=NO_VALUES)


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """A Thing with its datastreams in the order of their keys; `place` is longitude and latitude, None for none."""

    thing: int
    feature: UUID | None
    name: str
    type: str
    standing: str
    place: tuple[float, float] | None
    synthetic: bool
    series: tuple[Series, ...] = field(default=())

    def with_values(self, values: Mapping[int, Values]) -> "Station":
        """The station with the values of its datastreams; those that are missing have none."""
        series = tuple(replace(one, values=values.get(one.key, NO_VALUES)) for one in self.series)
        return replace(self, series=series)


def stations(
    kind: LayerKind, since: datetime, until: datetime, things: Collection[int] | None = None
) -> list[Station]:
    """The stations of a layer (those of `things`, all for None) with the values that start in a period (UTC)."""
    found = described_stations(kind, things)
    values = values_of([one.key for station in found for one in station.series], since, until)
    return [one.with_values(values) for one in found]


def described_stations(kind: LayerKind, things: Collection[int] | None = None) -> list[Station]:
    """The stations of a layer (those of `things`, all for None) without the values of any window."""
    rows = Datastream.objects.filter(ended_by=None, thing__ended_by=None, thing__kind=kind.slug)
    rows = rows.filter(observation_type=MEASUREMENT)
    if things is not None:
        rows = rows.filter(thing__in=things)
    rows = rows.select_related("thing__dataset", "observed_property", "latest")
    rows = rows.annotate(latest_excluded=latest_is_excluded())
    streams = list(rows.order_by("thing_id", "pk"))
    features = features_of(kind, {one.thing.feature_id for one in streams})
    grouped: dict[int, list[Series]] = {}
    for one in streams:
        grouped.setdefault(one.thing_id, []).append(_series(one, features.get(one.thing.feature_id, {})))
    return [_station(series, features.get(series[0].feature, {})) for series in grouped.values()]


def features_of(kind: LayerKind, keys: Collection[Any]) -> dict[Any, dict[str, Any]]:
    """Standing and type of the features of Things, by identity."""
    fields = [name for name in ("standing", "station_type", "alarm_type") if name in kind.field_names]
    rows = kind.model._default_manager.filter(feature_id__in=[key for key in keys if key], recorded_to=None)
    found = rows.annotate(place=Transform("geom", WGS84)).values("feature_id", "place", *fields)
    return {one["feature_id"]: one for one in found}


def values_of(streams: list[int], since: datetime, until: datetime) -> dict[int, Values]:
    """The observations of datastreams that start in a period, both ends included; none for those without any."""
    read = read_columns(_VALUES, {"streams": streams, "since": since, "until": until}, ROW)
    return _by_stream(read, exclusions_of(streams))


def values_since(sinces: Mapping[int, np.datetime64], excluded: Mapping[int, Exclusions]) -> dict[int, Values]:
    """The observations that start at the moment (UTC) of each datastream or later, as in `values_of`."""
    if not sinces:
        return {}
    first = np.array(list(sinces.values()), dtype="datetime64[us]")
    streams = {"streams": array_literal(np.array(list(sinces), np.int32)), "sinces": array_literal(first)}
    return _by_stream(read_columns(_SINCE, {**streams, "first": aware(first.min())}, ROW), excluded)


def hours_in(streams: list[int], hours: Times, excluded: Mapping[int, Exclusions]) -> dict[int, Values]:
    """The observations of datastreams that last one of these hours (UTC), as in `values_of`."""
    if not streams:
        return {}
    return _by_stream(read_columns(_HOURS, {"streams": streams, "hours": array_literal(hours)}, ROW), excluded)


def exclusions_of(streams: Collection[int] | None = None) -> dict[int, Exclusions]:
    """The periods that editors excluded of datastreams, of all for None, as (start, end or NaT) in UTC."""
    rows = Exclusion.objects.filter(ended_by=None)
    if streams is not None:
        rows = rows.filter(datastream__in=streams)
    found: dict[int, list[tuple[np.datetime64, np.datetime64]]] = {}
    for stream, since, until in rows.order_by("since", "pk").values_list("datastream", "since", "until"):
        found.setdefault(stream, []).append((utc(since), utc(until) if until else UNKNOWN_TIME))
    return {stream: tuple(periods) for stream, periods in found.items()}


def utc(moment: datetime) -> np.datetime64:
    """An aware moment as the columns have it."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def are_excluded(starts: Times, ends: Times, periods: Exclusions) -> NDArray[np.bool_]:
    """Which observations share a moment with an excluded period, as `selection.is_excluded` has it for raw values."""
    found = np.zeros(len(starts), np.bool_)
    for since, until in periods:
        found |= ((starts >= since) | (ends > since)) & (np.isnat(until) | (starts < until))
    return found


def _by_stream(read: Mapping[str, NDArray[Any]], excluded: Mapping[int, Exclusions]) -> dict[int, Values]:
    if (np.diff(read["datastream"]) < 0).any():
        order = np.argsort(read["datastream"], kind="stable")
        read = {name: column[order] for name, column in read.items()}
    keys, first = np.unique(read["datastream"], return_index=True)
    bounds = np.append(first, len(read["datastream"])).tolist()
    found = {}
    for key, start, end in zip(keys.tolist(), bounds[:-1], bounds[1:], strict=True):
        starts, ends, values, flags = (read[name][start:end] for name in ("starts", "ends", "value", "flags"))
        found[key] = Values(starts, ends, values, flags, are_excluded(starts, ends, excluded.get(key, ())))
    return found


def _series(stream: Datastream, feature: Mapping[str, Any]) -> Series:
    latest, thing = getattr(stream, "latest", None), stream.thing
    last = None
    if latest is not None:
        number = np.nan if latest.value is None else latest.value
        last = (latest.ends_at.astimezone(UTC), number, latest.flags, bool(getattr(stream, "latest_excluded", False)))
    return Series(
        key=stream.pk,
        thing=thing.pk,
        feature=thing.feature_id,
        station=thing.name,
        station_type=feature.get("station_type") or feature.get("alarm_type") or "",
        standing=feature.get("standing") or "",
        code=stream.observed_property.code,
        name=property_name(stream.observed_property),
        unit=stream.unit_symbol,
        interval_s=stream.interval_s,
        zone=ZoneInfo(stream.day_zone) if stream.day_zone else city().timezone,
        thresholds=own_thresholds(stream),
        synthetic=is_synthetic(stream),
        last=last,
    )


def is_synthetic(stream: Datastream) -> bool:
    """Whether its values are invented, by its dataset or by its own properties."""
    return stream.thing.dataset.synthetic or stream.properties.get("synthetic") is True


def own_thresholds(stream: Datastream) -> dict[str, float]:
    """The thresholds among the properties of a datastream, by name; what is no number is left out."""
    raw = stream.properties.get("thresholds")
    return dict(_numbers(raw)) if isinstance(raw, Mapping) else {}


def _numbers(raw: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in raw.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)


def _station(series: list[Series], feature: Mapping[str, Any]) -> Station:
    one, place = series[0], feature.get("place")
    return Station(
        thing=one.thing,
        feature=one.feature if feature else None,
        name=one.station,
        type=one.station_type,
        standing=one.standing,
        place=None if place is None else (round(place.x, 6), round(place.y, 6)),
        synthetic=any(each.synthetic for each in series),
        series=tuple(series),
    )
