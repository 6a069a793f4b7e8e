"""Things and datastreams as sources declare them, stored by `layers.observations.streams`. Imports no tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
"""The observation type of numbers. Results of any other type are stored as JSON."""


@dataclass(frozen=True, eq=False)
class ThingSpec:
    """A Thing as a source declares it. `code` is unique in the dataset; begin it with the source's name.

    `geometry` is a point in the city's storage system, None where unknown. `values` are fields of the row in the
    layer `kind` beyond `name`.
    """

    code: str
    name: str
    description: str = ""
    kind: str = "stations"
    geometry: BaseGeometry | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PropertySpec:
    """An observed property. `code` is short and unique in the city, such as PM10."""

    code: str
    name: str
    definition: str = ""
    description: str = ""


@dataclass(frozen=True)
class SensorSpec:
    """An instrument or procedure, by a code unique in the city."""

    code: str
    name: str
    description: str = ""
    encoding_type: str = "text/html"
    metadata: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit of measurement: name, symbol, and a URI (UCUM) or ""."""

    name: str
    symbol: str
    definition: str = ""


@dataclass(frozen=True, eq=False)
class StreamSpec:
    """A datastream as a source declares it; `code` is unique at its Thing. The other fields are those of
    `layers.observations.models.Datastream`."""

    thing: ThingSpec
    observed_property: PropertySpec
    sensor: SensorSpec
    code: str
    name: str
    unit: Unit
    description: str = ""
    observation_type: str = MEASUREMENT
    interval_s: int = 0
    day_zone: str = ""
    retention: str = ""
    lowest: float | None = None
    highest: float | None = None
    step: float | None = None
    spike: float | None = None
    stuck: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
