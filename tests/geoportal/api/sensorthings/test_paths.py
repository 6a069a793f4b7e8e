"""The root, resource paths, and the properties and links of the eight entities (18-088, 8 and 9.2)."""

from typing import Any

import pytest
from django.test import Client

from tests.geoportal.api.sensorthings.conftest import ROOT, Get, Network, tiered

pytestmark = pytest.mark.django_db
SETS = {
    "Things": ({"name", "description", "properties"}, {"Locations", "HistoricalLocations", "Datastreams"}),
    "Locations": (
        {"name", "description", "encodingType", "location", "properties"},
        {"Things", "HistoricalLocations"},
    ),
    "HistoricalLocations": ({"time"}, {"Thing", "Locations"}),
    "Datastreams": (
        {
            "name",
            "description",
            "unitOfMeasurement",
            "observationType",
            "properties",
            "observedArea",
            "phenomenonTime",
        },
        {"Thing", "Sensor", "ObservedProperty", "Observations"},
    ),
    "Sensors": ({"name", "description", "encodingType", "metadata", "properties"}, {"Datastreams"}),
    "ObservedProperties": ({"name", "definition", "description", "properties"}, {"Datastreams"}),
    "Observations": ({"phenomenonTime", "resultTime", "result"}, {"Datastream", "FeatureOfInterest"}),
    "FeaturesOfInterest": ({"name", "description", "encodingType", "feature", "properties"}, {"Observations"}),
}
"""Mandatory and given properties, and relations, from the tables of section 8.2."""


def test_the_root_lists_the_eight_sets(network: Network, get: Get) -> None:
    found = get("")
    assert {one["name"]: one["url"] for one in found["value"]} == {name: f"{ROOT}/{name}" for name in SETS}
    assert found["serverSettings"]["conformance"]


def test_the_address_without_a_version_leads_to_the_root(db: None, client: Client) -> None:
    assert client.get("/sta/", follow=True).json() == client.get("/sta/v1.1/").json()
    assert client.get("/sta/v1.1").json() == client.get("/sta/v1.1/").json()


@pytest.mark.parametrize("name", SETS)
def test_an_entity_has_its_properties_and_links(network: Network, get: Get, name: str) -> None:
    properties, relations = SETS[name]
    one = get(f"{name}?$top=1")["value"][0]
    link = f"{ROOT}/{name}({one['@iot.id']})"
    expected = properties | {"@iot.id", "@iot.selfLink"} | {f"{each}@iot.navigationLink" for each in relations}
    assert one.keys() == expected
    assert one["@iot.selfLink"] == link
    for each in relations:
        assert one[f"{each}@iot.navigationLink"] == f"{link}/{each}"
        get(one[f"{each}@iot.navigationLink"])
    assert get(link) == one


