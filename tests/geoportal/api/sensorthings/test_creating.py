"""POST: the standard's examples, deep insert, links to stored entities, integrity (18-088, 10.2)."""

import copy
from typing import Any

import pytest

from layers.observations.models import FeatureOfInterest, Location, Observation, Sensor, Thing
from tests.geoportal.api.sensorthings.conftest import ROOT, Get, Network, Send, local, station_rows, tiered

pytestmark = pytest.mark.django_db
CALGARY = {
    "name": "CCIT",
    "description": "Calgary Center for Innovative Technologies",
    "encodingType": "application/vnd.geo+json",
    "location": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-114.133, 51.08]}},
}
OVEN: dict[str, Any] = {
    "name": "Temperature Monitoring System",
    "description": "Sensor system monitoring area temperature",
    "properties": {"Deployment Condition": "Deployed in a third floor balcony", "Case Used": "Radiation shield"},
    "Locations": [CALGARY],
    "Datastreams": [
        {
            "name": "Air Temperature DS",
            "description": "Datastream for recording temperature",
            "unitOfMeasurement": {
                "name": "Degree Celsius",
                "symbol": "degC",
                "definition": "http://www.qudt.org/qudt/owl/1.0.0/unit/Instances.html#DegreeCelsius",
            },
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "observedArea": {
                "type": "Polygon",
                "coordinates": [[[100, 0], [101, 0], [101, 1], [100, 1], [100, 0]]],
            },
            "phenomenonTime": "2009-01-11T16:22:25.00Z/2011-08-21T08:32:10.00Z",
            "Observations": [
                {
                    "phenomenonTime": "2012-06-26T03:42:02-0600",
                    "result": 70.4,
                    "FeatureOfInterest": {
                        "name": "CCIT #361",
                        "description": "This is CCIT #361, Steve’s office",
                        "encodingType": "application/vnd.geo+json",
                        "feature": {"type": "POLYGON", "coordinates": [[[0, 0], [0, 2], [2, 2], [0, 0]]]},
                    },
                }
            ],
            "ObservedProperty": {
                "name": "DewPoint Temperature",
                "definition": "http://sweet.jpl.nasa.gov/ontology/property.owl#DewPointTemperature",
                "description": "The dewpoint temperature is the temperature to which the air must be cooled.",
            },
            "Sensor": {
                "name": "DS18B20",
                "description": "DS18B20 is an air temperature sensor",
                "encodingType": "application/pdf",
                "metadata": "http://datasheets.maxim-ic.com/en/ds/DS18B20.pdf",
            },
        }
    ],
}
STREAM = {name: value for name, value in OVEN["Datastreams"][0].items() if name != "Observations"}
SENSOR, PROPERTY = STREAM["Sensor"], STREAM["ObservedProperty"]


def test_a_thing_is_created_with_its_location(network: Network, send: Send) -> None:
    made = send("POST", "Things", {"name": "Oven", "description": "This thing is an oven."}, 201)
    document = made.json()
    assert made["Location"] == document["@iot.selfLink"] == f"{ROOT}/Things({document['@iot.id']})"
    assert (document["description"], document["properties"]) == ("This thing is an oven.", {})


def test_a_deep_insert_makes_everything_in_it(network: Network, send: Send, get: Get) -> None:
    path = local(send("POST", "Things", OVEN, 201))
    found = get(
        f"{path}?$expand=Locations,HistoricalLocations/Locations,Datastreams/Observations/FeatureOfInterest,"
        "Datastreams/Sensor,Datastreams/ObservedProperty"
    )
    (place,), (past,), (stream,) = found["Locations"], found["HistoricalLocations"], found["Datastreams"]
    assert place["location"] == CALGARY["location"] and place["encodingType"] == CALGARY["encodingType"]
    assert past["Locations"] == [place]
    assert {name: stream[name] for name in ("name", "description", "unitOfMeasurement", "observationType")} == {
        name: STREAM[name] for name in ("name", "description", "unitOfMeasurement", "observationType")
    }
    assert stream["Sensor"]["metadata"] == SENSOR["metadata"]
    assert stream["ObservedProperty"]["definition"] == PROPERTY["definition"]
    (one,) = stream["Observations"]
    assert (one["phenomenonTime"], one["resultTime"], one["result"]) == ("2012-06-26T09:42:02Z", None, 70.4)
    assert one["FeatureOfInterest"]["name"] == "CCIT #361"
    assert found["properties"] == OVEN["properties"]


def test_a_thing_outside_the_city_waits_and_one_inside_is_a_station(network: Network, send: Send) -> None:
    send("POST", "Things", OVEN, 201)
    outside = Thing.objects.get(name=OVEN["name"])
    assert outside.feature_id is None and outside.unplaced
    place = CALGARY | {"location": {"type": "Point", "coordinates": [20.63, 50.87]}}
    send("POST", "Things", {"name": "Gauge", "description": "x", "Locations": [place]}, 201)
    row: Any = station_rows().get(name="Gauge")
    row.geom.transform(4326)
    assert row.geom.coords == pytest.approx((20.63, 50.87), abs=1e-6)


