"""Vector tiles, their TileJSON, and the card of one feature."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from isal import igzip

from geoportal.accounts.rights import access_of, may_edit, visible_kind
from geoportal.api.errors import faults_answered, problem
from geoportal.http.caching import ASK_AGAIN, FOREVER
from geoportal.wording.datasets import attribution, title
from geoportal.wording.features import entity_tag, feature_title, whereabouts
from layers.access.rules import Access, Serving, fields_for, licence, record_read
from layers.city import city
from layers.crs import WGS84, padded_outline
from layers.feed.versions import VERSIONS
from layers.reading.selection import Selection, instant
from layers.reading.time_limits import in_page_time
from layers.schema.feature import CURRENT, CityFeature, known_at
from layers.schema.kind import KindField, LayerKind
from layers.tiles.cache import Tile
from layers.tiles.vector import MAX_ZOOM, selection_etag, selection_tile, tile, tile_columns, tile_layers

CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
ASK_ME_AGAIN = "private, no-cache"
"""Cache-Control of tiles of a selection: filters are too many for shared caches to store them."""


@require_safe
@faults_answered
def vector_tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/{layer}/{z}/{x}/{y}.mvt?v=…`: 200, 204 when empty, 304 when unchanged, 404 beyond the limits."""
    kind = visible_kind(request, layer)
    if not kind.min_zoom <= z <= MAX_ZOOM or x >= 2**z or y >= 2**z:
        return problem(404, f"Tiles of {layer} exist for zoom {kind.min_zoom} to {MAX_ZOOM}; {z}/{x}/{y} is outside.")
    access = access_of(request)
    dataset = request.GET.get("dataset")
    if request.GET.get("filter") or request.GET.get("at"):
        return _selected(request, kind, z, x, y)
    found = tile(access, kind, z, x, y, dataset)
    if found is None:
        return problem(404, f"Layer {layer} holds no data{' in dataset ' + dataset if dataset else ''} yet.")
    return _answer(request, found, _caching(request, kind, dataset, access))


def _selected(request: HttpRequest, kind: LayerKind, z: int, x: int, y: int) -> HttpResponse:
    """A tile of the features that `filter` and `at` select; 304 without a query where it is unchanged."""
    chosen = _selection(request, kind, VERSIONS.serving(kind, request.GET.get("dataset")))
    if chosen is None:
        return problem(404, f"Layer {kind.slug} holds no data yet.")
    chosen.where()
    etag = selection_etag(chosen, z, x, y)
    known = etag in request.META.get("HTTP_IF_NONE_MATCH", "")
    return _answer(request, Tile(b"", etag) if known else selection_tile(chosen, z, x, y), ASK_ME_AGAIN)


def _selection(request: HttpRequest, kind: LayerKind, shown: Serving | None) -> Selection | None:
    """The selection by `filter` and `at`; None when the kind holds no data. Raises BadFilter, BadMoment."""
    at = request.GET.get("at", "")
    moment = instant(at) if at else None
    if shown is None:
        return None
    return Selection(access_of(request), kind, shown, request.GET.get("filter", ""), moment)


def _caching(request: HttpRequest, kind: LayerKind, dataset: str | None, access: Access) -> str:
    """Cache-Control: immutable when the address has the layer's current version, else revalidate."""
    asked = request.GET.get("v")
    shown = VERSIONS.serving(kind, dataset) if asked else None
    fresh = shown is not None and asked == str(VERSIONS.layer(kind, shown.dataset_id))
    caching = FOREVER if fresh else ASK_AGAIN
    return caching if access.level == "public" else caching.replace("public", "private")


def _answer(request: HttpRequest, found: Tile, caching: str) -> HttpResponse:
    """The response with the tile. Reads META itself, as `request.headers` would copy all headers for two of them."""
    headers = {
        "ETag": found.etag,
        "Cache-Control": caching,
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
    }
    if found.thinned:
        headers["X-Tile-Thinned"] = "true"
    if found.etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return HttpResponseNotModified(headers=headers)
    if not found.body:
        return HttpResponse(status=204, headers=headers)
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(found.body, content_type=CONTENT_TYPE, headers=headers)
    return HttpResponse(igzip.decompress(found.body), content_type=CONTENT_TYPE, headers=headers)


