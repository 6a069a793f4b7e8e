"""The OpenAPI document, merged from the modules' `described`, for the visitor."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of
from geoportal.api.ogc import landing
from geoportal.api.ogc.answers import HTML, OPENAPI, chosen_format, endpoint, html_page, json_answer, only_known
from geoportal.api.ogc.features import collections, queryables, transactions
from geoportal.api.ogc.features import description as item_descriptions
from geoportal.api.ogc.processes import description as computing
from geoportal.api.ogc.records import records
from geoportal.api.ogc.schemas import OPENAPI_VERSION, SCHEMAS, Described, operation
from geoportal.api.ogc.tiles import description as drawing
from layers.access.rules import visible_kinds
from layers.city import city
from layers.schema.kind import LayerKind

OFFERED = {"json": OPENAPI, "html": HTML}


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI path of the document itself."""
    return {"/api": {"get": operation("getApi", "This description", "Common", offered=OFFERED)}}


MODULES: tuple[Callable[[Sequence[LayerKind]], dict[str, Described]], ...] = (
    landing.described,
    described,
    collections.described,
    queryables.described,
    item_descriptions.described,
    transactions.described,
    records.described,
    drawing.described,
    computing.described,
)
"""Modules' descriptions, in the order of the document."""


@endpoint("GET")
def api(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/api`: the OpenAPI document, without operations that the visitor may not use."""
    only_known(request)
    document = openapi_document(request)
    if chosen_format(request, OFFERED) == "html":
        title = gettext("Addresses of the OGC API")
        return html_page(request, title, {"groups": _groups(document["paths"])}, "ogc/api.html")
    return json_answer(document, OPENAPI)


def openapi_document(request: HttpRequest) -> dict[str, Any]:
    """The OpenAPI document for the request's visitor."""
    kinds = visible_kinds(access_of(request))
    paths: dict[str, Described] = {}
    for module in MODULES:
        for path, item in module(kinds).items():
            paths[path] = paths.get(path, {}) | item
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": f"{city().name}: OGC API", "version": "1.0.0"},
        "servers": [{"url": request.build_absolute_uri(reverse("ogc-landing")).rstrip("/")}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        # Works without a token; with one, more is visible.
        "security": [{}, {"token": []}],
    }


def _groups(paths: dict[str, Described]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The operations grouped by tag, for the HTML page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in _lines(paths):
        groups.setdefault(line["tag"], []).append(line)
    return list(groups.items())


def _lines(paths: dict[str, Described]) -> Iterator[dict[str, Any]]:
    for path, item in paths.items():
        for method, one in item.items():
            if method == "parameters":
                continue
            known = [*item.get("parameters", ()), *one.get("parameters", ())]
            yield {
                "tag": one["tags"][0],
                "method": method.upper(),
                "path": f"/ogc{path}",
                "summary": one["summary"],
                "parameters": [parameter for parameter in known if parameter["in"] == "query"],
                "formats": _formats(one),
            }


def _formats(operation: Described) -> list[str]:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return sorted({media_type for answer in answers for media_type in answer.get("content", ())})
