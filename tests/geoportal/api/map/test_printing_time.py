"""A sheet whose layers cannot be read in time."""

from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from tests.geoportal.api.map.test_printing import houses, order


@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_takes_too_long_says_so(small_city: None, client: Client, settings: Any) -> None:
    """Another connection holds the table, so that only the time limit ends the statement."""
    settings.PRINT_SECONDS = 0.5
    known = connection.settings_dict
    other = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"] or None, password=known["PASSWORD"] or None,
        host=known["HOST"] or None, port=known["PORT"] or None,
    )  # fmt: skip
    try:
        other.cursor().execute("LOCK TABLE layers_building IN ACCESS EXCLUSIVE MODE")
        response = order(client)
    finally:
        other.close()
    assert response.status_code == 400
    assert "trwa zbyt długo" in response.json()["detail"]
    assert houses(order(client)) == 2
