"""The observation feed: batches numbered in the order of their commits, for rules, live values and subscribers."""

from django.db import connection

from layers.observations.models import ObservationCounter
from layers.runs.models import Run


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
