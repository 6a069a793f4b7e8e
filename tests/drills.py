"""Runs manage.py on the test's database and kills it at a chosen moment.

A command that writes into a table locked by the test waits in the middle of its transaction, so a test of a kill
needs no large data.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection

from tests.ingest.throwaway import kill_hard, until

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120
"""How long a busy machine may take to come to a moment."""


def environment() -> dict[str, str]:
    """What a command needs to work on the test's database."""
    url = "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(connection.settings_dict)
    return os.environ | {"DATABASE_URL": url}


def started(*words: str) -> subprocess.Popen[str]:
    """Start manage.py without waiting for its end."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_while_writing(table: str, *words: str) -> None:
    """Run manage.py until it waits to write into the table, kill -9 it there, and await the end of its session."""
    with _locked(table) as watcher:
        process = started(*words)
        waiting = until(lambda: _asked(watcher, WAITING, [table]), SECONDS, f"the command writes into {table}")
        kill_hard(process.pid)
    process.communicate()
    with connection.cursor() as cursor:
        until(
            lambda: not _asked(cursor, ALIVE, [[pid for (pid,) in waiting]]),
            SECONDS,
            "the killed process's session ends",
        )


WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
ALIVE = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)"


@contextmanager
def _locked(table: str) -> Iterator[psycopg2.extensions.cursor]:
    names = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT", "dbname": "NAME"}
    locking = psycopg2.connect(**{name: connection.settings_dict[key] or None for name, key in names.items()})
    try:
        with locking.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{table}" IN SHARE MODE')
            yield cursor
    finally:
        locking.close()


def _asked(cursor: Any, question: str, values: list[object]) -> list[tuple]:
    cursor.execute(question, values)
    return cursor.fetchall()
