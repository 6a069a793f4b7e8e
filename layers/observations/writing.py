"""The only code that writes observations, with `layers.observations.rollback`.

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
| any                       | no_number    | rejected: a measurement that is not a finite number                    |
| any                       | backwards    | rejected: the period ends before it starts                             |

Values outside the physical range are stored and flagged (`layers.observations.quality`). Writers of one datastream
wait for each other, so that the result is that of one after the other; readers see whole batches.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils.timezone import now
from numpy.typing import NDArray
from psycopg2.extras import Json, execute_values

from layers.observations import latest, partitions, quality, rollups, touched
from layers.observations.binary_copy import copy_binary
from layers.observations.models import Batch, Datastream
from layers.observations.retention import kept_since
from layers.runs.models import Run

MESSAGES = {
    "beyond": "Raw values of this age are no longer retained for this datastream.",
    "future": "The phenomenon time is more than a day ahead of now; check the clock and the time zone.",
    "no_number": "The result of a measurement must be a finite number.",
    "backwards": "The phenomenon time ends before it starts.",
}
"""The reasons of rejections, in words."""
AHEAD = timedelta(days=1)
"""Clocks of devices differ; what is further ahead than this is a wrong date."""
WORK_MEM = "64MB"
"""Memory of a sort or hash of a batch; with PostgreSQL's 4 MB, a batch of 200,000 rows is sorted on disk."""
UNKNOWN_TIME = np.datetime64("NaT")
Times = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Observations:
    """Columns of observations, all of the same length n, in the order in which they arrived.

    `datastream` (n,) keys; `starts`, `ends` (n,) phenomenon times in UTC, `datetime64[us]`, equal for an instant;
    `values` (n,) numbers in the unit of the datastream. `result_times` (n,) in UTC, NaT where unknown; None for
    all unknown. `results`: for other results than numbers the JSON value, None elsewhere; their `values` are NaN.
    `extra` is that of `layers.observations.models.StoredValue`; `features` are keys of features of interest.
    """

    datastream: NDArray[np.int32]
    starts: Times
    ends: Times
    values: NDArray[np.float64]
    result_times: Times | None = None
    results: Sequence[Any] | None = None
    extra: Sequence[dict[str, Any] | None] | None = None
    features: Sequence[int | None] | None = None

    def __len__(self) -> int:
        return len(self.datastream)

    def taken(self, at: NDArray[np.intp]) -> "Observations":
        """Those at these positions."""

        def some(column: Sequence[Any] | None) -> Sequence[Any] | None:
            return None if column is None else [column[i] for i in at]

        times = None if self.result_times is None else self.result_times[at]
        columns = (self.datastream[at], self.starts[at], self.ends[at], self.values[at])
        return Observations(*columns, times, some(self.results), some(self.extra), some(self.features))


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
        return sum(self.by_stream.values(), Counter())

    def count(self, streams: Iterable[tuple[int, str, int]]) -> None:
        """Add (datastream, outcome, number)."""
        for stream, outcome, number in streams:
            self.by_stream.setdefault(stream, Counter())[outcome] += number


