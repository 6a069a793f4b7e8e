"""COPY in PostgreSQL's binary format from numpy columns, without a Python object for each value."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2.sql import SQL, Identifier

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
SINCE_2000_US = np.datetime64("2000-01-01T00:00:00", "us").astype(np.int64)
ROWS_AT_ONCE = 100_000


def copy_binary(cursor: Any, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Copy columns of equal length into a table. int32, int64, float64 and `datetime64[us]` (UTC, for timestamptz).

    No column has NULL: NaT is written as `-infinity`, NaN as itself.
    """
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(Identifier(table), names)
    length = len(next(iter(columns.values())))
    encoded = {name: _encoded(column) for name, column in columns.items()}
    body = io.BytesIO()
    body.write(HEADER)
    for start in range(0, length, ROWS_AT_ONCE):
        body.write(_rows({name: column[start : start + ROWS_AT_ONCE] for name, column in encoded.items()}))
    body.write(END)
    body.seek(0)
    cursor.copy_expert(statement.as_string(cursor.cursor), body)


def _encoded(column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype.kind == "M":
        unknown = np.isnat(column)
        since = column.astype("datetime64[us]").astype(np.int64) - SINCE_2000_US
        return np.where(unknown, np.iinfo(np.int64).min, since).astype(">i8")
    return column.astype(column.dtype.newbyteorder(">"))


def _rows(columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Rows as COPY has them: the number of fields, then the length and bytes of each field."""
    parts: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, column in columns.items():
        parts += [(f"{name} length", ">i4"), (name, column.dtype)]
    rows = np.empty(len(next(iter(columns.values()))), dtype=parts)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name} length"] = column.dtype.itemsize
        rows[name] = column
    return rows.tobytes()
