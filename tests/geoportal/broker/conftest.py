"""A broker for each test of this folder."""

from collections.abc import Iterator

import pytest

from tests.geoportal.broker.brokers import TestBroker, a_broker


@pytest.fixture
def broker(db: None) -> Iterator[TestBroker]:
    """A running Mosquitto."""
    with a_broker() as made:
        yield made
