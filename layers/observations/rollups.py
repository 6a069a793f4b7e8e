"""Hourly and daily statistics of datastreams, computed again from the raw values of the touched periods.

An observation counts for the hour or day in which it starts. Observations longer than the period, such as daily
means in an hour, are left out.
"""

from django.db import connection

from layers.city import city
from layers.observations.quality import Flag

_REFRESH = """
WITH streams AS MATERIALIZED (
    SELECT d.id, d.interval_s,
        CASE WHEN %(hourly)s THEN 'UTC' WHEN d.day_zone = '' THEN %(zone)s ELSE d.day_zone END AS zone
    FROM layers_datastream d WHERE d.id IN (SELECT datastream_id FROM touched_hours)
),
periods AS MATERIALIZED (
    SELECT id, interval_s, zone, starts_at, ((starts_at AT TIME ZONE zone) + {period}) AT TIME ZONE zone AS ends_at
    FROM (
        SELECT DISTINCT s.id, s.interval_s, s.zone, date_trunc('{unit}', t.hour, s.zone) AS starts_at
        FROM ({hours}) t JOIN streams s ON s.id = t.datastream_id
    ) p
),
spans AS MATERIALIZED (
    SELECT id, interval_s, zone, min(starts_at) AS starts_at, max(ends_at) AS ends_at
    FROM periods GROUP BY id, interval_s, zone, date_trunc('month', starts_at, 'UTC')
),
rows AS (
    SELECT s.id, date_trunc('{unit}', o.starts_at, s.zone) AS starts_at, o.value, o.flags,
        coalesce(nullif(extract(epoch FROM o.ends_at - o.starts_at), 0), s.interval_s) AS observed_s,
        o.ends_at - o.starts_at AS length, o.value IS NOT NULL AND o.flags & {range} = 0 AS valid
    FROM spans s JOIN LATERAL (
        SELECT * FROM layers_observation o
        WHERE o.datastream_id = s.id AND o.starts_at >= s.starts_at AND o.starts_at < s.ends_at
    ) o ON true
    WHERE o.starts_at BETWEEN %(first)s::timestamptz - interval '2 days' AND %(last)s::timestamptz + interval '2 days'
),
figures AS (
    SELECT p.id, p.starts_at, p.ends_at, p.interval_s, avg(r.value) FILTER (WHERE valid) AS mean,
        min(r.value) FILTER (WHERE valid) AS lowest, max(r.value) FILTER (WHERE valid) AS highest,
        count(*) FILTER (WHERE valid) AS count, count(*) FILTER (WHERE r.flags <> 0) AS flagged,
        sum(r.observed_s) FILTER (WHERE valid) AS observed_s
    FROM periods p JOIN rows r USING (id, starts_at)
    WHERE r.length <= p.ends_at - p.starts_at
    GROUP BY p.id, p.starts_at, p.ends_at, p.interval_s
),
gone AS (
    DELETE FROM {table} r USING periods p WHERE r.datastream_id = p.id AND r.starts_at = p.starts_at
        AND NOT EXISTS (SELECT FROM figures f WHERE f.id = p.id AND f.starts_at = p.starts_at)
)
INSERT INTO {table} (datastream_id, starts_at, mean, lowest, highest, count, flagged, coverage)
SELECT id, starts_at, mean, lowest, highest, count, flagged,
    CASE WHEN interval_s > 0 OR observed_s > 0
         THEN least(1, coalesce(observed_s, 0) / extract(epoch FROM ends_at - starts_at)) END
FROM figures
ON CONFLICT (datastream_id, starts_at) DO UPDATE SET mean = excluded.mean, lowest = excluded.lowest,
    highest = excluded.highest, count = excluded.count, flagged = excluded.flagged, coverage = excluded.coverage
"""
HOURS = "SELECT datastream_id, hour FROM touched_hours"
_ENDS = f"{HOURS} UNION ALL SELECT datastream_id, hour + interval '3599 seconds' FROM touched_hours"
"""Beginnings and ends of hours: where a zone is half an hour off, an hour belongs to two days."""
HOURLY = _REFRESH.format(
    unit="hour", period="interval '1 hour'", table="layers_hourlyrollup", hours=HOURS, range=Flag.RANGE.value
)
DAILY = _REFRESH.format(
    unit="day", period="interval '1 day'", table="layers_dailyrollup", hours=_ENDS, range=Flag.RANGE.value
)


def refresh() -> None:
    """Compute the statistics of all hours and days with touched observations again."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS touched_hours")
        cursor.execute(
            "CREATE TEMP TABLE touched_hours ON COMMIT DROP AS "
            "SELECT DISTINCT datastream_id, date_trunc('hour', starts_at, 'UTC') AS hour FROM touched_observations"
        )
        cursor.execute("ANALYZE touched_hours")
        cursor.execute("SELECT min(hour), max(hour) FROM touched_hours")
        first, last = cursor.fetchone()
        names = {"zone": city().timezone.key, "first": first, "last": last}
        cursor.execute(HOURLY, names | {"hourly": True})
        cursor.execute(DAILY, names | {"hourly": False})
