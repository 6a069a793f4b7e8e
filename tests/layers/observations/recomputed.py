"""Flags and statistics of all observations of a datastream, computed at once by SQL, as the writer must."""

from typing import Any

from django.db import connection

from layers.observations.models import Datastream

FLAGS = """
WITH rows AS (
    SELECT o.starts_at, o.ends_at, o.value,
        o.value >= coalesce(d.lowest, o.value) AND o.value <= coalesce(d.highest, o.value) AS in_range,
        d.step, d.spike, d.stuck, d.interval_s
    FROM layers_observation o JOIN layers_datastream d ON d.id = o.datastream_id WHERE d.id = %s
),
neighbours AS (
    SELECT *, row_number() OVER w AS place, lag(value) OVER w AS before, lead(value) OVER w AS after,
        interval_s > 0 AND starts_at - lag(starts_at) OVER w > interval_s * interval '2 seconds' AS gap_before,
        interval_s > 0 AND lead(starts_at) OVER w - starts_at > interval_s * interval '2 seconds' AS gap_after
    FROM rows WHERE in_range WINDOW w AS (ORDER BY starts_at, ends_at)
),
runs AS (
    SELECT *, place - max(CASE WHEN value IS DISTINCT FROM before OR gap_before THEN place END)
        OVER (ORDER BY starts_at, ends_at ROWS UNBOUNDED PRECEDING) + 1 AS equal_so_far
    FROM neighbours
)
SELECT starts_at, ends_at,
    CASE WHEN abs(value - before) > step AND gap_before IS NOT TRUE THEN 2 ELSE 0 END
    + CASE WHEN abs(value - before) > spike AND abs(value - after) > spike AND gap_before IS NOT TRUE
        AND gap_after IS NOT TRUE AND sign(value - before) = sign(value - after) AND abs(after - before) <= spike
        THEN 4 ELSE 0 END
    + CASE WHEN stuck > 1 AND equal_so_far >= stuck THEN 8 ELSE 0 END
FROM runs
UNION ALL
SELECT starts_at, ends_at, 1 FROM rows WHERE NOT in_range
ORDER BY 1, 2
"""
STATISTICS = """
WITH rows AS (
    SELECT date_trunc(%(unit)s, o.starts_at, zone) AS period,
        ((date_trunc(%(unit)s, o.starts_at, zone) AT TIME ZONE zone) + %(length)s::interval) AT TIME ZONE zone
            AS period_end,
        o.value, o.flags, d.interval_s, o.value IS NOT NULL AND o.flags & 1 = 0 AS valid,
        o.ends_at - o.starts_at AS length,
        coalesce(nullif(extract(epoch FROM o.ends_at - o.starts_at), 0), d.interval_s) AS observed_s
    FROM layers_datastream d JOIN layers_observation o ON o.datastream_id = d.id,
    LATERAL (
        SELECT CASE WHEN %(unit)s = 'hour' THEN 'UTC' ELSE coalesce(nullif(d.day_zone, ''), %(zone)s) END AS zone
    ) z
    WHERE d.id = %(stream)s
)
SELECT period, avg(value) FILTER (WHERE valid), min(value) FILTER (WHERE valid), max(value) FILTER (WHERE valid),
    count(*) FILTER (WHERE valid), count(*) FILTER (WHERE flags <> 0),
    CASE WHEN interval_s > 0 OR sum(observed_s) FILTER (WHERE valid) > 0
         THEN least(1, coalesce(sum(observed_s) FILTER (WHERE valid), 0) / extract(epoch FROM period_end - period))
    END::float8
FROM rows WHERE length <= period_end - period GROUP BY period, period_end, interval_s ORDER BY period
"""


def flags(of: Datastream) -> list[tuple[Any, ...]]:
    """(start, end, flags) of all observations with a number."""
    return _rows(FLAGS, [of.pk])


def statistics(of: Datastream, unit: str) -> list[tuple[Any, ...]]:
    """Start, mean, lowest, highest, count, flagged, coverage of every "hour" or "day"."""
    names = {"unit": unit, "length": f"1 {unit}", "zone": "Europe/Warsaw", "stream": of.pk}
    return _rows(STATISTICS, names)


def latest(of: Datastream) -> list[tuple[Any, ...]]:
    """Start, end, number, value and flags of the latest observation."""
    return _rows(
        "SELECT starts_at, ends_at, number, value, flags FROM layers_observation WHERE datastream_id = %s "
        "ORDER BY starts_at DESC, ends_at DESC LIMIT 1",
        [of.pk],
    )


def _rows(query: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
