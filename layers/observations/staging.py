"""Temporary tables of observations that are to be compared with stored ones.

They are tables of the session: one made for each batch would hold its lock until the end of the transaction.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2.extras import Json, execute_values

from layers.observations.appending import number_bases
from layers.observations.binary_copy import copy_binary
from layers.observations.columns import Observations

COLUMNS = """
    n int4, datastream_id int4, starts_at timestamptz, ends_at timestamptz, base int8, value float8,
    result_time timestamptz, result jsonb, extra jsonb, feature_id int8
"""
"""`n` is the position in the batch, `base` the number below those of the month's observations."""


def stage(cursor: Any, table: str, stored: Observations, more: dict[str, NDArray[Any]]) -> None:
    """Copy observations into a table with these columns, and `more` ones of numbers: numbers in binary, others, which
    are few, as text. What was in the table is removed."""
    cursor.execute(f"TRUNCATE {table}")
    columns = {
        "n": np.arange(len(stored), dtype=np.int32),
        "datastream_id": stored.datastream,
        "starts_at": stored.starts,
        "ends_at": stored.ends,
        "base": number_bases(stored.starts),
        "value": stored.values,
    }
    if stored.result_times is not None:
        columns["result_time"] = stored.result_times
    copy_binary(cursor, table, columns | more)
    for name, column in (("result", stored.results), ("extra", stored.extra)):
        given = [] if column is None else [(i, Json(one)) for i, one in enumerate(column) if one is not None]
        _fill(cursor, table, name, "jsonb", given)
    features = [] if stored.features is None else [(i, one) for i, one in enumerate(stored.features) if one]
    _fill(cursor, table, "feature_id", "int8", features)


def _fill(cursor: Any, table: str, column: str, kind: str, given: list[tuple[int, Any]]) -> None:
    """Set a column of staged observations, by their position in the batch."""
    if given:
        statement = f"UPDATE {table} s SET {column} = v.x::{kind} FROM (VALUES %s) v(n, x) WHERE s.n = v.n"
        execute_values(cursor.cursor, statement, given, page_size=5000)
