"""Writes observations: those that follow all others by `appending`, others by `comparing`. Only `rollback` does too.

A batch is stored within the transaction of its run. Outcomes of an observation, by what is stored at its datastream
and phenomenon time (start and end):

| Stored before             | Outcome      | Effect                                                                |
| ------------------------- | ------------ | --------------------------------------------------------------------- |
| nothing                   | new          | stored; also `late` when it is older than the datastream's latest one  |
| the same result           | unchanged    | nothing                                                               |
| another result            | corrected    | stored, the one before becomes a revision                             |
| one of a later resultTime | outdated     | nothing: a message that was delayed does not win over its correction   |
| any                       | beyond       | rejected: raw values of that age are not retained                      |
| any                       | future       | rejected: more than a day ahead of the clock                           |
| any                       | no_number    | rejected: a measurement that is no number, or beyond `columns.LARGEST` |
| any                       | backwards    | rejected: the period ends before it starts                             |
| any                       | datastream   | rejected: the datastream was ended                                    |

Values outside the physical range are stored and flagged (`layers.observations.quality`). Writers of one datastream
wait for each other, so that the result is that of one after the other; readers see whole batches.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta

import numpy as np
from django.db import connection
from django.utils.timezone import now
from numpy.typing import NDArray

from layers.observations import latest, partitions, quality, rollups
from layers.observations.appending import Appended, append, months, nothing_appended
from layers.observations.columns import LARGEST, Keys, Observations, all_keys, aware, in_order, no_keys
from layers.observations.comparing import insert_or_compare, rounds_of
from layers.observations.models import Batch
from layers.observations.outcomes import Outcome
from layers.observations.quality import Controls
from layers.observations.retention import retention_limits
from layers.observations.rules import Rules, rules_of
from layers.runs.models import Run

MESSAGES = {
    "datastream": "The datastream was ended.",
    "beyond": "Raw values of this age are no longer retained for this datastream.",
    "future": "The phenomenon or result time is more than a day ahead of now; check the clock and the time zone.",
    "no_number": f"The result of a measurement must be a number between -{LARGEST:g} and {LARGEST:g}.",
    "backwards": "The phenomenon time ends before it starts.",
}
"""The reasons of rejections, in words."""
AHEAD = timedelta(days=1)
"""Clocks of devices differ; what is further ahead than this is a wrong date."""
WORK_MEM = "64MB"
"""Memory of a sort or hash of a batch; with PostgreSQL's 4 MB, a batch of 200,000 rows is sorted on disk."""


@dataclass(slots=True)
class Written:
    """What became of a batch: the outcome of each observation, in order, and the batch (None: all rejected)."""

    outcomes: list[str]
    refused: NDArray[np.object_]
    """For each observation the reason of its rejection, "" for none."""
    by_stream: dict[int, Counter[str]] = field(default_factory=dict)
    """Numbers of observations by outcome, for each datastream."""
    batch: Batch | None = None

    @property
    def counts(self) -> Counter[str]:
        """Numbers of observations by outcome."""
        counts: Counter[str] = Counter()
        for one in self.by_stream.values():
            counts.update(one)
        return counts

    def count(self, streams: Iterable[tuple[int, str, int]]) -> None:
        """Add (datastream, outcome, number)."""
        for stream, outcome, number in streams:
            self.by_stream.setdefault(stream, Counter())[outcome] += number


