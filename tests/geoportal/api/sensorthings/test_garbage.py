"""Whatever a client sends, it is answered, and nothing is half stored: no query and no document makes a 5xx."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoportal.sensorthings.entities import ENTITIES, EntityType
from geoportal.sensorthings.functions import FUNCTIONS, LIMITS, TEMPORAL
from layers.observations.models import Datastream, FeatureOfInterest, Location, ObservedProperty, Sensor, Thing
from tests.geoportal.api.sensorthings.conftest import Network, Send, escaped, tiered
from tests.geoportal.api.sensorthings.test_creating import CALGARY, OVEN, PROPERTY, SENSOR, STREAM
from tests.tiers import examples

pytestmark = pytest.mark.django_db
SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
BY_NAME = {one.name: one for one in ENTITIES}
LITERALS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(repr),
    st.sampled_from("null true false now() 1e308 -1e308 5e-324 1e-200 0 '' 'a''b' NaN".split()),  # noqa: SIM905
    st.text(max_size=8).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from([
        "2026-01-15T00:00:00Z/2026-01-15T01:00:00Z", "2026-01-15", "00:30:00", "duration'P999999D'", "duration'PT1S'",
        "9999-12-31T23:59:59Z", "1000-01-01T00:00:00-18:00", "geography'POINT (20.6 50.8)'", "geography'POINT EMPTY'",
        "geography'LINESTRING (20 50,21 51)'", "geography'POLYGON ((20 50,21 50,21 51,20 50))'", "geography'x'",
        "'POINT (1 1)'", "(1,2)", "('a',null)", "'2026-01-15T00:00:00Z'", "'Infinity'", "'T*F**F***'",
    ]),
)  # fmt: skip


def paths(entity: EntityType) -> st.SearchStrategy[str]:
    """Paths to properties, through relations too, and to what is no property."""
    own = st.sampled_from([*entity.properties, "id", "@iot.id", "properties/owner", "properties/parts/pump", "result",
                           "unitOfMeasurement/name", "parameters/n", "result/x"])  # fmt: skip
    names = list(entity.relations)
    further = st.sampled_from(names).flatmap(
        lambda name: st.sampled_from([*BY_NAME[entity.relations[name].target].properties, "id", *names]).map(
            lambda rest: f"{name}/{rest}"
        )
    )
    return st.one_of(own, own, further, st.sampled_from(names))


def expressions(entity: EntityType) -> st.SearchStrategy[str]:
    """Expressions that are mostly well formed, of any sorts."""
    names = st.sampled_from([*FUNCTIONS, *TEMPORAL, *LIMITS, "now", "nothing", "cast"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        operators = ["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "add", "sub", "mul", "div", "mod", "in"]
        lambdas = st.tuples(st.sampled_from([*entity.relations]), st.sampled_from(["any", "all"]), inner)
        return st.one_of(
            st.tuples(inner, st.sampled_from(operators), inner).map(lambda part: f"({' '.join(part)})"),
            st.tuples(names, st.lists(inner, max_size=3)).map(lambda part: f"{part[0]}({','.join(part[1])})"),
            inner.map(lambda one: f"not {one}"),
            inner.map(lambda one: f"-{one}"),
            lambdas.map(lambda part: f"{part[0]}/{part[1]}(x:x/{part[2]})"),
        )

    return st.recursive(st.one_of(paths(entity), LITERALS), larger, max_leaves=8)


def options(entity: EntityType, depth: int = 0) -> st.SearchStrategy[str]:
    """Options with their values, joined as a query string or inside an expansion."""
    numbers = st.one_of(st.integers(-1, 2000).map(str), st.sampled_from(["", "x", "1" * 30, "٣"]))
    order = st.lists(
        st.tuples(expressions(entity), st.sampled_from(["", " asc", " desc", " x"])), min_size=1, max_size=3
    )
    select = st.lists(st.sampled_from([*entity.properties, *entity.relations, "id", "x"]), min_size=1, max_size=4)
    tokens = st.one_of(
        st.text(max_size=20), st.sampled_from(["WzFd", "WyJhIiwxXQ", "W251bGwsMV0", "WzFlMzAwLDEsMV0"])
    )
    single = st.one_of(
        expressions(entity).map("$filter={}".format),
        expressions(entity).map("$filter={}".format),
        order.map(lambda parts: "$orderby=" + ",".join("".join(part) for part in parts)),
        select.map(lambda names: "$select=" + ",".join(names)),
        numbers.map("$top={}".format),
        numbers.map("$skip={}".format),
        st.sampled_from(["$count=true", "$count=false", "$count=x", "$resultFormat=dataArray", "lang=pl", "x=1"]),
        tokens.map("$skiptoken={}".format),
        *([_expansion(entity, depth)] if depth < 2 else []),
    )
    separator = ";" if depth else "&"
    return st.lists(single, max_size=4, unique_by=lambda one: one.partition("=")[0]).map(separator.join)


def _expansion(entity: EntityType, depth: int) -> st.SearchStrategy[str]:
    def of(name: str) -> st.SearchStrategy[str]:
        inside = options(BY_NAME[entity.relations[name].target], depth + 1)
        return st.one_of(st.just(name), inside.map(lambda text: f"{name}({text})"))

    names = st.sampled_from([*entity.relations])
    return st.lists(names.flatmap(of), min_size=1, max_size=2).map(lambda parts: "$expand=" + ",".join(parts))


QUERIES = st.sampled_from(ENTITIES).flatmap(
    lambda entity: st.tuples(
        st.just(entity.plural), st.one_of(options(entity), options(entity), st.text(max_size=60))
    )
)


QUICK = 25
"""Requests of a quick run; a thorough one makes all."""


@settings(max_examples=2000 if examples(2000) == 2000 else QUICK, deadline=None, suppress_health_check=SUPPRESSED)
@given(query=QUERIES)
def test_any_query_is_answered(network: Network, web: Client, query: tuple[str, str]) -> None:
    response = web.get(f"/sta/v1.1/{query[0]}?{escaped(query[1])}")
    assert response.status_code in (200, 400), (query, response.content)
    link = response.json().get("@iot.nextLink") if response.status_code == 200 else None
    if link:
        assert web.get(link.removeprefix("http://testserver")).status_code == 200, link


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**400), 10**400), st.floats(), st.text(max_size=10),
        st.sampled_from(["\0", "\ud800", "x" * 70_000, "2026-01-15T00:00:00Z", "9999-12-31T23:59:59-14:00", 2**63]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
GOOD: dict[str, Any] = {
    "Things": OVEN,
    "Locations": CALGARY,
    "Sensors": SENSOR,
    "ObservedProperties": PROPERTY,
    "Things({silnica})/Datastreams": STREAM,
    "Datastreams({level})/Observations": {
        "result": 1, "phenomenonTime": "2026-02-01T00:00:00Z", "parameters": {"a": 1},
    },
    "FeaturesOfInterest": {
        "name": "a", "description": "b", "encodingType": "application/geo+json", "feature": CALGARY["location"],
    },
    "Things({silnica})/HistoricalLocations": {"time": "2026-02-01T00:00:00Z", "Locations": [CALGARY]},
    "CreateObservations": [
        {"Datastream": {"@iot.id": 1}, "components": ["result"], "dataArray": [[1], [2]]},
    ],
    "$batch": {"requests": [{"id": "a", "method": "POST", "url": "Things", "body": {}, "headers": {}}]},
}  # fmt: skip
CHANGED = ["Things({silnica})", "Datastreams({level})", "Observations({first})", "Datastreams({level})/Sensor"]


def spoiled(document: Any, draw: Any) -> Any:
    """The document with one of its parts replaced, removed or added."""
    if isinstance(document, dict) and document and draw(st.integers(0, 3)):
        name = draw(st.sampled_from([*document, "extra", "@iot.id", "name", "properties"]))
        return {**document, name: spoiled(document.get(name), draw)}
    if isinstance(document, list) and document and draw(st.booleans()):
        return [spoiled(document[0], draw), *document[1:]]
    return draw(JSON)


@st.composite
def spoiled_documents(draw: Any) -> tuple[str, str, Any]:
    path = draw(st.sampled_from([*GOOD, *CHANGED]))
    method = "POST" if path in GOOD else draw(st.sampled_from(["PATCH", "PUT"]))
    source = GOOD.get(path) or draw(st.sampled_from([OVEN, SENSOR, STREAM, {"result": 1}]))
    return method, path, spoiled(source, draw)


MODELS: tuple[Any, ...] = (Thing, Location, Sensor, ObservedProperty, Datastream, FeatureOfInterest)


@settings(max_examples=600 if examples(600) == 600 else QUICK, deadline=None, suppress_health_check=SUPPRESSED)
@given(change=spoiled_documents())
def test_any_document_is_stored_whole_or_refused(
    network: Network, web: Client, spoiling_editor: str, change: tuple[str, str, Any]
) -> None:
    method, path, document = change
    body = json.dumps(document).encode("utf-8", "surrogatepass")
    before = [model.objects.count() for model in MODELS]
    headers = {"Authorization": f"Bearer {spoiling_editor}"}
    address = f"/sta/v1.1/{network.fill(path)}"
    response = web.generic(method, address, body, "application/json", headers=headers)
    assert response.status_code < 500, (change, response.content)
    if response.status_code >= 400:
        assert [model.objects.count() for model in MODELS] == before


@pytest.fixture
def spoiling_editor(send: Send) -> str:
    """A token for all examples."""
    return str(send("GET", "Things?$top=0").request["HTTP_AUTHORIZATION"].removeprefix("Bearer "))


BODIES = [
    b" ", b"{", b"NaN", b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e999}', b'{"name": "\\ud800"}',
    b"\xff\xfe", b'{"name": "\xff"}', b"[" * 100_000, b'{"a":' * 5_000, b'{"name": "\\u0000", "description": "x"}',
    b'{"name": "x", "description": "y", "properties": {"\\u0000": 1}}', b"1" * 10_000, b'"x"', b"null",
    b'{"name": "x", "description": "y", "properties": {"n": 1e400}}', b'\xef\xbb\xbf{"name": "x"',
    b'{"name": "x", "description": "y", "properties": ' + b'{"a":' * 40 + b"1" + b"}" * 41,
]  # fmt: skip


@pytest.mark.parametrize("body", tiered(BODIES), ids=range(len(BODIES)))
@pytest.mark.parametrize("path", ["Things", "Datastreams({level})/Observations", "CreateObservations", "$batch"])
def test_what_is_no_usable_json_is_refused(network: Network, send: Send, body: bytes, path: str) -> None:
    send("POST", network.fill(path), body, 400)
    if path == "Things":
        send("PATCH", f"Things({network.silnica})", body, 400)


def test_a_whole_number_beyond_all_floats_is_kept_and_filtered_without_a_fault(network: Network, send: Send) -> None:
    Thing.objects.filter(pk=network.silnica).update(properties={"n": 2**1024 - 1, "tiny": 0})
    assert send("GET", "Things?$filter=properties/n gt 1").json()["value"] == []
    assert len(send("GET", "Things?$orderby=properties/n").json()["value"]) == 2