# Request, answer.
PATHS: list[tuple[str, Any]] = [
    ("Things({silnica})/name", {"name": "Silnica"}),
    ("Things({silnica})/name/$value", "Silnica"),
    (
        "Things({silnica})/properties",
        {"properties": {"owner": "miasto", "rank": 3, "open": True, "parts": {"pump": "P-1", "it's": "a, (b)"}}},
    ),
    ("Things({silnica})/@iot.id", {"@iot.id": "{silnica}"}),
    ("Things({silnica})/id", {"id": "{silnica}"}),
    ("Observations({first})/result", {"result": 100.0}),
    ("Observations({first})/result/$value", "100.0"),
    ("Observations({first})/resultTime", {"resultTime": "2026-01-15T01:00:00Z"}),
    ("Observations({first})/phenomenonTime/$value", "2026-01-15T00:00:00Z"),
    ("Observations({first})/Datastream/name/$value", "Stan wody Silnica"),
    (
        "Datastreams({level})/unitOfMeasurement",
        {"unitOfMeasurement": {"name": "centymetr", "symbol": "cm", "definition": "http://example.org/cm"}},
    ),
    (
        "Datastreams({level})/unitOfMeasurement/$value",
        '{"name":"centymetr","symbol":"cm","definition":"http://example.org/cm"}',
    ),
    ("Datastreams({level})/Thing/$ref", {"@iot.selfLink": f"{ROOT}/Things({{silnica}})"}),
    ("Datastreams({other})/Observations/$ref?$count=true&$top=0", {"@iot.count": 1, "value": []}),
    (
        "Things/$ref?$orderby=name",
        {
            "value": [
                {"@iot.selfLink": f"{ROOT}/Things({{bobrza}})"},
                {"@iot.selfLink": f"{ROOT}/Things({{silnica}})"},
            ]
        },
    ),
    ("Things({bobrza})/Datastreams/$ref", {"value": [{"@iot.selfLink": f"{ROOT}/Datastreams({{other}})"}]}),
    ("Things({silnica})/Datastreams({level})/Observations({first})/result/$value", "100.0"),
    ("Things({silnica})/Datastreams({level})/Thing/name/$value", "Silnica"),
    ("Observations({first})/Datastream/Thing/Locations?$select=name", {"value": [{"name": "Silnica"}]}),
    ("Datastreams({level})/Sensor?$select=name", {"name": "Czujnik Stan wody"}),
    (
        "Datastreams({level})/ObservedProperty/Datastreams?$select=name&$orderby=name",
        {"value": [{"name": "Stan wody Bobrza"}, {"name": "Stan wody Silnica"}]},
    ),
    ("Datastreams({pm10})/Observations?$select=result", {"value": [{"result": 40.5}, {"result": 55.0}]}),
    ("Observations({first})/FeatureOfInterest/name/$value", "Silnica"),
    (
        "Things({bobrza})/HistoricalLocations?$expand=Locations($select=name)&$select=Locations",
        {"value": [{"Locations": [{"name": "Bobrza"}]}]},
    ),
    (
        "Datastreams({pm10})/Observations?$select=parameters&$filter=result lt 50",
        {"value": [{"parameters": {"run": "a", "n": 4}}]},
    ),
    (
        "Datastreams({pm10})/Observations?$select=validTime&$filter=result lt 50",
        {"value": [{"validTime": "2026-01-15T00:00:00Z/2026-01-16T00:00:00Z"}]},
    ),
    ("Datastreams({gate})/Observations?$select=result", {"value": [{"result": True}, {"result": False}]}),
]


@pytest.mark.parametrize(("path", "expected"), tiered(PATHS))
def test_a_path_leads_to_its_resource(network: Network, get: Get, path: str, expected: Any) -> None:
    assert get(network.fill(path)) == network.filled(expected)


UNKNOWN = """
Nothings
Thing
things
Things(999999)
Things(-1)
Things(abc)
Things('1')
Things()
Things(1
Things(٣)
Things(99999999999999999999)
Things({silnica})/nothing
Things({silnica})/name/more
Things({silnica})/name/$ref
Things({silnica})/name/$value/$value
Things({silnica})/Thing
Things({silnica})/$value
Things({silnica})/Datastreams({other})
Things/Datastreams
Things/name
$value
$ref
MultiDatastreams
Things({silnica})/MultiDatastreams
Datastreams({level})/Thing({silnica})
Datastreams({level})/Observations(1)
Datastreams({level})/Observations/result
Observations({first})/validTime
Observations(99999999999999999)
""".split()  # noqa: SIM905 (one a line)
TOO_LONG = "/".join(["Things({silnica})/Datastreams({level})"] + ["Thing/Datastreams({level})"] * 5)


@pytest.mark.parametrize("path", tiered([*UNKNOWN, TOO_LONG]))
def test_a_path_that_leads_nowhere_is_unknown(network: Network, get: Get, path: str) -> None:
    found = get(network.fill(path), 404)
    assert found.keys() == {"code", "type", "message"} and found["code"] == 404 and found["message"]
