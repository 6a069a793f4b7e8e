"""Rollback of the observations of a run: new ones go, corrected and removed ones return, as a batch of a new run.

A key (datastream and phenomenon time) can be rolled back when its state is still the one that the run left. Where a
later run changed it, the whole rollback is refused with the list. A later change that was itself rolled back is no
obstacle: the restored state carries the batch that had first written it.
"""

from django.db import connection
from django.db.models import Exists, OuterRef

from layers.errors import RollbackRefused
from layers.observations.decisions import roll_back_exclusions
from layers.observations.entity_changes import roll_back_changes
from layers.observations.feed import number_batches
from layers.observations.later_changes import refuse_below_later
from layers.observations.models import (
    Batch,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from layers.observations.replacing import set_states
from layers.runs.models import Run

SENSORTHINGS = "sensorthings"
"""The source of changes by that interface. An import is more lenient: what others added to its entities stays."""
LISTED = 20
"""So many conflicts are named in the refusal."""

_LOCK = """
SELECT id FROM layers_datastream WHERE id IN (
    SELECT o.datastream_id FROM layers_observation o JOIN layers_batch b ON b.id = o.batch_id
    WHERE b.run_id = %(run)s AND o.starts_at BETWEEN b.first AND b.last
    UNION
    SELECT v.datastream_id FROM layers_revision v JOIN layers_batch b ON b.id IN (v.before_id, v.changed_by_id)
    WHERE b.run_id = %(run)s
) ORDER BY id FOR NO KEY UPDATE
"""
# Each key with its state before the run (`before_id` NULL: no observation) and the batch of the state the run left.
_KEYS = """
CREATE TEMP TABLE replaced_observations ON COMMIT DROP AS
WITH batches AS MATERIALIZED (SELECT id, first, last FROM layers_batch WHERE run_id = %(run)s),
changes AS (
    SELECT DISTINCT ON (datastream_id, starts_at, ends_at) datastream_id, starts_at, ends_at, number, result_time,
        value, result, extra, feature_of_interest_id, flags, before_id
    FROM layers_revision WHERE changed_by_id IN (SELECT id FROM batches)
    ORDER BY datastream_id, starts_at, ends_at, id
),
last_changes AS (
    SELECT DISTINCT ON (datastream_id, starts_at, ends_at) datastream_id, starts_at, ends_at, after_id
    FROM layers_revision WHERE changed_by_id IN (SELECT id FROM batches)
    ORDER BY datastream_id, starts_at, ends_at, id DESC
),
inserted AS (
    SELECT o.datastream_id, o.starts_at, o.ends_at, o.batch_id AS after_id FROM layers_observation o
    WHERE o.batch_id IN (SELECT id FROM batches)
        AND o.starts_at BETWEEN (SELECT min(first) FROM batches) AND (SELECT max(last) FROM batches)
    UNION
    SELECT datastream_id, starts_at, ends_at, before_id FROM layers_revision
    WHERE before_id IN (SELECT id FROM batches) AND changed_by_id NOT IN (SELECT id FROM batches)
),
keys AS (
    SELECT datastream_id, starts_at, ends_at, after_id FROM last_changes
    UNION ALL
    SELECT i.* FROM inserted i LEFT JOIN last_changes c USING (datastream_id, starts_at, ends_at)
    WHERE c.datastream_id IS NULL
)
SELECT k.datastream_id, k.starts_at, k.ends_at, k.after_id, c.number, c.result_time, c.value, c.result, c.extra,
    c.feature_of_interest_id, c.flags, o.batch_id AS current_id,
    CASE WHEN c.before_id NOT IN (SELECT id FROM batches) THEN c.before_id END AS before_id
FROM keys k
LEFT JOIN changes c USING (datastream_id, starts_at, ends_at)
LEFT JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
"""
_CONFLICTS = """
SELECT u.datastream_id, u.starts_at, coalesce(b.run_id, r.run_id)
FROM replaced_observations u
LEFT JOIN layers_batch b ON b.id = u.current_id
LEFT JOIN LATERAL (
    SELECT b.run_id FROM layers_revision v JOIN layers_batch b ON b.id = v.changed_by_id
    WHERE v.datastream_id = u.datastream_id AND v.starts_at = u.starts_at AND v.ends_at = u.ends_at
    ORDER BY v.id DESC LIMIT 1
) r ON true
WHERE u.current_id IS DISTINCT FROM u.after_id
ORDER BY 1, 2
"""


def roll_back_observations(made: Run, run: Run) -> dict[str, int]:
    """Roll back the observations and entities of a run, for the run `made`, inside its transaction.

    Returns how many were removed and restored. Raises RollbackRefused with the conflicts.
    """
    counts = {"removed": 0, "restored": 0}
    if run.source == SENSORTHINGS and run.kind in (Run.Kind.EDIT, Run.Kind.ROLLBACK):
        refuse_below_later(run)
    if run.batches.exists():
        counts = _roll_back_batches(made, run)
        number_batches(made)
    _roll_back_entities(made, run)
    return {f"observations_{name}": count for name, count in counts.items()} if any(counts.values()) else {}


def _roll_back_batches(made: Run, run: Run) -> dict[str, int]:
    batch = Batch.objects.create(run=made)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"run": run.pk})
        cursor.execute("DROP TABLE IF EXISTS replaced_observations")
        cursor.execute(_KEYS, {"run": run.pk})
        cursor.execute(_CONFLICTS)
        if conflicts := cursor.fetchall():
            raise RollbackRefused(_message(run, conflicts), [(str(stream), later) for stream, _, later in conflicts])
    removed, restored = set_states(batch)
    return {"removed": removed, "restored": restored}


def _message(run: Run, conflicts: list[tuple[int, object, int]]) -> str:
    named = ", ".join(
        f"datastream {stream} at {moment} (run {later})" for stream, moment, later in conflicts[:LISTED]
    )
    more = f" and {len(conflicts) - LISTED} more" if len(conflicts) > LISTED else ""
    return (
        f"{len(conflicts)} observations of run {run.pk} were changed by later runs: {named}{more}. "
        "Roll back the later runs first."
    )


def _roll_back_entities(made: Run, run: Run) -> None:
    """Bring back the entities that the run ended; end those that it created and that no observation needs."""
    roll_back_changes(made, run)
    roll_back_exclusions(made, run)
    for model in (Datastream, Thing, Sensor, ObservedProperty, FeatureOfInterest, Location, HistoricalLocation):
        model._default_manager.filter(ended_by=run).update(ended_by=None)
    HistoricalLocation.objects.filter(created_by=run, ended_by=None).update(ended_by=made)
    empty = ~Exists(Observation.objects.filter(datastream=OuterRef("pk")))
    Datastream.objects.filter(empty, created_by=run, ended_by=None).update(ended_by=made)
    streams = Datastream.objects.filter(ended_by=None)
    for model, used in (
        (Thing, streams.filter(thing=OuterRef("pk"))),
        (Sensor, streams.filter(sensor=OuterRef("pk"))),
        (ObservedProperty, streams.filter(observed_property=OuterRef("pk"))),
        (FeatureOfInterest, Observation.objects.filter(feature_of_interest=OuterRef("pk"))),
        (Location, Thing.locations.through._default_manager.filter(location=OuterRef("pk"), thing__ended_by=None)),
    ):
        rows = model._default_manager.filter(~Exists(used), created_by=run, ended_by=None)
        rows.update(ended_by=made)
