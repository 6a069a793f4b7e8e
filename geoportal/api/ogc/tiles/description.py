"""OpenAPI paths of tiles and styles."""

from collections.abc import Sequence
from typing import Any

from geoportal.api.ogc.answers import MVT
from geoportal.api.ogc.schemas import LINKS, Described, content, in_path, operation, parameter
from geoportal.api.ogc.tiles.matrices import QUAD
from geoportal.api.ogc.tiles.styles import MAP, ONLY_STYLE, THEMES
from geoportal.api.ogc.tiles.tiles import OFFERED, ONLY_JSON, ONLY_MVT
from layers.schema.kind import LayerKind
from layers.tiles.vector import MAX_ZOOM

TAG = "Tiles"
_MATRIX = in_path("tileMatrixSetId", {"type": "string", "enum": [QUAD]})
_ZOOM = in_path("tileMatrix", {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}, "The zoom.")
_PLACE = [
    in_path(name, {"type": "integer", "minimum": 0, "maximum": 2**MAX_ZOOM - 1}) for name in ("tileRow", "tileCol")
]
_LIST: Described = {"type": "object", "required": ["links"], "properties": {"links": LINKS}}


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of tiles and styles of the layers that the visitor may see."""
    slugs = [kind.slug for kind in kinds]
    layer = in_path("collectionId", {"type": "string", "enum": slugs})
    one, every = "/collections/{collectionId}/tiles", "/tiles"
    style = in_path("styleId", {"type": "string", "enum": [MAP, *slugs]})
    theme = parameter("theme", {"type": "string", "enum": list(THEMES)}, "For light or dark ground.")
    return {
        "/tileMatrixSets": _get("getTileMatrixSets", "Grids of tiles", []),
        "/tileMatrixSets/{tileMatrixSetId}": _get("getTileMatrixSet", "A grid of tiles", [_MATRIX]),
        every: _get("getTilesets", "Tiles of all layers together", []),
        f"{every}/{{tileMatrixSetId}}": _get("getTileset", "What these tiles hold", [_MATRIX]),
        f"{every}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tiles("getTile", [_MATRIX], slugs),
        one: _get("getLayerTilesets", "Tiles of a layer", [layer]),
        f"{one}/{{tileMatrixSetId}}": _get("getLayerTileset", "What these tiles hold", [layer, _MATRIX], OFFERED),
        f"{one}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tiles("getLayerTile", [layer, _MATRIX]),
        "/styles": _get("getStyles", "Styles", []),
        "/styles/{styleId}": _get("getStyle", "A style", [style], ONLY_STYLE, [theme]),
    }


def _get(
    name: str,
    summary: str,
    path: Sequence[Described],
    offered: dict[str, str] = ONLY_JSON,
    parameters: Sequence[Described] = (),
) -> Described:
    schema = _LIST if offered is ONLY_JSON and name.endswith("s") else None
    refused = (400, 404, 406) if len(offered) > 1 else (400, 404)
    get = operation(name, summary, TAG, schema=schema, offered=offered, parameters=parameters, refused=refused)
    return {"parameters": list(path), "get": get}


def _tiles(name: str, path: Sequence[Described], slugs: Sequence[str] = ()) -> Described:
    several: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(slugs)}}
    known = [parameter("collections", several, style="form", explode=False)] if slugs else []
    answers = {
        "200": {"description": "The tile", "content": content({MVT: {"type": "string", "format": "binary"}})},
        "204": {"description": "An empty tile"},
    }
    get = operation(name, "A tile", TAG, offered=ONLY_MVT, parameters=known, refused=(400, 404), responses=answers)
    return {"parameters": [*path, _ZOOM, *_PLACE], "get": get}