@require_safe
@faults_answered
def tile_json(request: HttpRequest, layer: str) -> HttpResponse:
    """`/tiles/{layer}.json`: TileJSON 3.0 with the layer's current version, filter and moment in the tile address."""
    kind = visible_kind(request, layer)
    dataset = request.GET.get("dataset")
    shown = VERSIONS.serving(kind, dataset)
    if shown is None and dataset:
        return problem(404, f"Layer {layer} holds no data in dataset {dataset}.")
    response = JsonResponse(_tile_json(request, kind, shown))
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _tile_json(request: HttpRequest, kind: LayerKind, shown: Serving | None) -> dict[str, Any]:
    version = VERSIONS.layer(kind, shown.dataset_id) if shown else 0
    address = request.build_absolute_uri(f"/tiles/{kind.slug}/")
    kept = {name: request.GET[name] for name in ("dataset", "filter", "at") if shown and request.GET.get(name)}
    level = access_of(request).level
    if level != "public":  # A public tile cached by a browser must not be shown to a visitor with more rights.
        kept["level"] = level
    columns = tile_columns(access_of(request), kind, MAX_ZOOM)
    titles = {name: str(kind.field(name).title) for name in columns}
    return {
        "tilejson": "3.0.0",
        "name": str(kind.title),
        "description": str(kind.description),
        "version": f"{version}.0.0",
        "scheme": "xyz",
        "tiles": [f"{address}{{z}}/{{x}}/{{y}}.mvt?{urlencode({'v': version} | kept, quote_via=quote)}"],
        "minzoom": kind.min_zoom,
        "maxzoom": MAX_ZOOM,
        "bounds": [round(edge, 5) for edge in padded_outline(WGS84).bounds],
        "center": list(city().view),
        "attribution": attribution(kind, shown) if shown else str(kind.source.name),
        "vector_layers": [{"id": slug, "fields": titles, "minzoom": kind.min_zoom} for slug in tile_layers(kind)],
        "geoportal": _holding(request, kind, shown),
    }


def _holding(request: HttpRequest, kind: LayerKind, shown: Serving | None) -> dict[str, Any]:
    """The layer's dataset, counts and sources; no dataset and no features while it is empty.

    `features` counts those that `filter` and `at` select, `all_features` all current ones.
    """
    chosen = _selection(request, kind, shown)
    if shown is None or chosen is None:
        return {"dataset": None, "synthetic": False, "features": 0, "data_date": None, "licence": kind.source.licence}
    return {
        "dataset": shown.slug,
        "dataset_title": title(shown.slug, shown.title),
        "synthetic": shown.synthetic,
        "features": _counted(chosen) if chosen.filter or chosen.at else shown.rows,
        "all_features": shown.rows,
        "data_date": shown.data_date.isoformat() if shown.data_date else None,
        "updated_at": shown.updated_at.isoformat() if shown.updated_at else None,
        "licence": licence(kind, shown),
    }


def _counted(chosen: Selection) -> int:
    """The number of features in the selection. Raises TooSlow."""
    with in_page_time():
        return chosen.rows().count()


@require_safe
@faults_answered
def feature_card(request: HttpRequest, layer: str, key: str) -> HttpResponse:
    """`/tiles/{layer}/features/{key}.json?at=…`: a feature's fields; `key` is its id or number in a tile."""
    kind = visible_kind(request, layer)
    at = request.GET.get("at")
    row = current_row(kind, key, instant(at) if at else None)
    if row is None:
        return problem(
            404, f"Layer {layer} has no current feature {key}; it may have changed since the map was drawn."
        )
    card = _card(access_of(request), kind, row)
    if row.recorded_to is None and may_edit(request, kind):
        card["edit"] = reverse("edit-feature", args=[kind.slug, row.feature_id])
    response = JsonResponse(card)
    response["ETag"] = entity_tag(access_of(request), row.version_id)
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def current_row(kind: LayerKind, key: str, at: datetime | None = None) -> CityFeature | None:
    """A feature's current version, or that at a moment, by its id or its number in tiles."""
    record_read(kind)
    time = known_at(at) if at else CURRENT
    found = kind.model._default_manager.filter(time).select_related("dataset")
    try:
        chosen = {"version_id": int(key)} if key.isdecimal() and len(key) < 19 else {"feature_id": UUID(key)}
    except ValueError:
        return None
    row = found.filter(**chosen).first()
    return row if isinstance(row, CityFeature) else None


def _card(access: Access, kind: LayerKind, row: CityFeature) -> dict[str, Any]:
    fields = [_shown_field(field, getattr(row, field.name)) for field in fields_for(access, kind)]
    return {
        "layer": kind.slug,
        "layer_title": str(kind.title),
        **whereabouts(row),
        "feature_id": str(row.feature_id),
        "version_id": row.version_id,
        "title": feature_title(access, kind, row),
        "fields": fields,
        "dataset": title(row.dataset.slug, row.dataset.title),
        "synthetic": row.synthetic,
        "estimated": str(kind.estimated) if kind.estimated else None,
        "recorded_from": row.recorded_from.isoformat(),
        "data_date": row.data_date.isoformat() if row.data_date else None,
        "source": attribution(kind, row.dataset),
        "licence": licence(kind, row.dataset),
    }


def _shown_field(field: KindField, value: Any) -> dict[str, Any]:
    text = None
    if field.choices and value is not None:
        text = str(field.choices.get(str(value), value))
    plain = value.isoformat() if hasattr(value, "isoformat") else value
    return {"name": field.name, "title": str(field.title), "value": plain, "text": text, "unit": field.unit}
