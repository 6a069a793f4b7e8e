"""OWSLib's clients against a running portal: processes and records."""

import json
from typing import Any

import pytest
from owslib.ogcapi.processes import Processes
from owslib.ogcapi.records import Records
from shapely import MultiPolygon

from analysis.tasks import study_run
from layers.access.rules import open_kinds
from layers.record import Record
from layers.runs.models import Run
from tests.factories import building, load, square

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server: Any) -> str:
    """The OGC API of a portal with twelve houses in the water."""
    load("buildings", [building(f"h{n}", 12 * n, use_class="residential", residents=3.0) for n in range(12)])
    water = MultiPolygon([square(-50, -50, 400)])
    load("flood_zones", [Record("w", water, {"scenario": "p1", "depth_class": 2})])
    return f"{live_server.url}/ogc/"


def test_processes_are_listed_described_and_executed(address: str) -> None:
    client = Processes(address)
    assert [one["id"] for one in client.processes()] == ["echo", "flood_exposure"]
    assert client.process("flood_exposure")["inputs"]["max_damage_residential_pln_m2"]["schema"]["minimum"] == 100
    assert client.execute("echo", {"text": "Kadzielnia"}) == {"echo": "Kadzielnia"}
    job = client.execute("flood_exposure", {"max_damage_residential_pln_m2": 5000}, async_=True)
    assert job["status"] == "accepted"
    assert client.response_headers["Location"] == f"{address}jobs/{job['jobID']}"
    for run in Run.objects.filter(status="queued"):
        study_run.call(run.pk)
    assert client._request(path=f"jobs/{job['jobID']}")["status"] == "successful"
    assert "figures" in client._request(path=f"jobs/{job['jobID']}/results")


def test_records_are_found_and_read(address: str) -> None:
    client = Records(address)
    assert client.records() == ["catalogue"]
    found = client.collection_items("catalogue", q="budynki", limit=5)
    assert "buildings" in [one["id"] for one in found["features"]]
    assert client.collection_items("catalogue")["numberMatched"] == len(open_kinds())
    assert client.collection_item("catalogue", "buildings")["properties"]["type"] == "dataset"
    assert client.collection("catalogue")["itemType"] == "record"


def test_the_api_is_described_where_the_client_looks(address: str) -> None:
    client = Records(address)
    assert "/collections/catalogue/items" in client.api()["paths"]
    kept = client.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core" in kept
    assert json.dumps(client.links).count("service-desc") == 1
