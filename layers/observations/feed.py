"""The observation feed: batches numbered in the order of their commits, for rules, live values and subscribers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db import connection

from layers.observations.columns import Keys, Rows, aware
from layers.observations.models import Batch, ObservationCounter
from layers.observations.stored_rows import read_rows
from layers.runs.models import Run

_LATEST = """
SELECT l.datastream_id, l.starts_at, l.ends_at, coalesce(l.value, 'NaN'), l.flags
FROM layers_latestvalue l JOIN layers_batch b ON b.id = l.batch_id WHERE b.stored_seq > %s
ORDER BY l.datastream_id
"""


def number_batches(run: Run) -> None:
    """Give the run's batches their `stored_seq`, right before its transaction commits.

    The counter's row stays locked until then, so that a reader who has seen a number has seen all lower ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM layers_batch WHERE run_id = %s AND stored_seq IS NULL ORDER BY id", [run.pk])
        batches = [key for (key,) in cursor.fetchall()]
        if not batches:
            return
        cursor.execute(
            "INSERT INTO layers_observationcounter (id, last) VALUES (1, %(n)s) "
            "ON CONFLICT (id) DO UPDATE SET last = layers_observationcounter.last + %(n)s RETURNING last",
            {"n": len(batches)},
        )
        (last,) = cursor.fetchone()
        cursor.execute(
            "UPDATE layers_batch SET stored_at = clock_timestamp(), stored_seq = %s + n FROM "
            "unnest(%s::bigint[]) WITH ORDINALITY AS b(key, n) WHERE id = b.key",
            [last - len(batches), batches],
        )


def last_seq() -> int:
    """The number of the last committed batch, 0 before the first."""
    counter = ObservationCounter.objects.filter(pk=1).first()
    return counter.last if counter else 0


def since_when(changed: Keys) -> dict[str, str]:
    """`Batch.changed` of observations that a batch changed, inserted between others or removed."""
    streams, first, _ = changed.spans()
    return {str(key): aware(start).isoformat() for key, start in zip(streams.tolist(), first, strict=True)}


@dataclass(frozen=True, slots=True)
class Changes:
    """What batches after a number of the feed did.

    `latest` are the latest observations of the datastreams to which they appended, as far as they still are;
    `changed` has the datastreams in which they changed anything else, with the start (UTC) of the first one.
    """

    latest: Rows
    changed: Mapping[int, np.datetime64]


def changes_after(seq: int) -> Changes | None:
    """What came after a batch; None where a batch since then has not recorded what it changed."""
    changed: dict[int, np.datetime64] = {}
    for one in Batch.objects.filter(stored_seq__gt=seq).exclude(changed={}).values_list("changed", flat=True):
        if one is None:
            return None
        for key, start in one.items():
            moment = np.datetime64(start.removesuffix("+00:00"), "us")
            changed[int(key)] = min(moment, changed.get(int(key), moment))
    return Changes(read_rows(_LATEST, [seq]), changed)
