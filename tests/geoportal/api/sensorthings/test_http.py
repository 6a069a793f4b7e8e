"""HTTP around the interface: methods, CORS, validators, errors, conformance, time zones, number of statements."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.geoportal.api.sensorthings.conftest import Get, Network, Send, escaped, tiered
from tests.geoportal.api.sensorthings.test_batch import array
from tests.geoportal.api.sensorthings.test_creating import STREAM

pytestmark = pytest.mark.django_db

SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
SHOWN = {
    "test_paths": [
        *(f"datamodel/{one}" for one in ("thing", "location", "historical-location", "datastream", "sensor",
                                         "observed-property", "observation", "feature-of-interest",
                                         "entity-control-information")),
        "resource-path/resource-path-to-entities",
    ],
    "test_filters": ["request-data"],
    "test_creating": [f"create-update-delete/{one}" for one in ("create-entity", "link-to-existing-entities",
                                                                "deep-insert", "deep-insert-status-code")],
    "test_changing": [f"create-update-delete/{one}" for one in ("update-entity", "delete-entity",
                                                                "historical-location-auto-creation")],
    "test_batch": ["data-array/data-array"],
}  # fmt: skip
"""The modules of tests that show what the root claims."""


def test_the_root_claims_what_these_tests_show(network: Network, get: Get) -> None:
    shown = {f"{SPEC}{one}" for claims in SHOWN.values() for one in claims}
    assert set(get("")["serverSettings"]["conformance"]) == shown
    assert all((Path(__file__).parent / f"{name}.py").is_file() for name in SHOWN)


REFUSED = """
Things?$top=x
Things?$top=-1
Things?$top=1.5
Things?$top=99999999999999
Things?$skip=-1
Things?$count=yes
Things?$count=TRUE
Things?$nothing=1
Things?top=1
Things?$top=1&$top=2
Things?$filter=
Things?$filter=name
Things?$filter=name eq
Things?$filter=name eq 'x
Things?$filter=(name eq 'x'
Things?$filter=nothing eq 1
Things?$filter=name eq 1
Things?$filter=name gt null
Things?$filter=length(name)
Things?$filter=length(name,name) eq 1
Things?$filter=nothing(name) eq 1
Things?$filter=Datastreams eq 1
Things?$filter=Datastreams/nothing eq 1
Things?$filter=name/more eq 1
Things?$filter=year(name) eq 1
Things?$filter=name eq name add 1
Things?$filter=geo.distance(name,geography'POINT(1 1)') lt 1
Things?$filter=geo.distance(Locations/location,geography'POINT(-122, 43)') gt 1
Things?$filter=geo.distance(Locations/location,geography'SRID=2178;POINT(1 1)') gt 1
Things?$filter=st_relate(Locations/location,geography'POINT(1 1)','x')
Things?$filter=Datastreams/Observations/result gt HistoricalLocations/time
Things?$orderby=nothing
Things?$orderby=Datastreams/name
Things?$orderby=
Things?$orderby=name up
Things?$select=nothing
Things?$select=
Things?$expand=nothing
Things?$expand=Datastreams(
Things?$expand=Datastreams($nothing=1)
Things?$expand=Datastreams($top=x)
Things?$expand=Datastreams($filter=nothing eq 1)
Things?$expand=Datastreams/nothing
Things?$expand=Datastreams($resultFormat=dataArray)
Things?$expand=Datastreams($top=1),Datastreams($top=2)
Things?$expand=MultiDatastreams
Things?$resultFormat=dataArray
Observations?$resultFormat=GeoJSON
Things?$skiptoken=x
Things?$skiptoken=WyJ4Il0
Things?$orderby=name&$skiptoken=WzFd
Things({silnica})?$filter=name eq 'x'
Things({silnica})?$top=1
Things({silnica})/name?$select=name
Things/$ref?$expand=Datastreams
Locations?$filter=location eq 1
Locations?$orderby=location
Datastreams?$filter=unitOfMeasurement eq 'cm'
Datastreams?$filter=unitOfMeasurement/nothing eq 'cm'
Observations?$filter=phenomenonTime eq 2026-13-45T00:00:00Z
Observations?$filter=phenomenonTime eq 'yesterday'
Observations?$filter=phenomenonTime eq '9999-12-31T23:59:59-05:00'
Observations?$filter=result gt 1e999
Observations?$filter=duration'P99999999D' gt duration'PT1S'
""".strip().splitlines()


@pytest.mark.parametrize("request_", tiered(REFUSED))
def test_a_wrong_option_is_refused_with_one_line(network: Network, web: Client, request_: str) -> None:
    path, _, query = network.fill(request_).partition("?")
    response = web.get(f"/sta/v1.1/{path}?{escaped(query)}")
    assert response.status_code == 400, response.content
    found = response.json()
    assert found["code"] == 400 and found["type"] == "error"
    assert 10 < len(found["message"]) < 600 and "\n" not in found["message"]


@pytest.mark.parametrize("option", ["$search=x", "$apply=groupby((name))", "$compute=1 as x", "$format=json"])
def test_an_option_of_odata_that_is_not_offered_is_501(network: Network, get: Get, option: str) -> None:
    assert "not offered" in get(f"Things?{option}", 501)["message"]


NESTED = [
    f"Things?$filter={'(' * 100}name eq 'x'{')' * 100}",
    f"Things?$filter={' or '.join(['name eq 1'] * 2000)}",
    f"Things?$filter={'not ' * 300}(name eq 'x')",
    "Things?$expand=" + "Datastreams($expand=Thing($expand=" * 8 + "Datastreams" + "))" * 8,
    f"Things?$orderby={','.join(['name'] * 9)}",
]


@pytest.mark.parametrize("request_", NESTED, ids=range(len(NESTED)))
def test_an_endless_query_is_refused(network: Network, get: Get, request_: str) -> None:
    get(request_, 400)


def test_head_and_options_and_cors(network: Network, web: Client) -> None:
    address = "/sta/v1.1/Things"
    whole, head = web.get(address), web.head(address)
    assert head.status_code == 200 and head.content == b"" and head["ETag"] == whole["ETag"]
    assert whole["Access-Control-Allow-Origin"] == "*" and "ETag" in whole["Access-Control-Expose-Headers"]
    assert web.get("/sta/v1.1/Nothings")["Access-Control-Allow-Origin"] == "*"
    preflight = web.options(address, headers={"Origin": "https://example.org"})
    assert preflight.status_code == 204 and preflight["Access-Control-Allow-Origin"] == "*"
    assert preflight["Access-Control-Allow-Methods"] == "GET, POST, PATCH, PUT, DELETE, HEAD, OPTIONS"
    assert "Authorization" in preflight["Access-Control-Allow-Headers"]
    refused = web.generic("TRACE", address)
    assert refused.status_code == 405 and "GET" in refused["Allow"]
    assert web.post("/sta/v1.1/").status_code == 405


def test_what_the_client_has_is_not_sent_again(network: Network, web: Client, send: Send) -> None:
    address = f"/sta/v1.1/Things({network.silnica})"
    tag = web.get(address)["ETag"]
    same = web.get(address, headers={"If-None-Match": tag})
    assert same.status_code == 304 and same.content == b""
    send("PATCH", f"Things({network.silnica})", {"description": "new"})
    assert web.get(address, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["Things({silnica})", "Observations({first})"])
def test_a_change_of_a_state_that_was_not_read_is_refused(network: Network, send: Send, get: Get, path: str) -> None:
    path = network.fill(path)
    tag = send("GET", path)["ETag"]
    document = {"description": "a"} if "Things" in path else {"result": 1}
    answer = send("PATCH", path, document, **{"If-Match": tag})
    for method in ("PATCH", "PUT", "DELETE"):
        send(method, path, document, 412, **{"If-Match": tag})
    send("PATCH", path, document, **{"If-Match": f'"x", {answer["ETag"]}'})
    send("DELETE", path, None, **{"If-Match": "*"})


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_another_content_type_is_refused(network: Network, send: Send, kind: str) -> None:
    send("POST", "Things", b"{}", 415, content_type=kind)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json;odata.metadata=minimal"])
def test_json_with_parameters_is_read(network: Network, send: Send, kind: str) -> None:
    send("POST", "Things", b'{"name": "x", "description": "y"}', 201, content_type=kind)


def test_a_body_may_be_larger_than_a_form_but_has_a_limit(network: Network, send: Send) -> None:
    send("POST", "Things", b"[" + b" " * 3_000_000 + b"]", 400)
    send("POST", "Things", b" " * 20_000_001, 413)


@pytest.mark.thorough
@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/Los_Angeles"])
def test_parts_of_times_do_not_depend_on_the_zone_of_the_session(network: Network, get: Get, zone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE %s", [zone])
    filters = {
        "hour(phenomenonTime) eq 1": [55],
        "date(phenomenonTime) eq 2026-01-15 and result eq 7": [7],
        "time(phenomenonTime) ge 00:50:00": [105, 55],
        "date(phenomenonTime) eq date(validTime)": [40.5],
        "phenomenonTime eq 2026-01-15T00:10:00Z": [101],
    }
    for expression, results in filters.items():
        found = get(f"Observations?$select=result&$filter={expression}")
        assert [one["result"] for one in found["value"]] == results


def statements(get: Get, request: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        get(request)
    return len(queries)


LISTS = [
    "Things",
    "Things?$count=true&$expand=Locations,Datastreams($expand=Observations($top=1;$orderby=phenomenonTime desc))",
    "Observations?$expand=Datastream/Thing,FeatureOfInterest",
    "Datastreams?$expand=Thing,Sensor,ObservedProperty,Observations($top=1)",
]


def test_the_number_of_statements_does_not_grow_with_the_number_of_entities(
    network: Network, get: Get, send: Send
) -> None:
    before = [statements(get, one) for one in LISTS]
    stream = STREAM | {"Observations": [{"result": 1}]}
    for number in range(10):
        thing = {"name": f"T{number}", "description": "x", "Datastreams": [stream] if number % 3 == 0 else []}
        send("POST", "Things", thing, 201)
    rows = [[f"2026-02-01T00:00:{second:02}Z", 1] for second in range(20)]
    send("POST", "CreateObservations", [array(network.level, *rows)], 201)
    assert [statements(get, one) for one in LISTS] == before
    assert max(before) <= 16
