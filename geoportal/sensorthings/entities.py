"""The eight kinds of entities of SensorThings 1.1 (OGC 18-088, 8.2): properties, relations, and who sees them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce, JSONObject

from geoportal.sensorthings.doubts import EXTRA, At, Column, Json, qualities, quality_at, quality_columns
from geoportal.sensorthings.values import Typed, period_in
from layers.access.rules import Access, visible_kinds
from layers.observations.live.board import CONTACT
from layers.observations.models import (
    Datastream,
    Exclusion,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from layers.observations.selection import visible_streams, visible_things

Render = Callable[..., Column]
"""From columns, a value for each row in each, to a column of the documents."""


@dataclass(frozen=True)
class Property:
    """A property: the columns that it is read from, how they become JSON, and its value in a filter (None: none)."""

    columns: tuple[Any, ...] | Callable[[], tuple[Any, ...]]
    render: Render
    typed: Callable[[At], Typed] | None = None
    optional: bool = False
    """Left out where it is None."""


@dataclass(frozen=True)
class Relation:
    """A relation to entities of `target`. To many: `back` is the condition on those that belong to one entity's key.

    To one: `key` is the other's key, made by F or OuterRef from names of columns; `path` is the way to the other's
    columns, None where there is no join to them.
    """

    target: str
    back: Callable[[Any], Q] | None = None
    key: Callable[[Callable[[str], Any]], Any] | None = None
    path: str | None = None
    all_seen: bool = False
    """To many: who sees the one entity sees all of its set, so that no row is looked at for that."""

    def seen(self, target: "EntityType", access: Access) -> QuerySet[Any]:
        """The entities of the set's type, not hidden from a visitor who sees the one entity."""
        return target.model._default_manager.all() if self.all_seen else target.visible(access)

    @property
    def many(self) -> bool:
        """Whether it leads to a set."""
        return self.back is not None


@dataclass(frozen=True)
class EntityType:
    """A kind of entities: `name` of one, `plural` of the set in addresses."""

    name: str
    plural: str
    model: type[Model]
    choose: Callable[[Access], QuerySet[Any]]
    """The rows that a visitor may see; see `visible`."""
    properties: Mapping[str, Property]
    relations: Mapping[str, Relation]
    key: str = "pk"

    def visible(self, access: Access) -> QuerySet[Any]:
        """The rows that the visitor may see. The query is put together once for the same layers."""
        return _chosen(self.name, access, tuple(kind.slug for kind in visible_kinds(access)))


@lru_cache(maxsize=64)
def _chosen(name: str, access: Access, kinds: tuple[str, ...]) -> QuerySet[Any]:
    """The query of an entity type for a visitor who sees these layers. Callers refine copies of it."""
    return BY_NAME[name].choose(access)


def as_is(column: Column) -> Column:
    """A column without a change."""
    return column


def _each(function: Callable[..., Any]) -> Render:
    """A rendering of each row by itself."""
    return lambda *columns: [function(*row) for row in zip(*columns, strict=True)]


def _moments(column: Column) -> Column:
    """Moments in ISO 8601: those of a whole column at once, where each is known."""
    if not column or None in column:
        return [None if one is None else moment_text(one) for one in column]
    return "\n".join((*column, "")).replace(" ", "T").replace("+00\n", "Z\n").split("\n")[:-1]


def _periods(starts: Column, ends: Column) -> Column:
    """Intervals start/end in ISO 8601, or instants."""
    return _moments(starts) if starts == ends else [_period(*row) for row in zip(starts, ends, strict=True)]


def _period(starts: str | None, ends: str | None) -> str | None:
    if starts is None or ends is None or starts == ends:
        return None if starts is None else moment_text(starts)
    return f"{moment_text(starts)}/{moment_text(ends)}"


def moment_text(text: str) -> str:
    """A moment in ISO 8601 with Z, from PostgreSQL's text of it in a session whose zone is UTC."""
    return f"{text[:10]}T{text[11:-3]}Z"


def written_time(moment: datetime) -> str:
    """A moment in ISO 8601 with Z."""
    return moment.isoformat().replace("+00:00", "Z")


def _text(column: str) -> Property:
    return Property((column,), as_is, lambda at: Typed("text", at(column)))


def _json(column: str, typed: str = "json") -> Property:
    return Property((column,), as_is, lambda at: Typed(typed, at(column)))


def _place(column: str) -> Property:
    """GeoJSON, in filters the geometry `geom` in longitude and latitude."""
    return Property((column,), as_is, lambda at: Typed("geometry", at("geom")))


def _to_one(target: str, path: str) -> Relation:
    return Relation(target, key=lambda ref: ref(f"{path}_id"), path=path)


