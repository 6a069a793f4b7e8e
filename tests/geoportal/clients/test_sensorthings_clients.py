"""SensorThings clients against a running portal: `frost-sta-client`, and a program that knows HTTP only."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import frost_sta_client as fsc
import pytest
from django.utils.timezone import now
from frost_sta_client.model.ext.data_array_document import DataArrayDocument
from frost_sta_client.model.ext.data_array_value import DataArrayValue
from geojson import Point
from pytest_django.plugin import DjangoDbBlocker

from geoportal.accounts.tokens import new_token
from tests.databases import restored
from tests.geoportal.api.sensorthings.conftest import Network, store_network
from tests.geoportal.clients.conftest import Portal, serving
from tests.geoportal.logins import account

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore:furl.pathstr:DeprecationWarning"),
]
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


@pytest.fixture(scope="module")
def sensors(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Portal, Network]]:
    """A portal with the small network, and the token of an editor."""
    with django_db_blocker.unblock(), restored():
        network = store_network()
        _, secret = new_token(account("editors"), "client", ["read", "sensors"], now() + timedelta(days=1))
        with serving() as url:
            yield Portal(f"{url}/sta/v1.1", secret), network


@pytest.fixture
def service(sensors: tuple[Portal, Network]) -> Any:
    """The client's service, with the token as the password of Basic."""
    auth = fsc.AuthHandler("anybody", sensors[0].token)
    return fsc.SensorThingsService(sensors[0].url, auth_handler=auth)


def station(service: Any, name: str) -> Any:
    """A station made by the client, with a datastream."""
    shape = Point((20.61, 50.86))
    place = fsc.Location(
        name="Bridge", description="At the bridge", location=shape, encoding_type="application/geo+json"
    )
    thing = fsc.Thing(name=name, description="made by the client", properties={"owner": "city"}, locations=[place])
    service.create(thing)
    sensor = {
        "name": f"S {name}",
        "description": "s",
        "encoding_type": "application/pdf",
        "metadata": "http://x/s.pdf",
    }
    stream = fsc.Datastream(
        name=f"Level {name}",
        description="water level",
        observation_type=MEASUREMENT,
        unit_of_measurement=fsc.UnitOfMeasurement(name="centimetre", symbol="cm", definition="ucum:cm"),
        thing=thing,
        sensor=fsc.Sensor(**sensor),
        observed_property=fsc.ObservedProperty(name=f"P {name}", definition="http://x/p", description="a property"),
    )
    service.create(stream)
    return thing, stream


def test_the_frost_client_creates_reads_changes_and_ends(service: Any) -> None:
    thing, stream = station(service, "one")
    assert isinstance(thing.id, int) and isinstance(stream.id, int)
    service.create(fsc.Observation(phenomenon_time="2026-02-01T00:00:00Z", result=12.5, datastream=stream))
    found = service.things().find(thing.id)
    assert (found.name, found.properties) == ("one", {"owner": "city"})
    (place,) = found.get_locations().query().list().entities
    assert place.location["coordinates"] == [20.61, 50.86]
    (series,) = found.get_datastreams().query().list().entities
    (observation,) = series.get_observations().query().list().entities
    assert (observation.result, observation.phenomenon_time) == (12.5, "2026-02-01T00:00:00Z")
    found.description = "changed"
    service.update(found)
    assert service.things().find(thing.id).description == "changed"
    service.delete(found)
    assert not service.things().query().filter("name eq 'one'").list().entities


def test_the_frost_client_filters_orders_and_expands(service: Any, sensors: tuple[Portal, Network]) -> None:
    network = sensors[1]
    things = service.things().query().filter("properties/owner eq 'miasto' and startswith(name,'Sil')").list()
    assert [one.name for one in things.entities] == ["Silnica"]
    query = service.datastreams().query().filter(f"id eq {network.level}").expand("Thing,Observations($top=2)")
    (stream,) = query.list().entities
    assert stream.thing.name == "Silnica" and [one.result for one in stream.observations.entities] == [100, 101]
    levels = service.observations().query().filter(f"Datastream/id eq {network.level}").orderby("result").top(2)
    assert [one.result for one in levels.list().entities] == [105, 104]
    streams = service.datastreams().query().filter(f"Thing/id eq {network.silnica}").count().top(1).list()
    assert (streams.count, len(streams.entities)) == (3, 1)


