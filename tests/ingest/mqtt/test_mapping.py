"""The mapping table of devices' own topics and payloads: what it may contain, and what is read by it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import BadMapping
from ingest.mqtt.mapping import DeviceTopic, MappedField, mapping, read_mapping, stored_keys
from ingest.mqtt.messages import Message, Reader
from ingest.mqtt.payloads import observations_in
from ingest.mqtt.topics import Route, matches, route_of
from layers.errors import BadObservation
from tests.layers.observations.streams import stream

RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TABLE = """
[[mqtt.devices]]
topic = "v3/kielce@ttn/devices/silnica-1/up"
dialect = "ttn"
[mqtt.devices.fields]
level_m = { datastream = "silnica/level", factor = 100 }
battery = "silnica/battery"
[[mqtt.devices]]
topic = "air/+/data"
dialect = "json"
time = "at"
fields = { "data.0.pm10" = "air/PM10" }
"""
UPLINK = {
    "end_device_ids": {"device_id": "silnica-1"},
    "received_at": "2026-03-01T11:59:59.123456789Z",
    "uplink_message": {
        "f_port": 1,
        "decoded_payload": {"level_m": 2.62, "battery": 3.6, "raw": [1, 2]},
        "received_at": "2026-03-01T11:59:58.987654321Z",
    },
}


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "city.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_city_of_the_repository_has_a_valid_table():
    assert mapping() == ()


def test_entries_are_read_from_the_city_file_or_the_file_it_names(tmp_path):
    first, second = read_mapping(written(tmp_path, TABLE))
    assert first.topic == "v3/kielce@ttn/devices/silnica-1/up"
    assert first.fields == (
        MappedField("level_m", "silnica/level", 100.0),
        MappedField("battery", "silnica/battery"),
    )
    assert second == DeviceTopic("air/+/data", "json", (MappedField("data.0.pm10", "air/PM10"),), "at")
    (tmp_path / "devices.toml").write_text(TABLE, encoding="utf-8")
    assert read_mapping(written(tmp_path, '[mqtt]\nfile = "devices.toml"')) == (first, second)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("mqtt = 5", "must be a table"),
        ("[mqtt]\ndevices = 5", "entries"),
        ('[mqtt]\nfile = "missing.toml"', "cannot be read"),
        ("[mqtt]\nport = 5", "port"),
        ("[[mqtt.devices]]\ntopic = 5", "topic is 5"),
        ('[[mqtt.devices]]\ntopic = "a/#"', "a/#"),
        ('[[mqtt.devices]]\ntopic = "v1.1/Observations"\ndialect = "json"', "choose another first level"),
        ('[[mqtt.devices]]\ntopic = "a/b"\ndialect = "xml"', "dialect is 'xml'"),
        ('[[mqtt.devices]]\ntopic = "a/b"\ndialect = "json"', "fields is missing"),
        ('[[mqtt.devices]]\ntopic = "a/b"\ndialect = "json"\nfields = { x = "level" }', "'level'"),
        ('[[mqtt.devices]]\ntopic = "a/b"\ndialect = "json"\nfields = { x = 5.5 }', "fields.x"),
        (
            '[[mqtt.devices]]\ntopic = "a"\ndialect = "json"\nfields = { x = {datastream = "a/b", factor = 0}}',
            "factor",
        ),
        ('[[mqtt.devices]]\ntopic = "a"\ndialect = "json"\ntime = 5\nfields = { x = "a/b" }', "time is 5"),
        ('[[mqtt.devices]]\ntopic = "a"\ndialect = "json"\nfield = { x = "a/b" }', "field"),
        (TABLE + TABLE, "stands twice"),
        ("[mqtt", "not valid TOML"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(tmp_path, wrong, found):
    with pytest.raises(BadMapping) as caught:
        read_mapping(written(tmp_path, wrong))
    assert found in str(caught.value) and str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def by_code(device: DeviceTopic, payload: Any) -> dict[str, tuple[Any, datetime]]:
    found = observations_in(device, payload, RECEIVED)
    return {code: (one.result, one.starts) for code, one in found.items()}


def test_an_uplink_of_the_things_network_is_read(tmp_path):
    device, _ = read_mapping(written(tmp_path, TABLE))
    moment = datetime(2026, 3, 1, 11, 59, 58, 987654, tzinfo=UTC)
    assert by_code(device, UPLINK) == {"silnica/level": (262.0, moment), "silnica/battery": (3.6, moment)}


def test_values_of_sensor_community_are_numbers_in_text():
    fields = (MappedField("SDS_P1", "air/PM10"), MappedField("SDS_P2", "air/PM2.5"))
    device = DeviceTopic("airrohr", "sensor_community", fields)
    payload = {
        "esp8266id": "1234567",
        "sensordatavalues": [{"value_type": "SDS_P1", "value": "12.37"}, {"value_type": "signal", "value": "-60"}],
    }
    assert by_code(device, payload) == {"air/PM10": (12.37, RECEIVED)}


@pytest.mark.parametrize("moment", ["2026-03-01T10:00:00+01:00", 1772355600, 1772355600000, 1772355600.0])
def test_paths_and_times_of_plain_json_are_read(tmp_path, moment):
    _, device = read_mapping(written(tmp_path, TABLE))
    payload = {"at": moment, "data": [{"pm10": 41}]}
    assert by_code(device, payload) == {"air/PM10": (41, datetime(2026, 3, 1, 9, 0, tzinfo=UTC))}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "document"),
        ({}, "time"),
        ({"at": "2026-03-01T10:00:00Z"}, "document"),
        ({"at": "2026-03-01T10:00:00", "data": [{"pm10": 1}]}, "time"),
        ({"at": 1e300, "data": [{"pm10": 1}]}, "time"),
        ({"at": True, "data": [{"pm10": 1}]}, "time"),
        ({"at": "2026-03-01T10:00:00Z", "data": "x"}, "document"),
    ],
)
def test_payloads_without_time_or_fields_are_refused(tmp_path, payload, reason):
    _, device = read_mapping(written(tmp_path, TABLE))
    with pytest.raises(BadObservation) as caught:
        observations_in(device, payload, RECEIVED)
    assert caught.value.reason == reason


def test_topics_name_their_sender_and_datastream():
    assert route_of("v1.1/Observations") == Route("", "v1.1/Observations", True)
    assert route_of("v1.1/Datastreams(5)/Observations") == Route("", "v1.1/Datastreams(5)/Observations", True, 5)
    assert route_of("devices/token-1/v1.1/Observations") == Route("token-1", "v1.1/Observations", True)
    assert route_of("devices/token-1/a/b") == Route("token-1", "a/b", False)
    for other in ("v1.1/Datastreams(5)", "v1.1/Datastreams(x)/Observations", "devices/x", "v1.1/Things", ""):
        assert not route_of(other).sensorthings
    assert matches("a/+/c", "a/b/c") and not matches("a/+", "a/b/c") and not matches("a/b", "a/c")


@pytest.mark.django_db
def test_a_datastream_is_named_by_its_number_too(tmp_path):
    level = stream("level")
    text = f"""[[mqtt.devices]]
