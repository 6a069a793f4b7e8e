"""Three small random cities."""

from functools import partial

import pytest

from tests.analysis.queries.random_city import RandomCity, drawn, stored
from tests.databases import MadeOnce

CITIES = {seed: drawn(seed) for seed in (1, 2, 3)}
STORE = {seed: MadeOnce(partial(stored, city)) for seed, city in CITIES.items()}


@pytest.fixture(params=CITIES)
def random_city(request: pytest.FixtureRequest, db: None) -> RandomCity:
    """Three cities, one after another."""
    STORE[request.param]()
    return CITIES[request.param]
