"""COPY in PostgreSQL's binary format into and out of numpy columns, without a Python object for each value."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2.sql import SQL, Identifier

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
SINCE_2000_US = np.datetime64("2000-01-01T00:00:00", "us").astype(np.int64)
ROWS_AT_ONCE = 100_000
NULL_LENGTH = -1
SQL_TYPES = {"i2": "int2", "i4": "int4", "i8": "int8", "f8": "float8", "M8[us]": "timestamptz"}


def copy_binary(cursor: Any, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Copy columns of equal length into a table. int16 to int64, float64 and `datetime64[us]` (UTC, for timestamptz).

    NaN and NaT are written as NULL.
    """
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(Identifier(table), names)
    missing = {name: np.isnan(column) for name, column in columns.items() if column.dtype.kind in "fM"}
    encoded = {name: _encoded(column) for name, column in columns.items()}
    body = io.BytesIO()
    body.write(HEADER)
    for start in range(0, len(next(iter(columns.values()))), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        nulls = {name: found for name, column in missing.items() if (found := column[part]).any()}
        _write_rows(body, {name: column[part] for name, column in encoded.items()}, nulls)
    body.write(END)
    body.seek(0)
    cursor.copy_expert(statement.as_string(cursor.cursor), body)


def read_binary(
    cursor: Any, query: str, parameters: Sequence[Any] | Mapping[str, Any], types: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """The rows of a query as columns. None may be NULL.

    `types` are those of numpy (of SQL_TYPES) by the names of the columns, in their order. Times are in UTC.
    """
    body = io.BytesIO()
    statement = cursor.mogrify(query, parameters).decode()
    columns = ", ".join(f'"{name}"::{SQL_TYPES[kind]}' for name, kind in types.items())
    names = ", ".join(f'"{name}"' for name in types)
    cursor.copy_expert(f"COPY (SELECT {columns} FROM ({statement}) q({names})) TO STDOUT (FORMAT binary)", body)
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, kind in types.items():
        fields += [(f"{name} length", ">i4"), (name, ">i8" if kind == "M8[us]" else f">{kind}")]
    rows = np.frombuffer(body.getvalue()[len(HEADER) : -len(END)], dtype=fields)
    return {name: _decoded(rows[name], kind) for name, kind in types.items()}


def _decoded(column: NDArray[Any], kind: str) -> NDArray[Any]:
    if kind == "M8[us]":
        return (column.astype(np.int64) + SINCE_2000_US).astype("datetime64[us]")
    return column.astype(kind)


def _encoded(column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype.kind == "M":
        return (column.astype("datetime64[us]").astype(np.int64) - SINCE_2000_US).astype(">i8")
    return column.astype(column.dtype.newbyteorder(">"))


def _write_rows(
    body: io.BytesIO, columns: Mapping[str, NDArray[Any]], nulls: Mapping[str, NDArray[np.bool_]]
) -> None:
    """Write rows; those with NULL in the same columns together, because they have the same length."""
    if not nulls:
        body.write(_rows(columns, frozenset()))
        return
    pattern = sum(found.astype(np.int64) << bit for bit, found in enumerate(nulls.values()))
    for one in np.unique(pattern):
        empty = frozenset(name for bit, name in enumerate(nulls) if int(one) >> bit & 1)
        body.write(_rows({name: column[pattern == one] for name, column in columns.items()}, empty))


def _rows(columns: Mapping[str, NDArray[Any]], empty: frozenset[str]) -> bytes:
    """Rows as COPY has them: the number of fields, then the length and bytes of each field; only -1 for NULL."""
    parts: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, column in columns.items():
        parts += [(f"{name} length", ">i4"), *([] if name in empty else [(name, column.dtype)])]
    rows = np.empty(len(next(iter(columns.values()))), dtype=parts)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name} length"] = NULL_LENGTH if name in empty else column.dtype.itemsize
        if name not in empty:
            rows[name] = column
    return rows.tobytes()
