"""Queryables and schema of a layer: JSON Schema for programs, a table for people."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, DateField, DateTimeField, Field, FloatField, IntegerField, UUIDField
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.ogc.answers import HTML, SCHEMA, chosen_format, endpoint, html_page, json_answer, only_known
from geoportal.api.ogc.schemas import Described, operation, refusals
from layers.access.rules import Access, fields_for
from layers.filters.columns import PROVENANCE
from layers.schema.constraints import bounds_of
from layers.schema.kind import KindField, LayerKind

OFFERED = {"json": SCHEMA, "html": HTML}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: tuple[tuple[type[Field], dict[str, str]], ...] = (
    (BooleanField, {"type": "boolean"}),
    (IntegerField, {"type": "integer"}),
    (FloatField, {"type": "number"}),
    (DateTimeField, {"type": "string", "format": "date-time"}),
    (DateField, {"type": "string", "format": "date"}),
    (UUIDField, {"type": "string", "format": "uuid"}),
)
_GEOMETRIES = {
    "POINT": "geometry-point",
    "LINESTRING": "geometry-linestring",
    "MULTILINESTRING": "geometry-multilinestring",
    "MULTIPOLYGON": "geometry-multipolygon",
}


@endpoint("GET")
def queryables(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/ogc/collections/{layer}/queryables`: the properties that the visitor may use in filters."""
    kind = visible_kind(request, layer)
    shown = {"geom": _geometry(kind), **properties(access_of(request), kind, ("feature_id", *_own()))}
    title = gettext("%(layer)s: fields to filter by") % {"layer": kind.title}
    return _answer(request, kind, title, {"additionalProperties": False, "properties": shown})


@endpoint("GET")
def schema(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/ogc/collections/{layer}/schema`: the properties of the layer's features that the visitor may see."""
    kind = visible_kind(request, layer)
    shown = {"geometry": _geometry(kind), **properties(access_of(request), kind, _own())}
    for at, one in enumerate(shown.values()):
        one["x-ogc-propertySeq"] = at
    for name in _own():
        shown[name]["readOnly"] = True
    return _answer(request, kind, gettext("%(layer)s: fields") % {"layer": kind.title}, {"properties": shown})


def _own() -> tuple[str, ...]:
    return tuple(name for name in PROVENANCE if name != "feature_id")


def _answer(request: HttpRequest, kind: LayerKind, title: str, body: dict[str, Any]) -> HttpResponseBase:
    only_known(request)
    if chosen_format(request, OFFERED) == "html":
        lines = [(name, one, one.get("oneOf", ())) for name, one in body["properties"].items()]
        return html_page(request, title, {"kind": kind, "lines": lines}, "ogc/fields.html")
    path = request.build_absolute_uri(request.path)
    return json_answer({"$schema": DIALECT, "$id": path, "type": "object", "title": title} | body, SCHEMA)


def properties(access: Access, kind: LayerKind, own: Sequence[str]) -> dict[str, dict[str, Any]]:
    """JSON Schemas of the fields that the visitor may see, then of the properties of every feature."""
    titles = {
        "feature_id": gettext("identity"),
        "data_date": gettext("data as of"),
        "recorded_from": gettext("known since"),
        "synthetic": gettext("invented"),
    }
    found = {field.name: property_schema(kind, field) for field in fields_for(access, kind)}
    return found | {name: {"title": titles[name], **_type(PROVENANCE[name])} for name in own}


def property_schema(kind: LayerKind, field: KindField) -> dict[str, Any]:
    """The JSON Schema of a field: type, unit, bounds, and the meanings of its codes."""
    column: Any = kind.model._meta.get_field(field.name)
    made: dict[str, Any] = {"title": str(field.title), **_type(column)}
    if field.unit:
        made["x-ogc-unit"] = field.unit
    if made["type"] in ("integer", "number"):
        low, high = bounds_of(kind.model, field.name)
        made |= {name: value for name, value in (("minimum", low), ("maximum", high)) if abs(value) != float("inf")}
    if field.choices:
        made["enum"] = list(field.choices)
        made["oneOf"] = [{"const": code, "title": str(title)} for code, title in field.choices.items()]
    elif getattr(column, "max_length", None):
        made["maxLength"] = column.max_length
    return made


def _type(column: Field) -> dict[str, str]:
    return dict(next((shape for type_, shape in _TYPES if isinstance(column, type_)), {"type": "string"}))


def _geometry(kind: LayerKind) -> dict[str, Any]:
    return {"title": gettext("geometry"), "x-ogc-role": "primary-geometry", "format": _GEOMETRIES[kind.shape]}


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of queryables and schemas."""
    paths: dict[str, Described] = {}
    for kind in kinds:
        for name, what in (("queryables", "fields to filter by"), ("schema", "fields")):
            one = operation(f"{name}_{kind.slug}", f"{kind.title.en}: {what}", "Features", offered=OFFERED)
            one["responses"] |= refusals(404)
            paths[f"/collections/{kind.slug}/{name}"] = {"get": one}
    return paths
