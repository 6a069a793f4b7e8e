"""Time limits of database statements: the only module that sets `statement_timeout`.

A statement beyond its limit is ended by the database (SQLSTATE 57014); `in_time` turns that into the caller's fault.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Timer
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg2.errorcodes import QUERY_CANCELED

from layers.errors import TooSlow

AT_REST_SECONDS = 0.05


@contextmanager
def in_time(seconds: float, fault: Exception, *, committing: bool = False) -> Iterator[Any]:
    """A cursor in a transaction in which each statement, also through other cursors, may take so many seconds.

    Raises `fault` when one takes longer. Within another transaction its own limit holds again afterwards.
    `committing`: the commit is limited too, as in it a cursor WITH HOLD computes its rows.
    """
    outermost = not connection.in_atomic_block
    watch = _cancelled_after(seconds) if committing and outermost else nullcontext()
    try:
        with watch, transaction.atomic(), connection.cursor() as cursor:
            before = limit_statements(cursor, seconds)
            yield cursor
            if not outermost:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except Exception as raised:
        if not was_cancelled(raised):
            raise
        raise fault from raised


@contextmanager
def in_page_time() -> Iterator[Any]:
    """A cursor whose statements, and others inside, may take as long as a page of a table. Raises TooSlow."""
    seconds = settings.TABLE_SECONDS
    with in_time(seconds, too_slow(seconds, "filter the layer first, or do not sort it")) as cursor:
        yield cursor


def too_slow(seconds: float, advice: str) -> TooSlow:
    """The fault of an answer that took longer than so many seconds; `advice` is what the visitor can do instead."""
    return TooSlow(f"This took longer than {seconds:g} seconds; {advice}.")


def limit_statements(cursor: Any, seconds: float) -> str:
    """Limit each further statement of a cursor's transaction, to 1 ms at least; returns the limit before, as text.

    Any cursor of psycopg2 or Django will do. The caller handles what `was_cancelled` recognises.
    """
    cursor.execute(
        "WITH limits AS MATERIALIZED (SELECT current_setting('statement_timeout') AS before) "
        "SELECT before, set_config('statement_timeout', %s, true) FROM limits",
        [str(max(1, round(seconds * 1000)))],
    )
    return str(cursor.fetchone()[0])


def was_cancelled(fault: BaseException) -> bool:
    """Whether a statement was ended by its time limit or on request."""
    return QUERY_CANCELED in (getattr(fault, "pgcode", ""), getattr(fault.__cause__, "pgcode", ""))


@contextmanager
def _cancelled_after(seconds: float) -> Iterator[None]:
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
