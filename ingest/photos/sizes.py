"""Names and sizes of the variants of a photo, and what is recorded of each; without the pictures' libraries.

Tiles: the columns of a level are a power of two, as viewers of the web want it, so a tile has the edge nearest to
512 px (363 to 724) that divides the width so; the top level loses at most `columns` - 1 columns of pixels by scaling.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

THUMBNAIL, SCREEN, TILES, FULL = "thumbnail", "screen", "tiles", "full"
USUAL = (THUMBNAIL, SCREEN, TILES)
THUMBNAIL_EDGE, SCREEN_EDGE, SPHERE_EDGE, TILE_EDGE = 320, 2048, 4096, 512


@dataclass(frozen=True, slots=True)
class Level:
    """A level of tiles: its size in pixels, the number of columns and rows, the edge of a tile."""

    level: int
    width: int
    height: int
    columns: int
    rows: int
    edge: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A file made of a photo; `file` is its name in the folder. `levels` are those of tiles, the smallest first."""

    name: str
    file: str
    width: int
    height: int
    bytes: int
    sha256: str
    media_type: str
    levels: tuple[Level, ...] = ()


def tile_levels(width: int, height: int) -> Iterator[Level]:
    """The levels of an equirectangular picture wider than 4,096 px: each twice as wide as the one before.

    Example: 5,760 x 2,880 has one level of 8 x 4 tiles of 720 px.
    """
    columns = 2 ** round(math.log2(width / TILE_EDGE))
    edge = width // columns
    steps = 0
    while edge * (columns >> (steps + 1)) > SPHERE_EDGE:
        steps += 1
    for level in range(steps + 1):
        of_level = columns >> (steps - level)
        wide = edge * of_level
        high = max(1, round(height * wide / width))
        yield Level(level, wide, high, of_level, math.ceil(high / edge), edge)
