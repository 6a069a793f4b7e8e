"""OGC API Records: the catalogue with one record per layer, for search and harvesting."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of
from geoportal.api.errors import problem
from geoportal.api.ogc.answers import (
    GEOJSON,
    JSON,
    chosen_format,
    endpoint,
    json_answer,
    link,
    only_known,
    whole_number,
)
from geoportal.api.ogc.features.moments import period
from geoportal.api.ogc.records.record import dataset_uri, record
from geoportal.api.ogc.schemas import DEGREES, LINKS, MOMENTS, Described, box, in_path, operation, parameter
from geoportal.http.errors import BadQuery
from geoportal.wording.search_results import matches
from layers.access.rules import servings, visible_kinds
from layers.crs import CRS84, WGS84, padded_outline
from layers.metadata.extents import Extent, extents
from layers.schema.kind import LayerKind

CATALOGUE = "catalogue"
TYPE = "dataset"
MOST = 1000
ONLY_JSON = {"json": JSON}
ONLY_GEOJSON = {"json": GEOJSON}
COLLECTION_CLASS = "http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-collection"
Box = tuple[float, float, float, float]


@endpoint("GET")
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/collections/catalogue`: the description of the catalogue."""
    only_known(request)
    chosen_format(request, ONLY_JSON)
    return json_answer(catalogue_body(request))


def catalogue_body(request: HttpRequest) -> dict[str, Any]:
    """The catalogue as one of the collections."""
    box = [round(edge, 5) for edge in padded_outline(WGS84, 0).bounds]
    address = reverse("ogc-catalogue")
    return {
        "id": CATALOGUE,
        "title": gettext("Catalogue of layers"),
        "description": gettext("A record for each layer: what it holds, how fresh it is, where to take it from."),
        "itemType": "record",
        "crs": [CRS84.uri],
        "conformsTo": [COLLECTION_CLASS],
        "extent": {"spatial": {"bbox": [box], "crs": CRS84.uri}},
        "links": [
            link(request, "self", address, JSON),
            link(request, "items", reverse("ogc-records"), GEOJSON, gettext("Records")),
            link(request, "alternate", reverse("catalogue"), "text/html", gettext("Catalogue of layers")),
        ],
    }


