"""Statements that may not keep the database busy for longer than their place in the portal allows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from layers.errors import TooSlow

_CANCELLED = "57014"


@contextmanager
def in_time(seconds: float) -> Iterator[Any]:
    """A cursor whose statements end after that time. Raises TooSlow."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(round(seconds * 1000))])
            yield cursor
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as fault:
        if not was_cancelled(fault):
            raise
        raise TooSlow(
            f"This took longer than {seconds:g} seconds; narrow the question, or run it as a job."
        ) from fault


def was_cancelled(fault: BaseException) -> bool:
    """Whether a statement was ended from outside or by its time limit."""
    return _CANCELLED in (getattr(fault, "pgcode", ""), getattr(fault.__cause__, "pgcode", ""))
