"""What a client gives for an entity (18-088, 8.2): the readers of properties, with their limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.geos import GEOSGeometry

from geoportal.sensorthings.errors import BadEntity
from layers.crs import WGS84
from layers.errors import BadGeoJSON, BadObservation
from layers.geojson import NESTED, Limits, geometry_of
from layers.observations.documents import refuse_unstorable

GEOJSON_TYPES = ("application/geo+json", "application/vnd.geo+json")
LONGEST_TEXT = 20_000
PLACE = Limits(may_be_empty=False)
_TYPES = {name.lower(): name for name in NESTED}


@dataclass(frozen=True)
class Given:
    """A property that a client gives: its column, how it is read, whether it must be there, its value without it."""

    column: str
    read: Callable[[str, Any], Any]
    required: bool = False
    missing: Any = ""


def text(longest: int = LONGEST_TEXT, *, empty: bool = True) -> Callable[[str, Any], str]:
    """A reader of texts of at most so many characters."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or (not empty and not value.strip()):
            raise BadEntity(f"{name} is {_found(value)}; expected a text of 1 to {longest} characters.")
        return value

    return read


def any_json(name: str, value: Any) -> Any:
    """Any JSON but null."""
    if value is None:
        raise BadEntity(f"{name} is null; expected a value.")
    return value


def json_object(name: str, value: Any) -> Any:
    """A JSON object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadEntity(f"{name} is {_found(value)}; expected an object.")
    return value


def moment(name: str, value: Any) -> datetime:
    """A time with its zone."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadEntity(f"{name} is {_found(value)}; expected a time such as 2026-01-31T12:00:00Z.") from None
    raise BadEntity(f"{name} is {_found(value)}, without a zone; write it as 2026-01-31T12:00:00Z.")


def unit(name: str, value: Any) -> dict[str, str]:
    """A unit of measurement by the columns of a datastream; null members where there is no unit."""
    if not isinstance(value, Mapping) or set(value) - {"name", "symbol", "definition"}:
        raise BadEntity(f"{name} is {_found(value)}; expected an object of name, symbol and definition.")
    sizes = {"name": 100, "symbol": 40, "definition": 300}
    return {
        f"unit_{one}": "" if value.get(one) is None else text(size)(f"{name}/{one}", value[one])
        for one, size in sizes.items()
    }


_NAMED = {"name": Given("name", text(300, empty=False), True), "description": Given("description", text(), True)}
_PROPERTIES = {"properties": Given("properties", json_object, missing={})}
_ENCODED = {"encodingType": Given("encoding_type", text(100), True)}
GIVEN: dict[str, dict[str, Given]] = {
    "Thing": _NAMED | _PROPERTIES,
    "Location": _NAMED | _ENCODED | {"location": Given("location", any_json, True)} | _PROPERTIES,
    "HistoricalLocation": {"time": Given("time", moment, True)},
    "Datastream": _NAMED
    | {
        "unitOfMeasurement": Given("unit", unit, True),
        "observationType": Given("observation_type", text(300), True),
    }
    | _PROPERTIES,
    "Sensor": _NAMED | _ENCODED | {"metadata": Given("metadata", any_json, True)} | _PROPERTIES,
    "ObservedProperty": {
        "name": _NAMED["name"],
        "definition": Given("definition", text(500), True),
        "description": _NAMED["description"],
    }
    | _PROPERTIES,
    "FeatureOfInterest": _NAMED | _ENCODED | {"feature": Given("feature", any_json, True)} | _PROPERTIES,
}
COMPUTED = {"Datastream": {"observedArea", "phenomenonTime", "resultTime"}}
"""Properties that are computed here; a client may send them back."""


def values_of(entity: str, document: Any, relations: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The columns of an entity's properties in a document. `whole`: those not given get their empty values.

    Raises BadEntity for a missing or wrong property, and for a name that is neither property nor relation.
    """
    if not isinstance(document, Mapping):
        raise BadEntity(f"A {entity} is a JSON object; found {_found(document)}.")
    declared = GIVEN[entity]
    known = {*declared, *relations, *COMPUTED.get(entity, ())}
    for name in document:
        if name not in known and name != "id" and "@iot." not in name:
            raise BadEntity(f"A {entity} has no property “{name[:60]}”; there are: {', '.join(sorted(known))}.")
    values: dict[str, Any] = {}
    for name, one in declared.items():
        if name in document:
            values[one.column] = one.read(name, document[name])
        elif one.required and whole:
            raise BadEntity(f"A {entity} needs {name}.")
        elif whole:
            values[one.column] = one.missing
    return values | values.pop("unit", {})


def refuse_unusable(document: Any) -> None:
    """Refuse JSON that the database could not store, or that is too large. Raises BadEntity."""
    try:
        refuse_unstorable(document)
    except BadObservation as fault:
        raise BadEntity(str(fault).replace("observation", "document")) from fault


def geometry_in(encoding: str, name: str, value: Any) -> GEOSGeometry | None:
    """The geometry of a place in GeoJSON, longitude and latitude; None for other encodings. Raises BadEntity."""
    if encoding not in GEOJSON_TYPES:
        return None
    try:
        shape = geometry_of(_spelled(value), PLACE)
    except BadGeoJSON as fault:
        raise BadEntity(f"{name}: {fault}") from fault
    if not shape.is_valid or shape.geom_type == "GeometryCollection":
        return None
    return GEOSGeometry(memoryview(shape.wkb), srid=WGS84)


def _spelled(value: Any) -> Any:
    """The geometry with its type as GeoJSON spells it: the standard's examples have POINT and POLYGON."""
    if not isinstance(value, Mapping):
        return value
    name = value.get("type")
    if name == "Feature":
        return {**value, "geometry": _spelled(value.get("geometry"))}
    return {**value, "type": _TYPES.get(name.lower(), name)} if isinstance(name, str) else value


def _found(value: Any) -> str:
    if value is None:
        return "null"
    shown = type(value).__name__ if isinstance(value, Mapping | list) else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
