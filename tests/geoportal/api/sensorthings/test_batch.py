"""CreateObservations (18-088, 12.2) and `$batch` in JSON (OData JSON Format 4.01; FROST)."""

import json
from typing import Any

import pytest
from django.test import Client

from layers.observations.models import Observation, Thing
from layers.runs.models import Run
from tests.geoportal.api.sensorthings.conftest import ROOT, Get, Network, Send, tiered
from tests.geoportal.api.sensorthings.test_creating import STREAM

pytestmark = pytest.mark.django_db
THING = {"name": "T", "description": "t"}


def array(key: int, *rows: Any, components: tuple[str, ...] = ("phenomenonTime", "result")) -> Any:
    return {
        "Datastream": {"@iot.id": key},
        "components": list(components),
        "dataArray@iot.count": len(rows),
        "dataArray": rows,
    }


def test_observations_of_several_datastreams_are_created_at_once(network: Network, send: Send, get: Get) -> None:
    feature = get(f"Observations({network.first})/FeatureOfInterest")["@iot.id"]
    names = ("phenomenonTime", "result", "FeatureOfInterest/id")
    given = [
        array(network.level, ["2010-12-23T10:20:00-0700", 20, feature], ["2010-12-23T10:21:00-0700", 30, feature],
              components=names),
        array(network.pm10, ["2010-12-23T10:20:00-0700", 65], ["2010-12-23T10:21:00-0700", 60]),
    ]  # fmt: skip
    links = send("POST", "CreateObservations", given, 201).json()
    assert [get(link)["result"] for link in links] == [20, 30, 65, 60]
    assert get(f"{links[0]}/Datastream")["@iot.id"] == network.level
    assert get(f"{links[1]}/phenomenonTime/$value") == "2010-12-23T17:21:00Z"
    assert Run.objects.filter(source="sensorthings").count() == 1


def test_those_that_cannot_be_created_are_errors_and_the_others_are_stored(network: Network, send: Send) -> None:
    before = Observation.objects.count()
    rows = [["2026-02-03T00:00:00Z", 1], ["2026-02-03T01:00:00Z", "bad"], ["2200-01-01T00:00:00Z", 2], ["x", 3]]
    given = [array(network.level, *rows), array(999999, ["2026-02-03T00:00:00Z", 1])]
    links = send("POST", "CreateObservations", given, 201).json()
    assert links[0].startswith(f"{ROOT}/Observations(")
    assert all(one.startswith("error") for one in links[1:]) and len(links) == 5
    assert "number" in links[1] and "day ahead" in links[2] and "ISO 8601" in links[3] and "Datastream" in links[4]
    assert Observation.objects.count() == before + 1


@pytest.mark.parametrize("given", [{}, [1], [{}], [array(1) | {"components": "x"}], [array(1, ["a"])], [array(1, 5)]])
def test_what_is_no_data_array_is_refused(network: Network, send: Send, given: Any) -> None:
    send("POST", "CreateObservations", given, 400)


def test_no_data_arrays_create_nothing(network: Network, send: Send) -> None:
    assert send("POST", "CreateObservations", [], 201).json() == []


