"""Monthly partitions of the table of observations: made ahead, and for other months when an observation needs one.

A partition is made by a connection of its own, which commits at once: a run that is rolled back leaves an empty
partition behind, and no other run waits for the locks of the one that made it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import psycopg2
from django.db import connection
from psycopg2.sql import SQL, Identifier, Literal

from layers.locks import AdvisoryLock

TABLE = "layers_observation"
FIRST_YEAR = 1900
"""Months are counted from its January."""
NUMBERS_A_MONTH = 2**36
"""Numbers of observations are below 2**53 until the year 12000, so that JavaScript reads them exactly."""
MONTHS_AHEAD = 3


def month_of(moment: date) -> int:
    """The number of a month (UTC), counted from January 1900."""
    return (moment.year - FIRST_YEAR) * 12 + moment.month - 1


def month_start(month: int) -> datetime:
    """The first moment (UTC) of a month."""
    return datetime(FIRST_YEAR + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def number_base(month: int) -> int:
    """The number below those of a month's observations: the number determines the partition."""
    return month * NUMBERS_A_MONTH


def period_of(number: int) -> tuple[datetime, datetime]:
    """The month that an observation's number contains, as start and end. Raises ValueError for other numbers."""
    month = number // NUMBERS_A_MONTH
    if not 0 < month < 12 * (9998 - FIRST_YEAR):
        raise ValueError(number)
    return month_start(month), month_start(month + 1)


def existing() -> set[int]:
    """The months that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass('public.layers_observation')"
        )
        return {(int(name[:4]) - FIRST_YEAR) * 12 + int(name[4:]) - 1 for (name,) in cursor.fetchall()}


def name_of(month: int) -> str:
    """The table of a month: layers_observation_202601."""
    return f"{TABLE}_{month_start(month):%Y%m}"


def ensure(months: Iterable[int]) -> None:
    """Make the partitions of these months that do not exist."""
    missing = sorted(set(months) - existing())
    if not missing:
        return
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    own = psycopg2.connect(**parameters)
    own.autocommit = True
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.OBSERVATION_PARTITIONS])
            for month in missing:
                _make(cursor, month)
    finally:
        own.close()


def ensure_ahead(today: date) -> None:
    """Make the partitions of this month and the next ones."""
    ensure(month_of(today) + ahead for ahead in range(MONTHS_AHEAD + 1))


def _make(cursor: psycopg2.extensions.cursor, month: int) -> None:
    """Attaching takes a weaker lock on the parent than creating a partition in place: readers and writers go on."""
    name, start, end = name_of(month), month_start(month), month_start(month + 1)
    cursor.execute("SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(%s)", [f"public.{name}"])
    if cursor.fetchone():
        return
    table, bounds = Identifier(name), {"start": Literal(start), "end": Literal(end)}
    cursor.execute(
        SQL(
            "DROP TABLE IF EXISTS {table};"
            "CREATE TABLE {table} (LIKE layers_observation INCLUDING DEFAULTS INCLUDING STORAGE,"
            " CONSTRAINT {check} CHECK (starts_at >= {start} AND starts_at < {end}));"
            "ALTER TABLE layers_observation ATTACH PARTITION {table} FOR VALUES FROM ({start}) TO ({end});"
            "ALTER TABLE {table} DROP CONSTRAINT {check}"
        ).format(table=table, check=Identifier(f"{name}_period"), **bounds)
    )
