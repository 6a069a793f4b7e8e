"""Datastreams of a layer with their observations of a stretch of time, read in one query each."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.contrib.gis.db.models.functions import Transform
from django.db.models import F
from numpy.typing import NDArray

from layers.city import city
from layers.crs import WGS84
from layers.observations.columns import Numbers, Times
from layers.observations.live.names import property_name
from layers.observations.meaning.doubts import usable
from layers.observations.models import Datastream
from layers.observations.selection import is_excluded, latest_is_excluded
from layers.observations.specs import MEASUREMENT
from layers.observations.stored_rows import ROW, read_columns
from layers.schema.kind import LayerKind
from layers.text import Text

MEMORY = timedelta(days=3)
"""So far back the states of rivers and gases are replayed: the rules' memory is a day at most."""
_VALUES = """
SELECT v.datastream_id, v.starts_at, v.ends_at, coalesce(v.value, 'NaN'), v.flags, {excluded}::int::int2
FROM public.layers_observation v
WHERE v.datastream_id = ANY(%(streams)s) AND v.starts_at >= %(since)s AND v.starts_at <= %(until)s
ORDER BY v.datastream_id, v.starts_at, v.ends_at
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
        at = self.ends <= moment
        return Values(self.starts[at], self.ends[at], self.values[at], self.flags[at], self.excluded[at])


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A datastream, its station, and its values of the window.

    `code` is that of the observed property; `thresholds` are the datastream's own (`warning`, `alarm`); `last` is the
    latest observation of all, as (end, value, flags, excluded), None without any. `seq` is the number of the batch
    that wrote it, 0 for none. `standing` is that of the station's feature, "" where it has none.
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
    seq: int
    last: tuple[datetime, float, int, bool] | None
    values: Values


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


def stations(
    kind: LayerKind, since: datetime, until: datetime, things: Collection[int] | None = None
) -> list[Station]:
    """The stations of a layer (those of `things`, all for None) with the values that start in a period (UTC)."""
    rows = Datastream.objects.filter(ended_by=None, thing__ended_by=None, thing__kind=kind.slug)
    rows = rows.filter(observation_type=MEASUREMENT)
    if things is not None:
        rows = rows.filter(thing__in=things)
    rows = rows.select_related("thing__dataset", "observed_property", "latest")
    rows = rows.annotate(latest_excluded=latest_is_excluded(), seq=F("latest__batch__stored_seq"))
    streams = list(rows.order_by("thing_id", "pk"))
    features = features_of(kind, {one.thing.feature_id for one in streams})
    values = values_of([one.pk for one in streams], since, until)
    grouped: dict[int, list[Series]] = {}
    for one in streams:
        grouped.setdefault(one.thing_id, []).append(_series(one, features.get(one.thing.feature_id, {}), values))
    return [_station(series, features.get(series[0].feature, {})) for series in grouped.values()]


def features_of(kind: LayerKind, keys: Collection[Any]) -> dict[Any, dict[str, Any]]:
    """Standing and type of the features of Things, by identity."""
    fields = [name for name in ("standing", "station_type", "alarm_type") if name in kind.field_names]
    rows = kind.model._default_manager.filter(feature_id__in=[key for key in keys if key], recorded_to=None)
    found = rows.annotate(place=Transform("geom", WGS84)).values("feature_id", "place", *fields)
    return {one["feature_id"]: one for one in found}


def values_of(streams: list[int], since: datetime, until: datetime) -> dict[int, Values]:
    """The observations of datastreams that start in a period, both ends included; none for those without any."""
    query = _VALUES.format(excluded=is_excluded("raw"))
    read = read_columns(query, {"streams": streams, "since": since, "until": until}, {**ROW, "excluded": "i2"})
    keys, first = np.unique(read["datastream"], return_index=True)
    bounds = [*first.tolist(), len(read["datastream"])]
    return {
        int(key): Values(
            read["starts"][start:end],
            read["ends"][start:end],
            read["value"][start:end],
            read["flags"][start:end],
            read["excluded"][start:end] == 1,
        )
        for key, start, end in zip(keys, bounds[:-1], bounds[1:], strict=True)
    }


_TIMES: Times = np.empty(0, "datetime64[us]")
_NOTHING = Values(_TIMES, _TIMES, np.empty(0), np.empty(0, np.int16), np.empty(0, np.bool_))


def _series(stream: Datastream, feature: Mapping[str, Any], values: Mapping[int, Values]) -> Series:
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
        seq=getattr(stream, "seq", None) or 0,
        last=last,
        values=values.get(stream.pk, _NOTHING),
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
