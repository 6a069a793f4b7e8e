"""A cursor that outlives its transaction: faults show before an answer begins, and no transaction waits for a reader.

The database works the whole answer out within a time, and holds it until the cursor is closed. What else a request
writes, as the audit of reads, is never part of a transaction that a reader who goes away would undo.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection

from layers.reading.time_limits import in_time, too_slow

BATCH = 2000
_numbers = count()


@contextmanager
def held(query: str, parameters: list[Any], seconds: float) -> Iterator[Any]:
    """A cursor over all rows of the query, which the database found within that time. Raises TooSlow.

    Inside another transaction nothing is held: the rows are found as they are read, each batch within that time.
    """
    outermost = not connection.in_atomic_block
    limit = in_time(seconds, too_slow(seconds, "filter the layer, or choose less of it"), committing=True)
    if not outermost:
        with limit:
            yield _opened(query, parameters)
        return
    with limit:
        cursor = _opened(query, parameters)
    try:
        yield cursor
    finally:
        cursor.close()


def _opened(query: str, parameters: list[Any]) -> Any:
    cursor = connection.connection.cursor(name=f"held_{next(_numbers)}", withhold=True)
    cursor.itersize = BATCH
    cursor.execute(query, parameters)
    return cursor
