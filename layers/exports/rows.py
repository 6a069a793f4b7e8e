"""What every export reads: the rows of a selection by a server-side cursor, in the fields that may be seen."""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from layers.access.rules import fields_for
from layers.reading.cursors import BATCH, held
from layers.reading.selection import Selection
from layers.reading.table import Order


def names_of(selection: Selection) -> list[str]:
    """Names of the fields that whoever asks may see."""
    return [field.name for field in fields_for(selection.access, selection.kind)]


@contextmanager
def cursor_of(query: str, parameters: list[Any], seconds: float | None = None) -> Iterator[Any]:
    """A server-side cursor; memory stays flat. Without `seconds` in a transaction of its own, as long as it takes.

    With them the database finds all rows within that time, before the first one is read. Raises TooSlow.
    """
    if seconds is not None:
        with held(query, parameters, seconds) as cursor:
            yield cursor
        return
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


class Begun:
    """A stream whose first pieces are made: what is too slow is told before the answer begins. Raises TooSlow.

    Closing it closes the stream, and with it the cursor, also where nobody read of it.
    """

    def __init__(self, stream: Generator[bytes]) -> None:
        self._stream = stream
        self._first = list(islice(stream, 2))

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._stream

    def close(self) -> None:
        """Let go of what was not read."""
        self._stream.close()
