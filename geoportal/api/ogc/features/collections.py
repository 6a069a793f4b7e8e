"""OGC API collections: each layer that the visitor may see, with extent and links."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.ogc.answers import (
    GEOJSON,
    HTML,
    JSON,
    JSON_AND_HTML,
    SCHEMA,
    chosen_format,
    endpoint,
    formats_linked,
    html_page,
    json_answer,
    link,
    only_known,
)
from geoportal.api.ogc.features.reference_systems import offered, storage_uri
from geoportal.api.ogc.records.records import catalogue_body
from geoportal.api.ogc.schemas import LINKS, Described, operation, refusals
from geoportal.api.ogc.tiles.styles import style_links
from geoportal.api.ogc.tiles.tiles import TILESETS_VECTOR
from geoportal.wording.datasets import attribution
from geoportal.wording.values import day, number
from layers.access.rules import Serving, licence, serving, servings, visible_kinds
from layers.crs import CRS84
from layers.metadata.extents import Extent, extents
from layers.schema.kind import LayerKind

CSV = "text/csv; charset=utf-8"
FLATGEOBUF = "application/flatgeobuf"
ITEM_FORMATS = {"json": GEOJSON, "html": HTML, "csv": CSV, "fgb": FLATGEOBUF}
RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/"
GEOMETRY_TYPES = {
    "POINT": "point",
    "LINESTRING": "linestring",
    "MULTILINESTRING": "multilinestring",
    "MULTIPOLYGON": "multipolygon",
}
COLLECTION: Described = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "attribution": {"type": "string"},
        "license": {"type": "string"},
        "synthetic": {"type": "boolean", "description": "Whether the data is invented."},
        "itemType": {"type": "string"},
        "crs": {"type": "array", "items": {"type": "string"}},
        "storageCrs": {"type": "string"},
        "extent": {"type": "object"},
        "links": LINKS,
    },
}


@endpoint("GET")
def collections(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/collections`: the layers that the visitor may see, in a constant number of queries."""
    only_known(request)
    form = chosen_format(request, JSON_AND_HTML)
    kinds = visible_kinds(access_of(request))
    seen = {kind.slug for kind in kinds}
    held = {slug: shown for slug, shown in servings().items() if slug in seen}
    known = extents(held)
    if form == "html":
        lines = [_line(kind, held.get(kind.slug)) for kind in kinds]
        return html_page(request, gettext("Layers for programs"), {"lines": lines}, "ogc/collections.html")
    body = {
        "links": formats_linked(request, form, JSON_AND_HTML),
        "crs": offered(),
        "collections": [
            *(
                collection_body(request, kind, held.get(kind.slug), known.get(kind.slug), _self(request, kind))
                for kind in kinds
            ),
            catalogue_body(request),
        ],
    }
    return json_answer(body)


@endpoint("GET")
def collection(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/ogc/collections/{layer}`: one layer; 404 also for a layer that the visitor may not see."""
    only_known(request)
    kind = visible_kind(request, layer)
    form = chosen_format(request, JSON_AND_HTML)
    shown = serving(kind)
    if form == "html":
        context = {"kind": kind, "line": _line(kind, shown), "links": _access_links(request, kind), "crs": offered()}
        return html_page(request, str(kind.title), context, "ogc/collection.html")
    known = extents({kind.slug: shown} if shown else {})
    links = formats_linked(request, form, JSON_AND_HTML)
    return json_answer(collection_body(request, kind, shown, known.get(kind.slug), links))


def _self(request: HttpRequest, kind: LayerKind) -> list[dict[str, Any]]:
    return [link(request, "self", reverse("ogc-collection", args=[kind.slug]), JSON, f="json")]


def collection_body(
    request: HttpRequest,
    kind: LayerKind,
    shown: Serving | None,
    extent: Extent | None,
    links: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The JSON of a collection; `shown` is None while the layer holds no data."""
    body: dict[str, Any] = {
        "id": kind.slug,
        "title": str(kind.title),
        "description": str(kind.description),
        "attribution": attribution(kind, shown) if shown else str(kind.source.name),
        "license": licence(kind, shown) if shown else kind.source.licence,
        "synthetic": bool(shown and shown.synthetic),
        "itemType": "feature",
        "geometryType": GEOMETRY_TYPES[kind.shape],
        "crs": offered(),
        "storageCrs": storage_uri(),
        "links": [*links, *_access_links(request, kind)],
    }
    if shown:
        body["updated"] = shown.updated_at.isoformat()
    if extent:
        body["extent"] = _extent(extent)
    return body


def _extent(extent: Extent) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if extent.bbox:
        found["spatial"] = {"bbox": [list(extent.bbox)], "crs": CRS84.uri}
    if extent.since:
        found["temporal"] = {
            "interval": [[extent.since.isoformat().replace("+00:00", "Z"), None]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return found


def _access_links(request: HttpRequest, kind: LayerKind) -> list[dict[str, Any]]:
    """Links to a layer's items, schemas, tiles, styles, page and downloads."""
    items = reverse("ogc-items", args=[kind.slug])
    made = [
        link(request, "items", items, media_type, gettext("Features as %(format)s") % {"format": name}, f=form)
        for (form, media_type), name in zip(
            ITEM_FORMATS.items(), ("GeoJSON", "HTML", "CSV", "FlatGeobuf"), strict=True
        )
    ]
    return [
        *made,
        link(request, f"{RELATIONS}queryables", reverse("ogc-queryables", args=[kind.slug]), SCHEMA),
        link(
            request, "queryables", reverse("ogc-queryables", args=[kind.slug]), SCHEMA, gettext("Fields to filter by")
        ),
        link(request, "describedby", reverse("ogc-schema", args=[kind.slug]), SCHEMA, gettext("Fields")),
        link(request, f"{RELATIONS}schema", reverse("ogc-schema", args=[kind.slug]), SCHEMA),
        link(request, "license", kind.source.licence_url, HTML, kind.source.licence),
        link(request, "describedby", reverse("layer", args=[kind.slug]), HTML, gettext("About the layer")),
        link(request, TILESETS_VECTOR, reverse("ogc-tilesets", args=[kind.slug]), JSON, gettext("Tiles")),
        *style_links(request, kind.slug),
    ]


def _line(kind: LayerKind, shown: Serving | None) -> dict[str, Any]:
    """A layer's row on the HTML page."""
    return {
        "kind": kind,
        "shown": shown,
        "count": number(shown.rows) if shown else "",
        "date": day(shown.data_date or shown.updated_at) if shown else "",
        "licence": licence(kind, shown) if shown else kind.source.licence,
    }


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of collections."""
    listed: Mapping[str, Any] = {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": LINKS,
            "crs": {"type": "array", "items": {"type": "string"}},
            "collections": {"type": "array", "items": COLLECTION},
        },
    }
    paths: dict[str, Described] = {
        "/collections": {"get": operation("getCollections", "The layers", "Features", schema=listed)}
    }
    for kind in kinds:
        one = operation(f"describe_{kind.slug}", f"{kind.title.en}: what it holds", "Features", schema=COLLECTION)
        one["responses"] |= refusals(404)
        paths[f"/collections/{kind.slug}"] = {"get": one}
    return paths
