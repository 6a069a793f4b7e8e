"""Stored observations read by SQL as columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from numpy.typing import NDArray

from layers.observations.binary_copy import read_binary
from layers.observations.columns import Keys, Rows

KEY = {"datastream": "i4", "starts": "M8[us]", "ends": "M8[us]"}
ROW = {**KEY, "value": "f8", "flags": "i2"}


def read_columns(
    query: str, parameters: Sequence[Any] | Mapping[str, Any], types: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """The rows of a query as columns of these types (`layers.observations.binary_copy.read_binary`)."""
    with connection.cursor() as cursor:
        return read_binary(cursor, query, parameters, types)


def read_keys(query: str) -> Keys:
    """The keys that a query gives: datastream, start, end."""
    return Keys(**read_columns(query, [], KEY))


def read_rows(query: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Rows:
    """The rows that a query gives: the columns of a key, value (NaN for none), flags."""
    return rows_of(read_columns(query, parameters, ROW))


def rows_of(read: Mapping[str, NDArray[Any]]) -> Rows:
    """Rows from columns that were read, `ROW` among them."""
    return Rows(Keys(read["datastream"], read["starts"], read["ends"]), read["value"], read["flags"])