def _thing_properties(properties: Any, synthetic: bool) -> Any:
    """The properties without the contact, which the staff find on the board of sensors."""
    shown = {name: value for name, value in properties.items() if name != CONTACT}
    return shown | {"synthetic": True} if synthetic else shown


_COMMON = {"name": _text("name"), "description": _text("description")}
_PROPERTIES = {"properties": _json("properties")}

_EXCLUSIONS = ArraySubquery(
    Exclusion.objects.filter(datastream=OuterRef("pk"), ended_by=None)
    .order_by("since")
    .values(period=JSONObject(since="since", until="until", reason="reason"))
)


def _unit(name: str, symbol: str, definition: str) -> dict[str, str | None]:
    return {"name": name or None, "symbol": symbol or None, "definition": definition or None}


def _stream_properties(properties: Any, exclusions: Any, synthetic: bool) -> Any:
    """The properties, with the periods that an editor excluded, and the mark of invented data."""
    found = properties | {"excluded": exclusions} if exclusions else properties
    return found | {"synthetic": True} if synthetic else found


def _first_start(stream: str = "pk") -> Subquery:
    """The phenomenon time of a datastream's first observation."""
    rows = Observation.objects.filter(datastream=OuterRef(stream))
    return Subquery(rows.order_by("starts_at").values("starts_at")[:1])


_RESULT = Cast("result", TextField())


def _results(values: Column, results: Column) -> Column:
    """The numbers, and where there is none the JSON."""
    if not any(results):
        return values
    pairs = zip(values, results, strict=True)
    return [value if result is None else orjson.loads(result) for value, result in pairs]


_MARKED = """CASE WHEN b THEN a || '{"synthetic": true}' ELSE a END"""
_UNNAMED = f"""CASE WHEN b THEN (a - '{CONTACT}') || '{{"synthetic": true}}' ELSE a - '{CONTACT}' END"""


def _extra(name: str, typed: Callable[[At], Typed]) -> Property:
    return Property((EXTRA,), _each(lambda extra: orjson.loads(extra).get(name) if extra else None), typed, True)


THING = EntityType(
    "Thing",
    "Things",
    Thing,
    visible_things,
    _COMMON
    | {
        "properties": Property(
            ("properties", "dataset__synthetic"),
            _each(_thing_properties),
            lambda at: Typed("json", Json(_UNNAMED, at("properties"), at("dataset__synthetic"))),
        )
    },
    {
        "Locations": Relation("Location", lambda key: Q(things=key)),
        "HistoricalLocations": Relation("HistoricalLocation", lambda key: Q(thing=key)),
        "Datastreams": Relation("Datastream", lambda key: Q(thing=key)),
    },
)


def _used_by(access: Access, model: type[Model], used: Any, unused: Any) -> QuerySet[Any]:
    """Rows that something visible uses (`used`, an Exists); staff see those too that nothing uses (`unused`)."""
    rows = model._default_manager.filter(ended_by=None)
    return rows.filter(used | ~unused) if access.reaches("staff") else rows.filter(used)


def _visible_locations(access: Access) -> QuerySet[Location]:
    links = Thing.locations.through._default_manager.filter(location=OuterRef("pk"))
    past = HistoricalLocation.objects.filter(locations=OuterRef("pk"))
    things = visible_things(access)
    used = Q(Exists(links.filter(thing__in=things))) | Q(Exists(past.filter(ended_by=None, thing__in=things)))
    return _used_by(access, Location, used, Q(Exists(links)) | Q(Exists(past)))


def _visible_history(access: Access) -> QuerySet[HistoricalLocation]:
    return HistoricalLocation.objects.filter(ended_by=None, thing__in=visible_things(access))


def _visible_by_streams(model: type[Model], column: str) -> Callable[[Access], QuerySet[Any]]:
    def visible(access: Access) -> QuerySet[Any]:
        streams = Datastream.objects.filter(**{column: OuterRef("pk")})
        seen = visible_streams(access).filter(**{column: OuterRef("pk")})
        return _used_by(access, model, Q(Exists(seen)), Q(Exists(streams)))

    return visible


def _visible_features(access: Access) -> QuerySet[FeatureOfInterest]:
    kinds = [kind.slug for kind in visible_kinds(access)]
    own = Q(thing=None) | Q(thing__ended_by=None)
    return FeatureOfInterest.objects.filter(
        own, ended_by=None, kind__in=[*kinds, ""] if access.reaches("staff") else kinds
    )


def _visible_observations(access: Access) -> QuerySet[Observation]:
    return Observation.objects.filter(datastream__in=visible_streams(access))


