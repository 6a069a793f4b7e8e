"""A cursor that outlives its transaction: faults show before an answer begins, and no transaction waits for a reader.

The database works the whole answer out within a time, and holds it until the cursor is closed. What else a request
writes, as the audit of reads, is never part of a transaction that a reader who goes away would undo.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from threading import Event, Timer
from typing import Any

from django.db import connection, transaction

from layers.errors import TooSlow

BATCH = 2000
AT_REST_SECONDS = 0.05
_CANCELLED = "57014"
_numbers = count()


@contextmanager
def cancelled_after(seconds: float) -> Iterator[None]:
    """Cancels what the connection does then. A COMMIT, in which a cursor WITH HOLD does its work, has no other limit.

    A cancel that comes too late is dropped by a connection at rest; the moment of rest is given here.
    """
    connection.ensure_connection()
    session, fired = connection.connection, Event()

    def cancel() -> None:
        fired.set()
        session.cancel()

    watch = Timer(seconds, cancel)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        if fired.is_set():
            watch.join()
            time.sleep(AT_REST_SECONDS)


@contextmanager
def held(query: str, parameters: list[Any], seconds: float) -> Iterator[Any]:
    """A cursor over all rows of the query, which the database found within that time. Raises TooSlow.

    Inside another transaction nothing is held: the rows are found as they are read, each batch within that time.
    """
    outermost = not connection.in_atomic_block
    try:
        with cancelled_after(seconds) if outermost else nullcontext(), transaction.atomic():
            _limited(seconds)
            cursor = connection.connection.cursor(name=f"held_{next(_numbers)}", withhold=True)
            cursor.itersize = BATCH
            cursor.execute(query, parameters)
        try:
            yield cursor
        finally:
            if outermost:  # Else it ends with the transaction around it, which may have ended by now.
                cursor.close()
    except Exception as fault:
        if _CANCELLED not in (getattr(fault, "pgcode", ""), getattr(fault.__cause__, "pgcode", "")):
            raise
        raise TooSlow(
            f"This took longer than {seconds:g} seconds; filter the layer, or choose less of it."
        ) from fault
    if not outermost:
        _limited(0)


def _limited(seconds: float) -> None:
    """Statements of this transaction end after that time, 0 for no limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(round(seconds * 1000))])