def test_the_frost_client_pages_through_a_set(service: Any, sensors: tuple[Portal, Network]) -> None:
    network = sensors[1]
    every = service.observations().query().filter(f"Datastream/id eq {network.level}").orderby("result", "ASC").top(2)
    assert [one.result for one in every.list()] == [100, 101, 102, 103, 104, 105]


def test_the_frost_client_creates_observations_as_a_data_array(service: Any) -> None:
    _, stream = station(service, "two")
    array = DataArrayValue()
    array.components = {DataArrayValue.Property.PHENOMENON_TIME, DataArrayValue.Property.RESULT}
    array.datastream = stream
    for hour in range(3):
        array.add_observation(fsc.Observation(phenomenon_time=f"2026-02-01T0{hour}:00:00Z", result=float(hour)))
    document = DataArrayDocument()
    document.add_data_array_value(array)
    service.observations().create(document)
    found = service.observations().query().filter(f"Datastream/id eq {stream.id}").orderby("phenomenonTime", "ASC")
    assert [one.result for one in found.list().entities] == [0, 1, 2]


def sent(portal: Portal, method: str, address: str, document: Any = None, token: str = "") -> tuple[Any, Any]:
    """Document and headers of an answer, by the standard library alone."""
    url = address if address.startswith("http") else f"{portal.url}/{quote(address, safe='()/?$&=,;')}"
    body = None if document is None else json.dumps(document).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = build_opener(ProxyHandler({})).open(Request(url, body, headers, method=method), timeout=30)
    content = answer.read()
    return json.loads(content) if content else None, answer.headers


def test_a_plain_program_follows_links_only(sensors: tuple[Portal, Network]) -> None:
    portal, _ = sensors
    root, headers = sent(portal, "GET", portal.url)
    assert headers["Access-Control-Allow-Origin"] == "*"
    sets = {one["name"]: one["url"] for one in root["value"]}
    results: list[float] = []
    link = f"{sets['Observations']}?$top=4&$filter=result%20gt%2099&$orderby=result"
    while link:
        page, _ = sent(portal, "GET", link)
        results += [one["result"] for one in page["value"]]
        link = page.get("@iot.nextLink", "")
    assert results == [100, 101, 102, 103, 104, 105]
    thing = sent(portal, "GET", f"{sets['Things']}?$filter=name%20eq%20%27Silnica%27")[0]["value"][0]
    streams = sent(portal, "GET", thing["Datastreams@iot.navigationLink"])[0]["value"]
    assert len(streams) == 3
    for stream in streams:
        observations, _ = sent(portal, "GET", stream["Observations@iot.navigationLink"])
        for one in observations["value"]:
            assert sent(portal, "GET", one["Datastream@iot.navigationLink"])[0] == stream


def test_a_plain_program_adds_and_corrects(sensors: tuple[Portal, Network]) -> None:
    portal, network = sensors
    document = {"phenomenonTime": "2026-02-01T00:00:00Z", "result": 1.5}
    made, headers = sent(portal, "POST", f"Datastreams({network.other})/Observations", document, portal.token)
    assert headers["Location"] == made["@iot.selfLink"]
    changed, _ = sent(portal, "PATCH", headers["Location"], {"result": 2.5}, portal.token)
    assert changed["result"] == 2.5
    sent(portal, "DELETE", headers["Location"], None, portal.token)
    left, _ = sent(portal, "GET", f"Datastreams({network.other})/Observations")
    assert [one["result"] for one in left["value"]] == [7]
