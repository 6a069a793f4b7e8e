"""Who sees and who changes what: an alarm is the services' alone, by whatever way somebody asks.

What is hidden is answered as what was never there: the same words, counts, orders and pages.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from geoportal.accounts.audit import AuditEntry, forget_recent_reads
from layers.observations.models import Datastream, FeatureOfInterest, HistoricalLocation, Location, Observation, Thing
from layers.runs.models import Run
from layers.store.rollback import rollback_run
from tests.geoportal.api.sensorthings.conftest import SECRET, Network, Send, escaped, tiered, token
from tests.geoportal.api.sensorthings.test_batch import array, part
from tests.geoportal.api.sensorthings.test_creating import CALGARY, SENSOR, STREAM
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db
SINGLE = {
    "Thing": "Things",
    "Location": "Locations",
    "HistoricalLocation": "HistoricalLocations",
    "Datastream": "Datastreams",
    "Sensor": "Sensors",
    "ObservedProperty": "ObservedProperties",
    "Observation": "Observations",
    "FeatureOfInterest": "FeaturesOfInterest",
}
SETS = tuple(SINGLE.values())
NEVER = 999_983
"""A key that nothing has."""
VISITORS = ("anonymous", pytest.param("planners", marks=pytest.mark.thorough), "editors")


@pytest.fixture
def hidden(network: Network) -> dict[str, int]:
    """The keys of everything that belongs to the alarm, by the names of the sets."""
    stream = Datastream.objects.select_related("thing").get(pk=network.alarm)
    return {
        "Things": network.home,
        "Datastreams": network.alarm,
        "Observations": network.secret,
        "Locations": stream.thing.locations.get().pk,
        "HistoricalLocations": HistoricalLocation.objects.get(thing=network.home).pk,
        "Sensors": stream.sensor_id,
        "ObservedProperties": stream.observed_property_id,
        "FeaturesOfInterest": FeatureOfInterest.objects.get(thing=network.home).pk,
    }


Ask = Callable[[str, str], tuple[int, str]]


@pytest.fixture
def ask(web: Client, db: None) -> Ask:
    """Status and content of an answer to a visitor: "anonymous", or a group of accounts."""
    secrets: dict[str, str] = {}

    def asked(visitor: str, path: str) -> tuple[int, str]:
        if visitor != "anonymous" and visitor not in secrets:
            secrets[visitor] = token(visitor, scopes=("read",))
        headers = {"Authorization": f"Bearer {secrets[visitor]}"} if visitor in secrets else {}
        plain, _, query = path.partition("?")
        response = web.get(f"/sta/v1.1/{plain}" + (f"?{escaped(query)}" if query else ""), headers=headers)
        assert response.status_code < 500
        return response.status_code, response.content.decode()

    return asked


def ways(key: str, name: str) -> Iterator[str]:
    """Paths and queries that name an entity of a set by its key."""
    yield f"{name}({key})"
    yield f"{name}({key})/@iot.id/$value"
    yield f"{name}({key})/$ref"
    yield f"{name}?$count=true&$filter=id eq {key}"
    yield f"{name}?$count=true&$filter=id in ({key},{key})&$orderby=id desc&$select=id"
    yield f"{name}/$ref?$filter=id ge {key} and id le {key}"
    yield from (f"{name}({key})/{other}" for other in (*SINGLE, *SETS))
    for path in (name, next(one for one, many in SINGLE.items() if many == name)):
        yield from (f"{other}?$count=true&$filter={path}/id eq {key}" for other in SETS)
    yield from (f"{other}?$count=true&$filter={name}/any(x:x/id eq {key})" for other in SETS)


@pytest.mark.parametrize("name", tiered(SETS, 6))
@pytest.mark.parametrize("visitor", ["anonymous", pytest.param("editors", marks=pytest.mark.thorough)])
def test_a_hidden_entity_is_answered_as_one_that_was_never_there(
    hidden: dict[str, int], ask: Ask, visitor: str, name: str
) -> None:
    key = str(hidden[name])
    for one, never in zip(ways(key, name), ways(str(NEVER), name), strict=True):
        status, content = ask(visitor, one)
        other_status, other = ask(visitor, never)
        assert status == other_status, one
        assert re.sub(rf"\b{key}\b", "KEY", content) == re.sub(rf"\b{NEVER}\b", "KEY", other), one


EVERYTHING = [
    *(f"{name}?$top=1000&$count=true" for name in SETS),
    *(f"{name}/$ref?$top=1000" for name in SETS),
    "Things?$expand=Locations/HistoricalLocations,HistoricalLocations/Locations,Datastreams($expand=Sensor,"
    "ObservedProperty,Observations($expand=FeatureOfInterest))",
    "Locations?$expand=Things/Datastreams/Observations,HistoricalLocations/Thing",
    "Sensors?$expand=Datastreams/Thing/Locations",
    "ObservedProperties?$expand=Datastreams/Observations",
    "FeaturesOfInterest?$expand=Observations/Datastream/Thing",
    "Observations?$expand=Datastream/Thing/Locations,FeatureOfInterest&$orderby=result desc",
    "Observations?$resultFormat=dataArray",
    "HistoricalLocations?$expand=Thing,Locations",
]


@pytest.mark.parametrize("visitor", VISITORS)
def test_nothing_of_an_alarm_stands_in_any_answer(network: Network, ask: Ask, visitor: str) -> None:
    for request in EVERYTHING:
        status, content = ask(visitor, request)
        assert status == 200
        assert "71717" not in content and "sensor-gas" not in content, request


def test_the_services_see_it_and_their_reading_is_recorded(network: Network, ask: Ask) -> None:
    forget_recent_reads()
    for request in EVERYTHING:
        content = ask("services", request)[1]
        assert "71717" in content or "$ref" in request or request.startswith("HistoricalLocations?$top"), request
    entry = AuditEntry.objects.get(action="read", subject="alarms")
    assert entry.account == "services"


ORACLES = [
    "Observations?$count=true&$filter=result gt 71717 and result lt 71718",
    "Observations?$count=true&$filter=Datastream/Thing/name eq 'Mieszkanie 71717'",
    "Things?$count=true&$filter=startswith(name,'Mieszkanie')",
    "Things?$count=true&$filter=Datastreams/Observations/result gt 71717",
    "Things?$count=true&$filter=not Datastreams/all(d:d/Observations/all(o:o/result lt 71717))",
    "Sensors?$count=true&$filter=Datastreams/any(d:startswith(d/Thing/name,'Mieszkanie'))",
    "ObservedProperties?$count=true&$filter=Datastreams/Thing/Locations/Things/name eq 'Mieszkanie 71717'",
    "Locations?$count=true&$filter=geo.distance(location,geography'POINT(20.63 50.87)') lt 0.0001",
    "FeaturesOfInterest?$count=true&$filter=Observations/result gt 71717",
    "FeaturesOfInterest?$count=true&$filter=geo.distance(feature,geography'POINT(20.63 50.87)') lt 0.0001",
    "HistoricalLocations?$count=true&$filter=Thing/name eq 'Mieszkanie 71717'",
    "Datastreams?$count=true&$filter=unitOfMeasurement/symbol eq 'ug/m3' and ObservedProperty/name eq 'Gaz 71717'",
]


@pytest.mark.parametrize("visitor", VISITORS)
def test_a_filter_finds_nothing_out(network: Network, ask: Ask, visitor: str) -> None:
    for request in ORACLES:
        assert ask(visitor, request) == (200, '{"@iot.count":0,"value":[]}'), request


@pytest.mark.parametrize("visitor", VISITORS)
def test_pages_and_tokens_skip_what_is_hidden(network: Network, ask: Ask, visitor: str) -> None:
    orders = ("result desc", "Datastream/Thing/name", "phenomenonTime,id", "Datastream/id desc")
    for order in orders:
        request: str | None = f"Observations?$top=3&$orderby={order}&$select=result"
        seen, pages = [], 0
        while request:
            page = json.loads(ask(visitor, request)[1])
            seen += [one["result"] for one in page["value"]]
            request = page.get("@iot.nextLink", "").removeprefix("http://testserver/sta/v1.1/") or None
            pages += 1
        assert len(seen) == 11 and SECRET not in seen and pages == 4


def writes(network: Network) -> list[tuple[str, str, Any]]:
    one = {"result": 1, "phenomenonTime": "2026-02-01T00:00:00Z"}
    of = {"Datastream": {"@iot.id": network.level}}
    return [
        ("POST", "Things", {"name": "x", "description": "y"}),
        ("POST", "Sensors", SENSOR),
        ("POST", "Things({silnica})/Datastreams", STREAM),
        ("POST", "Observations", one | of),
        ("POST", "Datastreams({level})/Observations", one),
        ("POST", "CreateObservations", [array(network.level, ["2026-02-01T00:00:00Z", 1])]),
        ("PATCH", "Things({silnica})", {"description": "x"}),
        ("PUT", "Things({silnica})", {"name": "x", "description": "y"}),
        ("PATCH", "Observations({first})", {"result": 1}),
        ("DELETE", "Observations({first})", None),
        ("DELETE", "Things({silnica})", None),
    ]


@pytest.mark.parametrize(
    ("group", "scopes", "status"),
    [("", (), 401), ("member", ("read",), 403), ("planners", ("read", "sensors"), 403), ("services", ("read",), 403),
     ("editors", ("read", "edit"), 403)],
)  # fmt: skip
def test_who_may_not_change_is_refused(
    network: Network, send: Send, group: str, scopes: tuple[str, ...], status: int
) -> None:
    before = Thing.objects.count(), Observation.objects.count(), Run.objects.count()
    secret = token(*([group] if group != "member" else []), scopes=scopes) if group else ""
    for method, path, document in writes(network):
        send(method, network.fill(path), document, status, secret=secret)
    assert (Thing.objects.count(), Observation.objects.count(), Run.objects.count()) == before


def test_a_session_needs_the_token_against_forgery(network: Network) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(account("editors"))
    for method, path, _ in [*writes(network), ("POST", "$batch", {"requests": []})]:
        answer = browser.generic(method, f"/sta/v1.1/{network.fill(path)}", "{}", "application/json")
        assert answer.status_code == 403, path


def test_a_device_only_adds_observations_to_its_own_datastreams(network: Network, send: Send) -> None:
    device = token("editors", scopes=("sensors",), datastreams=[network.level])
    one = {"result": 1, "phenomenonTime": "2026-02-01T00:00:00Z"}
    own, other = {"Datastream": {"@iot.id": network.level}}, {"Datastream": {"@iot.id": network.other}}
    send("POST", "Observations", one | own, 201, secret=device)
    send("POST", f"Datastreams({network.level})/Observations", one, 201, secret=device)
    refused = [
        ("POST", "Observations", one | other),
        ("POST", f"Datastreams({network.other})/Observations", one),
        ("POST", "Observations", one | own | {"FeatureOfInterest": {"name": "x", "description": "y"}}),
        *(each for each in writes(network) if "bservations" not in each[1] or each[0] != "POST"),
    ]
    before = Observation.objects.count(), Thing.objects.count(), FeatureOfInterest.objects.count()
    for method, path, document in refused:
        send(method, network.fill(path), document, 403, secret=device)
    assert (Observation.objects.count(), Thing.objects.count(), FeatureOfInterest.objects.count()) == before
    rows = [array(network.level, ["2026-02-02T00:00:00Z", 1]), array(network.other, ["2026-02-02T00:00:00Z", 1])]
    links = send("POST", "CreateObservations", rows, 201, secret=device).json()
    assert links[0].startswith("http") and links[1].startswith("error")
    parts = [part("a", "POST", "Observations", one | other), part("b", "POST", "Observations", one | own),
             part("c", "PATCH", "$b", {"result": 2}), part("d", "POST", "Sensors", SENSOR)]  # fmt: skip
    found = send("POST", "$batch", {"requests": parts}, secret=device).json()["responses"]
    assert [each["status"] for each in found] == [403, 201, 403, 403]


def test_the_device_of_an_alarm_adds_to_it_without_seeing_it(network: Network, send: Send) -> None:
    device = token("editors", "services", scopes=("sensors",), datastreams=[network.alarm])
    one = {"result": 3, "phenomenonTime": "2026-02-01T00:00:00Z"}
    for path, more in (("Observations", {"Datastream": {"@iot.id": network.alarm}}),
                       (f"Datastreams({network.alarm})/Observations", {})):  # fmt: skip
        assert send("POST", path, one | more, 201, secret=device).content == b""
    assert Observation.objects.filter(datastream=network.alarm).count() == 2
    send("GET", f"Datastreams({network.alarm})", None, 404, secret=device)


def test_an_editor_does_not_reach_an_alarm(network: Network, send: Send, hidden: dict[str, int]) -> None:
    reference = {name: {"@iot.id": key} for name, key in hidden.items()}
    one = {"result": 1, "phenomenonTime": "2026-02-01T00:00:00Z"}
    tries: list[tuple[str, str, Any, int]] = [
        *((method, f"{name}({key})", {"description": "x"}, 404)
          for name, key in hidden.items() for method in ("PATCH", "PUT", "DELETE")),
        ("POST", f"Things({network.home})/Datastreams", STREAM, 404),
        ("POST", f"Things({network.home})/Locations", CALGARY, 404),
        ("POST", f"Datastreams({network.alarm})/Observations", one, 404),
        ("POST", "Observations", one | {"Datastream": reference["Datastreams"]}, 400),
        ("POST", "Observations", one | {"Datastream": {"@iot.id": network.level},
                                        "FeatureOfInterest": reference["FeaturesOfInterest"]}, 400),
        ("POST", "Datastreams", STREAM | {"Thing": reference["Things"]}, 400),
        ("POST", "Things({silnica})/Datastreams", STREAM | {"Sensor": reference["Sensors"]}, 400),
        ("POST", "Things", {"name": "x", "description": "y", "Locations": [reference["Locations"]]}, 400),
        ("POST", "Things", {"name": "x", "description": "y", "properties": {"layer": "alarms"}}, 400),
        ("POST", "Locations", CALGARY | {"Things": [reference["Things"]]}, 400),
        ("POST", "Sensors", SENSOR | {"Datastreams": [reference["Datastreams"]]}, 400),
        ("POST", "HistoricalLocations", {"time": "2026-02-01T00:00:00Z", "Thing": reference["Things"],
                                         "Locations": [CALGARY]}, 400),
        ("PATCH", "Things({silnica})", {"Locations": [reference["Locations"]]}, 400),
        ("PATCH", "Things({silnica})", {"Datastreams": [reference["Datastreams"]]}, 400),
        ("PATCH", "Datastreams({level})", {"Thing": reference["Things"]}, 400),
        ("PATCH", "Observations({first})", {"FeatureOfInterest": reference["FeaturesOfInterest"]}, 400),
    ]  # fmt: skip
    before = Datastream.objects.filter(thing=network.home).values().get(), Location.objects.count()
    for method, path, document, status in tries:
        answer = send(method, network.fill(path), document, status).content.decode()
        assert "71717" not in answer and "alarm" not in answer.replace("is “alarms”", ""), path
    rows = [array(network.alarm, ["2026-02-02T00:00:00Z", 1])]
    (link,) = send("POST", "CreateObservations", rows, 201).json()
    assert link == f"error: There is no Datastream {network.alarm}."
    assert (Datastream.objects.filter(thing=network.home).values().get(), Location.objects.count()) == before


def shared(network: Network) -> Location:
    """The place of the alarm, at which a station of the public stands too, with its sensor."""
    alarm = Datastream.objects.get(pk=network.alarm)
    place = alarm.thing.locations.get()
    station = Thing.objects.create(kind="stations", dataset=alarm.thing.dataset, code="x", name="x", unplaced="x")
    station.locations.add(place)
    Datastream.objects.filter(pk=network.other).update(sensor=alarm.sensor)
    return place


def test_what_a_station_shares_with_an_alarm_is_changed_for_the_station_alone(network: Network, send: Send) -> None:
    place, alarm = shared(network), Thing.objects.get(pk=network.home)
    was = place.location
    send("PATCH", f"Locations({place.pk})", {"location": {"type": "Point", "coordinates": [20.7, 50.9]}})
    (own,) = alarm.locations.all()
    assert own.pk != place.pk and own.location == was
    assert [one.location for one in HistoricalLocation.objects.get(thing=alarm).locations.all()] == [was]
    rollback_run(Run.objects.latest("pk").pk)
    send("DELETE", f"Locations({place.pk})")
    (own,) = alarm.locations.all()
    assert own.location == was and own.ended_by is None
    assert HistoricalLocation.objects.get(thing=alarm, ended_by=None)


def test_a_sensor_that_an_alarm_uses_too_ends_for_the_station_alone(network: Network, send: Send) -> None:
    shared(network)
    sensor = Datastream.objects.get(pk=network.alarm).sensor_id
    send("DELETE", f"Sensors({sensor})")
    send("GET", f"Sensors({sensor})", None, 404)
    send("GET", f"Datastreams({network.other})", None, 404)
    alarm = Datastream.objects.select_related("sensor").get(pk=network.alarm)
    assert alarm.ended_by is None and alarm.sensor.ended_by is None
    rollback_run(Run.objects.latest("pk").pk)
    assert send("GET", f"Datastreams({network.other})/Sensor").json()["@iot.id"] == sensor
