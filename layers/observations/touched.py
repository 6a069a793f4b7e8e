"""Keys of observations that a batch stored, corrected, removed or restored: a temporary table of its transaction."""

from datetime import datetime

from django.db import connection

CREATE = """
CREATE TEMP TABLE IF NOT EXISTS touched_observations
    (datastream_id int4, starts_at timestamptz, ends_at timestamptz) ON COMMIT DELETE ROWS
"""


def begin() -> None:
    """Empty the table for a batch."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        cursor.execute("TRUNCATE touched_observations")


def add_staged() -> None:
    """Add all staged observations (`layers.observations.writing`)."""
    _add("staged_observations")


def add_compared() -> None:
    """Add those that were stored or corrected."""
    _add("compared_observations WHERE outcome IN ('new', 'corrected')")


def add_reverted() -> None:
    """Add those whose state was set (`layers.observations.replacing`)."""
    _add("replaced_observations")


def _add(origin: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO touched_observations SELECT datastream_id, starts_at, ends_at FROM {origin}")


def period() -> tuple[datetime | None, datetime | None]:
    """The first and last phenomenon time; None, None when nothing was touched. Updates the planner's statistics."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE touched_observations")
        cursor.execute("SELECT min(starts_at), max(starts_at) FROM touched_observations")
        first, last = cursor.fetchone()
        return first, last
