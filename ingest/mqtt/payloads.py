"""Devices' own payloads, read by their entry in the mapping table."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.mqtt.mapping import DeviceTopic
from layers.errors import BadObservation
from layers.observations.documents import ObservationDocument, parse_observation

IN_MILLISECONDS = 100_000_000_000
"""A number of seconds since 1970 from here on would be in the year 5138; it is one of milliseconds."""


def observations_in(device: DeviceTopic, payload: Any, received: datetime) -> dict[str, ObservationDocument]:
    """The observations in a payload, by the codes of their datastreams. Raises BadObservation.

    Fields that the payload does not have are left out; a payload without any of them is refused.
    """
    fields = _fields(device, payload)
    moment = _time(device, payload)
    found = {}
    for one in device.fields:
        value = _at(fields, one.path) if device.dialect != "sensor_community" else fields.get(one.path)
        if value is None:
            continue
        if one.factor != 1.0 and isinstance(value, int | float) and not isinstance(value, bool):
            value = value * one.factor
        document = {"result": value, "phenomenonTime": moment}
        found[one.datastream] = parse_observation(document, received=received)
    if not found:
        wanted = ", ".join(one.path for one in device.fields)
        raise BadObservation("document", f"The message has none of the fields {wanted} of its entry in the mapping.")
    return found


def _fields(device: DeviceTopic, payload: Any) -> Any:
    """The part of a payload in which the fields stand."""
    if not isinstance(payload, Mapping):
        raise BadObservation("document", f"The message is {type(payload).__name__}; expected a JSON object.")
    if device.dialect == "json":
        return payload
    if device.dialect == "ttn":
        decoded = _at(payload, "uplink_message.decoded_payload")
        if not isinstance(decoded, Mapping):
            raise BadObservation("document", "The message has no uplink_message.decoded_payload, as uplinks have.")
        return decoded
    values = payload.get("sensordatavalues")
    if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
        raise BadObservation("document", "The message has no list sensordatavalues, as Sensor.Community has.")
    return {str(one.get("value_type")): _number(one.get("value")) for one in values}


def _time(device: DeviceTopic, payload: Any) -> Any:
    """The phenomenon time as SensorThings has it, None for the moment of arrival."""
    paths = [device.time] if device.time else []
    if device.dialect == "ttn" and not paths:
        paths = ["uplink_message.received_at", "received_at"]
    found = next((value for path in paths if (value := _at(payload, path)) is not None), None)
    if isinstance(found, bool) or not isinstance(found, int | float):
        if found is None and device.time:
            raise BadObservation("time", f"The message has no time at {device.time}.")
        return found
    seconds = found / 1000 if abs(found) >= IN_MILLISECONDS else found
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise BadObservation("time", f"The time {found} is not a number of seconds since 1970.") from None


def _number(value: Any) -> Any:
    """Sensor.Community writes numbers as text; other texts stay."""
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path, None where there is nothing; parts of it may be numbers of list members."""
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
