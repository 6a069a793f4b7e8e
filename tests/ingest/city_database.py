"""A database of its own for a test city, in the cluster the tests use; commands run as an operator runs them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import psycopg2.errors
from django.conf import settings

from layers.city import read_city

ROOT = Path(__file__).resolve().parents[2]
CITIES = ROOT / "tests" / "data" / "cities"
DATA = ROOT.parent / "shared" / "data"
ATTEMPTS = 30


@dataclass(frozen=True)
class CityDatabase:
    """One city's installation: its profile and its database."""

    city: str
    name: str

    @property
    def srid(self) -> int:
        """The city's storage system."""
        return read_city(CITIES / f"{self.city}.toml").srid

    def manage(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run manage.py for this city."""
        server = settings.DATABASES["default"]
        login = f"{quote(server['USER'], safe='')}:{quote(server['PASSWORD'], safe='')}"
        url = f"postgis://{login}@{server['HOST']}:{server['PORT']}/{self.name}"
        city_file = str(CITIES / f"{self.city}.toml")
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "CITY_FILE": city_file} | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def ingest(self, *words: str) -> dict[str, Any]:
        """Run an ingest that must succeed; gives its JSON."""
        done = self.manage("ingest", *words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with _connected(self.name) as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


@contextmanager
def city_database(city: str) -> Iterator[CityDatabase]:
    """Make and migrate the database `osm_<city>_<process>`; drop it afterwards."""
    name = f"osm_{city}_{os.getpid()}"
    _administer(f'CREATE DATABASE "{name}"')
    try:
        database = CityDatabase(city, name)
        migrated = database.manage("migrate", "--verbosity", "0")
        assert migrated.returncode == 0, migrated.stderr
        yield database
    finally:
        _administer(f'DROP DATABASE "{name}"')


def _administer(statement: str) -> None:
    """Make or drop a database; the template may be busy while others use it, the database while it is vacuumed.

    Dropping with FORCE is no way out: it would have to end the vacuum, which only a superuser may.
    """
    for attempt in range(ATTEMPTS):
        try:
            with _connected("postgres") as cursor:
                cursor.execute(statement)
            return
        except psycopg2.errors.ObjectInUse:
            if attempt + 1 == ATTEMPTS:
                raise
            time.sleep(1)


@contextmanager
def _connected(name: str) -> Iterator[Any]:
    server = settings.DATABASES["default"]
    connection = psycopg2.connect(
        dbname=name,
        user=server["USER"],
        password=server["PASSWORD"],
        host=server["HOST"],
        port=server["PORT"],
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
