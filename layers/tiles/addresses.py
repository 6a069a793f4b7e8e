"""Recognises the web addresses of the map's tiles, `/tiles/{layer}/{z}/{x}/{y}.{format}`; serves and makes none.

Address points of the city are another thing: `layers.kinds.addresses`.
"""

import re

FORMATS = ("mvt",)
"""Endings of tile files."""
_TILE = re.compile(rf"/tiles/[-\w]+/\d+/\d+/\d+\.(?:{'|'.join(FORMATS)})", re.ASCII)


def is_tile(path: str) -> bool:
    """Whether a request's path (without the query) is that of a tile of the map.

    Tiles contain no words, so they depend on no language, and their version is part of the address. The tiles of OGC
    API Tiles (`/ogc/…/tiles/WebMercatorQuad/{z}/{y}/{x}`) do not count: they are negotiated like other resources.
    """
    return _TILE.fullmatch(path) is not None
