"""The document `/live/{kind}.json`: the state of all stations of a layer, and which of them changed since a batch.

A process takes in what is new in the observation feed, looked up at most once a second by one of the requests, and
judges the stations that it touched; once a minute all of them, as time alone makes values old. All other requests are
answered from memory.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.conf import settings
from django.utils.timezone import now
from isal import igzip

from geoportal.live.texts import moment, station
from layers.observations.feed import last_seq
from layers.observations.live.following import LiveStations
from layers.observations.live.judging import station_state
from layers.schema.kind import LayerKind

WHOLE_SECONDS = 60.0
"""So long the state of a station is good while nothing changes it."""
LEISURE = 4.0
"""A process rests so many times as long as making the document took of its processor."""
LONGEST_REST = 1.5
"""Seconds: with those of the listener and the two between polls, a value on a page is not older than five."""
OUTDATED_SECONDS = 5.0
"""A document that nobody asked for since is not answered; who asks waits for the next one."""
AHEAD = 100
"""Another process, or this one's next document, may be so many batches ahead of the one that answers."""
MOST_ANSWERS = 64
"""Answers to different `after` that are retained; watchers that poll are at the last few batches."""


@dataclass(frozen=True, slots=True)
class Body:
    """JSON as sent, plain and gzipped."""

    plain: bytes
    zipped: bytes


def body_of(document: object) -> Body:
    """A document as JSON."""
    plain = orjson.dumps(document)
    return Body(plain, igzip.compress(plain))


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The stations at a moment, by the key of their Thing: identity of the feature, and state as JSON.

    `changed` has the number since which each is as it is; it is above `seq` where that is not the number of a batch.
    """

    seq: int
    at: datetime
    stations: dict[int, tuple[str, bytes]]
    changed: dict[int, int]
    answers: dict[int | None, Body | None] = field(default_factory=dict)


class LiveDocument:
    """The document of one kind in this process. Thread-safe."""

    def __init__(self, kind: LayerKind) -> None:
        self._kind = kind
        self._live = LiveStations(kind)
        self._lock = threading.Lock()
        self._made: Made | None = None
        self._checked = self._whole_at = self._rest_until = float("-inf")

    def answer(self, after: int | None) -> Body | None:
        """The whole document, or the stations that changed after a batch; None where none did.

        None too where another process has later states than this one: a watcher would see the past otherwise.
        """
        made = self._current()
        if after not in made.answers:
            if len(made.answers) >= MOST_ANSWERS:
                made.answers.clear()
            made.answers[after] = self._body(made, after)
        return made.answers[after]

    def _body(self, made: Made, after: int | None) -> Body | None:
        whole = after is None or after > made.seq + AHEAD  # a number of another database is no number of this one
        chosen = [one for key, one in made.stations.items() if whole or made.changed[key] > (after or 0)]
        if not whole and not chosen:
            return None
        document = {
            "kind": self._kind.slug,
            "seq": made.seq,
            "made": moment(made.at),
            "whole": whole,
            "stations": {feature: orjson.Fragment(one) for feature, one in chosen},
        }
        return body_of(document)

    def _current(self) -> Made:
        """The states, looked up again by one request a second; the others use what is there."""
        made, clock = self._made, time.monotonic()
        if made is not None and clock - self._checked < settings.LIVE_SECONDS:
            return made
        outdated = clock - self._checked > OUTDATED_SECONDS
        if not self._lock.acquire(blocking=outdated):
            assert made is not None
            return made
        try:
            return self._refreshed(time.monotonic())
        finally:
            self._lock.release()

    def _refreshed(self, clock: float) -> Made:
        if self._made is not None and (clock - self._checked < settings.LIVE_SECONDS or clock < self._rest_until):
            return self._made
        began = time.thread_time()
        self._made = self._make(self._made, clock)
        self._checked = time.monotonic()
        self._rest_until = self._checked + min(LONGEST_REST, LEISURE * (time.thread_time() - began))
        return self._made

    def _make(self, old: Made | None, clock: float) -> Made:
        """The states after at least the last batch."""
        at = now()
        changed: Iterable[int] = self._live.refresh(at)
        if old is None or clock - self._whole_at > WHOLE_SECONDS:
            self._whole_at, changed = clock, list(self._live.things)
        seen = last_seq()  # what was read may be of later batches than those that were looked for
        number = seen if old is None else max(seen, old.seq + 1)
        before, since = (old.stations, old.changed) if old is not None else ({}, {})
        stations = {key: before[key] for key in self._live.things if key in before}
        numbers = {key: since[key] for key in stations}
        for key in changed:
            found = self._state(key, at)
            if found is None:
                stations.pop(key, None)
            elif found != stations.get(key):
                stations[key], numbers[key] = found, number
        if old is not None and (self._live.seq, stations, numbers) == (old.seq, old.stations, old.changed):
            return old
        return Made(self._live.seq, at, stations, numbers)

    def _state(self, thing: int, at: datetime) -> tuple[str, bytes] | None:
        """A station that stands in the layer, None for one without a place there."""
        state = station_state(self._live.station(thing, at), at)
        return (str(state.station.feature), orjson.dumps(station(state))) if state.station.feature else None
