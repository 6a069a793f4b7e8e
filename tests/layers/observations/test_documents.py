"""Observations in JSON: what is read, and what is refused with which reason."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import BadObservation
from layers.observations.documents import (
    DEEPEST,
    MOST_BYTES,
    ObservationDocument,
    check_result,
    columns_of,
    parse_observation,
    read_json,
)
from layers.observations.models import Datastream
from tests.tiers import examples

RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEVEL = Datastream(pk=5)
STATE = Datastream(pk=6, observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation")


def parsed(**members: Any) -> ObservationDocument:
    return parse_observation({"result": 1.5} | members, received=RECEIVED)


def reason_of(call: Any) -> tuple[str, str]:
    with pytest.raises(BadObservation) as caught:
        call()
    return caught.value.reason, str(caught.value)


def test_an_observation_without_times_has_the_moment_at_which_it_came():
    found = parsed()
    assert (found.starts, found.ends, found.result_time) == (RECEIVED, RECEIVED, None)
    assert (found.result, found.extra, found.datastream, found.feature_key) == (1.5, None, None, None)


def test_the_example_of_the_standard_is_read_with_all_its_members():
    found = parsed(
        phenomenonTime="2017-02-07T18:02:00.000Z",
        resultTime="2017-02-07T19:02:05+01:00",
        validTime="2017-02-07T18:02:00Z/2017-02-08T18:02:00Z",
        resultQuality={"nameOfMeasure": "accuracy"},
        parameters={"message_id": "a1"},
        Datastream={"@iot.id": 5},
        FeatureOfInterest={"@iot.id": 7, "name": "ignored beside the reference"},
    )
    assert found.starts == found.ends == datetime(2017, 2, 7, 18, 2, tzinfo=UTC)
    assert found.result_time == datetime(2017, 2, 7, 18, 2, 5, tzinfo=UTC)
    assert found.extra == {
        "parameters": {"message_id": "a1"},
        "validTime": "2017-02-07T18:02:00Z/2017-02-08T18:02:00Z",
        "resultQuality": {"nameOfMeasure": "accuracy"},
    }
    assert (found.datastream, found.feature_key) == (5, 7)


def test_an_interval_is_read_in_utc():
    found = parsed(phenomenonTime="2026-03-29T01:00:00+01:00/2026-03-29T03:00:00+02:00")
    assert found.starts == datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert found.ends == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


BAD_TIMES = [
    "2026-03-01",
    "12:00:00Z",
    "now",
    1767225600,
    "2026-02-30T00:00:00Z",
    "2026-03-01T00:00:00Z/PT1H",
    "/",
    "a/b/c",
    "0001-01-01T00:00:00+14:00",
    "1890-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "T" * 200,
    "2026-03-01T25:00Z",
]


@pytest.mark.parametrize("time", BAD_TIMES)
def test_a_time_that_is_none_is_refused(time):
    assert reason_of(lambda: parsed(phenomenonTime=time))[0] == "time"


def test_a_time_without_a_zone_is_refused_and_the_message_names_what_is_missing():
    reason, message = reason_of(lambda: parsed(phenomenonTime="2026-03-01T12:00:00"))
    assert reason == "time"
    assert "without a zone" in message and "2026-03-01T12:00:00" in message
    assert reason_of(lambda: parsed(resultTime="2026-03-01T12:00:00"))[0] == "time"
    assert reason_of(lambda: parsed(validTime="2026-03-01T12:00:00Z"))[0] == "time"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"result": None}, "no_result"),
        ({"parameters": [1]}, "document"),
        ({"Datastream": {"@iot.id": "5"}}, "datastream"),
        ({"Datastream": {"@iot.id": True}}, "datastream"),
        ({"Datastream": {"@iot.id": 2**40}}, "datastream"),
        ({"Datastream": 5}, "datastream"),
        ({"FeatureOfInterest": [5]}, "feature"),
        ({"FeatureOfInterest": {"@iot.id": 0}}, "feature"),
        ({"parameters": {"a": "x\0"}}, "text"),
        ({"parameters": {"x\0": "a"}}, "text"),
        ({"result": "\ud800"}, "text"),
        ({"result": float("nan")}, "json"),
        ({"result": [float("inf")]}, "json"),
        ({"result": 10**400}, "json"),
        ({"result": list(range(5000))}, "size"),
        ({"result": "x" * (MOST_BYTES + 1)}, "size"),
    ],
)
def test_members_of_another_shape_are_refused(members, reason):
    assert reason_of(lambda: parsed(**members))[0] == reason


@pytest.mark.parametrize("document", [None, [], "text", 5, True])
def test_what_is_no_object_is_no_observation(document):
    assert reason_of(lambda: parse_observation(document, received=RECEIVED))[0] == "document"


def test_nesting_is_bounded():
    deep: Any = 1
    for _ in range(DEEPEST):
        deep = [deep]
    assert reason_of(lambda: parsed(result=deep))[0] == "nesting"
    assert reason_of(lambda: read_json(b"[" * 50_000))[0] == "nesting"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"\xff\xfe", "json"),
        (b'{"result": NaN}', "json"),
        (b'{"result": -Infinity}', "json"),
        (b'{"result": ' + b"9" * 5000 + b"}", "json"),
        (b" " * (MOST_BYTES + 1), "size"),
    ],
)
def test_payloads_that_are_no_json_are_refused(payload, reason):
    assert reason_of(lambda: read_json(payload))[0] == reason


def test_a_payload_is_read():
    assert read_json('{"result": "zażółć"}'.encode()) == {"result": "zażółć"}


@pytest.mark.parametrize("result", [True, "1.5", [1], {"a": 1}, 2**53 + 1, -(2**60)])
def test_a_measurement_that_is_no_exact_number_is_refused(result):
    reason, message = reason_of(lambda: check_result(parsed(result=result), LEVEL))
    assert reason == "no_number"
    assert "finite number" in message
    check_result(parsed(result=result), STATE)


def test_a_number_beyond_floats_is_refused_where_it_is_read():
    document = read_json(b'{"result": 1e400}')
    assert reason_of(lambda: parse_observation(document, received=RECEIVED))[0] == "json"


def test_columns_have_numbers_of_measurements_and_json_of_other_results():
    documents = [
        parsed(result=3, phenomenonTime="2026-03-01T10:00:00Z/2026-03-01T11:00:00Z", parameters={"a": 1}),
        parsed(result={"open": True}, resultTime="2026-03-01T12:00:01Z", FeatureOfInterest={"@iot.id": 7}),
    ]
    found = columns_of(documents, [LEVEL, STATE])
    assert found.datastream.tolist() == [5, 6]
    assert found.starts[0] == np.datetime64("2026-03-01T10:00:00") and found.ends[0] == np.datetime64("2026-03-01T11")
    assert found.values[0] == 3.0 and np.isnan(found.values[1])
    assert found.results == [None, {"open": True}]
    assert found.extra == [{"parameters": {"a": 1}}, None]
    assert found.features == [None, 7]
    assert found.result_times is not None
    assert np.isnat(found.result_times[0]) and found.result_times[1] == np.datetime64("2026-03-01T12:00:01")


def test_columns_of_measurements_alone_have_no_other_results():
    found = columns_of([parsed()], [LEVEL])
    assert (found.results, found.extra, found.features) == (None, None, None)


def test_an_inline_feature_must_be_stored_first():
    document = parsed(FeatureOfInterest={"name": "Silnica", "feature": {"type": "Point"}})
    assert reason_of(lambda: columns_of([document], [LEVEL]))[0] == "feature"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    [
        "result", "phenomenonTime", "resultTime", "validTime", "resultQuality", "parameters", "Datastream",
        "FeatureOfInterest", "@iot.id",
    ]
)  # fmt: skip


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=st.dictionaries(NAMES, JSON, max_size=8))
def test_any_document_is_read_or_refused(document):
    try:
        found = parse_observation(document, received=RECEIVED)
        check_result(found, LEVEL)
    except BadObservation:
        return
    json.dumps([found.result, found.extra], allow_nan=False).encode("utf-8")
