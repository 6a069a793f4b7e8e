"""Stored observations and datastreams as SensorThings 1.1 has them in JSON, for messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from layers.observations.models import Datastream


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """A row of the table of observations."""

    number: int
    datastream: int
    starts: datetime
    ends: datetime
    result_time: datetime | None
    value: float | None
    result: Any
    extra: Mapping[str, Any] | None
    feature: int | None


def address(collection: str, key: int) -> str:
    """The address of an entity over HTTP."""
    return f"{settings.PORTAL_URL}/sta/v1.1/{collection}({key})"


def observation_document(one: StoredObservation) -> dict[str, Any]:
    """An observation with its links."""
    own = address("Observations", one.number)
    period = [_moment(one.starts)] if one.starts == one.ends else [_moment(one.starts), _moment(one.ends)]
    return {
        "@iot.id": one.number,
        "@iot.selfLink": own,
        "phenomenonTime": "/".join(period),
        "resultTime": None if one.result_time is None else _moment(one.result_time),
        "result": one.result if one.value is None else one.value,
        **(one.extra or {}),
        "Datastream@iot.navigationLink": f"{own}/Datastream",
        "FeatureOfInterest@iot.navigationLink": f"{own}/FeatureOfInterest",
    }


def datastream_document(stream: Datastream) -> dict[str, Any]:
    """A datastream with its links. The renderer of `/sta/` takes this one's place once it is there."""
    own = address("Datastreams", stream.pk)
    return {
        "@iot.id": stream.pk,
        "@iot.selfLink": own,
        "name": stream.name,
        "description": stream.description,
        "observationType": stream.observation_type,
        "unitOfMeasurement": {
            "name": stream.unit_name or None,
            "symbol": stream.unit_symbol or None,
            "definition": stream.unit_definition or None,
        },
        "properties": stream.properties,
        **{f"{name}@iot.navigationLink": f"{own}/{name}" for name in ("Thing", "Sensor", "ObservedProperty")},
        "Observations@iot.navigationLink": f"{own}/Observations",
    }


def _moment(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds")
    return text.replace("+00:00", "Z")