@pytest.mark.parametrize("kind", ["application/vnd.geo+json", "application/geo+json"])
@pytest.mark.parametrize("shape", ["Point", "POINT"])
def test_a_location_is_created_alone(network: Network, send: Send, kind: str, shape: str) -> None:
    given = CALGARY | {"encodingType": kind, "location": {"type": shape, "coordinates": [-114.133, 51.08]}}
    made = send("POST", "Locations", given, 201).json()
    assert made["location"] == given["location"]
    place = Location.objects.get(pk=made["@iot.id"])
    assert place.geom is not None and place.geom.coords == (-114.133, 51.08)


def test_a_location_of_another_encoding_is_stored_as_given(network: Network, send: Send) -> None:
    given = CALGARY | {"encodingType": "text/plain", "location": "third shelf"}
    assert send("POST", "Locations", given, 201).json()["location"] == "third shelf"


def test_an_observation_links_to_stored_entities(network: Network, send: Send, get: Get) -> None:
    feature = {
        "name": "F",
        "description": "f",
        "encodingType": "application/geo+json",
        "feature": CALGARY["location"],
    }
    key = send("POST", "FeaturesOfInterest", feature, 201).json()["@iot.id"]
    document = {
        "phenomenonTime": "2013-04-18T16:15:00-07:00",
        "result": 124,
        "Datastream": {"@iot.id": network.level},
        "FeatureOfInterest": {"@iot.id": key},
    }
    path = local(send("POST", "Observations", document, 201))
    found = get(f"{path}?$expand=FeatureOfInterest,Datastream")
    assert found["phenomenonTime"] == "2013-04-18T23:15:00Z"
    assert (found["Datastream"]["@iot.id"], found["FeatureOfInterest"]["@iot.id"]) == (network.level, key)


def test_an_observation_without_a_feature_is_about_the_place_of_its_thing(
    network: Network, send: Send, get: Get
) -> None:
    path = local(send("POST", "Things", copy.deepcopy(OVEN), 201))
    stream = f"Datastreams({get(f'{path}/Datastreams')['value'][0]['@iot.id']})"
    keys = set()
    for hour in range(2):
        document = {"phenomenonTime": f"2013-04-18T0{hour}:00:00Z", "result": hour}
        made = local(send("POST", f"{stream}/Observations", document, 201))
        feature = get(f"{made}/FeatureOfInterest")
        assert feature["feature"] == CALGARY["location"] and feature["encodingType"] == CALGARY["encodingType"]
        keys.add(feature["@iot.id"])
    assert len(keys) == 1


def test_times_may_be_left_out(network: Network, send: Send) -> None:
    made = send("POST", f"Datastreams({network.level})/Observations", {"result": 1}, 201).json()
    assert made["resultTime"] is None and made["phenomenonTime"].endswith("Z")


NESTED = [
    ("Things({silnica})/Datastreams", STREAM, "Thing/@iot.id/$value", "{silnica}"),
    ("Things({silnica})/Locations", CALGARY | {"location": {"type": "Point", "coordinates": [20.6, 50.85]}},
     "Things?$select=name", {"value": [{"name": "Silnica"}]}),
    ("Datastreams({level})/Observations", {"phenomenonTime": "2020-01-01T00:00:00Z", "result": 3},
     "Datastream/@iot.id/$value", "{level}"),
    ("Things({silnica})/HistoricalLocations",
     {"time": "2001-01-01T00:00:00Z", "Locations": [CALGARY]}, "Thing/name/$value", "Silnica"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "document", "way", "expected"), NESTED)
def test_a_set_of_an_entity_links_what_is_added_to_it(
    network: Network, send: Send, get: Get, path: str, document: Any, way: str, expected: Any
) -> None:
    made = local(send("POST", network.fill(path), document, 201))
    assert get(f"{made}/{way}") == (network.fill(expected) if isinstance(expected, str) else expected)


def test_stored_entities_are_linked_from_every_side(network: Network, send: Send, get: Get) -> None:
    stream = STREAM | {"Thing": {"@iot.id": network.bobrza}}
    for name in ("Sensor", "ObservedProperty"):
        stream[name] = {"@iot.id": get(f"Datastreams({network.level})/{name}")["@iot.id"]}
    path = local(send("POST", "Datastreams", stream, 201))
    assert get(f"{path}/Thing/name/$value") == "Bobrza"
    assert get(f"{path}/Sensor/name/$value") == "Czujnik Stan wody"
    sensor = local(send("POST", "Sensors", SENSOR | {"Datastreams": [{"@iot.id": network.level}]}, 201))
    assert get(f"Datastreams({network.level})/Sensor")["@iot.selfLink"] == f"{ROOT}/{sensor}"


