"""Bodies with the extremes of JSON at every address that reads JSON: refused or taken, never an error of the server.

One complete body an address; each request puts one extreme in the place of one value of it, or adds a key twice.
That every address has a body here is checked against the probes of the role walk.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import settings

from geoportal.accounts.roles import BY_GROUP
from layers.observations.models import Thing
from tests.geoportal.accounts.test_role_walk import PROBES, Walk, decided, walk  # noqa: F401  (fixtures)
from tests.geoportal.logins import account
from tests.tiers import QUICK

REQUESTS = int(os.environ.get("EXTREME_REQUESTS", "5000"))
REQUESTS_WHEN_QUICK = 120
MARKET = [20.63139, 50.87028]
POINT = {"type": "Point", "coordinates": MARKET}
LINE = {"type": "LineString", "coordinates": [MARKET, [20.64, 50.88]]}
STREAM = {
    "name": "n", "description": "d", "unitOfMeasurement": {"name": "m", "symbol": "m", "definition": "m"},
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "Sensor": {"name": "s", "description": "d", "encodingType": "text/plain", "metadata": "m"},
    "ObservedProperty": {"name": "p", "definition": "https://example.org/p", "description": "d"},
    "Observations": [{"result": 1.5, "phenomenonTime": "2026-01-01T00:00:00Z"}],
}  # fmt: skip
THING = {
    "name": "x", "description": "y", "properties": {"layer": "stations", "n": [1, {"a": None}]},
    "Locations": [{"name": "l", "description": "d", "encodingType": "application/geo+json", "location": POINT}],
    "Datastreams": [STREAM],
}  # fmt: skip
OBSERVATION = {
    "result": 1, "phenomenonTime": "2026-01-01T00:00:00Z", "resultTime": "2026-01-01T00:00:00Z",
    "resultQuality": {"a": 1}, "validTime": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "parameters": {"n": 1},
    "Datastream": {"@iot.id": 1}, "FeatureOfInterest": {"@iot.id": 1},
}  # fmt: skip
BUILDING = {
    "type": "Feature",
    "geometry": {"type": "Polygon",
                 "coordinates": [[[20.63, 50.87], [20.64, 50.87], [20.64, 50.88], [20.63, 50.87]]]},
    "properties": {"use_class": "public", "storeys_above": 3, "residents": 2.5, "owner": "x",
    "valid_from": "2026-01-01"}, "id": "x", "links": [], "bbox": [1, 2, 3, 4],
}  # fmt: skip
ORDER = {
    "title": "Rynek", "center": MARKET, "scale": 1000, "paper": "A4", "orientation": "portrait", "language": "pl",
    "base": True, "at": "2026-01-01", "pick": ["buildings/{building}"],
    "layers": [{"slug": "buildings", "opacity": 0.5,
                "filter": {"op": "=", "args": [{"property": "storeys_above"}, 1]}}],
    "shapes": {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": LINE, "properties": {"text": "x", "color": "#ff0000", "width": 2}}]},
}  # fmt: skip
QUESTION = {
    "layer": "buildings", "filter": "storeys_above > 1", "limit": 5, "measure": "count", "by": "use_class",
    "near": "bus_stops", "within_m": 50, "relation": "within", "of": "residents", "area": json.dumps(POINT), "at": "",
}  # fmt: skip
SEARCH = {"bbox": [20, 50, 21, 51], "datetime": "2026-01-01T00:00:00Z/..", "ids": ["a"], "collections": ["b"],
          "limit": 10, "token": "x"}  # fmt: skip
BATCH = {"requests": [
    {"id": "1", "atomicityGroup": "g", "method": "POST", "url": "Things", "body": THING,
     "headers": {"If-Match": "*", "content-type": "application/json"}, "dependsOn": ["2"]},
    {"id": "2", "method": "GET", "url": "Things?$top=1"}]}  # fmt: skip
BOX = {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2, "what": "face", "id": 1}
EXECUTE = {"inputs": {"exposed_share": 0.5}, "outputs": {"figures": {"transmissionMode": "value"}}, "response": "raw"}

BODIES: list[tuple[str, str, str, Any]] = [
    ("selection", "POST", "/selection.json", {"layers": {"buildings": ["{building}", "5"]}}),
    ("measure", "POST", "/measure.json", {"geometry": LINE}),
    ("buffer", "POST", "/buffer.json", {"geometry": POINT, "distance_m": 5}),
    ("buffer", "POST", "/buffer.json", {"layer": "buildings", "feature": "{building}", "distance_m": 5}),
    ("print", "POST", "/print/", ORDER),
    ("query-json", "POST", "/query.json", QUESTION),
    ("query-json", "POST", "/query.json", {"layer": "buildings", "limit": 5}),
    ("sql-answer", "POST", "/sql.json", {"sql": "SELECT 1", "format": "csv", "key": "{building}"}),
    ("sql-stop", "POST", "/sql/stop.json", {"key": "{building}"}),
    ("edit-geometry", "POST", "/edit/geometry.json", {"layer": "buildings", "geometry": BUILDING["geometry"]}),
    ("edit-geometry", "POST", "/edit/geometry.json", {"layer": "buildings", "text": "50.87 20.63"}),
    ("ogc-items", "POST", "/ogc/collections/buildings/items", BUILDING),
    ("ogc-item", "PUT", "/ogc/collections/buildings/items/{building}", BUILDING),
    ("ogc-item", "PATCH", "/ogc/collections/buildings/items/{building}", BUILDING),
    ("ogc-execution", "POST", "/ogc/processes/flood_exposure/execution", EXECUTE),
    ("ogc-execution", "POST", "/ogc/processes/echo/execution", {"inputs": {"text": "x"}, "response": "document"}),
    ("stac-search", "POST", "/stac/search", SEARCH),
    ("stac-search", "POST", "/stac/search", {"intersects": POINT}),
    ("photo-review-picture", "POST", "/photos/review/{raw_picture}.json",
     {"verdict": "release", "reason": "", "boxes": [BOX]}),
    ("photo-review-picture", "POST", "/photos/review/{raw_picture}.json", {"verdict": "withhold", "reason": "x"}),
    ("sta-resource", "POST", "/sta/v1.1/Things", THING),
    ("sta-resource", "PATCH", "/sta/v1.1/Things({river})", THING),
    ("sta-resource", "POST", "/sta/v1.1/Datastreams({level})/Observations", OBSERVATION),
    ("sta-resource", "PATCH", "/sta/v1.1/Datastreams({level})", STREAM),
    ("sta-batch", "POST", "/sta/v1.1/$batch", BATCH),
    ("sta-create-observations", "POST", "/sta/v1.1/CreateObservations",
     [{"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime", "result"], "dataArray@iot.count": 1,
       "dataArray": [["2026-01-01T00:00:00Z", 1.5]]}]),
    ("ogc-nothing", "POST", "/ogc/hydrants", {"a": 1}),
]  # fmt: skip
EXTREMES = (
    "1e400", "-1e400", "1e308", "-1e308", "5e-324", "-0.0", "1" * 400, "-" + "9" * 400, "9" * 5000, str(2**64),
    str(2**63), str(2**63 - 1), str(-(2**63)), str(2**31), "-1", "0", "0.5", "NaN", "Infinity", "-Infinity", "true",
    "false", "null", '""', '"x"', '" "', '"\\u0000"', '"\\ud800"', '"\\uffff"', '"\\u202e"', '"' + "x" * 70_000 + '"',
    "[]", "{}", "[[]]", "[null]", "[{}]", '{"a":[]}', '{"a":1,"a":2}', "[1,1]", "[[1],[2]]", "[true,null]", '[["a"]]',
    "[" * 60 + "]" * 60, "[" * 70 + "]" * 70, "[" * 100_000, '{"a":' * 50 + "1" + "}" * 50, '"2026-13-45T99:99:99Z"',
    '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '"1e400"', '"%"', '"$x"', '"../.."', '"\\\\"', "",
    '{"@iot.id":[]}', '{"@iot.id":1e308}', f'{{"@iot.id":{2**63 - 1}}}', '{"type":"Point","coordinates":[[]]}',
    '{"type":[],"coordinates":{}}', '{"op":[],"args":{}}', '{"property":[]}', '{"value":1,"boxes":null}',
)  # fmt: skip
MARK = "\x1a"


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of a JSON value and of all values in it."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places_in(one, (*path, key))


def spoilt(body: Any, path: tuple[Any, ...], extreme: str) -> str:
    """The text of a body with an extreme in one place."""
    if not path:
        return extreme
    made = json.loads(json.dumps(body))
    inside = made
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = MARK
    return json.dumps(made).replace(json.dumps(MARK), extreme)


def every_case() -> list[tuple[int, str]]:
    """All bodies with each extreme in each place, in an order that is random and always the same."""
    cases = [
        (number, spoilt(body, path, extreme))
        for number, (_, _, _, body) in enumerate(BODIES)
        for path in places_in(body)
        for extreme in EXTREMES
    ]
    random.Random(20261201).shuffle(cases)
    return cases


@pytest.fixture
def everything(walk: Walk, db: None) -> Client:  # noqa: F811
    """A client of an account with all roles."""
    client = Client(raise_request_exception=False)
    client.force_login(account(*BY_GROUP, name="everything"))
    return client


@pytest.fixture
def network(walk: Walk, db: None) -> dict[str, str]:  # noqa: F811
    assert Thing.objects.exists()
    return walk.places


def filled(text: str, places: dict[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda found: places.get(found[1], found[0]), text)


def refused_or_done(client: Client, places: dict[str, str], number: int, text: str) -> str:
    """The fault of one request, else ""; what it changed is taken back."""
    name, method, address, _ = BODIES[number]
    headers = {}
    with transaction.atomic():
        if name == "ogc-item":
            headers["If-Match"] = client.get(filled(address, places))["ETag"]
        media = "application/merge-patch+json" if method == "PATCH" and name == "ogc-item" else "application/json"
        answer = client.generic(method, filled(address, places), filled(text, places), media, headers=headers)
        status = answer.status_code
        transaction.set_rollback(True)
    problem = status >= 500 or (not text and status not in (400, 404, 415))
    return f"{status} {method} {address} {text[:300]} {answer.content[:200]!r}" if problem else ""


def test_no_extreme_of_json_is_an_error_of_the_server(everything: Client, network: dict[str, str]) -> None:
    cases = every_case()[: REQUESTS if settings.get_current_profile_name() != QUICK else REQUESTS_WHEN_QUICK]
    faults = [fault for number, text in cases if (fault := refused_or_done(everything, network, number, text))]
    assert not faults, f"{len(faults)} of {len(cases)}:\n" + "\n".join(faults[:40])


def test_every_address_that_reads_json_is_tried() -> None:
    with_json = {
        name
        for name, probes in PROBES.items()
        for one in probes
        if one.method in ("POST", "PUT", "PATCH") and not one.form and isinstance(one.body, dict | list)
    }
    assert with_json == {name for name, *_ in BODIES}


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_another_media_type_is_refused(everything: Client, network: dict[str, str], media: str) -> None:
    for name, method, address, body in BODIES:
        text, headers = filled(json.dumps(body), network), {}
        if name == "ogc-item":
            headers["If-Match"] = everything.get(filled(address, network))["ETag"]
        answer = everything.generic(method, filled(address, network), text, media, headers=headers)
        assert answer.status_code == (404 if name == "ogc-nothing" else 415), (name, answer.content)
