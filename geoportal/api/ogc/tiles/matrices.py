"""The tile matrix set WebMercatorQuad (OGC 17-083r4)."""

import math
from typing import Any

from layers.crs import WEB_HALF_WORLD_M, WEB_MERCATOR, system_named

QUAD = "WebMercatorQuad"
QUAD_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
CRS_URI = system_named(f"EPSG:{WEB_MERCATOR}").uri
TILE_PIXELS = 256
LAST_ZOOM = 24
PIXEL_M = 0.00028
"""The standard's pixel size in metres, which scale denominators refer to."""


def matrix_set() -> dict[str, Any]:
    """The JSON of the tile matrix set with all zooms."""
    return {
        "id": QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": QUAD_URI,
        "crs": CRS_URI,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(LAST_ZOOM + 1)],
    }


def _matrix(zoom: int) -> dict[str, Any]:
    cell = 2 * WEB_HALF_WORLD_M / TILE_PIXELS / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell / PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-WEB_HALF_WORLD_M, WEB_HALF_WORLD_M],
        "tileWidth": TILE_PIXELS,
        "tileHeight": TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def limits(first: int, last: int, bounds: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """The tile limits at each zoom; `bounds` are west, south, east, north in degrees."""
    west, south, east, north = bounds
    made = []
    for zoom in range(first, last + 1):
        (left, top), (right, bottom) = _tile_at(west, north, zoom), _tile_at(east, south, zoom)
        row, column = {"minTileRow": top, "maxTileRow": bottom}, {"minTileCol": left, "maxTileCol": right}
        made.append({"tileMatrix": str(zoom), **row, **column})
    return made


def _tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Column and row of the tile of a position in degrees."""
    x = (longitude + 180) / 360
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int(x * 2**zoom), int(y * 2**zoom)
