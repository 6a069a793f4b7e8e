"""The one table of PostgreSQL advisory lock numbers: no other module contains such a number.

Advisory locks share one number space in a database, so each use has its own number here. A class is taken with two
keys (`pg_advisory_xact_lock(class, key)`, both int4), a lock alone with one (int8); the two forms never collide.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class AdvisoryLock(IntEnum):
    """What each number guards. Members are integers: pass them to psycopg2 as parameters."""

    DATASET_KIND = 7104
    """Class, key hashtext('dataset:kind'): runs that write the same kind of the same dataset, until commit."""
    SCHEDULER = 7105
    """Alone, for a session: only one `manage.py schedule` enqueues periodic jobs."""
    STANDING_RUN = 7106
    """Class, key hashtext(study): standing runs of one study are computed one after the other, until commit."""
    STUDY_QUEUE = 7107
    """Class, key hashtext(study): queueing a run of a study looks for open runs first, until commit."""
    SNAPSHOTS = 7108
    """Alone, for a session: only one process makes and drops dated snapshots."""
    SQL_VIEWS = 7109
    """Class, key 0: views and grants for SQL users are rebuilt by one transaction at a time."""
    QUERY_QUEUE = 7110
    """Class, key account id: queueing a query counts the account's open ones first, until commit."""
    OBSERVATION_PARTITIONS = 7112
    """Alone, for a session: one connection makes partitions of observations at a time."""
    DAILY_RUN = 7113
    """Class, key hashtext('source:account'): a batch takes or makes today's growing run, until commit."""
    DECISIONS = 7114
    """Class, key of a datastream: editors decide about it one after the other, until commit."""
    MEDIA = 7115
    """Alone: who stores files holds it shared until the rows that name them are committed; the sweep of files without
    rows takes it for a folder at a time, until commit."""
    PHOTO_RELEASE = 7116
    """Alone, for a session: only one process blurs and releases approved pictures."""
    PHOTO_FACES = 7117
    """Alone, for a session: only one process looks for faces."""
    REMOVAL_REQUESTS = 7118
    """Class, key hashtext(visitor): a request for removal counts those of the same visitor first, until commit."""
    ERASED_RESULTS = 7111
    """Alone: private runs hold it shared from their look at the erasures until commit; a standing run waits for them
    before it removes erased results, and does not hold it."""


@contextmanager
def session_lock(lock: AdvisoryLock, *, wait: bool = False) -> Iterator[bool]:
    """Take a lock for this session, if it is free or with `wait`; yields whether it was taken."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_lock(%s)", [lock])
        mine = wait or cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
