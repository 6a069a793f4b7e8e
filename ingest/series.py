"""Writes the series of a reading into the observation store, in batches, with a report for each datastream."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.source import Series, SeriesReading
from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.feed import number_batches
from layers.observations.models import Datastream
from layers.observations.specs import StreamSpec
from layers.observations.streams import declare, waiting_things
from layers.observations.writing import MESSAGES, write
from layers.record import Refusal
from layers.store.writer import Writer

BATCH_ROWS = 200_000
REPORTED_STREAMS = 1000
NAMED_STATIONS = 10
"""Stations without a place that the run's note names; its report has them all."""
STATIONS = "stations"


class _Report:
    """Counts, first and last time and least and greatest value of each datastream in a run."""

    def __init__(self) -> None:
        self.counts: dict[int, Counter[str]] = {}
        self.streams: dict[int, Datastream] = {}
        self.ranges: dict[int, list[Any]] = {}

    def add(self, stream: Datastream, part: Series) -> None:
        self.streams[stream.pk] = stream
        self.counts.setdefault(stream.pk, Counter())["read"] += len(part.values)
        finite = part.values[np.isfinite(part.values)]
        if len(part.starts):
            self._widen(stream.pk, 0, part.starts.min().item().isoformat(), part.starts.max().item().isoformat())
        if len(finite):
            self._widen(stream.pk, 1, float(finite.min()), float(finite.max()))

    def _widen(self, key: int, at: int, low: Any, high: Any) -> None:
        pair = self.ranges.setdefault(key, [None, None])
        pair[at] = (low, high) if pair[at] is None else (min(low, pair[at][0]), max(high, pair[at][1]))

    def as_list(self) -> list[dict[str, Any]]:
        """The first REPORTED_STREAMS datastreams, for the details of the run."""
        lines = []
        for key, stream in list(self.streams.items())[:REPORTED_STREAMS]:
            times, values = self.ranges.get(key, [None, None])
            line = {"thing": stream.thing.code, "datastream": stream.code, "id": key, **self.counts[key]}
            lines.append(line | {"times": times, "values": values})
        return lines


def write_series(
    writer: Writer, reading: SeriesReading, progress: Callable[[int, int | None], None]
) -> dict[str, Any]:
    """Store a reading's series in the writer's run; returns its report: `streams`, counts by datastream; `unplaced`,
    the stations that wait for a place on the map, with the reason of each.

    The tally counts observations: `read` all, `stored` new and corrected ones, `unchanged` those that were stored
    before (outdated ones too), `rejected` those with a reason, `warnings` those with a quality flag.
    """
    if reading.things:
        declare(writer, [], reading.things)
    report = _Report()
    for parts in _batched(writer, reading.series):
        _write_batch(writer, parts, report)
        progress(writer.tally.read, reading.total)
    number_batches(writer.run)
    return {"streams": report.as_list(), "unplaced": _unplaced(writer, reading, report)}


def _unplaced(writer: Writer, reading: SeriesReading, report: _Report) -> list[dict[str, Any]]:
    codes = {one.code for one in reading.things or ()} | {one.thing.code for one in report.streams.values()}
    return [
        {"thing": one.code, "id": one.pk, "layer": one.kind, "reason": one.unplaced}
        for one in waiting_things(writer, codes)
    ]


def unplaced_note(unplaced: Sequence[Mapping[str, Any]]) -> str:
    """The stations of a report that wait for a place, in one line; "" for none."""
    if not unplaced:
        return ""
    named = ", ".join(str(one["thing"]) for one in unplaced[:NAMED_STATIONS])
    more = f" and {len(unplaced) - NAMED_STATIONS} more" if len(unplaced) > NAMED_STATIONS else ""
    reasons = " ".join(sorted({one["reason"] for one in unplaced}))
    return (
        f"Without a place on the map: {named}{more}. {reasons} Their series are stored; a place is given by POST "
        "/sta/v1.1/Things(id)/Locations."
    )


def _batched(writer: Writer, series: Iterator[Series | Refusal]) -> Iterator[list[Series]]:
    parts: list[Series] = []
    rows = 0
    for one in chain(series, [None]):
        if isinstance(one, Refusal):
            _refuse(writer, one)
        elif one is not None and len(one.values):
            parts.append(one)
            rows += len(one.values)
        if parts and (one is None or rows >= BATCH_ROWS):
            yield parts
            parts, rows = [], 0


def _write_batch(writer: Writer, parts: list[Series], report: _Report) -> None:
    specs: dict[int, StreamSpec] = {id(one.stream): one.stream for one in parts}
    streams = dict(zip(specs, declare(writer, list(specs.values())), strict=True))
    for one in parts:
        report.add(streams[id(one.stream)], one)
    keys = np.concatenate([np.full(len(one.values), streams[id(one.stream)].pk, dtype=np.int32) for one in parts])
    rows = np.concatenate([one.rows for one in parts])
    arrived = Observations(
        keys,
        np.concatenate([one.starts for one in parts]),
        np.concatenate([one.ends for one in parts]),
        np.concatenate([one.values for one in parts]),
        _result_times(parts),
    )
    written = write(writer.run, arrived, each=False)
    counts, tally = written.counts, writer.tally
    tally.read += len(arrived)
    tally.stored += counts["new"] + counts["corrected"]
    tally.unchanged += counts["unchanged"] + counts["outdated"]
    tally.warnings += counts["flagged"]
    for key, numbers in written.by_stream.items():
        report.counts[key] += numbers
    for at in np.flatnonzero(written.refused != ""):
        reason = str(written.refused[at])
        stream = report.streams[int(keys[at])]
        code = f"{stream.thing.code}/{stream.code}"
        refusal = Refusal(int(rows[at]), code, reason, MESSAGES[reason], value=str(arrived.values[at]))
        _refuse(writer, refusal, kind=stream.thing.kind, read=False)


def _result_times(parts: list[Series]) -> NDArray[np.datetime64] | None:
    if all(one.result_times is None for one in parts):
        return None
    unknown = [np.full(len(one.values), np.datetime64("NaT"), "datetime64[us]") for one in parts]
    return np.concatenate(
        [u if one.result_times is None else one.result_times for u, one in zip(unknown, parts, strict=True)]
    )


def _refuse(writer: Writer, refusal: Refusal, *, kind: str = STATIONS, read: bool = True) -> None:
    """Record a refusal under the layer whose level decides who may see it; `read`: it adds to the rows read."""
    writer.refuse(kind_of(kind), refusal)
    writer.tally.reasons[refusal.reason] = writer.tally.reasons.get(refusal.reason, 0) + 1
    writer.tally.rejected += 1
    writer.tally.read += read
