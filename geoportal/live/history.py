"""The document `/live/{kind}/last-48-hours.json`: the states of all stations at each half hour of two days."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Min
from django.utils.timezone import now

from geoportal.live.document import Body, body_of
from geoportal.live.texts import both, marks_of, moment, number
from layers.observations.feed import last_seq
from layers.observations.live.judging import Judge, StationState
from layers.observations.live.marks import Mark
from layers.observations.live.windows import MEMORY, stations
from layers.observations.models import Batch
from layers.schema.kind import LayerKind

STEP = timedelta(minutes=30)
STEPS = 96
FRESH_SECONDS = 20.0
"""So long the document is good."""
ALL_AGAIN_SECONDS = 900.0
"""After so long all is computed again: decisions of editors change states without a batch."""
State = tuple[tuple[str, ...] | None, float, str, tuple[Mark, ...]]
"""Code, colour and shape of the class; the value on the map; the code of its freshness; what is doubtful about it."""


class LiveHistory:
    """The document of one kind in this process. Moments that no later batch reaches are not computed again."""

    def __init__(self, kind: LayerKind) -> None:
        self._kind, self._lock = kind, threading.Lock()
        self._seq, self._made_at, self._all_at = -1, float("-inf"), float("-inf")
        self._moments: dict[datetime, dict[str, State]] = {}
        self._grades: dict[tuple[str, ...], dict[str, Any]] = {}
        self._body: Body | None = None

    def answer(self) -> Body:
        """The document."""
        with self._lock:
            if self._body is None or time.monotonic() - self._made_at > FRESH_SECONDS:
                self._body = self._made()
                self._made_at = time.monotonic()
            return self._body

    def _made(self) -> Body:
        last = now().astimezone(UTC)
        last -= timedelta(minutes=last.minute % 30, seconds=last.second, microseconds=last.microsecond)
        moments = [last - STEP * (STEPS - n) for n in range(STEPS + 1)]
        self._forget(moments)
        missing = [one for one in moments if one not in self._moments]
        if missing:
            self._judge(missing)
        return body_of(self._document(moments))

    def _forget(self, moments: list[datetime]) -> None:
        """Drop what is out of the two days, or may have changed since it was computed."""
        seq = last_seq()
        again = time.monotonic() - self._all_at > ALL_AGAIN_SECONDS
        first = Batch.objects.filter(stored_seq__gt=self._seq, stored_seq__lte=seq).aggregate(one=Min("first"))["one"]
        if again:
            self._all_at = time.monotonic()
        for one in list(self._moments):
            if again or one not in moments or (first is not None and one >= first):
                del self._moments[one]
        self._seq = seq

    def _judge(self, moments: list[datetime]) -> None:
        found: dict[datetime, dict[str, State]] = {one: {} for one in moments}
        for station in stations(self._kind, moments[0] - MEMORY, moments[-1]):
            if station.feature:
                judge = Judge(station)
                for one in moments:
                    found[one][str(station.feature)] = self._state(judge.state(one, present=False))
        self._moments |= found

    def _state(self, state: StationState) -> State:
        meaning, main = state.meaning, state.main
        grade = (meaning.code, meaning.colour, str(meaning.shape), meaning.name.pl)
        self._grades.setdefault(
            grade,
            {
                "code": meaning.code,
                "name": both(meaning.name),
                "colour": meaning.colour,
                "ink": meaning.ink,
                "shape": str(meaning.shape),
            },
        )
        return (None if main.at is None else grade, main.value, main.freshness.code, main.marks)

    def _document(self, moments: list[datetime]) -> dict[str, Any]:
        keys = sorted({key for one in moments for key in self._moments[one]})
        grades, fresh = list(self._grades), ["live", "stuck", "stale", "dead", "unknown"]
        at = {grade: place for place, grade in enumerate(grades)}
        none: State = (None, float("nan"), "dead", ())
        rows_of = {key: [self._moments[one].get(key, none) for one in moments] for key in keys}
        doubts = list(dict.fromkeys(marks for rows in rows_of.values() for *_, marks in rows))
        doubt_at = {marks: place for place, marks in enumerate(doubts)}

        def column(rows: list[State]) -> dict[str, Any]:
            return {
                "states": [None if grade is None else at[grade] for grade, *_ in rows],
                "values": [number(value) for _, value, *_ in rows],
                "fresh": [fresh.index(code) for *_, code, _ in rows],
                "marks": [doubt_at[marks] for *_, marks in rows],
            }

        return {
            "kind": self._kind.slug,
            "times": [moment(one) for one in moments],
            "grades": [self._grades[one] for one in grades],
            "fresh": fresh,
            "marks": [marks_of(one) for one in doubts],
            "stations": {key: column(rows) for key, rows in rows_of.items()},
        }
