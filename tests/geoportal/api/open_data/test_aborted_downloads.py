"""Downloads that are aborted or take too long: their audit entries remain, and no statement runs on."""

import pytest
from django.db import connection

from geoportal.accounts.audit import AuditEntry, forget_recent_reads
from layers.access.publication import DECISIONS, Publication
from tests.geoportal.logins import account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_city")]


@pytest.fixture
def services(client):
    """The browser of a rescuer, for whom alone the buildings are."""
    Publication.objects.create(kind="buildings", level="services")
    DECISIONS.refresh(force=True)
    forget_recent_reads()
    client.force_login(account("services"))
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/query.geojson?layer=buildings",
        "/query.geojson?layer=buildings&limit=2",
        "/query.csv?layer=buildings",
        "/query.csv?layer=buildings&relation=nearest&to=roads",
        "/open-data/buildings.geojson",
        "/open-data/buildings.geojson?filter=use_class='public'",
        "/open-data/buildings.csv?sort=use_class",
    ],
)
def test_who_breaks_a_download_off_is_written_down_all_the_same(services, address):
    answer = services.get(address)
    assert answer.status_code == 200
    answer.close()
    assert AuditEntry.objects.get(action="read").subject == "buildings"
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE is_holdable")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("ending", ["geojson", "csv", "gpkg", "parquet", "fgb"])
def test_a_file_of_a_choice_that_takes_too_long_is_refused_before_it_begins(client, settings, monkeypatch, ending):
    assert settings.EXPORT_SECONDS == 120
    settings.EXPORT_SECONDS = 0.3
    monkeypatch.setattr("layers.reading.selection.Selection.where", lambda selection: ("pg_sleep(2) IS NOT NULL", []))
    answer = client.get(f"/open-data/buildings.{ending}?filter=use_class='public'")
    assert answer.status_code == 503 and "0.3 seconds" in answer.json()["detail"]
    assert client.get("/open-data/bus_stops.json").status_code == 404, "the connection is fit for the next request"