@endpoint("GET")
def records(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/collections/catalogue/items`: records filtered by `q`, `bbox`, `datetime`, `type`, `ids`, in pages."""
    only_known(request, {"q", "bbox", "datetime", "type", "ids", "externalIds", "limit", "offset"})
    chosen_format(request, ONLY_GEOJSON)
    limit = whole_number(request, "limit", default=100, least=1, most=MOST)
    offset = whole_number(request, "offset", default=0, least=0, most=10**6)
    held = servings()
    kinds = visible_kinds(access_of(request))
    known = extents({kind.slug: held[kind.slug] for kind in kinds if kind.slug in held})
    found = [kind for kind in kinds if _fits(request, kind, known.get(kind.slug))]
    page = found[offset : offset + limit]
    body = {
        "type": "FeatureCollection",
        "features": [record(request, kind, held.get(kind.slug), known.get(kind.slug)) for kind in page],
        "numberMatched": len(found),
        "numberReturned": len(page),
        "links": _pages(request, limit, offset, len(found)),
    }
    return json_answer(body, GEOJSON)


@endpoint("GET")
def one_record(request: HttpRequest, record_id: str) -> HttpResponseBase:
    """`/ogc/collections/catalogue/items/{layer}`: one record; 404 also for a hidden layer."""
    only_known(request)
    chosen_format(request, ONLY_GEOJSON)
    for kind in visible_kinds(access_of(request)):
        if kind.slug == record_id:
            shown = servings().get(kind.slug)
            known = extents({kind.slug: shown}) if shown else {}
            return json_answer(record(request, kind, shown, known.get(kind.slug), whole=True), GEOJSON)
    return problem(404, "There is no such record.")


def _fits(request: HttpRequest, kind: LayerKind, extent: Extent | None) -> bool:
    """Whether a record satisfies all parameters. Raises BadQuery."""
    asked = request.GET
    ids, types = _listed(asked.get("ids")), _listed(asked.get("type"))
    fits = (not ids or kind.slug in ids) and (not types or TYPE in types)
    if "externalIds" in asked:
        fits = fits and dataset_uri(request, kind) in _listed(asked["externalIds"])
    if "q" in asked:
        # Commas separate alternatives; all words of an alternative must match.
        parts = [part for part in asked["q"][:500].split(",") if part.strip()]
        fits = fits and any(matches(access_of(request), kind, part) for part in parts)
    if "bbox" in asked:
        fits = _meets(box_of(asked["bbox"]), extent) and fits
    if "datetime" in asked:
        wanted = period(asked["datetime"])
        fits = fits and bool(extent and extent.since and extent.since <= wanted.end)
    return fits


def _listed(text: str | None) -> set[str]:
    return set(text.split(",")) if text else set()


def box_of(text: str) -> Box:
    """West, south, east, north of `bbox`; the heights of six numbers are ignored. Raises BadQuery."""
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(one) <= 180 for one in numbers) or numbers[1] > numbers[3]:
        raise BadQuery(f"bbox: “{text[:80]}” is no box; write it as west,south,east,north in degrees.")
    west, south, east, north = numbers
    return west, south, east, north


def _meets(box: Box, extent: Extent | None) -> bool:
    """Whether a layer's extent intersects a box; one with west > east crosses the 180th meridian."""
    if extent is None or extent.bbox is None:
        return False
    west, south, east, north = extent.bbox
    beside = west <= box[2] and box[0] <= east
    if box[0] > box[2]:
        beside = west <= box[2] or box[0] <= east
    return beside and south <= box[3] and box[1] <= north


def _pages(request: HttpRequest, limit: int, offset: int, matched: int) -> list[dict[str, Any]]:
    def page(rel: str, at: int) -> dict[str, Any]:
        query = request.GET.copy()
        query["limit"], query["offset"] = str(limit), str(at)
        return link(request, rel, f"{request.path}?{query.urlencode()}", GEOJSON)

    made = [link(request, "self", request.get_full_path(), GEOJSON)]
    if offset + limit < matched:
        made.append(page("next", offset + limit))
    if offset:
        made.append(page("prev", max(0, offset - limit)))
    return [*made, link(request, "collection", reverse("ogc-catalogue"), JSON)]


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of the catalogue."""
    slugs = [kind.slug for kind in kinds]
    text: Described = {"type": "string"}
    one: Described = {
        "type": "object",
        "required": ["id", "type", "geometry", "time", "properties", "links"],
        "properties": {
            "id": text,
            "type": {"type": "string", "enum": ["Feature"]},
            "geometry": {"type": "object", "nullable": True},
            "time": {"type": "object", "nullable": True},
            "properties": {"type": "object", "required": ["type", "title"], "properties": {"title": text}},
            "links": LINKS,
        },
    }
    count: Described = {"type": "integer", "minimum": 0}
    several: Described = {
        "type": "object",
        "required": ["type", "features", "numberMatched", "numberReturned", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": one},
            "numberMatched": count,
            "numberReturned": count,
            "links": LINKS,
        },
    }
    return {
        f"/collections/{CATALOGUE}": {"get": _get("describeCatalogue", "The catalogue", None, ONLY_JSON)},
        f"/collections/{CATALOGUE}/items": {"get": _get("getRecords", "Records", several, parameters=_parameters())},
        f"/collections/{CATALOGUE}/items/{{recordId}}": {
            "parameters": [in_path("recordId", {"type": "string", "enum": slugs})],
            "get": _get("getRecord", "A record", one, refused=(400, 404)),
        },
    }


def _get(
    name: str,
    summary: str,
    schema: Described | None,
    offered: dict[str, str] = ONLY_GEOJSON,
    parameters: Sequence[Described] = (),
    refused: Sequence[int] = (400,),
) -> Described:
    return operation(name, summary, "Records", schema=schema, offered=offered, parameters=parameters, refused=refused)


def _parameters() -> list[Described]:
    texts: Described = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    listed: dict[str, Any] = {"style": "form", "explode": False}
    return [
        parameter("q", texts, "Words; a comma separates what may be found instead.", **listed),
        parameter("bbox", box(DEGREES), "West, south, east, north in degrees.", **listed),
        parameter("datetime", MOMENTS, "A day, a moment or a period."),
        parameter("type", texts, **listed),
        parameter("ids", texts, **listed),
        parameter("externalIds", texts, "Names of the datasets in the open data catalogue.", **listed),
        parameter("limit", {"type": "integer", "minimum": 1, "default": 100}),
        parameter("offset", {"type": "integer", "minimum": 0, "default": 0}),
    ]
