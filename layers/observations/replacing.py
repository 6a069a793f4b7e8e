"""Sets observations to given states: rollback restores earlier ones, an editor removes or corrects single ones.

The states stand in the temporary table `replaced_observations`: datastream, phenomenon time, the columns of the new
state, and `before_id`, the batch that wrote it; NULL there means that no observation is left.
"""

from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from psycopg2.extras import Json

from layers.errors import WriteRefused
from layers.observations import partitions
from layers.observations.appending import months, nothing_appended
from layers.observations.columns import Observations, aware
from layers.observations.feed import number_batches
from layers.observations.models import Batch, Observation
from layers.observations.rules import rules_of
from layers.observations.stored_rows import read_keys
from layers.observations.writing import MESSAGES, finish, refusals
from layers.runs.models import Run

_REVISE = """
INSERT INTO layers_revision (number, datastream_id, starts_at, ends_at, result_time, value, result, extra,
    feature_of_interest_id, flags, before_id, changed_by_id, after_id)
SELECT coalesce(o.number, u.number), u.datastream_id, u.starts_at, u.ends_at, o.result_time, o.value, o.result,
    o.extra, o.feature_of_interest_id, coalesce(o.flags, 0), o.batch_id, %(batch)s, u.before_id
FROM replaced_observations u LEFT JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
ORDER BY u.datastream_id, u.starts_at, u.ends_at
"""
_REMOVE = """
DELETE FROM layers_observation o USING replaced_observations u WHERE u.before_id IS NULL
    AND o.datastream_id = u.datastream_id AND o.starts_at = u.starts_at AND o.ends_at = u.ends_at
"""
_RESTORE = """
INSERT INTO layers_observation (number, datastream_id, starts_at, ends_at, result_time, value, result, extra,
    feature_of_interest_id, flags, batch_id)
SELECT number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
    before_id
FROM replaced_observations WHERE before_id IS NOT NULL
ON CONFLICT (datastream_id, starts_at, ends_at) DO UPDATE SET number = excluded.number,
    result_time = excluded.result_time, value = excluded.value, result = excluded.result, extra = excluded.extra,
    feature_of_interest_id = excluded.feature_of_interest_id, flags = excluded.flags, batch_id = excluded.batch_id
"""

_TABLE = """
CREATE TEMP TABLE replaced_observations (
    datastream_id int4, starts_at timestamptz, ends_at timestamptz, number int8, result_time timestamptz,
    value float8, result jsonb, extra jsonb, feature_of_interest_id int8, flags int2, before_id int8
) ON COMMIT DROP
"""
_CHANGED = "SELECT datastream_id, starts_at, ends_at FROM replaced_observations"
_SET = "INSERT INTO replaced_observations VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s)"


def remove_observations(run: Run, rows: QuerySet[Observation]) -> int:
    """Remove observations in the run's transaction; its rollback brings them back. Returns how many."""
    keys = rows.order_by().values_list("datastream_id", "starts_at", "ends_at", "number")
    rules_of(np.unique(np.array(rows.order_by().values_list("datastream_id", flat=True), dtype=np.int32)), lock=True)
    sql, parameters = keys.query.sql_with_params()
    with connection.cursor() as cursor:
        _begin(cursor)
        cursor.execute(
            f"INSERT INTO replaced_observations (datastream_id, starts_at, ends_at, number, flags) "
            f"SELECT k.*, 0 FROM ({sql}) k",
            parameters,
        )
        if not cursor.rowcount:
            return 0
    removed, _ = set_states(Batch.objects.create(run=run))
    number_batches(run)
    return removed


def correct_observation(run: Run, row: Observation, state: Observations) -> None:
    """Give one observation another state, which may have another phenomenon time; it keeps its number.

    `state` has one row. Raises WriteRefused with the reason where the state is refused or its time is taken.
    """
    streams = rules_of(np.array([row.datastream_id], dtype=np.int32), lock=True)
    (reason,) = refusals(state, streams)
    if reason:
        raise WriteRefused(MESSAGES[reason])
    starts, ends = aware(state.starts[0]), aware(state.ends[0])
    moved = (starts, ends) != (row.starts_at, row.ends_at)
    if moved and Observation.objects.filter(pk=(row.datastream_id, starts, ends)).exists():
        raise WriteRefused(f"Datastream {row.datastream_id} has an observation at {starts.isoformat()} already.")
    partitions.ensure(months(state.starts).tolist())
    batch = Batch.objects.create(run=run)
    value = float(state.values[0])
    made = None if state.result_times is None or np.isnat(state.result_times[0]) else aware(state.result_times[0])
    rest: list[Any] = [
        made,
        None if np.isnan(value) else value,
        Json(state.results[0]) if state.results and state.results[0] is not None else None,
        Json(state.extra[0]) if state.extra and state.extra[0] is not None else None,
        state.features[0] if state.features else None,
        batch.pk,
    ]
    with connection.cursor() as cursor:
        _begin(cursor)
        if moved:
            cursor.execute(_SET, [row.datastream_id, row.starts_at, row.ends_at, row.number, *[None] * 6])
        cursor.execute(_SET, [row.datastream_id, starts, ends, row.number, *rest])
    set_states(batch)
    number_batches(run)


def _begin(cursor: Any) -> None:
    cursor.execute("DROP TABLE IF EXISTS replaced_observations")
    cursor.execute(_TABLE)


def set_states(batch: Batch) -> tuple[int, int]:
    """Give the observations in `replaced_observations` their states; returns how many were removed and set."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE replaced_observations")
        cursor.execute(_REVISE, {"batch": batch.pk})
        cursor.execute(_REMOVE)
        removed = cursor.rowcount
        cursor.execute(_RESTORE)
        restored = cursor.rowcount
        changed = read_keys(_CHANGED)
    batch.counts = {"removed": removed, "restored": restored}
    finish(batch, rules_of(np.unique(changed.datastream)), changed, nothing_appended())
    batch.save(update_fields=["counts", "first", "last", "changed"])
    return removed, restored