def write(run: Run, arrived: Observations, *, each: bool = False) -> Written:
    """Store observations for a run, inside its transaction.

    The datastreams must exist and not be ended. With `each` the outcomes of single observations are found out too;
    else only their counts, which is quicker.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
    streams = _locked(np.unique(arrived.datastream))
    refused = refusals(arrived, streams)
    good = np.flatnonzero(refused == "")
    written = Written(list(refused) if each else [], refused)
    for name in MESSAGES:
        written.count(_counted(arrived.datastream[refused == name], name))
    if len(good):
        stored = arrived if len(good) == len(arrived) else arrived.taken(good)
        partitions.ensure(np.unique(months(stored.starts)).tolist())
        written.batch = Batch.objects.create(run=run)
        _store(written.batch, stored, good, written, each)
        written.count((stream, "flagged", number) for stream, number in finish(written.batch).items())
        written.batch.counts = dict(written.counts)
        written.batch.save(update_fields=["counts", "first", "last"])
    return written


def _counted(streams: NDArray[np.int32], outcome: str) -> Iterator[tuple[int, str, int]]:
    for stream, number in zip(*np.unique(streams, return_counts=True), strict=True):
        yield int(stream), outcome, int(number)


def finish(batch: Batch) -> dict[int, int]:
    """Flag and roll up what the batch touched, and set its period; returns how many are flagged, by datastream."""
    batch.first, batch.last = touched.period()
    if batch.first is None:
        return {}
    flagged = quality.flag()
    latest.refresh()
    rollups.refresh()
    return flagged


def _locked(keys: NDArray[np.int32]) -> dict[int, Datastream]:
    """The datastreams, locked in the order of their keys until the transaction ends."""
    found = Datastream.objects.filter(pk__in=keys.tolist()).order_by("pk").select_for_update(no_key=True)
    return {one.pk: one for one in found}


def refusals(arrived: Observations, streams: dict[int, Datastream]) -> NDArray[np.object_]:
    """For each observation the reason of its rejection, "" for none."""
    refused = np.full(len(arrived), "", dtype=object)
    limit = np.datetime64((now() + AHEAD).astimezone(UTC).replace(tzinfo=None), "us")
    refused[arrived.starts > limit] = "future"
    refused[arrived.ends < arrived.starts] = "backwards"
    measures = np.array([key for key, one in streams.items() if one.measures], dtype=np.int32)
    refused[np.isin(arrived.datastream, measures) & ~np.isfinite(arrived.values)] = "no_number"
    for key, one in streams.items():
        if since := kept_since(one):
            since_utc = np.datetime64(since.astimezone(UTC).replace(tzinfo=None), "us")
            refused[(arrived.datastream == key) & (arrived.starts < since_utc)] = "beyond"
    return refused


def months(starts: Times) -> NDArray[np.int64]:
    return starts.astype("datetime64[M]").astype(np.int64) + (1970 - partitions.FIRST_YEAR) * 12


STAGE = """
CREATE TEMP TABLE IF NOT EXISTS staged_observations (
    n int4, datastream_id int4, starts_at timestamptz, ends_at timestamptz, base int8, value float8,
    result_time timestamptz, result jsonb, extra jsonb, feature_id int8
) ON COMMIT DELETE ROWS
"""
INSERT = """
INSERT INTO layers_observation
    (number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
     batch_id)
SELECT base + nextval('layers_observation_number'), datastream_id, starts_at, ends_at,
    nullif(result_time, '-infinity'), nullif(value, 'NaN'), result, extra, feature_id, 0, %(batch)s
FROM staged_observations
ON CONFLICT (datastream_id, starts_at, ends_at) DO NOTHING
"""
COMPARE = """
CREATE TEMP TABLE compared_observations ON COMMIT DROP AS
SELECT s.*,
    CASE WHEN %(inserting)s AND o.batch_id = %(batch)s THEN 'new'
         WHEN o.value IS NOT DISTINCT FROM nullif(s.value, 'NaN') AND o.result IS NOT DISTINCT FROM s.result
              THEN 'unchanged'
         WHEN o.result_time > nullif(s.result_time, '-infinity') THEN 'outdated'
         ELSE 'corrected' END AS outcome
FROM staged_observations s
JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE o.starts_at BETWEEN %(first)s AND %(last)s
"""
REVISE = """
INSERT INTO layers_revision
    (number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
     before_id, changed_by_id, after_id)
SELECT o.number, o.datastream_id, o.starts_at, o.ends_at, o.result_time, o.value, o.result, o.extra,
    o.feature_of_interest_id, o.flags, o.batch_id, %(batch)s, %(batch)s
FROM compared_observations c JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE c.outcome = 'corrected' AND o.starts_at BETWEEN %(first)s AND %(last)s
"""
CORRECT = """
UPDATE layers_observation o SET value = nullif(c.value, 'NaN'), result = c.result, extra = c.extra,
    result_time = nullif(c.result_time, '-infinity'), feature_of_interest_id = c.feature_id, batch_id = %(batch)s
FROM compared_observations c
WHERE c.outcome = 'corrected' AND o.datastream_id = c.datastream_id AND o.starts_at = c.starts_at
    AND o.ends_at = c.ends_at AND o.starts_at BETWEEN %(first)s AND %(last)s
