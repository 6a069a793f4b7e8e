"""PATCH, PUT and DELETE (18-088, 10.3 and 10.4): what changes, what follows, what is refused, and what comes back."""

from typing import Any

import pytest

from layers.errors import RollbackRefused
from layers.observations.models import Datastream, Location, Observation, ObservedProperty, Revision, Sensor, Thing
from layers.runs.models import Run
from layers.store.rollback import rollback_run
from tests.geoportal.api.sensorthings.conftest import Get, Network, Send, local, station_rows, tiered
from tests.geoportal.api.sensorthings.test_creating import CALGARY, OVEN, PROPERTY, SENSOR, STREAM

pytestmark = pytest.mark.django_db
STATION = {"type": "Point", "coordinates": [20.64, 50.88]}


def roll_back_last() -> None:
    rollback_run(Run.objects.latest("pk").pk)


def everything(get: Get) -> dict[str, Any]:
    """All that the public can read."""
    found = {
        name: get(f"{name}?$top=1000&$orderby=id")["value"]
        for name in ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties")
    }
    found["Observations"] = get("Observations?$top=1000&$orderby=id&$expand=FeatureOfInterest,Datastream")["value"]
    found["links"] = get("Things?$orderby=id&$expand=Locations($orderby=id),HistoricalLocations/Locations")["value"]
    return found


def counts() -> list[int]:
    return [model.objects.count() for model in (Thing, Location, Sensor, ObservedProperty, Datastream, Observation)]


PATCHES: list[tuple[str, Any]] = [
    ("Things({silnica})", {"description": "This thing is an oven."}),
    ("Things({silnica})", {"name": "Silnica 2", "properties": {"a": [1, {"b": None}]}}),
    ("Things({silnica})", {"@iot.id": 7, "id": 7, "description": "ignored keys"}),
    ("Things({silnica})", {"Locations@iot.navigationLink": "x", "description": "as read"}),
    ("Datastreams({level})", {"name": "L", "unitOfMeasurement": {"name": "m", "symbol": "m", "definition": None}}),
    ("Datastreams({level})", {"observedArea": None, "phenomenonTime": "x", "description": "computed are ignored"}),
    ("Datastreams({level})/Sensor", {"metadata": {"any": "json"}}),
    ("Datastreams({level})/ObservedProperty", {"definition": "http://example.org/other"}),
    ("Observations({first})", {"result": 99.5}),
    ("Observations({first})", {"resultTime": "2026-01-15T02:00:00Z"}),
    ("Observations({first})", {"phenomenonTime": "2026-03-01T01:00:00Z"}),
    ("Observations({first})", {"parameters": {"p": 1}, "resultQuality": "fine"}),
    ("Observations({first})", {"validTime": "2026-01-15T00:00:00Z/2026-01-15T02:00:00Z"}),
]
COMPUTED = {"observedArea", "phenomenonTime", "@iot.id", "id", "Locations@iot.navigationLink"}


@pytest.mark.parametrize(("path", "document"), tiered(PATCHES, 4))
def test_patch_changes_what_it_names_and_nothing_else_and_can_be_undone(
    network: Network, send: Send, get: Get, path: str, document: dict[str, Any]
) -> None:
    before = get(network.fill(path))
    answer = send("PATCH", network.fill(path), document).json()
    after = get(before["@iot.selfLink"])
    assert answer == after
    changed = {name: value for name, value in document.items() if name not in COMPUTED or "Observations" in path}
    assert after == before | changed
    roll_back_last()
    assert get(before["@iot.selfLink"]) == before


def test_put_gives_what_it_leaves_out_its_empty_value(network: Network, send: Send) -> None:
    answer = send("PUT", f"Things({network.silnica})", {"name": "Silnica", "description": "d"}).json()
    assert (answer["description"], answer["properties"]) == ("d", {})
    send("PUT", f"Things({network.silnica})", {"name": "Silnica"}, 400)
    read = send("GET", f"Datastreams({network.level})").json()
    assert send("PUT", f"Datastreams({network.level})", read).json() == read
    answer = send("PUT", f"Observations({network.first})", {"result": 1, "phenomenonTime": "2026-01-15T00:00:00Z"})
    assert answer.json()["resultTime"] is None


