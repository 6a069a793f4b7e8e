"""STAC documents: the catalogue, a run as Collection, a photo as Item with its files."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.api.stac.photos import RunExtent, Shelf
from layers.city import city
from layers.kinds import KINDS
from layers.media.models import Medium, Variant

VERSION = "1.1.0"
CONFORMS_TO = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
JSON, GEOJSON, JPEG = "application/json", "application/geo+json", "image/jpeg"
VIEW = "https://stac-extensions.github.io/view/v1.0.0/schema.json"
PERSPECTIVE = "https://stac-extensions.github.io/perspective-imagery/v1.0.0/schema.json"
ASSETS = {
    Variant.Name.FULL: ("hd", "Full size", ["data"]),
    Variant.Name.ORIGINAL: ("hd", "As it was taken", ["data"]),
    Variant.Name.SCREEN: ("sd", "Screen size", ["visual"]),
    Variant.Name.THUMBNAIL: ("thumb", "Thumbnail", ["thumbnail"]),
}
"""Names of assets as readers of Panoramax know them."""
SPHERE = "equirectangular"


def address(request: HttpRequest, name: str, *arguments: Any) -> str:
    """The absolute address of a view."""
    return request.build_absolute_uri(reverse(name, args=arguments))


def link(rel: str, href: str, media_type: str = JSON, **more: Any) -> dict[str, Any]:
    """A link object."""
    return {"rel": rel, "href": href, "type": media_type, **more}


def catalogue(request: HttpRequest, slugs: Iterable[str]) -> dict[str, Any]:
    """The landing page."""
    root = address(request, "stac")
    search = address(request, "stac-search")
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": f"{city().slug}-street-photos",
        "title": f"Street photos of {city().name.en}",
        "description": "Runs of street photos. Everybody may use the released pictures, in which people are blurred.",
        "conformsTo": list(CONFORMS_TO),
        "links": [
            link("self", root),
            link("root", root),
            link("conformance", address(request, "stac-conformance")),
            link("data", address(request, "stac-collections")),
            link("search", search, GEOJSON, method="GET"),
            link("search", search, GEOJSON, method="POST"),
            link("service-doc", address(request, "layer", "street_photos_released"), "text/html"),
            *(link("child", address(request, "stac-collection", slug), title=slug) for slug in slugs),
        ],
    }


def collection(request: HttpRequest, run: RunExtent) -> dict[str, Any]:
    """A run, as far as the visitor sees it."""
    here = address(request, "stac-collection", run.slug)
    source = KINDS["street_photos_released"].source
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": run.slug,
        "title": run.slug,
        "description": _described(run),
        "license": "CC0-1.0" if run.synthetic else source.licence,
        "keywords": ["street photos", city().name.en, *(["synthetic"] if run.synthetic else [])],
        "providers": [{"name": str(city().publisher.name.en), "roles": ["producer", "host"]}],
        "extent": {
            "spatial": {"bbox": [list(run.bounds)]},
            "temporal": {"interval": [[_moment(run.first), _moment(run.last)]]},
        },
        "summaries": {"geoportal:synthetic": [run.synthetic]},
        "links": [
            link("self", here),
            link("root", address(request, "stac")),
            link("parent", address(request, "stac")),
            link("items", address(request, "stac-items", run.slug), GEOJSON),
            link("license", source.licence_url, "text/html"),
            link("enclosure", address(request, "stac-geopackage", run.slug), "application/geopackage+sqlite3"),
        ],
    }


def _described(run: RunExtent) -> str:
    kind = "Synthetic street photos, painted for a demonstration" if run.synthetic else "Street photos"
    return f"{kind}: {run.count} pictures of one run."


def item(
    request: HttpRequest, shelf: Shelf, row: Any, medium: Medium | None, links: Iterable[dict[str, Any]] = ()
) -> dict[str, Any]:
    """A photo. Its files are listed where the visitor may open them."""
    here = address(request, "stac-item", row.photo_run, row.picture)
    parent = address(request, "stac-collection", row.photo_run)
    lon, lat = round(row.place.x, 7), round(row.place.y, 7)
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [VIEW, PERSPECTIVE],
        "id": row.picture,
        "collection": row.photo_run,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "bbox": [lon, lat, lon, lat],
        "properties": _properties(shelf, row, medium),
        "assets": _assets(request, shelf, row, medium),
        "links": [
            link("self", here, GEOJSON),
            link("root", address(request, "stac")),
            link("parent", parent),
            link("collection", parent),
            *links,
        ],
    }


def _properties(shelf: Shelf, row: Any, medium: Medium | None) -> dict[str, Any]:
    found: dict[str, Any] = {"datetime": _moment(row.taken_at)}
    if row.taken_at is None:  # STAC wants an interval then; the photo was taken before it was stored
        found |= {"start_datetime": "1970-01-01T00:00:00Z", "end_datetime": _moment(row.recorded_from)}
    if row.heading_deg is not None:
        found["view:azimuth"] = round(row.heading_deg, 2)
    field = 360 if row.projection == SPHERE else row.hfov_deg
    interior = {"field_of_view": round(field)} if field else {}
    if medium is not None and medium.width:
        interior |= {"sensor_array_dimensions": [medium.width, medium.height]}
    if interior:
        found["pers:interior_orientation"] = interior
    state = {} if shelf.released else {"geoportal:state": medium.state if medium else "unknown"}
    author = {"providers": [{"name": row.author, "roles": ["producer"]}]} if getattr(row, "author", None) else {}
    number = {"geoportal:number": row.number, "geoportal:projection": row.projection}
    return {**found, **number, **author, **state, "geoportal:synthetic": row.synthetic}


def _assets(request: HttpRequest, shelf: Shelf, row: Any, medium: Medium | None) -> dict[str, Any]:
    if medium is None or not _opens(visitor_of(request), shelf, medium):
        return {}
    side = Variant.Side.BLURRED if shelf.released else Variant.Side.RAW
    found = {}
    for variant in medium.variants.all():
        if variant.side != side or variant.name not in ASSETS:
            continue
        name, title, roles = ASSETS[Variant.Name(variant.name)]
        href = (
            address(request, "released-picture", row.picture, variant.name)
            if shelf.released
            else address(request, "raw-picture", row.picture, side, variant.name)
        )
        found[name] = {"href": href, "type": variant.media_type, "title": title, "roles": roles}
    return found


def _opens(visitor: Visitor, shelf: Shelf, medium: Medium) -> bool:
    if shelf.released:
        return medium.state == Medium.State.RELEASED
    return visitor.can("photos")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
