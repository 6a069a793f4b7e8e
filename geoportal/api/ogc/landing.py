"""The landing page of the OGC API, and its conformance classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext

from geoportal.api.errors import problem
from geoportal.api.ogc.answers import (
    HTML,
    JSON,
    JSON_AND_HTML,
    OPENAPI,
    chosen_format,
    endpoint,
    formats_linked,
    html_page,
    json_answer,
    link,
    only_known,
)
from geoportal.api.ogc.schemas import LINKS, Described, operation
from geoportal.wording.examples import copy_words, service_examples
from layers.city import city
from layers.schema.kind import LayerKind

RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
        for name in ("core", "oas30", "html", "geojson")
    ),
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(
        f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
        for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30")
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/{name}"
        for name in ("record-core", "record-core-query-parameters", "record-collection", "json")
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}"
        for name in ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss")
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
"""Conformance classes, each checked by tests."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the HTML page: text and address."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class ApiPart:
    """A part of the API as shown on the HTML page."""

    title: str
    text: str
    links: tuple[PageLink, ...]


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of the landing page and of conformance."""
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
    """`/ogc/`: the landing page with links to all parts of the API."""
    only_known(request)
    form = chosen_format(request, JSON_AND_HTML)
    title = gettext("Geoportal of the city of %(name)s: OGC API") % {"name": city().name}
    body = {
        "title": title,
        "description": gettext("The city's layers, tiles, catalogue and studies for programs."),
        "links": [*formats_linked(request, form, JSON_AND_HTML), *_access_links(request)],
    }
    if form == "html":
        base = request.build_absolute_uri("/")
        words = {"language": get_language() or "pl", "words": copy_words()}
        context = {"parts": _api_parts(), "examples": service_examples(base), "configuration": words}
        return html_page(request, title, context, "ogc/landing.html")
    return json_answer(body)


def _access_links(request: HttpRequest) -> list[dict[str, Any]]:
    api, processes = reverse("ogc-api"), reverse("ogc-processes")
    return [
        link(request, "service-desc", api, OPENAPI, "OpenAPI 3.0", f="json"),
        link(request, "service-doc", api, HTML, gettext("Addresses of the OGC API"), f="html"),
        link(request, "conformance", reverse("ogc-conformance"), JSON, gettext("Standards that are kept")),
        link(request, "data", reverse("ogc-collections"), JSON, gettext("Layers for programs")),
        link(request, f"{RELATIONS}tilesets-vector", reverse("ogc-all-tilesets"), JSON, gettext("Tiles")),
        link(request, f"{RELATIONS}tiling-schemes", reverse("ogc-matrix-sets"), JSON, gettext("Grids of tiles")),
        link(request, f"{RELATIONS}styles", reverse("ogc-styles"), JSON, gettext("Styles")),
        link(request, f"{RELATIONS}ogc-catalog", reverse("ogc-catalogue"), JSON, gettext("Catalogue of layers")),
        link(request, f"{RELATIONS}processes", processes, JSON, gettext("Studies to compute")),
        link(request, f"{RELATIONS}job-list", reverse("ogc-jobs"), JSON, gettext("Your jobs")),
    ]


def _api_parts() -> list[ApiPart]:
    """The parts of the API shown on the HTML page."""
    collections, records, api = reverse("ogc-collections"), reverse("ogc-records"), reverse("ogc-api")
    return [
        ApiPart(
            gettext("Layers"),
            gettext("Objects of each layer: filtered, sorted, page by page, in five coordinate systems."),
            (PageLink(gettext("All layers"), f"{collections}?f=html"), PageLink("JSON", f"{collections}?f=json")),
        ),
        ApiPart(
            gettext("Tiles and styles"),
            gettext("Vector tiles for maps, with the city's own look by day and by night."),
            (
                PageLink(gettext("Tiles"), reverse("ogc-all-tilesets")),
                PageLink(gettext("Styles"), reverse("ogc-styles")),
            ),
        ),
        ApiPart(
            gettext("Catalogue"),
            gettext("A record for each layer: what it holds, how fresh it is, where to take it from."),
            (PageLink(gettext("Catalogue of layers"), reverse("catalogue")), PageLink("JSON", records)),
        ),
        ApiPart(
            gettext("Studies"),
            gettext("Compute a study with other assumptions; the answer comes as a job with an address of its own."),
            (PageLink(gettext("Studies"), reverse("studies")), PageLink("JSON", reverse("ogc-processes"))),
        ),
        ApiPart(
            gettext("Description"),
            gettext("All addresses with their parameters, and the standards that are kept."),
            (
                PageLink(gettext("All addresses"), f"{api}?f=html"),
                PageLink("OpenAPI", f"{api}?f=json"),
                PageLink(gettext("Standards that are kept"), reverse("ogc-conformance")),
            ),
        ),
    ]


@endpoint("GET")
def conformance(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/conformance`: the conformance classes."""
    only_known(request)
    form = chosen_format(request, JSON_AND_HTML)
    if form == "html":
        title = gettext("Standards that are kept")
        return html_page(request, title, {"classes": CONFORMANCE}, "ogc/conformance.html")
    return json_answer({"conformsTo": list(CONFORMANCE)})


@endpoint("GET", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: HttpRequest) -> HttpResponseBase:
    """404 for all unknown addresses below `/ogc/`."""
    return problem(404, "There is no such address; /ogc/ lists those there are.")
