"""Rows that the tests of a module share: stored once, each test in a savepoint above them, rolled back at the end.

Not for a module with a transactional test: its rows would have to be committed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker


@contextmanager
def stored_once(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is stored inside stays until the end of a fixture with the scope of a module."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
