"""The OGC API Records record of a layer."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext

from geoportal.api.ogc.answers import GEOJSON, HTML, JSON, link
from geoportal.api.ogc.tiles.styles import style_links
from geoportal.wording.datasets import attribution
from layers.access.rules import Serving, licence
from layers.city import city
from layers.exports import LIVE
from layers.metadata.extents import Extent
from layers.schema.kind import LayerKind

RECORD_CLASS = "http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"
LANGUAGES = {"pl": "Polski", "en": "English"}
EU_THEMES = "http://publications.europa.eu/resource/authority/data-theme"


def record(
    request: HttpRequest, kind: LayerKind, shown: Serving | None, extent: Extent | None, *, whole: bool = False
) -> dict[str, Any]:
    """The record of a layer; `shown` is None while it holds no data. `whole` adds the links of a single record."""
    here = reverse("ogc-record", args=[kind.slug])
    links = [link(request, "self", here, GEOJSON), link(request, "collection", reverse("ogc-catalogue"), JSON)]
    if whole:
        links += [{**link(request, "alternate", here, GEOJSON, lang=code), "hreflang": code} for code in LANGUAGES]
    return {
        "id": kind.slug,
        "type": "Feature",
        "conformsTo": [RECORD_CLASS],
        "geometry": _area(extent),
        "time": {"interval": [extent.since.isoformat(), ".."]} if extent and extent.since else None,
        "properties": _properties(request, kind, shown, extent),
        "links": [*links, *_access_links(request, kind, shown)],
    }


def dataset_uri(request: HttpRequest, kind: LayerKind) -> str:
    """The layer's dataset URI in the open data catalogue (DCAT)."""
    return request.build_absolute_uri(f"{reverse('layer', args=[kind.slug])}#dataset")


def _area(extent: Extent | None) -> dict[str, Any] | None:
    if extent is None or extent.bbox is None:
        return None
    west, south, east, north = extent.bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _properties(
    request: HttpRequest, kind: LayerKind, shown: Serving | None, extent: Extent | None
) -> dict[str, Any]:
    code = get_language() or "pl"
    properties = {
        "type": "dataset",
        "title": str(kind.title),
        "description": str(kind.description),
        "externalIds": [{"value": dataset_uri(request, kind)}],
        "keywords": [str(word) for word in (kind.theme, *kind.portal.keywords)],
        "language": {"code": code, "name": LANGUAGES.get(code, code)},
        "languages": [{"code": one, "name": name} for one, name in LANGUAGES.items()],
        "created": extent.since.isoformat() if extent and extent.since else None,
        "updated": shown.updated_at.isoformat() if shown and shown.updated_at else None,
        "themes": _themes(kind),
        "formats": [{"name": one.title, "mediaType": one.plain_type} for one in LIVE],
        "contacts": _contacts(request),
        "license": licence(kind, shown) if shown else kind.source.licence,
        "rights": attribution(kind, shown) if shown else str(kind.source.name),
        "synthetic": bool(shown and shown.synthetic),
    }
    return {name: value for name, value in properties.items() if value is not None}


def _themes(kind: LayerKind) -> list[dict[str, Any]]:
    return [{"concepts": [{"id": code} for code in kind.portal.themes], "scheme": EU_THEMES}]


def _contacts(request: HttpRequest) -> list[dict[str, Any]]:
    publisher = city().publisher
    made: dict[str, Any] = {"name": str(publisher.name), "organization": str(publisher.name), "roles": ["publisher"]}
    if publisher.email:
        made["emails"] = [{"value": publisher.email}]
    if publisher.phone:
        made["phones"] = [{"value": publisher.phone}]
    address = publisher.url or request.build_absolute_uri("/")
    return [made | {"links": [{"rel": "about", "type": HTML, "href": address}]}]


def _access_links(request: HttpRequest, kind: LayerKind, shown: Serving | None) -> list[dict[str, Any]]:
    """Links to the layer's page, map, services and downloads."""
    made = [
        link(request, "about", reverse("layer", args=[kind.slug]), HTML, gettext("About the layer")),
        link(request, "license", kind.source.licence_url, HTML, kind.source.licence),
    ]
    if shown is None:
        return made
    items = f"/ogc/collections/{kind.slug}/items"
    wfs = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": kind.slug}
    tiles = link(request, "tiles", reverse("ogc-tilesets", args=[kind.slug]), JSON, gettext("Tiles"))
    return [
        *made,
        link(request, "item", items, GEOJSON, "OGC API Features"),
        tiles,
        *(
            link(
                request,
                "enclosure",
                reverse("layer-file", args=[kind.slug, one.ending]),
                one.plain_type,
                gettext("Download: %(format)s") % {"format": one.title},
            )
            for one in LIVE
        ),
        link(request, "service", reverse("wfs"), "application/gml+xml", "WFS 2.0", **wfs),
        *style_links(request, kind.slug),
    ]