topic = "meters/7"
dialect = "json"
[mqtt.devices.fields]
"tank.level" = {level.pk}
battery = {{ datastream = 999999, factor = 2 }}
"""
    (device,) = devices = read_mapping(written(tmp_path, text))
    assert device.fields == (MappedField("tank.level", str(level.pk)), MappedField("battery", "999999", 2.0))
    assert stored_keys(device.codes) == {str(level.pk): level.pk}
    payload = b'{"tank": {"level": 3.5}, "parameters": {"message_id": "m1"}}'
    (read,) = Reader(devices, lambda user, key: True).read([Message("meters/7", payload, RECEIVED)])
    assert [(one.pk, document.result) for one, document in read.observations] == [(level.pk, 3.5)]
    assert (read.message_id, read.key) == ("m1", level.pk)
    for wrong in ("0", "true", "-1"):
        with pytest.raises(BadMapping, match="expected its number, or the codes"):
            read_mapping(written(tmp_path, text.replace(f"= {level.pk}", f"= {wrong}")))


@pytest.mark.django_db
def test_a_new_device_is_configuration(tmp_path):
    level, battery = stream("level"), stream("battery")
    devices = read_mapping(written(tmp_path, TABLE))
    assert stored_keys(["silnica/level", "silnica/x"]) == {"silnica/level": level.pk}
    reader = Reader(devices, lambda user, key: True)
    message = Message("v3/kielce@ttn/devices/silnica-1/up", json.dumps(UPLINK).encode(), RECEIVED)
    (read,) = reader.read([message])
    assert {one.pk: document.result for one, document in read.observations} == {level.pk: 262.0, battery.pk: 3.6}
    unknown = Message("air/5/data", b'{"at": 1772355600, "data": [{"pm10": 1}]}', RECEIVED)
    other = Message("air/5/x", b"{}", RECEIVED)
    reasons = [one.faults[0].reason for one in reader.read([unknown, other])]
    assert reasons == ["datastream", "topic"]