"""


def _store(batch: Batch, stored: Observations, positions: NDArray[np.intp], written: Written, each: bool) -> None:
    """Store each key's first observation, then each key's second one, and so on: as if they came one by one."""
    touched.begin()
    order = np.lexsort((stored.ends, stored.starts, stored.datastream))
    sorted_, positions = stored.taken(order), positions[order]  # a batch in the order of the index is stored faster
    rounds = _rounds(sorted_)
    for number in range(int(rounds.max()) + 1):
        at = np.flatnonzero(rounds == number)
        chosen = sorted_ if len(at) == len(sorted_) else sorted_.taken(at)
        _store_distinct(batch, chosen, positions[at], written, each, first=number == 0)


def _rounds(stored: Observations) -> NDArray[np.intp]:
    """For each of the sorted observations, how many of the same datastream and phenomenon time precede it."""
    key, start, end = stored.datastream, stored.starts, stored.ends
    same = (key[1:] == key[:-1]) & (start[1:] == start[:-1]) & (end[1:] == end[:-1])
    if not same.any():
        return np.zeros(len(stored), dtype=np.intp)
    heads = np.flatnonzero(np.concatenate(([True], ~same)))
    ranks: NDArray[np.intp] = np.arange(len(stored)) - np.repeat(heads, np.diff(np.append(heads, len(stored))))
    return ranks


def _store_distinct(
    batch: Batch, stored: Observations, positions: NDArray[np.intp], written: Written, each: bool, first: bool
) -> None:
    """Store observations of distinct keys and count their outcomes.

    Not `first`: an observation of the same key was stored by this batch before, so nothing is inserted.
    """
    first_start, last_start = aware(stored.starts.min()), aware(stored.starts.max())
    names: dict[str, Any] = {"batch": batch.pk, "first": first_start, "last": last_start}
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("TRUNCATE staged_observations")
        _stage(stored)
        if first:
            cursor.execute(INSERT, names)
            if cursor.rowcount == len(stored):
                touched.add_staged()
                written.count(_counted(stored.datastream, "new"))
                written.count(latest.late("staged_observations"))
                if each:
                    for position in positions:
                        written.outcomes[position] = "new"
                return
        cursor.execute("DROP TABLE IF EXISTS compared_observations")
        cursor.execute(COMPARE, names | {"inserting": first})
        cursor.execute(REVISE, names)
        cursor.execute(CORRECT, names)
        touched.add_compared()
        cursor.execute("SELECT datastream_id, outcome, count(*) FROM compared_observations GROUP BY 1, 2")
        written.count(cursor.fetchall())
        written.count(latest.late("compared_observations WHERE outcome = 'new'"))
        if each:
            cursor.execute("SELECT n, outcome FROM compared_observations")
            for n, outcome in cursor.fetchall():
                written.outcomes[positions[n]] = outcome


def _stage(stored: Observations) -> None:
    """Copy observations into the staging table: numbers in binary, others, which are few, as text."""
    n = np.arange(len(stored), dtype=np.int32)
    times = (
        np.full(len(stored), UNKNOWN_TIME, "datetime64[us]") if stored.result_times is None else stored.result_times
    )
    base = months(stored.starts) * partitions.NUMBERS_A_MONTH
    columns = {
        "n": n,
        "datastream_id": stored.datastream,
        "starts_at": stored.starts,
        "ends_at": stored.ends,
        "base": base,
        "value": stored.values,
        "result_time": times,
    }
    with connection.cursor() as cursor:
        copy_binary(cursor, "staged_observations", columns)
        for name, column in (("result", stored.results), ("extra", stored.extra)):
            given = [] if column is None else [(i, Json(one)) for i, one in enumerate(column) if one is not None]
            _fill(cursor, name, "jsonb", given)
        features = [] if stored.features is None else [(i, one) for i, one in enumerate(stored.features) if one]
        _fill(cursor, "feature_id", "int8", features)


def _fill(cursor: Any, column: str, kind: str, given: list[tuple[int, Any]]) -> None:
    """Set a column of staged observations, by their number in the batch."""
    if given:
        statement = (
            f"UPDATE staged_observations s SET {column} = v.x::{kind} FROM (VALUES %s) v(n, x) WHERE s.n = v.n"
        )
        execute_values(cursor.cursor, statement, given, page_size=5000)


def aware(moment: np.datetime64) -> datetime:
    """A moment in UTC as the database takes it."""
    naive: datetime = moment.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)
