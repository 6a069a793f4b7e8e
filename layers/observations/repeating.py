"""Further observations of keys (datastream and phenomenon time) that one batch has several times.

A device with a stuck clock sends thousands of one time. Each is compared with the state that the one before it left,
as if they came one by one, but all in one statement.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.observations.columns import Observations
from layers.observations.outcomes import Outcome
from layers.observations.staging import COLUMNS, stage
from layers.observations.stored_rows import read_columns

TABLES = f"""
CREATE TEMP TABLE IF NOT EXISTS repeated_observations ({COLUMNS}, round int4) ON COMMIT DELETE ROWS;
CREATE INDEX IF NOT EXISTS repeated_observations_round ON repeated_observations (round);
CREATE TEMP TABLE IF NOT EXISTS walked_observations (
    round int4, n int4, outcome int2, number int8, datastream_id int4, starts_at timestamptz, ends_at timestamptz,
    flags int2, batch_id int8, value float8, result_time timestamptz, result jsonb, extra jsonb, feature_id int8,
    before_id int8, value_before float8, result_time_before timestamptz, result_before jsonb, extra_before jsonb,
    feature_before int8
) ON COMMIT DELETE ROWS
"""
# From the stored state of each key, round by round: the state after each observation beside the one before it.
WALK = f"""
WITH RECURSIVE walk AS (
    SELECT 0::int4 AS round, NULL::int4 AS n, NULL::int2 AS outcome, o.number::int8, o.datastream_id::int4,
        o.starts_at, o.ends_at, o.flags::int2, o.batch_id::int8, o.value, o.result_time, o.result, o.extra,
        o.feature_of_interest_id::int8 AS feature_id, NULL::int8 AS before_id, NULL::float8 AS value_before,
        NULL::timestamptz AS result_time_before, NULL::jsonb AS result_before, NULL::jsonb AS extra_before,
        NULL::int8 AS feature_before
    FROM repeated_observations r JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
    WHERE r.round = 1 AND o.starts_at BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT r.round, r.n, c.outcome, w.number, w.datastream_id, w.starts_at, w.ends_at, w.flags,
        CASE WHEN c.corrected THEN %(batch)s::int8 ELSE w.batch_id END,
        CASE WHEN c.corrected THEN r.value ELSE w.value END,
        CASE WHEN c.corrected THEN r.result_time ELSE w.result_time END,
        CASE WHEN c.corrected THEN r.result ELSE w.result END,
        CASE WHEN c.corrected THEN r.extra ELSE w.extra END,
        CASE WHEN c.corrected THEN r.feature_id ELSE w.feature_id END,
        w.batch_id, w.value, w.result_time, w.result, w.extra, w.feature_id
    FROM walk w
    JOIN repeated_observations r ON r.round = w.round + 1 AND r.datastream_id = w.datastream_id
        AND r.starts_at = w.starts_at AND r.ends_at = w.ends_at
    CROSS JOIN LATERAL (
        SELECT outcome, outcome = {Outcome.CORRECTED.value} AS corrected FROM (
            SELECT (CASE
                WHEN w.value IS NOT DISTINCT FROM r.value AND w.result IS NOT DISTINCT FROM r.result
                    THEN {Outcome.UNCHANGED.value}
                WHEN w.result_time > r.result_time THEN {Outcome.OUTDATED.value}
                ELSE {Outcome.CORRECTED.value} END)::int2 AS outcome
        ) one
    ) c
)
INSERT INTO walked_observations SELECT * FROM walk WHERE n IS NOT NULL
"""
REVISE = f"""
INSERT INTO layers_revision
    (number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
     before_id, changed_by_id, after_id)
SELECT number, datastream_id, starts_at, ends_at, result_time_before, value_before, result_before, extra_before,
    feature_before, flags, before_id, %(batch)s, %(batch)s
FROM walked_observations WHERE outcome = {Outcome.CORRECTED.value}
ORDER BY round, datastream_id, starts_at, ends_at
"""
CORRECT = f"""
UPDATE layers_observation o SET value = c.value, result = c.result, extra = c.extra,
    result_time = c.result_time, feature_of_interest_id = c.feature_id, batch_id = %(batch)s
FROM (
    SELECT DISTINCT ON (datastream_id, starts_at, ends_at) * FROM walked_observations
    WHERE outcome = {Outcome.CORRECTED.value} ORDER BY datastream_id, starts_at, ends_at, round DESC
) c
WHERE o.datastream_id = c.datastream_id AND o.starts_at = c.starts_at AND o.ends_at = c.ends_at
    AND o.starts_at BETWEEN %(first)s AND %(last)s
"""


def correct_repeatedly(
    cursor: Any, names: dict[str, Any], repeated: Observations, rounds: NDArray[np.intp]
) -> NDArray[np.int16]:
    """Store observations of keys that are stored; `rounds` (from 1) are the order in which those of one key came.

    Returns the outcome of each. `names` are the batch, and the first and last time.
    """
    cursor.execute(TABLES)
    cursor.execute("TRUNCATE walked_observations")
    stage(cursor, "repeated_observations", repeated, {"round": rounds.astype(np.int32)})
    cursor.execute("ANALYZE repeated_observations")
    cursor.execute(WALK, names)
    read = read_columns("SELECT n, outcome FROM walked_observations", [], {"n": "i4", "outcome": "i2"})
    if (read["outcome"] == Outcome.CORRECTED).any():
        cursor.execute(REVISE, names)
        cursor.execute(CORRECT, names)
    found = np.empty(len(repeated), np.int16)
    found[read["n"]] = read["outcome"]
    return found
