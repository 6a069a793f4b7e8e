"""OpenAPI paths of features."""

from collections.abc import Sequence
from typing import Any

from geoportal.api.ogc.answers import GEOJSON, HTML
from geoportal.api.ogc.features.collections import ITEM_FORMATS
from geoportal.api.ogc.features.queryables import property_schema
from geoportal.api.ogc.features.reference_systems import offered
from geoportal.api.ogc.features.requests import LANGUAGES, LIMIT, MOST, RESERVED
from geoportal.api.ogc.schemas import LINKS, MOMENTS, NUMBERS, Described, box, in_path, operation, parameter
from layers.access.rules import ANONYMOUS, Access, fields_for, may_see
from layers.schema.kind import KindField, LayerKind

FEATURE: Described = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "string", "format": "uuid"},
        "geometry": {"type": "object"},
        "properties": {"type": "object"},
        "links": LINKS,
    },
}
FEATURES: Described = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": FEATURE},
        "synthetic": {"type": "boolean"},
        "license": {"type": "string"},
        "links": LINKS,
        "timeStamp": {"type": "string", "format": "date-time"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "limitApplied": {
            "type": "integer",
            "description": "The limit that counted, where a higher one was asked for.",
        },
    },
}
TEXT: Described = {"type": "string"}
_OWN: dict[str, Described] = {
    "synthetic": {"type": "boolean"},
    "data_date": {"type": "string", "format": "date"},
    "recorded_from": {"type": "string", "format": "date-time"},
    "feature_id": {"type": "string", "format": "uuid"},
}
"""Properties of every feature beside the fields of its kind."""
_COMPARED: Described = {"minimum": -9e299, "maximum": 9e299}
"""The range of numbers that the database can compare."""


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of each layer's items and of one item."""
    paths: dict[str, Described] = {}
    for kind in kinds:
        items = f"/collections/{kind.slug}/items"
        features = operation(
            f"get_{kind.slug}",
            f"{kind.title.en}: features",
            "Features",
            schema=FEATURES,
            offered=ITEM_FORMATS,
            parameters=[*_parameters(kind), *_properties(kind)],
            refused=(400, 404, 406, 503),
        )
        one = operation(
            f"get_one_of_{kind.slug}",
            f"{kind.title.en}: one feature",
            "Features",
            schema=FEATURE,
            offered={"json": GEOJSON, "html": HTML},
            parameters=[in_path("featureId", {"type": "string", "format": "uuid"}), _crs("crs", "Of the geometry.")],
            refused=(400, 404, 406),
        )
        for made in (features, one):
            made["responses"]["304"] = {"description": "It did not change since it was read"}
        paths[items] = {"get": features}
        paths[f"{items}/{{featureId}}"] = {"get": one}
    return paths


def _crs(name: str, words: str) -> Described:
    return parameter(name, {"type": "string", "format": "uri", "enum": offered()}, words)


def _parameters(kind: LayerKind) -> list[Described]:
    known = [*(field.name for field in _fields(kind)), *_OWN]
    shown = [name for name in known if name != "feature_id"]  # The id of a feature is no property.
    names: Described = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": shown}}
    ways = [f"{sign}{name}" for name in known for sign in ("", "+", "-")]
    orders: Described = {"type": "array", "minItems": 1, "maxItems": 5, "items": {"type": "string", "enum": ways}}
    listed: dict[str, Any] = {"style": "form", "explode": False}
    return [
        parameter(
            "limit",
            {"type": "integer", "minimum": 1, "default": LIMIT},
            f"Features a page; more than {MOST} count as {MOST}.",
        ),
        parameter("bbox", box(NUMBERS), "Features that meet this box, in the axis order of bbox-crs.", **listed),
        _crs("bbox-crs", "Of the numbers in bbox."),
        parameter(
            "datetime", MOMENTS, "What was known at a moment, or within a period (recorded time): a/b, ../b, a/.. ."
        ),
        _crs("crs", "Of the geometries in the answer; CRS84 without it."),
        parameter("properties", names, "Only these properties.", **listed),
        parameter("sortby", orders, "+name or -name, separated by commas.", **listed),
        parameter("filter", TEXT, "A condition in CQL2."),
        parameter(
            "filter-lang", {"type": "string", "enum": list(LANGUAGES)}, "Told by the filter's first sign without it."
        ),
        _crs("filter-crs", "Of the geometries in the filter."),
        parameter("token", TEXT, "A place between two pages, as the link “next” carries it."),
    ]


def _properties(kind: LayerKind) -> list[Described]:
    """A query parameter for each public property."""
    made = [
        parameter(one.name, _plain(property_schema(kind, one)), _meaning(one))
        for one in _fields(kind)
        if one.name not in RESERVED
    ]
    return [*made, *(parameter(name, shape) for name, shape in _OWN.items())]


def _fields(kind: LayerKind) -> tuple[KindField, ...]:
    return fields_for(ANONYMOUS if may_see(ANONYMOUS, kind) else Access("services"), kind)


def _meaning(field: KindField) -> str:
    codes = f" One of: {', '.join(field.choices)}." if field.choices else ""
    return f"{field.title.en} is this.{codes}"


def _plain(schema: Described) -> Described:
    """A JSON Schema reduced to what OpenAPI 3.0 supports."""
    made = {name: value for name, value in schema.items() if name in ("type", "format")}
    return made | (_COMPARED if made["type"] in ("number", "integer") else {})
