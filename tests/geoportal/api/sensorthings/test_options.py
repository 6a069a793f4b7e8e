"""`$expand`, `$select`, `$orderby`, `$top`, `$skip`, `$count`, next links and data arrays (18-088, 9.3, 12.1)."""

from typing import Any

import pytest

from tests.geoportal.api.sensorthings.conftest import ROOT, Get, Network, tiered

pytestmark = pytest.mark.django_db
LEVELS = [100, 101, 102, 103, 104, 105]


def picked(document: Any, way: str) -> Any:
    """What stands at a way such as value/name: of each element of a list."""
    for at, name in enumerate(way.split("/")):
        if isinstance(document, list):
            return [picked(one, "/".join(way.split("/")[at:])) for one in document]
        document = document[name]
    return document


# Request, way to the checked part of the answer, its value.
SORTED = [
    ("Observations?$orderby=result&$filter=result gt 0", "value/result", [7, 40.5, 55, *LEVELS]),
    ("Observations?$orderby=result desc&$filter=result gt 0", "value/result", [*reversed(LEVELS), 55, 40.5, 7]),
    ("Observations?$orderby=result asc&$top=2&$filter=result gt 0", "value/result", [7, 40.5]),
    (
        "Observations?$orderby=Datastream/id desc, phenomenonTime&$filter=result lt 105",
        "value/result",
        [7, 40.5, 55, *LEVELS[:5]],
    ),
    ("Observations?$orderby=Datastream/Thing/name,result desc&$filter=result lt 60", "value/result", [7, 55, 40.5]),
    ("Observations?$expand=Datastream&$orderby=Datastream/name&$top=1", "value/Datastream/name", ["Drzwi Silnica"]),
    ("Observations?$orderby=resultTime,result&$filter=result gt 0&$top=4", "value/result", [7, 40.5, 55, 100]),
    (
        "Observations?$orderby=resultTime desc,result desc&$filter=result gt 0",
        "value/result",
        [*reversed(LEVELS), 55, 40.5, 7],
    ),
    ("Observations?$top=5&$orderby=phenomenonTime desc", "value/result", [55, 105, 104, 103, 102]),
    ("Observations?$skip=2&$top=2&$orderby=phenomenonTime desc", "value/result", [104, 103]),
    ("Observations?$top=2&$skip=2&$orderby=phenomenonTime desc", "value/result", [104, 103]),
    ("Observations?$orderby=result mul -1&$filter=result gt 50 and result lt 102", "value/result", [101, 100, 55]),
    ("Observations?$orderby=minute(phenomenonTime),result&$filter=result gt 54", "value/result", [55, *LEVELS]),
    (
        "Observations?$orderby=Datastream/properties/depth,result desc&$filter=result lt 60",
        "value/result",
        [55, 40.5, 7],
    ),
    ("Things?$orderby=name desc", "value/name", ["Silnica", "Bobrza"]),
    ("Things?$orderby=length(name) desc,name", "value/name", ["Silnica", "Bobrza"]),
    ("Things?$orderby=properties/rank", "value/name", ["Bobrza", "Silnica"]),
    ("Things?$orderby=properties/rank desc", "value/name", ["Silnica", "Bobrza"]),
    ("Things?$orderby=@iot.id asc,@iot.id desc", "value/name", ["Silnica", "Bobrza"]),
    ("Locations?$orderby=geo.distance(location,geography'POINT(20.55 50.9)')", "value/name", ["Bobrza", "Silnica"]),
    (
        "Datastreams?$orderby=unitOfMeasurement/name desc,Thing/name&$top=2",
        "value/name",
        ["Pył PM10 Silnica", "Stan wody Bobrza"],
    ),
    ("Datastreams({level})/Observations", "value/result", LEVELS),
    ("Datastreams({level})/Observations?$orderby=phenomenonTime desc&$top=1", "value/result", [105]),
]
SELECTED = [
    (
        "Observations?$select=result,resultTime&$top=1",
        "value",
        [{"result": 100, "resultTime": "2026-01-15T01:00:00Z"}],
    ),
    ("Observations?$select=id&$top=1", "value/@iot.id", ["{first}"]),
    ("Observations?$select=@iot.id&$top=1", "value", [{"@iot.id": "{first}"}]),
    ("Observations({first})?$select=result", "result", 100),
    (
        "Datastreams({level})?$expand=Observations($select=result;$top=2)",
        "Observations",
        [{"result": 100}, {"result": 101}],
    ),
    (
        "Things?$select=name,Datastreams&$top=1",
        "value",
        [{"name": "Silnica", "Datastreams@iot.navigationLink": f"{ROOT}/Things({{silnica}})/Datastreams"}],
    ),
    (
        "Things({silnica})?$select=name&$expand=Locations($select=name)",
        "",
        {"name": "Silnica", "Locations": [{"name": "Silnica"}]},
    ),
    (
        "Datastreams({other})?$select=id,Observations&$expand=Observations/FeatureOfInterest",
        "Observations/FeatureOfInterest/name",
        ["Bobrza"],
    ),
    (
        "Datastreams({level})?$select=unitOfMeasurement",
        "",
        {"unitOfMeasurement": {"name": "centymetr", "symbol": "cm", "definition": "http://example.org/cm"}},
    ),
]
EXPANDED = [
    (
        "Things?$expand=Datastreams&$orderby=id",
        "value/Datastreams/name",
        [["Stan wody Silnica", "Pył PM10 Silnica", "Drzwi Silnica"], ["Stan wody Bobrza"]],
    ),
    (
        "Things?$expand=Datastreams/ObservedProperty&$filter=name eq 'Bobrza'",
        "value/Datastreams/ObservedProperty/name",
        [["Stan wody"]],
    ),
    ("Datastreams({pm10})?$expand=Observations,ObservedProperty", "Observations/result", [40.5, 55]),
    ("Datastreams({pm10})?$expand=Observations,ObservedProperty", "ObservedProperty/name", "Pył PM10"),
    ("Datastreams({level})?$expand=Observations($filter=result eq 101)", "Observations/result", [101]),
    (
        "Datastreams({level})?$expand=Observations($filter=result gt 101;$orderby=result desc;$top=2)",
        "Observations/result",
        [105, 104],
    ),
    (
        "Datastreams({level})?$expand=Observations($orderby=result desc;$skip=1;$top=2)",
        "Observations/result",
        [104, 103],
    ),
    ("Datastreams({level})?$expand=Observations($count=true;$top=1)", "Observations@iot.count", 6),
    ("Datastreams({level})?$expand=Observations($top=0;$count=true)", "Observations", []),
    ("Observations({first})?$expand=Datastream/Thing/Locations", "Datastream/Thing/Locations/name", ["Silnica"]),
    (
        "Observations({first})?$expand=Datastream($expand=Thing($expand=Locations))",
        "Datastream/Thing/Locations/name",
        ["Silnica"],
    ),
    (
        "Observations({first})?$expand=Datastream/Thing,Datastream/Sensor",
        "Datastream/Sensor/name",
        "Czujnik Stan wody",
    ),
    ("Observations({first})?$expand=Datastream/Thing,Datastream/Sensor", "Datastream/Thing/name", "Silnica"),
    ("Observations({first})?$expand=FeatureOfInterest($select=name)", "FeatureOfInterest", {"name": "Silnica"}),
    (
        "Things({silnica})?$expand=Datastreams($filter=name eq 'Pył PM10 Silnica';$expand=Observations($filter="
        "result gt 50 and result lt 60;$select=result))",
        "Datastreams/Observations/result",
        [[55]],
    ),
    ("Things?$expand=Datastreams($filter=description eq 'a, b) or (c; it''s')&$top=1", "value/Datastreams", [[]]),
    (
        "Things?$filter=description eq 'Wodowskaz, most (stary)'&$expand=Locations($filter=name ne 'x;y,(z''')",
        "value/Locations/name",
        [["Silnica"]],
    ),
    (
        "Things({bobrza})?$expand=HistoricalLocations($expand=Locations($select=name);$select=Locations)",
        "HistoricalLocations",
        [{"Locations": [{"name": "Bobrza"}]}],
    ),
    ("Locations?$expand=Things,HistoricalLocations&$filter=name eq 'Bobrza'", "value/Things/name", [["Bobrza"]]),
    (
        "Sensors?$expand=Datastreams($select=name)&$filter=name eq 'Czujnik Drzwi'",
        "value/Datastreams",
        [[{"name": "Drzwi Silnica"}]],
    ),
    (
        "ObservedProperties?$expand=Datastreams($orderby=name)&$filter=name eq 'Stan wody'",
        "value/Datastreams/name",
        [["Stan wody Bobrza", "Stan wody Silnica"]],
    ),
    ("FeaturesOfInterest?$expand=Observations&$filter=name eq 'Bobrza'", "value/Observations/result", [[7]]),
    ("HistoricalLocations?$expand=Thing,Locations&$orderby=Thing/name&$top=1", "value/Thing/name", ["Bobrza"]),
    (
        "Datastreams?$expand=Thing($select=name),Sensor,ObservedProperty,Observations($top=1)&$filter=id eq {other}",
        "value/Thing",
        [{"name": "Bobrza"}],
    ),
    (
        "Datastreams?$expand=Observations($filter=result eq 7;$expand=FeatureOfInterest;$select=@iot.id),"
        "ObservedProperty&$top=10&$filter=id eq {other}",
        "value/Observations/FeatureOfInterest/name",
        [["Bobrza"]],
    ),
    ("Datastreams({level})/Observations?$expand=Datastream&$top=1", "value/Datastream/@iot.id", ["{level}"]),
]
COUNTED = [
    ("Things?$count=true", "@iot.count", 2),
    ("Things?$count=true&$top=1", "@iot.count", 2),
    ("Things?$count=true&$skip=5", "value", []),
    ("Things?$count=true&$filter=name eq 'Bobrza'", "@iot.count", 1),
    ("Observations?$count=true&$top=0", "", {"@iot.count": 11, "value": []}),
    ("Datastreams({level})/Observations?$count=true&$filter=result gt 103", "@iot.count", 2),
    ("Things?$top=0", "", {"value": []}),
    ("Things?$skip=1&$orderby=id", "value/name", ["Bobrza"]),
    ("Things?$skip=100", "", {"value": []}),
    ("Things?$top=5&$orderby=id", "value/name", ["Silnica", "Bobrza"]),
]