INLINE = [
    ("Things({silnica})", {"Locations": [CALGARY]}),
    ("Things({silnica})", {"Datastreams": [STREAM]}),
    ("Things({silnica})", {"HistoricalLocations": [{"@iot.id": 1}]}),
    ("Datastreams({level})", {"Sensor": SENSOR}),
    ("Datastreams({level})", {"ObservedProperty": PROPERTY}),
    ("Datastreams({level})", {"Thing": {"name": "x", "description": "y"}}),
    ("Datastreams({level})", {"Observations": [{"result": 1}]}),
    ("Datastreams({level})/Sensor", {"Datastreams": [STREAM]}),
    ("Observations({first})", {"Datastream": STREAM}),
    ("Observations({first})", {"Datastream": {"@iot.id": 999999}}),
    ("Observations({first})", {"FeatureOfInterest": {"@iot.id": 999999}}),
    ("Observations({first})", {"FeatureOfInterest": {"name": "x"}}),
]
WRONG = [
    ("Things({silnica})", {"name": ""}),
    ("Things({silnica})", {"name": None}),
    ("Things({silnica})", {"name": "x" * 301}),
    ("Things({silnica})", {"properties": []}),
    ("Things({silnica})", {"nothing": 1}),
    ("Things({silnica})", {"Locations": []}),
    ("Things({silnica})", {"Locations": [{"@iot.id": 999999}]}),
    ("Things({silnica})", {"properties": {"layer": "alarms"}}),
    ("Things({silnica})", {"properties": {"layer": "buildings"}}),
    ("Datastreams({level})", {"unitOfMeasurement": "cm"}),
    ("Datastreams({level})", {"Thing": {"@iot.id": 999999}}),
    ("Observations({first})", {"result": None}),
    ("Observations({first})", {"result": "many"}),
    ("Observations({first})", []),
]


@pytest.mark.parametrize(("path", "document"), tiered([*INLINE, *WRONG]))
def test_a_wrong_change_is_refused_and_leaves_everything(
    network: Network, send: Send, get: Get, path: str, document: Any
) -> None:
    before, rows = get(network.fill(path)), counts()
    send("PATCH", network.fill(path), document, 400)
    assert (get(network.fill(path)), counts()) == (before, rows)


def test_an_observation_cannot_take_the_time_of_another(network: Network, send: Send) -> None:
    send("PATCH", f"Observations({network.first})", {"phenomenonTime": "2026-01-15T00:10:00Z"}, 409)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("path", "status"),
    [("Things(999999)", 404), ("Things", 405), ("Things({silnica})/name", 405), ("Things/$ref", 405), ("X(1)", 404)],
)
def test_only_single_entities_are_changed(network: Network, send: Send, method: str, path: str, status: int) -> None:
    send(method, network.fill(path), {"description": "x"}, status)


def test_a_reference_replaces_a_relation(network: Network, send: Send, get: Get) -> None:
    stream = f"Datastreams({network.pm10})"
    send("PATCH", stream, {"Thing": {"@iot.id": network.bobrza}})
    assert get(f"{stream}/Thing/name/$value") == "Bobrza"
    roll_back_last()
    assert get(f"{stream}/Thing/name/$value") == "Silnica"
    send("PATCH", f"Things({network.bobrza})", {"Datastreams": [{"@iot.id": network.pm10}]})
    assert get(f"{stream}/Thing/name/$value") == "Bobrza"


def test_a_datastream_moves_to_a_thing_that_has_one_of_its_name(network: Network, send: Send, get: Get) -> None:
    stream = STREAM | {"Thing": {"@iot.id": network.silnica}}
    first = local(send("POST", "Datastreams", stream, 201))
    send("POST", "Datastreams", stream | {"Thing": {"@iot.id": network.bobrza}}, 201)
    send("PATCH", first, {"Thing": {"@iot.id": network.bobrza}})
    found = get(f"Things({network.bobrza})/Datastreams?$filter=name eq '{STREAM['name']}'")
    assert len(found["value"]) == 2


def test_a_thing_that_moves_gets_a_historical_location(network: Network, send: Send, get: Get) -> None:
    before = everything(get)
    key = send("POST", "Locations", CALGARY | {"location": STATION}, 201).json()["@iot.id"]
    placed = Run.objects.latest("pk")
    send("PATCH", f"Things({network.silnica})", {"Locations": [{"@iot.id": key}]})
    found = get(f"Things({network.silnica})?$expand=Locations,HistoricalLocations($orderby=time;$expand=Locations)")
    assert [one["@iot.id"] for one in found["Locations"]] == [key]
    assert [one["Locations"][0]["name"] for one in found["HistoricalLocations"]] == ["Silnica", "CCIT"]
    row: Any = station_rows().get(name="Silnica")
    row.geom.transform(4326)
    assert row.geom.coords == pytest.approx((20.64, 50.88), abs=1e-6)
    roll_back_last()
    rollback_run(placed.pk)
    assert everything(get) == before


def test_a_location_that_moves_takes_its_things_along_and_leaves_the_past(
    network: Network, send: Send, get: Get
) -> None:
    place = get(f"Things({network.silnica})/Locations")["value"][0]
    send("PATCH", place["@iot.selfLink"], {"location": STATION})
    found = get(f"Things({network.silnica})?$expand=Locations,HistoricalLocations($orderby=time;$expand=Locations)")
    assert [one["location"] for one in found["Locations"]] == [STATION]
    past = [one["Locations"][0]["location"] for one in found["HistoricalLocations"]]
    assert past == [place["location"], STATION]


