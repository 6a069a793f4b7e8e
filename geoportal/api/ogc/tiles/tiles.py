"""OGC API Tiles: the vector tiles of the map at the standard's addresses, of one layer or of several."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from isal import igzip

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import problem
from geoportal.api.map import tiles as city_tiles
from geoportal.api.ogc.answers import JSON, MVT, chosen_format, endpoint, json_answer, link, only_known
from geoportal.api.ogc.tiles.matrices import CRS_URI, QUAD, QUAD_URI, limits, matrix_set
from layers.access.rules import visible_kinds
from layers.city import city
from layers.crs import WGS84, padded_outline
from layers.schema.kind import LayerKind
from layers.tiles.vector import MAX_ZOOM, tile, tile_columns, tile_layers

TILESETS_VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILE_JSON = "application/vnd.mapbox.tile+json"
OFFERED = {"json": JSON, "tilejson": TILE_JSON}
CHOSEN = {"filter", "dataset", "at"}
ONLY_JSON = {"json": JSON}
ONLY_MVT = {"mvt": MVT}
DIMENSIONS = {"POINT": 0, "LINESTRING": 1, "MULTILINESTRING": 1, "MULTIPOLYGON": 2}
MOST_TOGETHER = 40
NO_TILE = "There is no such tile matrix set; there is WebMercatorQuad."


@endpoint("GET")
def matrix_sets(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/tileMatrixSets`: the list of tile matrix sets; there is one."""
    only_known(request)
    chosen_format(request, ONLY_JSON)
    links = [link(request, "self", reverse("ogc-matrix-set", args=[QUAD]), JSON)]
    body = {
        "tileMatrixSets": [{"id": QUAD, "title": QUAD, "uri": QUAD_URI, "links": links}],
        "links": [link(request, "self", request.path, JSON)],
    }
    return json_answer(body)


@endpoint("GET")
def matrix_set_definition(request: HttpRequest, matrix: str) -> HttpResponseBase:
    """`/ogc/tileMatrixSets/WebMercatorQuad`: its definition."""
    only_known(request)
    chosen_format(request, ONLY_JSON)
    return json_answer(matrix_set()) if matrix == QUAD else problem(404, NO_TILE)


@endpoint("GET")
def tilesets(request: HttpRequest, layer: str = "") -> HttpResponseBase:
    """`/ogc/tiles` of all layers together, `/ogc/collections/{layer}/tiles` of one."""
    only_known(request)
    chosen_format(request, ONLY_JSON)
    kind = visible_kind(request, layer) if layer else None
    body = {
        "tilesets": [_summary(request, kind)],
        "links": [link(request, "self", request.path, JSON)],
    }
    return json_answer(body)


@endpoint("GET")
def tileset(request: HttpRequest, matrix: str, layer: str = "") -> HttpResponseBase:
    """`…/tiles/WebMercatorQuad`: the metadata of a tileset; of one layer as TileJSON too."""
    kind = visible_kind(request, layer) if layer else None
    only_known(request, CHOSEN if kind else frozenset())
    form = chosen_format(request, OFFERED if kind else ONLY_JSON)
    if matrix != QUAD:
        return problem(404, NO_TILE)
    if form == "tilejson" and kind:
        return city_tiles.tile_json(request, kind.slug)
    return json_answer(_whole(request, kind))


@endpoint("GET")
def layer_tile(request: HttpRequest, layer: str, matrix: str, z: int, row: int, col: int) -> HttpResponseBase:
    """`/ogc/collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}`: the same tile as the map's."""
    only_known(request, {*CHOSEN, "v", "level"})
    chosen_format(request, ONLY_MVT)
    if matrix != QUAD:
        return problem(404, NO_TILE)
    return city_tiles.vector_tile(request, layer, z, col, row)


