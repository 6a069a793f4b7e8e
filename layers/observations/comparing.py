"""Observations at times that may be stored already: inserted where nothing is stored, else compared with it."""

from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.observations.columns import Observations, aware
from layers.observations.outcomes import Outcome
from layers.observations.repeating import correct_repeatedly
from layers.observations.staging import COLUMNS, stage
from layers.observations.stored_rows import read_columns

TABLES = f"""
CREATE TEMP TABLE IF NOT EXISTS staged_observations ({COLUMNS}) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS compared_observations ({COLUMNS}, outcome int2) ON COMMIT DELETE ROWS
"""
INSERT = """
INSERT INTO layers_observation
    (number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
     batch_id)
SELECT base + nextval('layers_observation_number'), datastream_id, starts_at, ends_at,
    result_time, value, result, extra, feature_id, 0, %(batch)s
FROM staged_observations
ON CONFLICT (datastream_id, starts_at, ends_at) DO NOTHING
"""
COMPARE = f"""
INSERT INTO compared_observations
SELECT s.*,
    (CASE WHEN o.batch_id = %(batch)s THEN {Outcome.NEW.value}
         WHEN o.value IS NOT DISTINCT FROM s.value AND o.result IS NOT DISTINCT FROM s.result
              THEN {Outcome.UNCHANGED.value}
         WHEN o.result_time > s.result_time THEN {Outcome.OUTDATED.value}
         ELSE {Outcome.CORRECTED.value} END)::int2 AS outcome
FROM staged_observations s
JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE o.starts_at BETWEEN %(first)s AND %(last)s
"""
REVISE = f"""
INSERT INTO layers_revision
    (number, datastream_id, starts_at, ends_at, result_time, value, result, extra, feature_of_interest_id, flags,
     before_id, changed_by_id, after_id)
SELECT o.number, o.datastream_id, o.starts_at, o.ends_at, o.result_time, o.value, o.result, o.extra,
    o.feature_of_interest_id, o.flags, o.batch_id, %(batch)s, %(batch)s
FROM compared_observations c JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE c.outcome = {Outcome.CORRECTED.value} AND o.starts_at BETWEEN %(first)s AND %(last)s
ORDER BY o.datastream_id, o.starts_at, o.ends_at
"""
CORRECT = f"""
UPDATE layers_observation o SET value = c.value, result = c.result, extra = c.extra,
    result_time = c.result_time, feature_of_interest_id = c.feature_id, batch_id = %(batch)s
FROM compared_observations c
WHERE c.outcome = {Outcome.CORRECTED.value} AND o.datastream_id = c.datastream_id AND o.starts_at = c.starts_at
    AND o.ends_at = c.ends_at AND o.starts_at BETWEEN %(first)s AND %(last)s
"""


def insert_or_compare(batch: int, stored: Observations, rounds: NDArray[np.intp]) -> NDArray[np.int16]:
    """Store observations, in order; returns the outcome of each.

    `rounds` are those of `rounds_of`: each key's first observation is stored, then each key's second one, and so on,
    as if they came one by one.
    """
    names: dict[str, Any] = {"batch": batch, "first": aware(stored.starts.min()), "last": aware(stored.starts.max())}
    first, again = np.flatnonzero(rounds == 0), np.flatnonzero(rounds)
    outcomes = np.empty(len(stored), np.int16)
    with connection.cursor() as cursor:
        outcomes[first] = _store_first(cursor, names, stored.taken(first))
        if len(again):
            outcomes[again] = correct_repeatedly(cursor, names, stored.taken(again), rounds[again])
    return outcomes


def rounds_of(stored: Observations) -> NDArray[np.intp]:
    """For each of the observations, in order, how many of the same datastream and phenomenon time precede it."""
    key, start, end = stored.datastream, stored.starts, stored.ends
    same = (key[1:] == key[:-1]) & (start[1:] == start[:-1]) & (end[1:] == end[:-1])
    if not same.any():
        return np.zeros(len(stored), dtype=np.intp)
    heads = np.flatnonzero(np.concatenate(([True], ~same)))
    ranks: NDArray[np.intp] = np.arange(len(stored)) - np.repeat(heads, np.diff(np.append(heads, len(stored))))
    return ranks


def _store_first(cursor: Any, names: dict[str, Any], stored: Observations) -> NDArray[np.int16]:
    """Store observations of distinct keys; returns their outcomes."""
    cursor.execute(TABLES)
    stage(cursor, "staged_observations", stored, {})
    cursor.execute(INSERT, names)
    if cursor.rowcount == len(stored):
        return np.full(len(stored), Outcome.NEW, np.int16)
    return _compared(cursor, names)


def _compared(cursor: Any, names: dict[str, Any]) -> NDArray[np.int16]:
    """Correct what is stored by the staged observations; returns the outcome of each of these."""
    cursor.execute("TRUNCATE compared_observations")
    cursor.execute("ANALYZE staged_observations")  # without statistics each row was compared with each of the period
    cursor.execute(COMPARE, names)
    read = read_columns("SELECT n, outcome FROM compared_observations", [], {"n": "i4", "outcome": "i2"})
    if (read["outcome"] == Outcome.CORRECTED).any():
        cursor.execute("ANALYZE compared_observations")
        cursor.execute(REVISE, names)
        cursor.execute(CORRECT, names)
    found = np.empty(len(read["n"]), np.int16)
    found[read["n"]] = read["outcome"]
    return found
