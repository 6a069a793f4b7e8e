"""Shared parts of the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from geoportal.api.ogc.answers import JSON_AND_HTML, PROBLEM

Described = dict[str, Any]
OPENAPI_VERSION = "3.0.3"
ANY_OBJECT: Described = {"type": "object"}
LINK: Described = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {
        "href": {"type": "string"},
        "rel": {"type": "string"},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "hreflang": {"type": "string"},
        "templated": {"type": "boolean"},
    },
}
LINKS: Described = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
SCHEMAS: dict[str, Described] = {
    "link": LINK,
    "problem": {
        "type": "object",
        "required": ["type", "status", "detail"],
        "properties": {"type": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
    },
}
LANG: Described = {
    "name": "lang",
    "in": "query",
    "description": "The language of words; Polish unless asked for.",
    "schema": {"type": "string", "enum": ["pl", "en"]},
}
_DAY = r"[12]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
_TIME = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)"
_MOMENT = f"{_DAY}({_TIME})?"
MOMENTS: Described = {
    "type": "string",
    "pattern": f"^({_MOMENT}|{_MOMENT}/{_MOMENT}|{_MOMENT}/(\\.\\.)?|(\\.\\.)?/{_MOMENT})$",
    "example": "2026-01-31/..",
}
"""A day, an instant, or an interval that may be open at one end. (29 February is accepted too.)"""
NUMBERS: Described = {"type": "array", "items": {"type": "number"}}
DEGREES: Described = {"type": "array", "items": {"type": "number", "minimum": -180, "maximum": 180}}


def box(numbers: Described) -> Described:
    """The schema of `bbox`: four numbers, or six with heights."""
    return {**numbers, "oneOf": [{"minItems": count, "maxItems": count} for count in (4, 6)]}


_REASONS = {
    400: "A parameter that does not exist here, or a value that cannot be",
    401: "An account is needed",
    403: "The account may not do this",
    404: "There is nothing of that name for you",
    405: "A method that is not answered here",
    406: "No format that is accepted is offered",
    409: "Something else is in the way",
    412: "It changed since it was read",
    413: "Too large",
    415: "A body of another type than can be read",
    428: "If-Match is needed",
    429: "Too many were asked for",
    503: "It would take too long",
}


def parameter(name: str, schema: Mapping[str, Any], description: str = "", **more: Any) -> Described:
    """A query parameter. Comma-separated lists need `style="form", explode=False`."""
    made = {"name": name, "in": "query", "schema": dict(schema), **more}
    return made | ({"description": description} if description else {})


def in_path(name: str, schema: Mapping[str, Any], description: str = "") -> Described:
    """A path parameter."""
    made = {"name": name, "in": "path", "required": True, "schema": dict(schema)}
    return made | ({"description": description} if description else {})


def format_parameter(offered: Mapping[str, str]) -> Described:
    """The parameter `f` of an endpoint with these formats."""
    return parameter("f", {"type": "string", "enum": list(offered)}, "The format of the answer, before Accept.")


def content(schemas: Mapping[str, Mapping[str, Any]]) -> Described:
    """The content of a response: a schema for each media type."""
    return {media_type: {"schema": dict(schema)} for media_type, schema in schemas.items()}


def refusals(*statuses: int) -> Described:
    """The error responses, by status."""
    shape = content({PROBLEM: {"$ref": "#/components/schemas/problem"}})
    return {str(status): {"description": _REASONS[status], "content": shape} for status in statuses}


def operation(
    name: str,
    summary: str,
    tag: str,
    *,
    schema: Mapping[str, Any] | None = None,
    offered: Mapping[str, str] = JSON_AND_HTML,
    parameters: Sequence[Described] = (),
    refused: Sequence[int] = (400, 406),
    **more: Any,
) -> Described:
    """A GET operation; its response is of `schema` in JSON, any text in other formats.

    `more` is added to the operation unchanged, for example `responses` beside 200 or a `requestBody`.
    """
    schemas = {one: (schema or ANY_OBJECT) if "json" in one else {"type": "string"} for one in offered.values()}
    answers = {"200": {"description": summary, "content": content(schemas)}} | refusals(*refused)
    answers |= more.pop("responses", {})
    known = [*parameters, LANG, format_parameter(offered)]
    return {"operationId": name, "summary": summary, "tags": [tag], "parameters": known, "responses": answers, **more}
