"""Creating, changing and ending entities by HTTP."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from geoportal.accounts.tokens import new_token
from layers.kinds import kind_of
from layers.observations.models import HistoricalLocation, Observation, Revision, Thing
from layers.runs.models import Run
from layers.store.rollback import rollback_run
from tests.geoportal.api.sensorthings.conftest import Get, Network
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]
THING = {"name": "Gauge", "description": "A gauge", "properties": {"owner": "city"}}
PLACE = {
    "name": "Bridge",
    "description": "At the bridge",
    "encodingType": "application/geo+json",
    "location": {"type": "Point", "coordinates": [20.63, 50.87]},
}
STREAM = {
    "name": "Level",
    "description": "Water level",
    "unitOfMeasurement": {"name": "centimetre", "symbol": "cm", "definition": "ucum:cm"},
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "Sensor": {"name": "S", "description": "s", "encodingType": "application/pdf", "metadata": "http://x/y.pdf"},
    "ObservedProperty": {"name": "Level", "definition": "http://x/level", "description": "d"},
    "Observations": [{"phenomenonTime": "2026-02-01T00:00:00Z", "result": 12.5}],
}


@pytest.fixture
def editor(db: Any) -> str:
    _, secret = new_token(account("editors"), "t", ["read", "sensors"], now() + timedelta(days=1))
    return secret


@pytest.fixture
def send(client: Client, editor: str) -> Send:
    """Sends a document with the editor's token; returns the response."""

    def sent(method: str, path: str, document: Any = None, status: int = 200, **headers: str) -> Any:
        response = client.generic(
            method,
            f"/sta/v1.1/{path}",
            b"" if document is None else json.dumps(document),
            "application/json",
            headers={"Authorization": f"Bearer {editor}", **headers},
        )
        assert response.status_code == status, (response.status_code, response.content)
        return response

    return sent


def local(response: Any) -> str:
    return str(response["Location"].removeprefix("http://testserver/sta/v1.1/"))


def roll_back_last() -> None:
    rollback_run(Run.objects.latest("pk").pk)


def row_named(name: str) -> Any:
    """The current row of the layer with that name, None where there is none."""
    rows: Any = kind_of("stations").model._default_manager
    return rows.filter(name=name, recorded_to=None).first()


def test_a_station_is_created_moved_corrected_ended_and_brought_back(network: Network, send: Send, get: Get) -> None:
    made = send("POST", "Things", THING | {"Locations": [PLACE], "Datastreams": [STREAM]}, 201)
    path = local(made)
    found = get(f"{path}?$expand=Locations,Datastreams/Observations,HistoricalLocations/Locations")
    assert found["name"] == "Gauge"
    assert found["Locations"][0]["name"] == "Bridge"
    assert found["HistoricalLocations"][0]["Locations"] == found["Locations"]
    (stream,) = found["Datastreams"]
    assert stream["Observations"][0]["result"] == 12.5
    row = row_named("Gauge")
    assert row.geom.x > 1000
    send("PATCH", path, {"name": "Gauge 2"})
    assert get(path)["name"] == "Gauge 2"
    place = f"Locations({found['Locations'][0]['@iot.id']})"
    send("PATCH", place, {"location": {"type": "Point", "coordinates": [20.64, 50.88]}})
    found = get(f"{path}?$expand=Locations,HistoricalLocations($orderby=time;$expand=Locations)")
    assert [one["Locations"][0]["location"]["coordinates"] for one in found["HistoricalLocations"]] == [
        [20.63, 50.87],
        [20.64, 50.88],
    ]
    row = row_named("Gauge 2")
    row.geom.transform(4326)
    assert row.geom.coords == pytest.approx((20.64, 50.88), abs=1e-6)
    streams = f"Datastreams({stream['@iot.id']})"
    one = send("POST", f"{streams}/Observations", {"phenomenonTime": "2026-02-01T01:00:00Z", "result": 5}, 201)
    assert one.json()["result"] == 5.0
    again = send("POST", f"{streams}/Observations", {"phenomenonTime": "2026-02-01T01:00:00Z", "result": 5}, 201)
    assert again["Location"] == one["Location"]
    send("PATCH", local(one), {"result": 6})
    assert get(local(one))["result"] == 6.0
    send("PATCH", local(one), {"phenomenonTime": "2026-03-01T01:00:00Z"})
    assert get(local(one))["phenomenonTime"] == "2026-03-01T01:00:00Z"
    roll_back_last()
    assert get(local(one))["phenomenonTime"] == "2026-02-01T01:00:00Z"
    send("DELETE", local(one))
    get(local(one), 404)
    assert Revision.objects.count() >= 3
    roll_back_last()
    assert get(local(one))["result"] == 6.0
    send("DELETE", path)
    get(path, 404)
    get(streams, 404)
    assert row_named("Gauge 2") is None
    roll_back_last()
    assert get(f"{streams}/Observations?$count=true")["@iot.count"] == 2
    data = [
        {
            "Datastream": {"@iot.id": stream["@iot.id"]},
            "components": ["phenomenonTime", "result"],
            "dataArray": [["2026-02-03T00:00:00Z", 1], ["2026-02-03T01:00:00Z", "bad"]],
        }
    ]
    results = send("POST", "CreateObservations", data, 201).json()
    assert results[0].startswith("http") and results[1].startswith("error")
    assert Thing.objects.count() and HistoricalLocation.objects.count() and Observation.objects.count()
