"""A database of the city's own server is checked before anything is done to it; faults are one line."""

import subprocess
import sys

import psycopg2
import pytest

from tests.scripts.conftest import ROOT, Installation, copy_of


@pytest.fixture(scope="module")
def server(ready):
    """A server with a role that may do nothing yet."""
    made = copy_of(ready)
    try:
        made.run("cluster", "start")
        as_superuser(made, "CREATE ROLE clerk LOGIN PASSWORD 'secret'")
        yield made
    finally:
        made.remove()


def as_superuser(installation: Installation, statement: str, database: str = "postgres") -> None:
    password = (installation.local / "postgres-superuser").read_text()
    connection = psycopg2.connect(
        host="127.0.0.1", port=installation.port, user="postgres", password=password, dbname=database
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def check(installation: Installation, database: str, *words: str) -> str:
    """The check's output about the clerk's access to a database; nothing when all is well."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.lib.check_database", *words],
        cwd=ROOT,
        env=installation.environment()
        | {"DATABASE_URL": f"postgis://clerk:secret@127.0.0.1:{installation.port}/{database}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == (1 if done.stderr else 0)
    assert len(done.stderr.splitlines()) <= 1
    return done.stderr.strip()


def test_each_missing_privilege_is_named_in_the_order_in_which_a_person_would_grant_it(server):
    assert 'database "town" does not exist' in check(server, "town")
    as_superuser(server, "CREATE DATABASE town TEMPLATE template0")
    assert "a superuser must run there: CREATE EXTENSION postgis" in check(server, "town")
    as_superuser(server, "CREATE EXTENSION postgis", "town")
    assert "GRANT CREATE ON SCHEMA public" in check(server, "town")
    as_superuser(server, "ALTER DATABASE town OWNER TO clerk")
    assert check(server, "town") == ""
    assert "ALTER ROLE ... CREATEDB" in check(server, "town", "tests")
    as_superuser(server, "ALTER ROLE clerk CREATEDB")
    assert check(server, "town", "tests") == ""


def test_scripts_use_the_database_that_the_environment_names_and_start_none(server, empty_installation):
    empty_installation.extra = {"DATABASE_URL": server.url.replace("postgresql:", "postgis:", 1)}
    server.sql("CREATE TABLE IF NOT EXISTS named AS SELECT 1 AS id")
    said = empty_installation.run("backup", str(empty_installation.local / "named.tar")).stdout
    assert "1 tables, 1 rows, 0 files" in said
    assert not (empty_installation.local / "postgres").exists()


def test_wrong_address_ends_the_script_with_one_clear_line(empty_installation):
    empty_installation.extra = {"DATABASE_URL": f"postgis://clerk:secret@127.0.0.1:{empty_installation.port}/town"}
    refused = empty_installation.run("backup", str(empty_installation.local / "never.tar"), check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: the database of DATABASE_URL cannot be used")
    assert "Traceback" not in refused.stderr
    assert "secret" not in refused.stderr
