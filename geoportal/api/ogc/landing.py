"""The front door of the OGC API, and what it conforms to."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.api.errors import problem
from geoportal.api.ogc.answers import (
    JSON,
    JSON_AND_HTML,
    chosen_format,
    endpoint,
    formats_linked,
    html_page,
    json_answer,
    link,
    only_known,
)
from geoportal.api.ogc.described import LINKS, Described, operation
from layers.city import city
from layers.kind import LayerKind

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
        for name in ("core", "oas30", "html", "geojson")
    ),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{name}"
        for name in ("create-replace-delete", "update", "optimistic-locking-etags", "features")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "property-property",
        )
    ),
)
"""The classes that the tests hold us to."""


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The front door and the list of standards."""
    door = {
        "type": "object",
        "required": ["title", "links"],
        "properties": {"title": {"type": "string"}, "description": {"type": "string"}, "links": LINKS},
    }
    kept = {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}},
    }
    return {
        "/": {"get": operation("getLandingPage", "What can be reached from here", "Common", schema=door)},
        "/conformance": {"get": operation("getConformance", "Standards that are kept", "Common", schema=kept)},
    }


@endpoint("GET")
def landing(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/`: what can be reached from here."""
    only_known(request)
    form = chosen_format(request, JSON_AND_HTML)
    title = gettext("Geoportal of the city of %(name)s: OGC API") % {"name": city().name}
    body = {
        "title": title,
        "description": gettext("The city's layers, tiles, catalogue and studies for programs."),
        "links": [*formats_linked(request, form, JSON_AND_HTML), *_doors(request)],
    }
    if form == "html":
        return html_page(request, title, {"doors": body["links"]}, "ogc/landing.html")
    return json_answer(body)


def _doors(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        link(request, "data", reverse("ogc-collections"), JSON, gettext("Layers for programs")),
        link(request, "conformance", reverse("ogc-conformance"), JSON, gettext("Standards that are kept")),
    ]


@endpoint("GET")
def conformance(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/conformance`: the classes of the standards that are kept."""
    only_known(request)
    form = chosen_format(request, JSON_AND_HTML)
    if form == "html":
        title = gettext("Standards that are kept")
        return html_page(request, title, {"classes": CONFORMANCE}, "ogc/conformance.html")
    return json_answer({"conformsTo": list(CONFORMANCE)})


@endpoint("GET", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: HttpRequest) -> HttpResponseBase:
    """All addresses below `/ogc/` that there are none of."""
    return problem(404, "There is no such address; /ogc/ lists those there are.")
