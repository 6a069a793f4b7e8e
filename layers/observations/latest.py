"""The latest observation of each datastream, in a table of its own that the writer updates."""

from django.db import connection

REFRESH = """
WITH streams AS MATERIALIZED (SELECT DISTINCT datastream_id FROM touched_observations),
found AS (
    SELECT o.* FROM streams s CROSS JOIN LATERAL (
        SELECT * FROM layers_observation o WHERE o.datastream_id = s.datastream_id
        ORDER BY o.starts_at DESC, o.ends_at DESC LIMIT 1
    ) o
),
gone AS (
    DELETE FROM layers_latestvalue l USING streams s
    WHERE l.datastream_id = s.datastream_id
        AND NOT EXISTS (SELECT FROM found f WHERE f.datastream_id = s.datastream_id)
)
INSERT INTO layers_latestvalue
    (datastream_id, number, starts_at, ends_at, result_time, value, result, extra, flags, batch_id)
SELECT datastream_id, number, starts_at, ends_at, result_time, value, result, extra, flags, batch_id FROM found
ON CONFLICT (datastream_id) DO UPDATE SET
    number = excluded.number, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    result_time = excluded.result_time, value = excluded.value, result = excluded.result, extra = excluded.extra,
    flags = excluded.flags, batch_id = excluded.batch_id
"""


def refresh() -> None:
    """Find the latest observation of the touched datastreams again."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH)


def late(origin: str) -> list[tuple[int, str, int]]:
    """(datastream, "late", number) of the rows of a temporary table that are older than the latest observation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datastream_id, 'late', count(*) "
            f"FROM (SELECT datastream_id, starts_at FROM {origin}) o JOIN layers_latestvalue l USING (datastream_id) "
            "WHERE o.starts_at < l.starts_at GROUP BY 1"
        )
        return list(cursor.fetchall())