@endpoint("GET")
def together(request: HttpRequest, matrix: str, z: int, row: int, col: int) -> HttpResponseBase:
    """`/ogc/tiles/WebMercatorQuad/{z}/{row}/{col}?collections=a,b`: one tile with several layers."""
    only_known(request, {"collections"})
    chosen_format(request, ONLY_MVT)
    if matrix != QUAD or z > MAX_ZOOM or row >= 2**z or col >= 2**z:
        return problem(404, f"Tiles exist for zoom 0 to {MAX_ZOOM} of {QUAD}.")
    asked = request.GET.get("collections")
    kinds = [visible_kind(request, slug) for slug in asked.split(",")[:MOST_TOGETHER]] if asked else _all(request)
    parts = [tile(access_of(request), kind, z, col, row) for kind in dict.fromkeys(kinds) if kind.min_zoom <= z]
    # An MVT is a list of layers, so concatenated tiles are one tile.
    body = b"".join(igzip.decompress(part.body) for part in parts if part and part.body)
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
    return (
        HttpResponse(body, content_type=MVT, headers=headers) if body else HttpResponse(status=204, headers=headers)
    )


def _all(request: HttpRequest) -> list[LayerKind]:
    return visible_kinds(access_of(request))


def _summary(request: HttpRequest, kind: LayerKind | None) -> dict[str, Any]:
    here = _address(kind)
    return {
        "title": str(kind.title) if kind else gettext("All layers"),
        "tileMatrixSetURI": QUAD_URI,
        "crs": CRS_URI,
        "dataType": "vector",
        "links": [
            link(request, "self", here, JSON, gettext("What the tiles hold")),
            link(request, TILING_SCHEME, reverse("ogc-matrix-set", args=[QUAD]), JSON, QUAD),
            _template(request, here),
        ],
    }


def _address(kind: LayerKind | None) -> str:
    return reverse("ogc-tileset", args=[kind.slug, QUAD]) if kind else reverse("ogc-all-tileset", args=[QUAD])


def _template(request: HttpRequest, here: str) -> dict[str, Any]:
    href = request.build_absolute_uri(here) + "/{tileMatrix}/{tileRow}/{tileCol}"
    return {"rel": "item", "type": MVT, "title": gettext("Tiles"), "href": href, "templated": True}


def _whole(request: HttpRequest, kind: LayerKind | None) -> dict[str, Any]:
    kinds = [kind] if kind else _all(request)
    west, south, east, north = (round(edge, 5) for edge in padded_outline(WGS84).bounds)
    longitude, latitude, _ = city().view
    first = min((one.min_zoom for one in kinds), default=0)
    first = min((one.min_zoom for one in kinds), default=0)
    body = _summary(request, kind)
    body |= {
        "tileMatrixSetLimits": limits(first, MAX_ZOOM, (west, south, east, north)),
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north]},
        "centerPoint": {"coordinates": [longitude, latitude]},
        "layers": [part for one in kinds for part in _layers(request, one)],
    }
    if kind:
        body["links"].append(link(request, "alternate", _address(kind), TILE_JSON, "TileJSON", f="tilejson"))
    return body


def _layers(request: HttpRequest, kind: LayerKind) -> list[dict[str, Any]]:
    """The layers in a tile of a kind, with the fields that the visitor may see."""
    columns = tile_columns(access_of(request), kind, MAX_ZOOM)
    properties = {name: {"title": str(kind.field(name).title)} for name in columns}
    return [
        {
            "id": name,
            "title": str(kind.title),
            "dataType": "vector",
            "geometryDimension": _dimension(kind, name),
            "minTileMatrix": str(kind.min_zoom),
            "maxTileMatrix": str(MAX_ZOOM),
            "propertiesSchema": {"type": "object", "properties": properties},
        }
        for name in tile_layers(kind)
    ]


def _dimension(kind: LayerKind, name: str) -> int:
    """Dimension of a tile layer (features, label points or common borders): 0 points, 1 lines, 2 areas."""
    own = DIMENSIONS[kind.shape]
    return {f"{kind.slug}_borders": 1, f"{kind.slug}_labels": 0 if own == 2 else own}.get(name, own)