@pytest.mark.parametrize(("request_", "way", "expected"), tiered([*SORTED, *SELECTED, *EXPANDED, *COUNTED]))
def test_a_query_is_answered(network: Network, get: Get, request_: str, way: str, expected: Any) -> None:
    found = get(network.fill(request_))
    assert (picked(found, way) if way else found) == network.filled(expected)


def walked(get: Get, request: str) -> list[Any]:
    """The rows of all pages."""
    rows, pages = [], 0
    while request:
        page = get(request)
        rows += page["value"]
        request = page.get("@iot.nextLink", "")
        pages += 1
        assert pages < 50
    return rows


@pytest.mark.parametrize(
    "order",
    ["", "$orderby=result", "$orderby=result desc", "$orderby=resultTime,id desc", "$orderby=resultTime desc"],
)
@pytest.mark.parametrize("size", tiered([4, 1, 2]))
def test_next_links_lead_through_a_set(network: Network, get: Get, order: str, size: int) -> None:
    whole = [one["@iot.id"] for one in get(f"Observations?{order}")["value"]]
    assert len(whole) == 11
    assert [one["@iot.id"] for one in walked(get, f"Observations?$top={size}&{order}")] == whole
    assert [one["@iot.id"] for one in walked(get, f"Observations?$skip=3&$top={size}&{order}")] == whole[3:]


