"""Create a database of the given name on the server of DATABASE_URL if it has none, and print its address."""

import os
import sys
from urllib.parse import urlsplit

import psycopg2
from psycopg2.sql import SQL, Identifier

from scripts.lib.check_database import connect


def main(name: str) -> int:
    """Create the database if it is not there."""
    connection = connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    with connect(name) as sibling, sibling.cursor() as cursor:
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg2.Error as refusal:
            print(f"PostGIS is not in template1: {refusal}", file=sys.stderr)
            return 1
    print(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
