"""The table of stations has their live values as columns of their own."""

import pytest
from django.test import Client

from tests.geoportal.api.live.test_values import gauge, put

pytestmark = pytest.mark.django_db


def test_the_table_of_stations_has_state_value_age_and_remarks(client: Client):
    put(gauge("one"), {3: 171.5})
    page = client.get("/catalogue/stations/table/?lang=en").content.decode()
    for heading in ("State", "Latest value", "Measured", "Remarks"):
        assert f'<th scope="col" class="unsorted">{heading}</th>' in page
    assert "<td>alarm" in page and "171.5\u00a0cm, water level" in page and "3\u00a0min ago" in page


def test_an_earlier_moment_has_no_live_values(client: Client):
    put(gauge("one"), {3: 171.5})
    page = client.get("/catalogue/stations/table/?lang=en&at=2020-01-01").content.decode()
    assert "Latest value" not in page
