"""How long raw values are retained: a number of days for each class of datastreams, in the city file; else for ever.

Rollups stay. What is dropped is recorded as a run of the source `retention`.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.timezone import now

from layers.city import city
from layers.runs.models import Run


def retention_limits() -> dict[str, datetime]:
    """The moment before which raw values are not retained, by class; classes without one are retained for ever."""
    return {name: now() - timedelta(days=days) for name, days in city().retention_days.items()}


def drop_old_values() -> dict[str, int]:
    """Drop raw values beyond retention and their revisions; returns how many observations were dropped by class."""
    dropped = {}
    for name, limit in retention_limits().items():
        with transaction.atomic(), connection.cursor() as cursor:
            for table in ("layers_revision", "layers_observation"):
                cursor.execute(
                    f"DELETE FROM {table} o USING layers_datastream d "
                    "WHERE d.id = o.datastream_id AND d.retention = %s AND o.starts_at < %s",
                    [name, limit],
                )
            if cursor.rowcount:
                dropped[name] = int(cursor.rowcount)
                Run.objects.create(
                    kind=Run.Kind.RETENTION,
                    source="retention",
                    status=Run.Status.COMMITTED,
                    closed=cursor.rowcount,
                    parameters={"class": name, "days": city().retention_days[name], "before": limit.isoformat()},
                    finished_at=now(),
                )
    return dropped