def write(run: Run, arrived: Observations, *, each: bool = False) -> Written:
    """Store observations for a run, inside its transaction.

    The datastreams must exist; to one that was ended, perhaps just now by another run, nothing is added. With `each`
    the outcomes of single observations are found out too; else only their counts, which is quicker.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
    streams = rules_of(np.unique(arrived.datastream), lock=True)
    refused = refusals(arrived, streams)
    good = np.flatnonzero(refused == "")
    written = Written(list(refused) if each else [], refused)
    if len(good) < len(arrived):
        for name in MESSAGES:
            written.count(_counted(arrived.datastream[refused == name], name))
    if len(good):
        stored = arrived if len(good) == len(arrived) else arrived.taken(good)
        partitions.ensure(np.unique(months(stored.starts)).tolist())
        written.batch = Batch.objects.create(run=run)
        changed, appended = _store(written.batch, stored, streams, written, good)
        flagged = finish(written.batch, streams, changed, appended)
        written.count((stream, "flagged", number) for stream, number in flagged.items())
        written.batch.counts = dict(written.counts)
        written.batch.save(update_fields=["counts", "first", "last"])
    return written


def _counted(streams: NDArray[np.int32], outcome: str) -> Iterator[tuple[int, str, int]]:
    for stream, number in zip(*np.unique(streams, return_counts=True), strict=True):
        yield int(stream), outcome, int(number)


def finish(batch: Batch, streams: Mapping[int, Rules], changed: Keys, appended: Appended) -> dict[int, int]:
    """Flag and roll up what a batch changed or appended, and set its period.

    `streams` has the rules of all their datastreams. Returns how many are flagged, by datastream.
    """
    keys = all_keys([changed, appended.rows.keys])
    if not len(keys):
        return {}
    batch.first, batch.last = aware(keys.starts.min()), aware(keys.starts.max())
    flagged, judged = quality.judge_stored(changed, Controls.of(streams.values()), batch.pk)
    latest.refresh(np.unique(keys.datastream))
    rollups.refresh(streams, all_keys([changed, judged, appended.neighbours]), appended)
    return dict(Counter(flagged) + Counter(quality.flagged(appended.rows.keys, appended.rows.flags)))


def refusals(arrived: Observations, streams: dict[int, Rules]) -> NDArray[np.object_]:
    """For each observation the reason of its rejection, "" for none."""
    refused = np.full(len(arrived), "", dtype=object)
    limit = np.datetime64((now() + AHEAD).astimezone(UTC).replace(tzinfo=None), "us")
    refused[(arrived.starts > limit) | (arrived.ends > limit)] = "future"
    if arrived.result_times is not None:
        refused[arrived.result_times > limit] = "future"
    refused[arrived.ends < arrived.starts] = "backwards"
    measures = np.array([key for key, one in streams.items() if one.measures], dtype=np.int32)
    refused[np.isin(arrived.datastream, measures) & ~(np.abs(arrived.values) <= LARGEST)] = "no_number"
    ended = np.array([key for key, one in streams.items() if one.ended_by_id is not None], dtype=np.int32)
    refused[np.isin(arrived.datastream, ended)] = "datastream"
    for name, since in retention_limits().items():
        since_utc = np.datetime64(since.astimezone(UTC).replace(tzinfo=None), "us")
        limited = np.array([key for key, one in streams.items() if one.retention == name], dtype=np.int32)
        refused[np.isin(arrived.datastream, limited) & (arrived.starts < since_utc)] = "beyond"
    return refused


def _store(
    batch: Batch, arrived: Observations, streams: Mapping[int, Rules], written: Written, good: NDArray[np.intp]
) -> tuple[Keys, Appended]:
    """Store observations that arrived at the positions `good`, and report their outcomes.

    Returns the keys of those inserted between others or corrected, and those appended.
    """
    keys = Keys(arrived.datastream, arrived.starts, arrived.ends)
    order = in_order(keys)  # that of the index is stored faster
    stored, keys, good = arrived.taken(order), keys.taken(order), good[order]
    rounds = rounds_of(stored)
    known = np.unique(stored.datastream)
    since = latest.latest_starts(known)[np.searchsorted(known, stored.datastream)]
    follows = ~(stored.starts <= since) & stored.plain & ~rounds.any()  # NaT compares as false
    outcomes = np.full(len(stored), Outcome.NEW, np.int16)
    changed, appended = no_keys(), nothing_appended()
    if len(between := np.flatnonzero(~follows)):
        outcomes[between] = insert_or_compare(batch.pk, stored.taken(between), rounds[between])
        changed = keys.taken(between[np.isin(outcomes[between], (Outcome.NEW, Outcome.CORRECTED))])
    if len(after := np.flatnonzero(follows)):
        appended = append(batch.pk, stored.taken(after), since[after], Controls.of(streams.values()))
    _report(written, stored, outcomes, good)
    written.count(_counted(stored.datastream[(outcomes == Outcome.NEW) & (stored.starts < since)], "late"))
    return changed, appended


def _report(written: Written, stored: Observations, outcomes: NDArray[np.int16], positions: NDArray[np.intp]) -> None:
    """Count the outcomes, and where it is asked, name each at its position in the arrived batch."""
    for one in Outcome:
        if (chosen := outcomes == one).any():
            written.count(_counted(stored.datastream[chosen], one.name.lower()))
    if written.outcomes:
        names = {one.value: one.name.lower() for one in Outcome}
        for position, outcome in zip(positions.tolist(), outcomes.tolist(), strict=True):
            written.outcomes[position] = names[outcome]