def part(key: str, method: str, url: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": key, "method": method, "url": url, "body": body} | more


@pytest.fixture
def batch(send: Send) -> Any:
    """Sends requests as a batch; returns the responses by id."""

    def sent(*parts: Any, **words: Any) -> dict[str, Any]:
        found = send("POST", "$batch", {"requests": parts}, **words).json()["responses"]
        assert [one["id"] for one in found] == [one["id"] for one in parts]
        return {one["id"]: one for one in found}

    return sent


def test_requests_refer_to_what_earlier_ones_created(network: Network, batch: Any, get: Get) -> None:
    found = batch(
        part("0", "post", "Things", THING, atomicityGroup="g"),
        part("1", "post", "Datastreams", STREAM | {"Thing": {"@iot.id": "$0"}}, atomicityGroup="g"),
        part("obs", "POST", "$1/Observations", {"result": 5, "phenomenonTime": "2026-02-01T00:00:00Z"},
             atomicityGroup="g"),
        part("3", "get", "$0?$expand=Datastreams/Observations"),
        part("4", "PATCH", "$0", {"name": "T 2"}),
        part("5", "GET", f"/sta/v1.1/Things({network.bobrza})/name"),
        part("6", "GET", f"{ROOT}/Things({network.bobrza})/name/$value"),
        part("7", "DELETE", "$obs"),
        part("8", "GET", "$obs"),
    )  # fmt: skip
    assert [one["status"] for one in found.values()] == [201, 201, 201, 200, 200, 200, 200, 200, 404]
    assert found["0"]["location"] == found["0"]["headers"]["location"] == found["0"]["body"]["@iot.selfLink"]
    assert found["3"]["body"]["Datastreams"][0]["Observations"][0]["result"] == 5
    assert (found["5"]["body"], found["6"]["body"]) == ({"name": "Bobrza"}, "Bobrza")
    assert get(f"{found['0']['location']}/name/$value") == "T 2"


def test_a_group_is_stored_whole_or_not_at_all(network: Network, batch: Any, get: Get) -> None:
    before = Thing.objects.count(), Run.objects.count()
    found = batch(
        part("a", "POST", "Things", THING, atomicityGroup="g"),
        part("b", "POST", "Things", {"name": "without description"}, atomicityGroup="g"),
        part("c", "POST", "Things", THING, atomicityGroup="g"),
        part("d", "POST", "$a/Datastreams", STREAM),
        part("e", "GET", f"Things({network.bobrza})", dependsOn=["g"]),
        part("f", "POST", "Datastreams", STREAM | {"Thing": {"@iot.id": "$nothing"}}),
        part("g2", "GET", f"Things({network.bobrza})"),
    )
    assert [one["status"] for one in found.values()] == [424, 400, 424, 424, 424, 424, 200]
    assert (Thing.objects.count(), Run.objects.count()) == before


def test_a_failed_request_alone_does_not_stop_the_others(network: Network, batch: Any) -> None:
    found = batch(part("a", "POST", "Things", {}), part("b", "POST", "Things", THING), part("c", "GET", "Nothings"))
    assert [one["status"] for one in found.values()] == [400, 201, 404]


def test_a_request_has_headers_of_its_own(network: Network, batch: Any, send: Send) -> None:
    tag = send("GET", f"Things({network.silnica})")["ETag"]
    found = batch(
        part("a", "PATCH", f"Things({network.silnica})", {"description": "x"}, headers={"If-Match": tag}),
        part("b", "PATCH", f"Things({network.silnica})", {"description": "y"}, headers={"if-match": tag}),
        part("c", "POST", "Things", THING, headers={"Content-Type": "text/plain", "Authorization": "Bearer x"}),
    )
    assert [one["status"] for one in found.values()] == [200, 412, 415]


def test_an_anonymous_batch_reads_and_changes_nothing(network: Network, batch: Any) -> None:
    parts = [
        part("a", "GET", "Things?$count=true&$filter=name eq 'Silnica'"),
        part("b", "POST", "Things", THING),
        part("c", "DELETE", f"Things({network.silnica})"),
        part("d", "POST", "CreateObservations", [array(network.level, ["2026-02-03T00:00:00Z", 1])]),
        part("e", "GET", f"Things({network.home})"),
    ]
    found = batch(*parts, secret="")
    assert [one["status"] for one in found.values()] == [200, 401, 401, 401, 404]
    assert found["a"]["body"]["@iot.count"] == 1


GET_THINGS = part("a", "GET", "Things")
BAD = [
    [], {}, {"requests": {}}, {"requests": [1]}, {"requests": [GET_THINGS, GET_THINGS]},
    {"requests": [GET_THINGS | {"id": 1}]}, {"requests": [GET_THINGS | {"method": "TRACE"}]},
    {"requests": [GET_THINGS | {"url": None}]}, {"requests": [GET_THINGS | {"headers": {"If-Match": 1}}]},
    {"requests": [GET_THINGS | {"dependsOn": "a"}]}, {"requests": [GET_THINGS | {"atomicityGroup": "a"}]},
    {"requests": [part("a", "GET", "Things", atomicityGroup="g"), part("b", "GET", "Things"),
                  part("c", "GET", "Things", atomicityGroup="g")]},
    {"requests": [part(str(n), "GET", "Things") for n in range(1001)]},
]  # fmt: skip


@pytest.mark.parametrize("given", tiered(BAD), ids=range(len(BAD)))
def test_what_is_no_batch_is_refused_whole(network: Network, send: Send, given: Any) -> None:
    assert send("POST", "$batch", given, 400).json()["message"]


def test_an_address_outside_the_service_is_refused(network: Network, batch: Any) -> None:
    urls = ["/admin/", "https://example.org/Things", "../../admin/", "$batch", "//example.org/sta"]
    found = batch(*[part(str(at), "GET", url) for at, url in enumerate(urls)])
    assert {one["status"] for one in found.values()} <= {400, 404, 424}


def test_nul_in_an_address_is_refused(network: Network, batch: Any) -> None:
    urls = ["Things?$filter=name eq '%00'", "Things?$select=%00"]
    found = batch(*[part(str(at), "GET", url) for at, url in enumerate(urls)])
    assert {one["status"] for one in found.values()} <= {400, 404}


@pytest.mark.parametrize("url", ["Things?$filter=name eq '\0'", "Things(1)/\0", "Things(1)\0"])
def test_a_batch_with_nul_is_refused_whole(network: Network, send: Send, url: str) -> None:
    send("POST", "$batch", {"requests": [part("a", "GET", url)]}, 400)


def test_the_multipart_batches_of_the_standard_are_not_offered(network: Network, send: Send) -> None:
    send("POST", "$batch", b"--b", 415, content_type="multipart/mixed;boundary=b")
    send("GET", "$batch", None, 405)


def test_without_an_account_a_batch_is_small_shallow_and_plain(client: Client) -> None:
    def status(*requests: dict[str, Any]) -> int:
        body = json.dumps({"requests": list(requests)})
        return client.post("/sta/v1.1/$batch", body, "application/json").status_code

    one = {"id": "1", "method": "GET", "url": "Things"}
    assert status(*({**one, "id": str(n)} for n in range(20))) == 200
    assert status(*({**one, "id": str(n)} for n in range(21))) == 400
    assert status({**one, "body": "x" * 70_000}) == 413
    assert status({**one, "headers": {"content-type": "application/json; charset=a\0b"}}) == 400
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    assert status({"id": "1", "method": "POST", "url": "Things", "body": deep}) == 400


@pytest.mark.parametrize("url", ["\t/[", "/\t/[x", "//[", "http://[", "Things?$filter=name eq '%00'", "%"])
def test_an_address_that_is_none_is_refused_alone(network: Network, send: Send, url: str) -> None:
    requests = [{"id": "a", "method": "GET", "url": url}, {"id": "b", "method": "GET", "url": "Things?$top=1#x"}]
    first, second = send("POST", "$batch", {"requests": requests}).json()["responses"]
    assert (400 <= int(first["status"]) < 500, int(second["status"])) == (True, 200)
