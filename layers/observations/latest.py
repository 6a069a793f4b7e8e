"""The latest observation of each datastream, in a table of its own that the writer updates."""

from collections.abc import Collection

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.observations.columns import UNKNOWN_TIME, Rows, Times, array_literal
from layers.observations.stored_rows import read_columns, read_rows

REFRESH = """
WITH streams AS MATERIALIZED (SELECT unnest(%(streams)s::int4[]) AS datastream_id),
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


def latest_rows(streams: Collection[int] | None = None) -> Rows:
    """The latest observations of these datastreams, of all for None, in the order of their keys.

    Those without observations are left out. A value is NaN where the result is no number (`LatestValue.result`).
    Columns, because 2,000 rows as Python objects would take three times as long.
    """
    chosen = "" if streams is None else " WHERE datastream_id = ANY(%s)"
    return read_rows(
        "SELECT datastream_id, starts_at, ends_at, coalesce(value, 'NaN'), flags "
        f"FROM layers_latestvalue{chosen} ORDER BY datastream_id",
        [] if streams is None else [list(streams)],
    )


def refresh(streams: NDArray[np.int32]) -> None:
    """Find the latest observation of these datastreams again."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {"streams": array_literal(streams)})


def latest_starts(streams: NDArray[np.int32]) -> Times:
    """For each of the sorted datastreams when its latest observation starts, NaT where it has none."""
    query = "SELECT datastream_id, starts_at FROM layers_latestvalue WHERE datastream_id = ANY(%s::int4[])"
    found = read_columns(query, [array_literal(streams)], {"id": "i4", "starts": "M8[us]"})
    starts = np.full(len(streams), UNKNOWN_TIME, "datetime64[us]")
    starts[np.searchsorted(streams, found["id"])] = found["starts"]
    return starts
