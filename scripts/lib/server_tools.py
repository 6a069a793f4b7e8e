"""Finds and runs PostgreSQL's own programs in the version of the server, and connects to the database."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from psycopg2.extensions import connection as Connection


class ArchiveFault(Exception):
    """A backup or a restore that cannot go on; its text is printed."""


def connect() -> Connection:
    """Open the database that the portal's settings name."""
    database: dict[str, Any] = settings.DATABASES["default"]
    return psycopg2.connect(
        host=database["HOST"] or None,
        port=database["PORT"] or None,
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        dbname=database["NAME"],
    )


def tool(name: str, server_version: int) -> str:
    """Find pg_dump or pg_restore: the server's major version, or the next newer one."""
    major = server_version // 10000
    for version in range(major, major + 10):
        path = Path(f"/usr/lib/postgresql/{version}/bin/{name}")
        if path.exists():
            return str(path)
    found = shutil.which(name)
    if found and int(run([found, "--version"]).split()[2].split(".")[0]) >= major:
        return found
    raise ArchiveFault(
        f"no {name} of version {major} or newer is installed: apt-get install postgresql-client-{major}"
    )


def run(command: list[str]) -> str:
    """Run one of the programs on the portal's database and return its output."""
    database: dict[str, Any] = settings.DATABASES["default"]
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    access = {variable: str(database[key]) for variable, key in names.items() if database[key]}
    done = subprocess.run(command, env=os.environ | access, capture_output=True, text=True)
    if done.returncode:
        raise ArchiveFault(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.returncode}")
    return done.stdout
