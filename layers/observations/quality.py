"""Quality control of arriving observations: flags, never deletion; and exclusions by an editor.

A flag depends only on the stored values around an observation, not on how they were split into batches. Values
outside the physical range are left out when neighbours are compared, so that a spurious -999 does not make the next
good value a step. Neighbours further apart than two intervals of the datastream are not compared.
"""

from enum import IntFlag

from django.db import connection


class Flag(IntFlag):
    """What is doubtful about a value. Bits of `StoredValue.flags`."""

    RANGE = 1
    """Outside the physical range of the datastream; not in rollups."""
    STEP = 2
    """Differs from the value before by more than the datastream's `step`."""
    SPIKE = 4
    """A jump there and back by more than `spike`."""
    STUCK = 8
    """At least the `stuck`th equal value in a row."""


_IN_RANGE = (
    "o.value IS NOT NULL AND o.value >= coalesce(d.lowest, o.value) AND o.value <= coalesce(d.highest, o.value)"
)
FLAG = f"""
WITH spans AS MATERIALIZED (
    SELECT d.id, d.lowest, d.highest, d.step, d.spike, d.stuck, d.interval_s, t.first, t.last,
        greatest(coalesce(d.stuck, 1), 1) AS context
    FROM (
        SELECT datastream_id, min(starts_at) AS first, max(starts_at) AS last
        FROM touched_observations GROUP BY datastream_id
    ) t JOIN layers_datastream d ON d.id = t.datastream_id
    WHERE coalesce(d.lowest, d.highest, d.step, d.spike, d.stuck) IS NOT NULL
),
bounds AS MATERIALIZED (
    SELECT d.*, coalesce(b.nearest, d.first) AS flag_from, coalesce(b.farthest, d.first) AS read_from,
        coalesce(a.farthest, d.last) AS flag_until, coalesce(a.beyond, a.farthest, d.last) AS read_until
    FROM spans d
    CROSS JOIN LATERAL (
        SELECT max(starts_at) AS nearest, min(starts_at) AS farthest FROM (
            SELECT o.starts_at FROM layers_observation o
            WHERE o.datastream_id = d.id AND o.starts_at < d.first AND {_IN_RANGE}
            ORDER BY o.starts_at DESC LIMIT d.context + 1
        ) x
    ) b
    CROSS JOIN LATERAL (
        SELECT max(starts_at) FILTER (WHERE place <= d.context) AS farthest, max(starts_at) AS beyond FROM (
            SELECT o.starts_at, row_number() OVER (ORDER BY o.starts_at) AS place FROM layers_observation o
            WHERE o.datastream_id = d.id AND o.starts_at > d.last AND {_IN_RANGE}
            ORDER BY o.starts_at LIMIT d.context + 1
        ) x
    ) a
),
rows AS MATERIALIZED (
    SELECT d.id, o.starts_at, o.ends_at, o.value, o.flags, {_IN_RANGE} AS in_range
    FROM bounds d JOIN layers_observation o
        ON o.datastream_id = d.id AND o.starts_at BETWEEN d.read_from AND d.read_until
    WHERE o.starts_at BETWEEN (SELECT min(read_from) FROM bounds) AND (SELECT max(read_until) FROM bounds)
),
neighbours AS (
    SELECT *, row_number() OVER w AS place, lag(value) OVER w AS before, lead(value) OVER w AS after,
        starts_at - lag(starts_at) OVER w AS since_before, lead(starts_at) OVER w - starts_at AS until_after
    FROM rows WHERE in_range WINDOW w AS (PARTITION BY id ORDER BY starts_at, ends_at)
),
compared AS (
    SELECT n.*, d.step, d.spike, d.stuck, d.flag_from, d.flag_until,
        d.interval_s > 0 AND n.since_before > d.interval_s * interval '2 seconds' AS gap_before,
        d.interval_s > 0 AND n.until_after > d.interval_s * interval '2 seconds' AS gap_after
    FROM neighbours n JOIN bounds d USING (id)
),
runs AS (
    SELECT *, place - max(CASE WHEN value IS DISTINCT FROM before OR gap_before THEN place END)
        OVER (PARTITION BY id ORDER BY starts_at, ends_at ROWS UNBOUNDED PRECEDING) + 1 AS equal_so_far
    FROM compared
),
judged AS (
    SELECT id, starts_at, ends_at, flags,
        CASE WHEN abs(value - before) > step AND gap_before IS NOT TRUE THEN {Flag.STEP.value} ELSE 0 END
        + CASE WHEN abs(value - before) > spike AND abs(value - after) > spike AND gap_before IS NOT TRUE
            AND gap_after IS NOT TRUE AND sign(value - before) = sign(value - after) AND abs(after - before) <= spike
            THEN {Flag.SPIKE.value} ELSE 0 END
        + CASE WHEN stuck > 1 AND equal_so_far >= stuck THEN {Flag.STUCK.value} ELSE 0 END AS right_flags
    FROM runs WHERE starts_at BETWEEN flag_from AND flag_until
    UNION ALL
    SELECT r.id, r.starts_at, r.ends_at, r.flags, {Flag.RANGE.value} FROM rows r JOIN bounds d USING (id)
    WHERE r.value IS NOT NULL AND NOT r.in_range AND r.starts_at BETWEEN d.flag_from AND d.flag_until
)
UPDATE layers_observation o SET flags = j.right_flags FROM judged j
WHERE j.flags <> j.right_flags
    AND o.datastream_id = j.id AND o.starts_at = j.starts_at AND o.ends_at = j.ends_at
"""
COUNT = """
SELECT datastream_id, count(*)
FROM touched_observations t JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE o.flags <> 0 GROUP BY 1
"""


def flag() -> dict[int, int]:
    """Set the flags of touched observations and their neighbours; returns how many of the touched have a flag, by
    datastream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM layers_datastream d WHERE coalesce(lowest, highest, step, spike, stuck) IS NOT NULL "
            "AND EXISTS (SELECT FROM touched_observations t WHERE t.datastream_id = d.id) LIMIT 1"
        )
        if cursor.fetchone() is None:
            return {}
        cursor.execute(FLAG)
        cursor.execute(COUNT)
        return dict(cursor.fetchall())