def test_a_next_link_keeps_the_other_options(network: Network, get: Get) -> None:
    first = get("Observations?$top=2&$filter=result gt 101 and result ne 7.5&$select=result&$count=true")
    assert first["@iot.count"] == 4
    second = get(first["@iot.nextLink"])
    assert second == {"@iot.count": 4, "value": [{"result": 104}, {"result": 105}]}


def test_an_expanded_set_has_a_next_link(network: Network, get: Get) -> None:
    found = get(network.fill("Datastreams({level})?$expand=Observations($top=4;$select=result;$orderby=result desc)"))
    assert [one["result"] for one in found["Observations"]] == [105, 104, 103, 102]
    rest = get(found["Observations@iot.nextLink"])
    assert rest["value"] == [{"result": 101}, {"result": 100}]


def test_a_set_has_a_hundred_entities_a_page_without_top(network: Network, get: Get, send: Any) -> None:
    data = [[f"2026-02-01T00:{n // 60:02}:{n % 60:02}Z", n] for n in range(130)]
    array = {"Datastream": {"@iot.id": network.other}, "components": ["phenomenonTime", "result"], "dataArray": data}
    send("POST", "CreateObservations", [array], 201)
    page = get(network.fill("Datastreams({other})/Observations?$filter=phenomenonTime gt 2026-01-31T00:00:00Z"))
    assert [one["result"] for one in page["value"]] == list(range(100))
    assert [one["result"] for one in get(page["@iot.nextLink"])["value"]] == list(range(100, 130))


def test_observations_come_as_data_arrays(network: Network, get: Get) -> None:
    found = get(network.fill("Datastreams({level})/Observations?$resultFormat=dataArray&$top=2"))
    assert found["value"] == [
        {
            "Datastream@iot.navigationLink": f"{ROOT}/Datastreams({network.level})",
            "components": ["id", "phenomenonTime", "resultTime", "result"],
            "dataArray@iot.count": 2,
            "dataArray": [
                [network.first, "2026-01-15T00:00:00Z", "2026-01-15T01:00:00Z", 100.0],
                [network.first + 1, "2026-01-15T00:10:00Z", "2026-01-15T01:00:00Z", 101.0],
            ],
        }
    ]
    assert "@iot.nextLink" in found


def test_data_arrays_stand_by_datastream_with_the_selected_components(network: Network, get: Get) -> None:
    request = "Observations?$resultFormat=dataArray&$select=result,phenomenonTime&$filter=result lt 41&$count=true"
    found = get(request)
    assert found["@iot.count"] == 2
    assert [(one["components"], one["dataArray"]) for one in found["value"]] == [
        (["result", "phenomenonTime"], [[40.5, "2026-01-15T00:00:00Z/2026-01-15T01:00:00Z"]]),
        (["result", "phenomenonTime"], [[7.0, "2026-01-15T00:00:00Z"]]),
    ]
    assert get(request.replace("$resultFormat", "resultFormat")) == found
