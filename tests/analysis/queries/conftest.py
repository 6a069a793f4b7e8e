"""Three small random cities."""

import pytest

from tests.analysis.queries.random_city import RandomCity, drawn, stored


@pytest.fixture(params=[1, 2, 3])
def random_city(request: pytest.FixtureRequest, db: None) -> RandomCity:
    """Three cities, one after another."""
    return stored(drawn(request.param))
