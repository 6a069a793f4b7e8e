"""Statements that take too long are ended with the caller's fault, and the limit ends with its block."""

import time

import pytest
from django.db import DatabaseError, connection, transaction

from layers.errors import TooSlow
from layers.reading.cursors import hold_cursor
from layers.reading.time_limits import in_page_time, in_time, limit_statements, too_slow
from layers.runs.models import Dataset

SLOW = too_slow(0.3, "ask for less")


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_slow_statement_is_ended_with_the_callers_fault():
    began = time.monotonic()
    words = r"^This took longer than 0.3 seconds; ask for less\.$"
    with pytest.raises(TooSlow, match=words), in_time(0.3, SLOW), connection.cursor() as other:
        other.execute("SELECT pg_sleep(30)")
    assert 0.2 < time.monotonic() - began < 15
    assert limit() == "0"


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_computes_is_ended_too():
    began = time.monotonic()
    with pytest.raises(TooSlow), hold_cursor("SELECT pg_sleep(1) FROM generate_series(1, 30)", [], 0.5):
        raise AssertionError("the rows were found")
    assert time.monotonic() - began < 15
    assert limit() == "0"


@pytest.mark.django_db
def test_within_a_transaction_the_limit_before_holds_again():
    with transaction.atomic(), connection.cursor() as cursor:
        assert limit_statements(cursor, 60) == "0"
        with in_page_time():
            assert limit() == "8s"
        assert limit() == "1min"
        assert limit_statements(cursor, 0) == "1min"
        assert limit() == "1ms", "0 would mean no limit"


@pytest.mark.django_db
def test_other_faults_pass_as_they_are():
    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic(), in_time(5, SLOW) as cursor:
        cursor.execute("SELECT 1 / 0")
    with pytest.raises(KeyError), in_time(5, SLOW):
        raise KeyError("a fault of the caller")


@pytest.mark.django_db(transaction=True)
def test_rows_given_up_after_their_transaction_leave_the_next_one_alone():
    """A reader that goes away is noticed when its generator is collected, at any later moment."""

    def rows():
        with hold_cursor("SELECT 1 FROM generate_series(1, 30)", [], 5) as cursor:
            yield from cursor

    with transaction.atomic():
        given_up = rows()
        next(given_up)
    with transaction.atomic():
        Dataset.objects.create(slug="stays")
        given_up.close()
        assert Dataset.objects.filter(slug="stays").exists()
    assert Dataset.objects.filter(slug="stays").exists()