ENDS: list[tuple[str, dict[str, int]]] = [
    ("Things({silnica})", {"Things": 1, "Datastreams": 1, "Observations": 1, "HistoricalLocations": 1}),
    ("Datastreams({level})", {"Things": 2, "Datastreams": 3, "Observations": 5, "HistoricalLocations": 2}),
    ("Datastreams({pm10})/Sensor", {"Things": 2, "Datastreams": 3, "Observations": 9, "HistoricalLocations": 2}),
    ("Datastreams({level})/ObservedProperty", {"Things": 2, "Datastreams": 2, "Observations": 4}),
    ("Observations({first})", {"Things": 2, "Datastreams": 4, "Observations": 10, "HistoricalLocations": 2}),
]


@pytest.mark.parametrize(("path", "left"), tiered(ENDS, 4))
def test_an_end_hides_what_cannot_be_without_it_and_can_be_undone(
    network: Network, send: Send, get: Get, path: str, left: dict[str, int]
) -> None:
    before = everything(get)
    link = get(network.fill(path))["@iot.selfLink"]
    assert send("DELETE", link).content == b""
    get(link, 404)
    send("DELETE", link, None, 404)
    for name, count in left.items():
        assert get(f"{name}?$count=true&$top=0")["@iot.count"] == count, name
    Run.objects.filter(status="refused").delete()
    roll_back_last()
    assert everything(get) == before


def test_an_ended_location_takes_its_historical_locations_along(network: Network, send: Send, get: Get) -> None:
    thing = local(send("POST", "Things", OVEN, 201))
    place = get(f"{thing}/Locations")["value"][0]["@iot.selfLink"]
    send("DELETE", place)
    assert get(f"{thing}/HistoricalLocations")["value"] == get(f"{thing}/Locations")["value"] == []


def test_a_station_whose_location_ends_keeps_its_series_and_is_placed_again(
    network: Network, send: Send, get: Get
) -> None:
    before, rows = everything(get), station_rows()
    thing = f"Things({network.silnica})"
    send("DELETE", get(f"{thing}/Locations")["value"][0]["@iot.selfLink"])
    ended = Run.objects.latest("pk")
    found = get(f"{thing}?$expand=Locations,HistoricalLocations,Datastreams")
    assert (found["Locations"], found["HistoricalLocations"], len(found["Datastreams"])) == ([], [], 3)
    assert not rows.filter(name="Silnica").exists()
    send("POST", f"{thing}/Locations", CALGARY | {"location": STATION}, 201)
    assert rows.filter(name="Silnica").count() == 1
    roll_back_last()
    rollback_run(ended.pk)
    assert everything(get) == before


def test_an_ended_feature_takes_its_observations_along(network: Network, send: Send, get: Get) -> None:
    thing = local(send("POST", "Things", OVEN, 201))
    (stream,) = get(f"{thing}?$expand=Datastreams/Observations/FeatureOfInterest")["Datastreams"]
    send("DELETE", stream["Observations"][0]["FeatureOfInterest"]["@iot.selfLink"])
    assert get(f"Datastreams({stream['@iot.id']})/Observations")["value"] == []
    roll_back_last()
    assert len(get(f"Datastreams({stream['@iot.id']})/Observations")["value"]) == 1


def test_a_correction_leaves_the_state_before_as_a_revision(network: Network, send: Send, get: Get) -> None:
    send("PATCH", f"Observations({network.first})", {"result": 99.5})
    one = Revision.objects.get(number=network.first)
    assert one.value == 100.0
    assert Observation.objects.get(number=network.first).value == 99.5


def test_a_deep_insert_is_undone_whole(network: Network, send: Send, get: Get) -> None:
    before = everything(get)
    send("POST", "Things", OVEN, 201)
    roll_back_last()
    assert everything(get) == before


LATER = [
    ("PATCH", "{made}", {"description": "later"}),
    ("DELETE", "{made}", None),
    ("POST", "{made}/Datastreams", STREAM),
]


@pytest.mark.parametrize(("method", "path", "document"), tiered(LATER))
@pytest.mark.parametrize("first", ["POST", "PATCH"])
def test_a_rollback_is_refused_where_a_later_change_lies_on_top(
    network: Network, send: Send, get: Get, method: str, path: str, document: Any, first: str
) -> None:
    made = local(send("POST", "Things", {"name": "T", "description": "first"}, 201))
    if first == "PATCH":
        if method == "POST":
            return
        send("PATCH", made, {"description": "second"})
    run = Run.objects.latest("pk")
    send(method, path.replace("{made}", made), document, 201 if method == "POST" else 200)
    later = Run.objects.latest("pk")
    before = everything(get)
    with pytest.raises(RollbackRefused, match=str(later.pk)):
        rollback_run(run.pk)
    assert everything(get) == before
    rollback_run(later.pk)
    rollback_run(run.pk)
    if first == "POST":
        get(made, 404)
    else:
        assert get(made)["description"] == "first"


def test_a_run_that_was_taken_back_is_not_taken_back_again(network: Network, send: Send, get: Get) -> None:
    path = f"Things({network.bobrza})"
    first = int(send("DELETE", path)["Geoportal-Run"])
    rollback_run(first)
    send("DELETE", path)
    with pytest.raises(RollbackRefused, match=f"Run {first} was taken back by run"):
        rollback_run(first)
    get(path, 404)
