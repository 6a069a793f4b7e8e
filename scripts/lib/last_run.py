"""Print the database of DATABASE_URL and its last run without studies: while both are equal, nothing was loaded."""

from scripts.lib.check_database import connect


def last_run() -> str:
    """Server, database and run, separated by spaces."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        (server,) = cursor.fetchone() or (None,)
        cursor.execute(
            "SELECT oid, (SELECT max(id) FROM layers_run WHERE kind <> 'study') FROM pg_database "
            "WHERE datname = current_database()"
        )
        database, run = cursor.fetchone() or (None, None)
    return f"{server} {database} {run}"


if __name__ == "__main__":
    print(last_run())
