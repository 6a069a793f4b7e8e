"""WITH HOLD cursors: the query runs to its end before the first row is sent, then the transaction ends.

So faults are raised before a response begins, no transaction stays open while a slow client reads, and what else the
request writes (the audit of reads) is not rolled back when the client disconnects.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection

from layers.reading.time_limits import in_time, in_time_within, too_slow

BATCH = 2000
_numbers = count()


@contextmanager
def hold_cursor(query: str, parameters: list[Any], seconds: float) -> Iterator[Any]:
    """A WITH HOLD cursor over the rows of a query that ran to its end within `seconds`. Raises TooSlow.

    Inside another transaction the query runs as its rows are read, and the limit applies to each batch.
    """
    fault = too_slow(seconds, "filter the layer, or choose less of it")
    if connection.in_atomic_block:
        with in_time_within(seconds, fault):
            yield _opened(query, parameters)
        return
    with in_time(seconds, fault, committing=True):
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
