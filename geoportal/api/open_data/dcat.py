"""The catalogue for data portals: `/open-data/catalog.{jsonld,ttl,rdf}`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def catalogue_jsonld(request: HttpRequest) -> HttpResponse:
    """As JSON-LD."""
    return _answer(request, "json-ld", "application/ld+json")


@require_safe
def catalogue_turtle(request: HttpRequest) -> HttpResponse:
    """As Turtle."""
    return _answer(request, "turtle", "text/turtle; charset=utf-8")


@require_safe
def catalogue_rdf(request: HttpRequest) -> HttpResponse:
    """As RDF/XML."""
    return _answer(request, "xml", "application/rdf+xml")


def _answer(request: HttpRequest, notation: str, media_type: str) -> HttpResponse:
    from geoportal.dcat.catalogue import catalogue
    from geoportal.dcat.vocabularies import PREFIXES

    graph = catalogue(request.build_absolute_uri("/"), request.GET.get("synthetic") == "yes")
    context = {prefix: str(name) for prefix, name in PREFIXES.items()}
    options: dict[str, Any] = {"context": context} if notation == "json-ld" else {}
    text = graph.serialize(None, notation, None, "utf-8", **options)
    answer = HttpResponse(text, content_type=media_type)
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
