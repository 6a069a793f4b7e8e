"""Time limits of database statements: the only module that sets `statement_timeout`.

The database cancels a statement beyond its limit (SQLSTATE 57014); `in_time` then raises the caller's fault.
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
    """A cursor in a transaction in which each statement, also of other cursors, is limited to `seconds`.

    Raises `fault` when one takes longer. Within another transaction the former limit is restored afterwards.
    `committing`: the COMMIT is limited too, because a WITH HOLD cursor computes its rows there.
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
def in_time_within(seconds: float, fault: Exception) -> Iterator[None]:
    """Limit each statement of the surrounding transaction to so many seconds; raises `fault` when one takes longer.

    Without a savepoint, unlike `in_time`: a generator inside may be closed after the transaction has ended, and must
    not roll back another one then. The former limit is in force again when the block ends without a fault.
    """
    with connection.cursor() as cursor:
        before = limit_statements(cursor, seconds)
    try:
        yield
    except Exception as raised:
        if not was_cancelled(raised):
            raise
        raise fault from raised
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


@contextmanager
def in_page_time() -> Iterator[Any]:
    """A cursor in a transaction with the time limit of table pages (TABLE_SECONDS). Raises TooSlow."""
    seconds = settings.TABLE_SECONDS
    with in_time(seconds, too_slow(seconds, "filter the layer first, or do not sort it")) as cursor:
        yield cursor


def too_slow(seconds: float, advice: str) -> TooSlow:
    """The fault of a query that took over `seconds`; `advice` is what the visitor can do instead."""
    return TooSlow(f"This took longer than {seconds:g} seconds; {advice}.")


def limit_statements(cursor: Any, seconds: float) -> str:
    """Limit each further statement of the transaction to `seconds`, at least 1 ms; returns the former limit, as text.

    Takes a cursor of psycopg2 or Django. The caller handles the faults that `was_cancelled` recognises.
    """
    cursor.execute(
        "WITH limits AS MATERIALIZED (SELECT current_setting('statement_timeout') AS before) "
        "SELECT before, set_config('statement_timeout', %s, true) FROM limits",
        [str(max(1, round(seconds * 1000)))],
    )
    return str(cursor.fetchone()[0])


def was_cancelled(fault: BaseException) -> bool:
    """Whether a statement was cancelled, by its time limit or on request."""
    return QUERY_CANCELED in (getattr(fault, "pgcode", ""), getattr(fault.__cause__, "pgcode", ""))


@contextmanager
def _cancelled_after(seconds: float) -> Iterator[None]:
    """Cancel the connection's statement after `seconds`. `statement_timeout` does not apply to a COMMIT, in which a
    WITH HOLD cursor computes its rows.

    The server ignores a cancel that reaches an idle connection; after a late one the block waits AT_REST_SECONDS, so
    that it cannot hit the next statement.
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
