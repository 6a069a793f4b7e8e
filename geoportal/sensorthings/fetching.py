"""Rows of a query as tuples, moments as texts: for pages of observations at a third of the cost of Django's own."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from psycopg2.extensions import UNICODE, new_type, register_type

Row = tuple[Any, ...]
_TIMESTAMPTZ = 1184
_MOMENTS = new_type((_TIMESTAMPTZ,), "MOMENT", UNICODE)
"""Moments stay texts of PostgreSQL: objects of them would take as long as the rest of a page."""


def rows_of(queryset: QuerySet[Any]) -> list[Row]:
    """The rows of a `values_list`. Moments are texts (`entities.moment_text`)."""
    return _fetched(queryset, "", "", [])


def rows_by_parent(queryset: QuerySet[Any], keys: Sequence[int]) -> Mapping[int, list[Row]]:
    """The rows of a `values_list` for each parent, to whose key it refers as `parent.key`; in one statement.

    Its first column in the result is that key.
    """
    head = "SELECT parent.key, child.* FROM unnest(%s::bigint[]) AS parent(key) CROSS JOIN LATERAL ("
    found: dict[int, list[Row]] = {}
    for key, *row in _fetched(queryset, head, ") child", [list(keys)]):
        found.setdefault(key, []).append(tuple(row))
    return found


def _fetched(queryset: QuerySet[Any], head: str, tail: str, before: list[Any]) -> list[Row]:
    """The rows of a statement around the query; `before` are the head's parameters, a column for each."""
    compiler = queryset.query.get_compiler(connection.alias)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        register_type(_MOMENTS, cursor.cursor)
        cursor.execute(f"{head}{sql}{tail}", [*before, *parameters])
        rows: list[Row] = cursor.fetchall()
    converters = compiler.get_converters([one[0] for one in compiler.select])
    return _converted(rows, {at + len(before): functions for at, functions in converters.items()}) if rows else rows


def _converted(rows: list[Row], converters: Mapping[int, tuple[Sequence[Any], Any]]) -> list[Row]:
    """The rows with columns such as JSON in Python's types; a column without values is left as it is."""
    columns = list(zip(*rows, strict=True))
    changed = False
    for at, (functions, expression) in converters.items():
        if columns[at].count(None) < len(rows):
            changed = True
            for function in functions:
                columns[at] = tuple(function(value, expression, connection) for value in columns[at])
    return list(zip(*columns, strict=True)) if changed else rows
