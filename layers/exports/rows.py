"""Reading for exports: the rows of a selection by a server-side cursor, in the fields that the visitor may see."""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from layers.access.rules import fields_for
from layers.reading.cursors import BATCH, hold_cursor
from layers.reading.selection import Selection
from layers.reading.table import Order


def names_of(selection: Selection) -> list[str]:
    """Names of the fields that the visitor may see."""
    return [field.name for field in fields_for(selection.access, selection.kind)]


@contextmanager
def cursor_of(query: str, parameters: list[Any], seconds: float | None = None) -> Iterator[Any]:
    """A server-side cursor over the rows of a query, in constant memory.

    With `seconds` the query runs to its end within that time before the first row is read. Raises TooSlow. Without
    them it runs in its own transaction, without a limit.
    """
    if seconds is not None:
        with hold_cursor(query, parameters, seconds) as cursor:
            yield cursor
        return
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="export") as cursor:
            cursor.itersize = BATCH
            cursor.execute(query, parameters)
            yield cursor


def rows_from(selection: Selection, order: Order | None) -> tuple[str, list[Any]]:
    """FROM, WHERE and ORDER BY of the selection's query, with parameters."""
    where, values = selection.where()
    sorting, sorting_values = order.sql() if order else ("version_id", [])
    table = selection.kind.model._meta.db_table
    return f"FROM {table} WHERE {where} ORDER BY {sorting}", [*values, *sorting_values]


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder for a file that is being exported."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="export-", dir=settings.MEDIA_ROOT)


class StartedStream:
    """A generator whose first two chunks are ready, so a timeout raises TooSlow before the headers are sent.

    Closing it closes the generator and its cursor, also when nothing was read.
    """

    def __init__(self, stream: Generator[bytes]) -> None:
        self._stream = stream
        self._first = list(islice(stream, 2))

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._stream

    def close(self) -> None:
        """Close the generator without reading the rest."""
        self._stream.close()
