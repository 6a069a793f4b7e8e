"""What every export reads: the rows of a selection by a server-side cursor, in the fields that may be seen."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from layers.access import fields_for
from layers.selection import Selection
from layers.table import Order

BATCH = 2000


def names_of(selection: Selection) -> list[str]:
    """Names of the fields that whoever asks may see."""
    return [field.name for field in fields_for(selection.access, selection.kind)]


@contextmanager
def cursor_of(query: str, parameters: list[Any]) -> Iterator[Any]:
    """A server-side cursor in a transaction of its own; memory stays flat."""
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="export") as cursor:
            cursor.itersize = BATCH
            cursor.execute(query, parameters)
            yield cursor


def rows_from(selection: Selection, order: Order | None) -> tuple[str, list[Any]]:
    """The end of a query from FROM on, with its parameters."""
    where, values = selection.where()
    sorting, sorting_values = order.sql() if order else ("version_id", [])
    table = selection.kind.model._meta.db_table
    return f"FROM {table} WHERE {where} ORDER BY {sorting}", [*values, *sorting_values]


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for a file on its way out."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="export-", dir=settings.MEDIA_ROOT)
