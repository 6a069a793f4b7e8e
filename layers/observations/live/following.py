"""The stations of a layer followed from change to change: each change reads only what it touched.

What is new comes from the observation feed: values after all others of a datastream by its latest value, all other
changes by the record of their batch. Periods that editors exclude are compared each time, names, places, thresholds
and standings every few seconds. In memory are the values that the rules need (`reach`), so that a
station looks as it does when everything of `windows.MEMORY` is read again.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from layers.observations.columns import Rows, aware
from layers.observations.feed import changes_after, last_seq
from layers.observations.latest import latest_rows
from layers.observations.live.reach import GAUGES_NEAR, Held, needed, read_needed
from layers.observations.live.windows import (
    MEMORY,
    NO_VALUES,
    Exclusions,
    Last,
    Series,
    Station,
    are_excluded,
    described_stations,
    exclusions_of,
    utc,
    values_since,
)
from layers.schema.kind import LayerKind

DESCRIBED_SECONDS = 3.0
"""So often it is looked up whether a station, a datastream or a threshold is another one."""
ANEW = timedelta(hours=1)
"""So often everything is read again: values beyond their retention go without a batch."""
IDLE = timedelta(minutes=10)
"""After so long without a look everything is read again, which is less than all that came since."""
_DESCRIBED = """
SELECT count(*), sum(hashtextextended(concat_ws('|', d, t, p, s.synthetic, f), 0))
FROM layers_datastream d
JOIN layers_thing t ON t.id = d.thing_id
JOIN layers_observedproperty p ON p.id = d.observed_property_id
JOIN layers_dataset s ON s.id = t.dataset_id
LEFT JOIN {features} f ON f.feature_id = t.feature_id AND f.recorded_to IS NULL
WHERE t.kind = %s
"""


@dataclass(frozen=True, slots=True)
class _Latest:
    """The latest observation of a datastream."""

    start: np.datetime64
    end: np.datetime64
    value: float
    flags: int

    def last(self, excluded: Exclusions) -> Last:
        """As a series has it."""
        starts, ends = np.array([self.start]), np.array([self.end])
        return aware(self.end), self.value, self.flags, bool(are_excluded(starts, ends, excluded)[0])


class LiveStations:
    """The stations of a layer. Not thread-safe."""

    def __init__(self, kind: LayerKind) -> None:
        self._kind = kind
        self._stations: dict[int, Station] = {}
        self._series: dict[int, Series] = {}
        self._foreign: set[int] = set()
        """Datastreams that are none of the layer's."""
        self._held: dict[int, Held] = {}
        self._latest: dict[int, _Latest] = {}
        self._excluded: dict[int, Exclusions] = {}
        self._ahead: dict[int, np.datetime64] = {}
        """By datastream when the next of its values that lie ahead will have ended."""
        self._description: Any = None
        self._described_at = float("-inf")
        self._began = self._refreshed = datetime.min.replace(tzinfo=UTC)
        self.seq = 0
        """The number of a batch up to which all are taken in."""

    @property
    def things(self) -> Iterable[int]:
        """The keys of the stations."""
        return self._stations.keys()

    def station(self, thing: int, at: datetime) -> Station:
        """A station with the values that its rules need at the moment of the last refresh or later."""
        since, found = utc(at - MEMORY), self._stations[thing]
        series = []
        for one in found.series:
            values, latest = self._held[one.key].values.since(since), self._latest.get(one.key)
            last = latest.last(self._excluded.get(one.key, ())) if latest else None
            series.append(replace(one, values=values, last=last))
        return replace(found, series=tuple(series))

    def refresh(self, at: datetime) -> set[int]:
        """Take in what came; returns the keys of the stations that may look different."""
        fresh = at - self._began < ANEW and at - self._refreshed < IDLE
        self._refreshed, seq = at, last_seq()
        changes = changes_after(self.seq) if fresh else None
        if changes is None:
            self._began = at
            return self._read_anew(seq, utc(at))
        touched = {*changes.latest.keys.datastream.tolist(), *changes.changed}
        described = self._described(at_once=bool(touched - self._series.keys() - self._foreign))
        unread = described | self._excluded_anew()  # in this order: stations that are gone are not read
        self._foreign |= touched - self._series.keys()
        touched &= self._series.keys()
        unread |= self._continued(touched - unread, changes.changed, utc(at))
        self._take_latest(changes.latest)
        self._read_latest(touched & changes.changed.keys())
        if unread:
            self._read(unread, utc(at))
        self.seq = seq
        return {self._series[key].thing for key in touched | unread | self._arrived(utc(at))}

    def _read_anew(self, seq: int, at: np.datetime64) -> set[int]:
        self._stations, self._description, self._foreign = {}, None, set()
        self._held, self._latest, self._ahead = {}, {}, {}
        self._excluded = exclusions_of()
        self._read(self._described(at_once=True), at)
        self.seq = seq
        return set(self._stations)

    def _excluded_anew(self) -> set[int]:
        """The datastreams of which other periods are excluded than before."""
        before, self._excluded = self._excluded, exclusions_of()
        differing = [
            key for key in before.keys() | self._excluded.keys() if before.get(key) != self._excluded.get(key)
        ]
        return self._series.keys() & differing

    def _described(self, *, at_once: bool) -> set[int]:
        """The datastreams of stations that are new, or have another name, place or threshold than before."""
        clock = time.monotonic()
        if not at_once and clock - self._described_at < DESCRIBED_SECONDS:
            return set()
        self._described_at, description = clock, _description(self._kind)
        if description == self._description:
            return set()
        self._description, before = description, self._stations
        self._stations = {one.thing: one for one in described_stations(self._kind)}
        self._series = {one.key: one for station in self._stations.values() for one in station.series}
        for values in (self._held, self._latest, self._ahead):
            for key in values.keys() - self._series.keys():
                del values[key]
        changed = [one for key, one in self._stations.items() if key not in before or not _same(one, before[key])]
        return {one.key for station in changed for one in station.series}

    def _continued(self, touched: set[int], changed: Mapping[int, np.datetime64], at: np.datetime64) -> set[int]:
        """Take in the new values of datastreams; returns those that need earlier ones than are in memory."""
        sinces = {key: self._untouched_until(key, changed.get(key)) for key in sorted(touched)}
        earliest = at - np.timedelta64(GAUGES_NEAR)
        near = {key: one for key, one in sinces.items() if one >= max(earliest, self._held[key].since)}
        read = values_since(near, self._excluded)
        for key, since in list(near.items()):
            held, series = self._held[key], self._series[key]
            before = held.values.taken(held.values.starts < since)
            found = needed(series, before.followed_by(read.get(key, NO_VALUES)), at)
            if found.since < held.since:
                del near[key]
            else:
                self._hold(key, found, at)
        return touched - near.keys()

    def _untouched_until(self, key: int, changed: np.datetime64 | None) -> np.datetime64:
        """The moment before which the values of a datastream are as they are in memory."""
        held = self._held[key]
        last = held.values.starts[-1] if len(held.values) else held.since
        return last if changed is None else min(last, changed)

    def _read(self, streams: set[int], at: np.datetime64) -> None:
        """Read datastreams anew."""
        for key, held in read_needed([self._series[key] for key in sorted(streams)], at, self._excluded).items():
            self._hold(key, held, at)
        self._read_latest(streams)

    def _hold(self, key: int, held: Held, at: np.datetime64) -> None:
        self._held[key] = held
        ahead = held.values.ends[held.values.ends > at]
        self._ahead.pop(key, None)
        if len(ahead):
            self._ahead[key] = ahead.min()

    def _read_latest(self, streams: set[int]) -> None:
        for key in streams:
            self._latest.pop(key, None)
        if streams:
            self._take_latest(latest_rows(sorted(streams)))

    def _take_latest(self, rows: Rows) -> None:
        keys = rows.keys
        columns = (keys.datastream.tolist(), keys.starts, keys.ends, rows.values.tolist(), rows.flags.tolist())
        for key, *latest in zip(*columns, strict=True):
            if key in self._series:
                self._latest[key] = _Latest(*latest)

    def _arrived(self, at: np.datetime64) -> set[int]:
        """The datastreams of which a value that lay ahead has ended."""
        found = {key for key, end in self._ahead.items() if end <= at}
        for key in found:
            self._hold(key, self._held[key], at)
        return found


def _description(kind: LayerKind) -> Any:
    """A number that is another one when anything of the layer's stations but their values is."""
    with connection.cursor() as cursor:
        cursor.execute(_DESCRIBED.format(features=f'"{kind.model._meta.db_table}"'), [kind.slug])
        return cursor.fetchone()


def _same(one: Station, other: Station) -> bool:
    """Whether two descriptions of a station are the same."""
    own = ("feature", "name", "type", "standing", "place", "synthetic")
    if any(getattr(one, name) != getattr(other, name) for name in own) or len(one.series) != len(other.series):
        return False
    return all(_same_series(*both) for both in zip(one.series, other.series, strict=True))


def _same_series(one: Series, other: Series) -> bool:
    names = [name for name in Series.__slots__ if name not in ("values", "last")]
    return all(getattr(one, name) == getattr(other, name) for name in names)
