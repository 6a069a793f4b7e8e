"""Databases of the browser tests: a city is stored once, and each portal reads and writes a copy of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections
from psycopg2.sql import SQL, Identifier

from layers.feed.versions import VERSIONS, TileVersions
from tests import databases


@contextmanager
def copied(template: str, name: str) -> Iterator[str]:
    """A copy of a database; removed at the end."""
    connections.close_all()
    databases.copy(template, name)
    try:
        yield name
    finally:
        databases.drop(name)


@contextmanager
def used(name: str) -> Iterator[None]:
    """Django uses this database in all threads of the process, with caches of the other one cleared."""
    before = str(connection.settings_dict["NAME"])
    _use(name)
    try:
        yield
    finally:
        _use(before)


def _use(name: str) -> None:
    databases.use(name)
    vars(VERSIONS).update(vars(TileVersions()))


def refuse_writing(name: str) -> None:
    """Later connections to the database begin with read-only transactions."""
    with databases.administration() as cursor:
        cursor.execute(SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(Identifier(name)))


def address(name: str) -> str:
    """The database as DATABASE_URL has it."""
    return "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/".format_map(connection.settings_dict) + name
