"""Print in one line why the database named by DATABASE_URL cannot be used, or nothing when it can."""

import sys

import environ
import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

OLDEST_SERVER = 150000
OLDEST_POSTGIS = (3, 3)


def connect(name: str | None = None) -> Connection:
    """Open the database that the environment names, or another one of its server."""
    parts = environ.Env().db_url("DATABASE_URL")
    return psycopg2.connect(
        host=parts["HOST"],
        port=parts["PORT"] or None,
        user=parts["USER"],
        password=parts["PASSWORD"],
        dbname=name or parts["NAME"],
        connect_timeout=10,
    )


def holds(cursor: Cursor, question: str) -> bool:
    """The result of a query that returns a boolean."""
    cursor.execute(question)
    return cursor.fetchone() == (True,)


def check_server(cursor: Cursor) -> str | None:
    """What is wrong with the server's version; None if nothing."""
    version = cursor.connection.server_version
    if version < OLDEST_SERVER:
        return f"the server is PostgreSQL {version // 10000}; 15 or newer is needed"
    return None


def check_postgis(cursor: Cursor) -> str | None:
    """What is wrong with PostGIS, after trying to create it; None if nothing."""
    cursor.execute("SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'postgis'")
    row = cursor.fetchone()
    if row is None:
        return "PostGIS is not installed on the server; its package is postgresql-NN-postgis-3"
    if row[0] is None:
        try:
            cursor.execute("CREATE EXTENSION postgis")
        except psycopg2.Error:
            return "PostGIS is not in this database; a superuser must run there: CREATE EXTENSION postgis"
    found = row[0] or row[1]
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_POSTGIS:
        return f"PostGIS is {found}; 3.3 or newer is needed"
    return None


def check_role(cursor: Cursor, for_tests: bool) -> str | None:
    """The privilege that the role lacks; None if none."""
    if not holds(cursor, "SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        return "the role may not create tables here; grant it: GRANT CREATE ON SCHEMA public"
    may_create = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    if for_tests and not holds(cursor, may_create):
        return "the role may not make test databases; grant it: ALTER ROLE ... CREATEDB"
    return None


def check_template(cursor: Cursor) -> str | None:
    """Why databases made for tests would be without PostGIS; None if they have it."""
    if holds(cursor, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return None
    with connect("template1") as template, template.cursor() as inside:
        if holds(inside, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')"):
            return None
    return "test databases would lack PostGIS; a superuser must run in template1: CREATE EXTENSION postgis"


def main() -> int:
    """Run the checks in the order in which a person would repair, up to the first fault."""
    try:
        connection = connect()
    except psycopg2.Error as refusal:
        print(str(refusal).strip().splitlines()[-1], file=sys.stderr)
        return 1
    for_tests = "tests" in sys.argv[1:]
    connection.autocommit = True
    with connection.cursor() as cursor:
        fault = check_server(cursor) or check_postgis(cursor) or check_role(cursor, for_tests)
        if for_tests and not fault:
            fault = check_template(cursor)
    if fault:
        print(fault, file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