def test_a_location_is_shared_by_two_things(network: Network, send: Send, get: Get) -> None:
    key = send("POST", "Locations", CALGARY, 201).json()["@iot.id"]
    for name in ("A", "B"):
        send("POST", "Things", {"name": name, "description": "x", "Locations": [{"@iot.id": key}]}, 201)
    found = get(f"Locations({key})?$expand=Things($orderby=name),HistoricalLocations/Thing")
    assert [one["name"] for one in found["Things"]] == ["A", "B"]
    assert sorted(one["Thing"]["name"] for one in found["HistoricalLocations"]) == ["A", "B"]


def test_a_historical_location_later_than_all_moves_the_thing(network: Network, send: Send, get: Get) -> None:
    place = CALGARY | {"location": {"type": "Point", "coordinates": [20.6, 50.85]}}
    document = {"time": "2100-01-01T00:00:00Z", "Thing": {"@iot.id": network.silnica}, "Locations": [place]}
    send("POST", "HistoricalLocations", document, 201)
    assert [one["name"] for one in get(f"Things({network.silnica})/Locations")["value"]] == ["CCIT"]


def without(document: Any, *path: str) -> Any:
    made = copy.deepcopy(document)
    inner = made
    for name in path[:-1]:
        inner = inner[int(name) if isinstance(inner, list) else name]
    del inner[path[-1]]
    return made


BAD = [
    ("Things", without(OVEN, "name")),
    ("Things", without(OVEN, "description")),
    ("Things", without(OVEN, "Datastreams", "0", "Sensor")),
    ("Things", without(OVEN, "Datastreams", "0", "ObservedProperty")),
    ("Things", without(OVEN, "Datastreams", "0", "unitOfMeasurement")),
    ("Things", without(OVEN, "Datastreams", "0", "Observations", "0", "result")),
    ("Things", without(OVEN, "Locations", "0", "location")),
    ("Things", without(OVEN, "Locations", "0", "encodingType")),
    ("Things", OVEN | {"nothing": 1}),
    ("Things", OVEN | {"Locations": [{"@iot.id": 999999}]}),
    ("Things", OVEN | {"Locations": {"@iot.id": 1}}),
    ("Things", []),
    ("Things", "x"),
    ("Things", 7),
    ("Sensors", without(SENSOR, "metadata")),
    ("ObservedProperties", without(PROPERTY, "definition")),
    ("Datastreams", STREAM),
    ("Datastreams", STREAM | {"Thing": {"@iot.id": 999999}}),
    ("Datastreams", STREAM | {"Thing": {"@iot.id": "1"}}),
    ("Observations", {"result": 1}),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": 999999}}),
    ("Datastreams({level})/Observations", {}),
    ("Datastreams({level})/Observations", {"result": "many"}),
    ("Datastreams({level})/Observations", {"result": 1, "phenomenonTime": "yesterday"}),
    ("Datastreams({level})/Observations", {"result": 1, "phenomenonTime": "2026-01-01T00:00:00"}),
    ("Datastreams({level})/Observations", {"result": 1, "phenomenonTime": "2200-01-01T00:00:00Z"}),
    ("Datastreams({level})/Observations", {"result": 1, "FeatureOfInterest": {"@iot.id": 999999}}),
    ("Datastreams({level})/Observations", {"result": 1, "FeatureOfInterest": {"name": "x"}}),
    ("HistoricalLocations", {"time": "2020-01-01T00:00:00Z", "Thing": {"@iot.id": 999999}, "Locations": [CALGARY]}),
    ("Things({silnica})/HistoricalLocations", {"time": "2020-01-01T00:00:00Z"}),
    ("Things({silnica})/HistoricalLocations", {"time": "0001-01-01T00:00:00+05:00", "Locations": [CALGARY]}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "document"), tiered(BAD))
def test_what_is_incomplete_or_wrong_is_refused_whole(network: Network, send: Send, path: str, document: Any) -> None:
    models: tuple[Any, ...] = (Thing, Location, Sensor, FeatureOfInterest, Observation)
    before = [model.objects.count() for model in models]
    answer = send("POST", network.fill(path), document, 400).json()
    assert answer["code"] == 400 and answer["type"] == "error" and answer["message"]
    assert [model.objects.count() for model in models] == before


@pytest.mark.parametrize(
    "path", ["Things({silnica})", "Datastreams({level})/Thing", "Things/$ref", "Things({silnica})/name"]
)
def test_post_is_for_sets(network: Network, send: Send, path: str) -> None:
    send("POST", network.fill(path), OVEN, 405)


@pytest.mark.parametrize("path", ["Nothings", "MultiDatastreams", "Things(999999)/Datastreams"])
def test_post_to_an_unknown_address_is_404(network: Network, send: Send, path: str) -> None:
    send("POST", path, OVEN, 404)
