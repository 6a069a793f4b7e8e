"""Waiting for the database before a process begins its work, as it may start or be away later than the process."""

import logging
import time

from django.db import OperationalError, connection

PAUSES_SECONDS = (1, 2, 4, 8, 16, 30, 30, 30, 30, 30)
"""Pauses between attempts to connect. After the last the process ends: its next start reads the address anew."""
log = logging.getLogger(__name__)


def wait_for_database() -> None:
    """Connect to the database, with one line in the log for each attempt that fails.

    Raises OperationalError once all attempts have failed.
    """
    for pause in PAUSES_SECONDS:
        try:
            connection.ensure_connection()
        except OperationalError as fault:
            log.warning("The database does not answer; next attempt in %s s: %s", pause, first_line(fault))
            time.sleep(pause)
        else:
            return
    connection.ensure_connection()


def first_line(fault: Exception) -> str:
    """The first line of what the database or its driver reports."""
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__)
