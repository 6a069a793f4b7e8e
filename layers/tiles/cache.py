"""The tile cache and its key: an LRU in memory over files on disk; storing a version drops the older ones."""

import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cachetools import LRUCache
from django.conf import settings

THIN = ".thin"
"""File ending of thinned tiles."""
FORMAT = 3
"""Part of the cache's path; increase it when a change of code changes the content of tiles."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as sent: gzipped Mapbox vector tile, empty for no feature. `etag` changes whenever its content may."""

    body: bytes
    etag: str
    thinned: bool = False


def cache_key(layer: str, dataset_id: int, level: str, zoom: int, x: int, y: int) -> str:
    """The key of a tile: layer slug, dataset, level of access, zoom and place; the version is stored beside it.

    Key and version cover all that decides a tile's content; a change of code is covered by FORMAT.
    Example: `cache_key("roads", 3, "public", 14, 9120, 5540)` gives "roads-3-public-14-9120-5540".
    """
    return f"{layer}-{dataset_id}-{level}-{zoom}-{x}-{y}"


def _weight(tile: Tile) -> int:
    return len(tile.body) + 300


_recent: LRUCache[str, Tile] = LRUCache(settings.TILE_MEMORY_BYTES, _weight)
_lock = Lock()


@lru_cache(maxsize=8)
def _folder(root: str, database: str) -> str:
    """The cache folder of a database and tile format."""
    return f"{root}/{database}-{FORMAT}"


def _path(key: str, version: int, zoom: int, x: int) -> str:
    folder = _folder(settings.TILE_CACHE_DIR, settings.DATABASES["default"]["NAME"])
    return f"{folder}/{zoom}/{x}/{key}-{version}"


def find(key: str, version: int, zoom: int, x: int, etag: str) -> Tile | None:
    """The cached tile, or None."""
    path = _path(key, version, zoom, x)
    with _lock:
        found = _recent.get(path)
    if found is not None:
        return found
    for ending in ("", THIN):
        try:
            body = Path(path + ending).read_bytes()
        except FileNotFoundError:
            continue
        return _remember(path, Tile(body, etag, ending == THIN))
    return None


def _remember(path: str, tile: Tile) -> Tile:
    if _weight(tile) <= settings.TILE_MEMORY_BYTES:
        with _lock:
            _recent[path] = tile
    return tile


def store(tile: Tile, key: str, version: int, zoom: int, x: int) -> Tile:
    """Store a tile atomically and drop its older versions. On a full disk the tile is not cached."""
    name = _path(key, version, zoom, x)
    path = Path(name + (THIN if tile.thinned else ""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(tile.body)
        Path(temporary).replace(path)
        for older in path.parent.glob(f"{key}-*"):
            if _version(older) < version:
                older.unlink(missing_ok=True)
    except OSError:
        return tile
    return _remember(name, tile)


def _version(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])
