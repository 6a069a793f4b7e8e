"""The document `/live/{kind}.json`: the state of all stations of a layer, and which of them changed since a batch.

A process makes it again when the observation feed has a new batch, looked up at most once a second by one of the
requests, and once a minute as time alone makes values old. All other requests are answered from memory.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.conf import settings
from django.utils.timezone import now
from isal import igzip

from geoportal.live.texts import moment, station
from layers.observations.feed import last_seq
from layers.observations.live.judging import station_state
from layers.observations.live.windows import MEMORY, stations
from layers.schema.kind import LayerKind

WHOLE_SECONDS = 60.0
"""So long a document is good while no batch comes."""
LEISURE = 4.0
"""A process rests so many times as long as making the document took: with thousands of datastreams it is slower."""
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
    """The states at a moment. `changed` has the batch since which each station is as it is."""

    seq: int
    at: datetime
    stations: dict[str, bytes]
    changed: dict[str, int]
    answers: dict[int | None, Body | None] = field(default_factory=dict)


class LiveDocument:
    """The document of one kind in this process. Thread-safe."""

    def __init__(self, kind: LayerKind) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._made: Made | None = None
        self._seen = 0
        self._checked = self._made_at = self._rest_until = float("-inf")

    def answer(self, after: int | None) -> Body | None:
        """The whole document, or the stations that changed after a batch; None where none did.

        None too where another process has later states than this one: a watcher would see the past otherwise.
        """
        made = self._current()
        if after is not None and after > made.seq and self._exists(after):
            return None
        if after not in made.answers:
            if len(made.answers) >= MOST_ANSWERS:
                made.answers.clear()
            made.answers[after] = self._body(made, after)
        return made.answers[after]

    def _exists(self, seq: int) -> bool:
        """Whether there is such a batch in this database."""
        if seq > self._seen:
            self._seen = last_seq()
        return seq <= self._seen

    def _body(self, made: Made, after: int | None) -> Body | None:
        whole = after is None or after > made.seq  # a number of another database is no number of this one
        chosen = {key: one for key, one in made.stations.items() if whole or made.changed[key] > (after or 0)}
        if not whole and not chosen:
            return None
        document = {
            "kind": self._kind.slug,
            "seq": made.seq,
            "made": moment(made.at),
            "whole": whole,
            "stations": {key: orjson.Fragment(one) for key, one in chosen.items()},
        }
        return body_of(document)

    def _current(self) -> Made:
        """The states, looked up again by one request a second; the others use what is there."""
        made, clock = self._made, time.monotonic()
        if made is not None and clock - self._checked < settings.LIVE_SECONDS:
            return made
        if not self._lock.acquire(blocking=made is None):
            assert made is not None
            return made
        try:
            return self._refreshed(time.monotonic())
        finally:
            self._lock.release()

    def _refreshed(self, clock: float) -> Made:
        if self._made is not None and clock - self._checked < settings.LIVE_SECONDS:
            return self._made
        self._checked = clock
        seq = self._seen = last_seq()
        old = self._made
        if old is None or (seq != old.seq and clock >= self._rest_until) or clock - self._made_at > WHOLE_SECONDS:
            self._made = self._make(seq, old)
            self._made_at = time.monotonic()
            self._rest_until = self._made_at + LEISURE * (self._made_at - clock)
        assert self._made is not None
        return self._made

    def _make(self, seq: int, old: Made | None) -> Made:
        """The states after at least the batch `seq`."""
        at = now()
        states = [station_state(one, at) for one in stations(self._kind, at - MEMORY, at) if one.feature]
        made = {str(one.station.feature): orjson.dumps(station(one)) for one in states}
        before, since = (old.stations, old.changed) if old is not None else ({}, {})
        changed = {key: since[key] if before.get(key) == one else seq for key, one in made.items()}
        return Made(seq, at, made, changed)
