"""Print the database of DATABASE_URL and its last run that may have changed the demo city.

While both are equal, nothing was loaded. Studies do not count, nor do runs of observations, which go on while the
portal runs.
"""

from scripts.lib.check_database import connect


def last_run() -> str:
    """Server, database and run, separated by spaces."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        (server,) = cursor.fetchone() or (None,)
        cursor.execute(
            "SELECT oid, (SELECT max(id) FROM layers_run WHERE kind <> 'study' "
            "AND source NOT IN ('demo_sensors', 'demo_photos', 'photo_scan', 'photo_release') "
            "AND NOT jsonb_exists(parameters, 'day')) FROM pg_database "
            "WHERE datname = current_database()"
        )
        database, run = cursor.fetchone() or (None, None)
    return f"{server} {database} {run}"


if __name__ == "__main__":
    print(last_run())
