"""The databases of the tests: one migrated template, a copy of it for each process, its rows put back after a test.

The template is migrated once and retained in the cluster for later runs; its name carries a hash of everything that
migrations and the signals after them read, so that a change of these makes another one. A copy takes a tenth of a
second, migrating a quarter of a minute. Two runs may use one cluster at the same time: the copies carry the process
id of their run. A run that was killed leaves its copies behind; the next run removes them.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from psycopg2.sql import SQL, Identifier, Literal

ROOT = Path(__file__).resolve().parents[1]
ORDINARY = settings.DATABASES["default"]["NAME"]
PREFIX = "test_city_p"
_OURS = f"test_city_template_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
"""How the names of this checkout's templates begin."""
SECONDS_BUSY = 30.0
"""How long a copy waits for others (another copy, a vacuum) to leave its template."""
_MAKING_A_TEMPLATE = 7411
"""Number of the advisory lock under which a template is made."""
_READ_BY_MIGRATIONS = (
    "layers/**/*.py",
    "layers/**/*.sql",
    "*/migrations/*.py",
    "*/apps.py",
    "geoportal/accounts/**/*.py",
    "geoportal/settings.py",
    "scripts/lib/*.sql",
    "requirements.lock",
)
_NOT_OF_TESTS = ("django_migrations", "spatial_ref_sys")
"""Tables that no test writes into."""


@contextmanager
def administration() -> Iterator[Any]:
    """A cursor in the server's ordinary database, each statement a transaction."""
    server = settings.DATABASES["default"]
    opened = psycopg2.connect(
        dbname=ORDINARY,
        user=server["USER"],
        password=server["PASSWORD"],
        host=server["HOST"] or None,
        port=server["PORT"] or None,
    )
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            yield cursor
    finally:
        opened.close()


def use(name: str) -> None:
    """Let Django, also in threads that connect from now on, work in this database."""
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def migrated_template() -> str:
    """The name of the migrated database for the code as it is; made here when there is none."""
    name = f"{_OURS}_{_hash()}"
    with administration() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MAKING_A_TEMPLATE])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            _remove_templates(cursor)
            _migrate(cursor, name)
    return name


def _hash() -> str:
    found = hashlib.sha256(str(ROOT).encode())
    paths = {
        path for pattern in _READ_BY_MIGRATIONS for path in ROOT.glob(pattern) if "node_modules" not in path.parts
    }
    for path in sorted(paths | {Path(settings.CITY_FILE)}):
        found.update(str(path).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _remove_templates(cursor: Any) -> None:
    """Those of this checkout for other states of the code, and one that was being made when its run was killed."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_OURS])
    for (name,) in cursor.fetchall():
        drop(name)


def _migrate(cursor: Any, name: str) -> None:
    unfinished = f"{name}_new"
    cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(unfinished)))
    use(unfinished)
    call_command("migrate", interactive=False, verbosity=0)
    use(ORDINARY)
    cursor.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(unfinished), Identifier(name)))


def copy(template: str, name: str) -> None:
    """Make a database as a copy of another, with the same rights to connect."""
    statement = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        Identifier(name), Identifier(template)
    )
    with administration() as cursor:
        _when_not_in_use(cursor, statement)
        cursor.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(name)))
        cursor.execute(
            "SELECT grantee::regrole::text FROM pg_database, aclexplode(datacl) "
            "WHERE datname = %s AND privilege_type = 'CONNECT' AND grantee NOT IN (0, datdba)",
            [template],
        )
        for (login,) in cursor.fetchall():
            cursor.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(name), Identifier(login)))


def drop(name: str) -> None:
    """Remove a database of this run. Sessions that threads or processes of tests left behind are ended."""
    with administration() as cursor:
        cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _when_not_in_use(cursor: Any, statement: Any) -> None:
    deadline = time.monotonic() + SECONDS_BUSY
    while True:
        try:
            cursor.execute(statement)
            return
        except psycopg2.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def remove_left_over() -> None:
    """Remove the databases of runs that are no more."""
    with administration() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) AND datdba = current_user::regrole "
            "AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)",
            [PREFIX],
        )
        for (name,) in cursor.fetchall():
            process = name.removeprefix(PREFIX).split("_")[0]
            if not Path(f"/proc/{process}").exists():
                cursor.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def rows() -> dict[str, bytes]:
    """The rows of every table that has some, as COPY writes them."""
    with connection.cursor() as cursor:
        found = {}
        for table in _filled(cursor):
            content = BytesIO()
            cursor.copy_expert(SQL("COPY {} TO STDOUT").format(Identifier("public", table)), content)
            found[table] = content.getvalue()
    return found


def put_back(kept: dict[str, bytes]) -> None:
    """Leave in the tables only these rows: what Django's `flush` is for, in a tenth of its time.

    Sequences go on, as with `flush`, so that no number means two things within a process.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if filled := _filled(cursor):
            names = SQL(", ").join(Identifier("public", table) for table in filled)
            cursor.execute(SQL("TRUNCATE {} CASCADE").format(names))
        add(kept)


@contextmanager
def restored() -> Iterator[None]:
    """What is committed inside, because other connections must see it, is removed at the end."""
    kept = rows()
    try:
        yield
    finally:
        put_back(kept)


def add(more: dict[str, bytes]) -> None:
    """Write rows into their tables, in one transaction: foreign keys are checked at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in more.items():
            cursor.copy_expert(SQL("COPY {} FROM STDIN").format(Identifier("public", table)), BytesIO(content))


def _filled(cursor: Any) -> list[str]:
    """The tables that have rows."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND relname <> ALL(%s) ORDER BY relname",
        [list(_NOT_OF_TESTS)],
    )
    each = [
        SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(Literal(table), Identifier("public", table))
        for (table,) in cursor.fetchall()
    ]
    cursor.execute(SQL(" UNION ALL ").join(each))
    return [table for (table,) in cursor.fetchall()]


class MadeOnce:
    """What a function writes, by it at first in a process and as a copy of its rows from then on.

    For data that many tests share: a function `store_town` decorated with this, called by the fixture `town`. The
    function must only add rows, all of them committed or all within the test's transaction; it is called again where
    its tables do not contain what they had at first. What it leaves in memory is the fixture's own affair.
    """

    def __init__(self, fill: Callable[[], object]) -> None:
        self.fill = fill
        self.database = ""
        self.before: dict[str, bytes] = {}
        self.added: dict[str, bytes] = {}

    def __call__(self) -> None:
        """Write the rows into the current database."""
        before = rows()
        here = str(connection.settings_dict["NAME"])
        if here == self.database and before == self.before:
            add(self.added)
            return
        self.fill()
        if here == self.database:
            return
        after = rows()
        changed = [table for table in after if after[table] != before.get(table)]
        if changed and all(after[table].startswith(before.get(table, b"")) for table in changed):
            self.database, self.before = here, before
            self.added = {table: after[table][len(before.get(table, b"")) :] for table in changed}