LOCATION = EntityType(
    "Location",
    "Locations",
    Location,
    _visible_locations,
    _COMMON | {"encodingType": _text("encoding_type"), "location": _place("location")} | _PROPERTIES,
    {
        "Things": Relation("Thing", lambda key: Q(locations=key)),
        "HistoricalLocations": Relation("HistoricalLocation", lambda key: Q(locations=key)),
    },
)
HISTORICAL_LOCATION = EntityType(
    "HistoricalLocation",
    "HistoricalLocations",
    HistoricalLocation,
    _visible_history,
    {"time": Property(("time",), _moments, lambda at: Typed("time", at("time")))},
    {
        "Thing": _to_one("Thing", "thing"),
        "Locations": Relation("Location", lambda key: Q(historical_locations=key)),
    },
)
DATASTREAM = EntityType(
    "Datastream",
    "Datastreams",
    Datastream,
    visible_streams,
    _COMMON
    | {
        "unitOfMeasurement": Property(
            ("unit_name", "unit_symbol", "unit_definition"),
            _each(_unit),
            lambda at: Typed("unit", {name: at(f"unit_{name}") for name in ("name", "symbol", "definition")}),
        ),
        "observationType": _text("observation_type"),
        "properties": Property(
            ("properties", _EXCLUSIONS, "thing__dataset__synthetic"),
            _each(_stream_properties),
            lambda at: Typed("json", Json(_MARKED, at("properties"), at("thing__dataset__synthetic"))),
        ),
        "observedArea": Property(
            ("thing__feature_of_interest__feature",),
            as_is,
            lambda at: Typed("geometry", at("thing__feature_of_interest__geom")),
            optional=True,
        ),
        "phenomenonTime": Property(
            (_first_start(), "latest__ends_at"),
            _periods,
            lambda at: Typed("interval", _first_start(at("pk").name), at("latest__ends_at")),
            optional=True,
        ),
    },
    {
        "Thing": _to_one("Thing", "thing"),
        "Sensor": _to_one("Sensor", "sensor"),
        "ObservedProperty": _to_one("ObservedProperty", "observed_property"),
        "Observations": Relation("Observation", lambda key: Q(datastream=key), all_seen=True),
    },
)
SENSOR = EntityType(
    "Sensor",
    "Sensors",
    Sensor,
    _visible_by_streams(Sensor, "sensor"),
    _COMMON | {"encodingType": _text("encoding_type"), "metadata": _json("metadata")} | _PROPERTIES,
    {"Datastreams": Relation("Datastream", lambda key: Q(sensor=key))},
)
OBSERVED_PROPERTY = EntityType(
    "ObservedProperty",
    "ObservedProperties",
    ObservedProperty,
    _visible_by_streams(ObservedProperty, "observed_property"),
    {"name": _text("name"), "definition": _text("definition"), "description": _text("description")} | _PROPERTIES,
    {"Datastreams": Relation("Datastream", lambda key: Q(observed_property=key))},
)
OBSERVATION = EntityType(
    "Observation",
    "Observations",
    Observation,
    _visible_observations,
    {
        "phenomenonTime": Property(
            ("starts_at", "ends_at"),
            _periods,
            lambda at: Typed("interval", at("starts_at"), at("ends_at")),
        ),
        "resultTime": Property(("result_time",), _moments, lambda at: Typed("time", at("result_time"))),
        "result": Property(("value", _RESULT), _results, lambda at: Typed("result", at("value"), at("result"))),
        "resultQuality": Property(quality_columns, qualities, quality_at, optional=True),
        "validTime": _extra("validTime", lambda at: period_in(at("extra"), "validTime")),
        "parameters": _extra("parameters", lambda at: Typed("json", at("extra"), path=("parameters",))),
    },
    {
        "Datastream": _to_one("Datastream", "datastream"),
        "FeatureOfInterest": Relation(
            "FeatureOfInterest",
            key=lambda ref: Coalesce(
                ref("feature_of_interest_id"), ref("datastream__thing__feature_of_interest__id")
            ),
        ),
    },
    key="number",
)
FEATURE_OF_INTEREST = EntityType(
    "FeatureOfInterest",
    "FeaturesOfInterest",
    FeatureOfInterest,
    _visible_features,
    _COMMON | {"encodingType": _text("encoding_type"), "feature": _place("feature")} | _PROPERTIES,
    {
        "Observations": Relation(
            "Observation",
            lambda key: (
                Q(feature_of_interest=key) | Q(feature_of_interest=None, datastream__thing__feature_of_interest=key)
            ),
        )
    },
)
ENTITIES = (
    THING,
    LOCATION,
    HISTORICAL_LOCATION,
    DATASTREAM,
    SENSOR,
    OBSERVED_PROPERTY,
    OBSERVATION,
    FEATURE_OF_INTEREST,
)
BY_NAME = {one.name: one for one in ENTITIES}
BY_PLURAL = {one.plural: one for one in ENTITIES}
