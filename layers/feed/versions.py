"""The version of each square of the web map, cached in memory by every process and refreshed once a second.

A tile's version is the number of the last change in the squares it covers, so a cached tile needs no query.
"""

import threading
import time
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.db import connection

from layers.access.rules import Serving, serving
from layers.feed.blocks import BLOCK_ZOOM
from layers.feed.changes import last_change
from layers.schema.kind import LayerKind

BUFFER = 64 / 4096
"""Share of a tile's width by which features beyond its edge are in it too."""


class TileVersions:
    """Versions of tiles, at most TILE_VERSION_SECONDS behind the last commit. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = -1
        self._checked = float("-inf")
        self._pyramid: dict[tuple[str, int, int, int, int], int] = {}
        self._everywhere: dict[tuple[str, int], int] = {}
        self._serving: dict[tuple[str, str | None], Serving | None] = {}

    def refresh(self, force: bool = False) -> None:
        """Read newer changes when the last read is older than TILE_VERSION_SECONDS, or with `force`."""
        if not force and time.monotonic() - self._checked < settings.TILE_VERSION_SECONDS:
            return
        with self._lock:
            last = last_change()
            if last < self._seen:
                self._pyramid, self._everywhere, self._seen = {}, {}, -1
            if last != self._seen:
                self._load()
                self._seen = last
                self._serving = {}
            self._checked = time.monotonic()

    def _load(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT kind, dataset_id, x, y, version FROM layers_tileblock WHERE version > %s", [self._seen]
            )
            for kind, dataset, x, y, version in cursor.fetchall():
                if x < 0:
                    self._everywhere[kind, dataset] = version
                else:
                    for zoom, tile_x, tile_y in _tiles_showing(x, y):
                        key = (kind, dataset, zoom, tile_x, tile_y)
                        self._pyramid[key] = max(version, self._pyramid.get(key, 0))

    def serving(self, kind: LayerKind, dataset: str | None = None) -> Serving | None:
        """The serving dataset of the kind (or the named one), cached until the next change."""
        self.refresh()
        key = (kind.slug, dataset)
        if key not in self._serving:
            self._serving[key] = serving(kind, dataset)
        return self._serving[key]

    def layer(self, kind: LayerKind, dataset_id: int) -> int:
        """The number of the last change in a layer: the `v` in addresses of its tiles."""
        self.refresh()
        top = self._pyramid.get((kind.slug, dataset_id, 0, 0, 0), 0)
        return max(top, self._everywhere.get((kind.slug, dataset_id), 0))

    def tile(self, kind: LayerKind, dataset_id: int, zoom: int, x: int, y: int) -> int:
        """The number of the last change in a tile with its buffer; 0 when nothing was ever stored there."""
        self.refresh()
        version = self._everywhere.get((kind.slug, dataset_id), 0)
        if zoom < BLOCK_ZOOM:
            return max(version, self._pyramid.get((kind.slug, dataset_id, zoom, x, y), 0))
        for block_x, block_y in _blocks_under(zoom, x, y):
            version = max(version, self._pyramid.get((kind.slug, dataset_id, BLOCK_ZOOM, block_x, block_y), 0))
        return version


def _tiles_showing(x: int, y: int) -> Iterator[tuple[int, int, int]]:
    """Tiles of zoom 0 to 14 that contain a square of zoom 14, also within their buffer."""
    for zoom in range(BLOCK_ZOOM + 1):
        scale = 2 ** (BLOCK_ZOOM - zoom)
        margin = BUFFER if zoom < BLOCK_ZOOM else 0.0
        top = 2**zoom - 1
        for tile_x in range(max(0, int(x / scale - margin)), min(top, int((x + 1) / scale + margin - 1e-9)) + 1):
            for tile_y in range(max(0, int(y / scale - margin)), min(top, int((y + 1) / scale + margin - 1e-9)) + 1):
                yield zoom, tile_x, tile_y


@lru_cache(maxsize=65536)
def _blocks_under(zoom: int, x: int, y: int) -> tuple[tuple[int, int], ...]:
    """The squares of zoom 14 that a tile of zoom 14 or more overlaps with its buffer."""
    scale = 2 ** (zoom - BLOCK_ZOOM)
    return tuple(
        (block_x, block_y)
        for block_x in range(int((x - BUFFER) // scale), int((x + 1 + BUFFER) // scale) + 1)
        for block_y in range(int((y - BUFFER) // scale), int((y + 1 + BUFFER) // scale) + 1)
    )


VERSIONS = TileVersions()
