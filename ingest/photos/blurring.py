"""The program that blurs a picture within limits, in a fork of the sandbox's server.

Each region becomes a mosaic of averages with at most BLOCKS across its longer edge, burnt into the pixels; the
variants are encoded from these pixels alone (`ingest.photos.variants`). A block is the average of its own region's
pixels, so what can be recovered of a region is at most 8 x 8 colours. A 360° picture needs no GPano packet: the
viewer knows the projection from the layer.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from ingest.photos.facts import SPHERE, facts_of
from ingest.photos.pictures import open_picture
from ingest.photos.sizes import FULL, SCREEN, THUMBNAIL, TILES
from ingest.photos.variants import make_variants, shown_pixels
from ingest.sandbox.job import Program

BLOCKS = 8
"""Most blocks across the longer edge of a region."""
LEAST_BLOCK = 8
"""Pixels: a small region has fewer blocks, as eight of few pixels each would leave it readable."""
MARGIN, LEAST_MARGIN = 0.1, 2
"""A region grows on each side by this share of its longer edge, and at least by so many pixels."""
WANTED = (FULL, SCREEN, THUMBNAIL, TILES)
Shares = tuple[float, float, float, float]
Pixels = tuple[int, int, int, int]


def blur(picture: Image.Image, regions: Iterable[Shares], *, sphere: bool = False) -> None:
    """Burn the regions, in shares of the picture's width and height, into its pixels.

    The margin of a region at the seam of a `sphere` goes on at the other side.
    """
    for region in regions:
        left, top, right, bottom = grown(region, picture.size)
        wide, high = picture.size
        top, bottom = max(0, top), min(high, bottom)
        _burn(picture, (max(0, left), top, min(wide, right), bottom))
        if sphere and left < 0:
            _burn(picture, (max(0, wide + left), top, wide, bottom))
        if sphere and right > wide:
            _burn(picture, (0, top, min(wide, right - wide), bottom))


def _burn(picture: Image.Image, box: Pixels) -> None:
    part = picture.crop(box)
    averages = part.resize(_blocks(part.size), Image.Resampling.BOX)
    picture.paste(averages.resize(part.size, Image.Resampling.NEAREST), box)


def grown(region: Shares, size: tuple[int, int]) -> Pixels:
    """The region with its margin in whole pixels; it may reach beyond the picture."""
    left, right = region[0] * size[0], region[2] * size[0]
    top, bottom = region[1] * size[1], region[3] * size[1]
    margin = max(LEAST_MARGIN, MARGIN * max(right - left, bottom - top))
    return (
        math.floor(left - margin),
        math.floor(top - margin),
        math.ceil(right + margin),
        math.ceil(bottom + margin),
    )


def _blocks(size: tuple[int, int]) -> tuple[int, int]:
    """The number of blocks across and down."""
    longer = max(size)
    across = max(1, min(BLOCKS, longer // LEAST_BLOCK))
    return max(1, round(size[0] * across / longer)), max(1, round(size[1] * across / longer))


def _operate(job: dict[str, Any], _sink: int) -> dict[str, Any]:
    with open_picture(Path(job["path"]), job["name"]) as picture:
        facts = facts_of(picture)
        pixels = shown_pixels(picture, facts, job["name"])
        pixels.info = {}  # the colour profile has been applied
        blur(pixels, map(tuple, job["regions"]), sphere=facts.projection == SPHERE)
        made = make_variants(pixels, facts, Path(job["folder"]), "blurred", WANTED, turned=True)
    return {"variants": [asdict(one) for one in made]}


PROGRAM = Program(
    _operate,
    (
        "PIL.JpegImagePlugin",
        "PIL.MpoImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.TiffImagePlugin",
        "PIL.WebPImagePlugin",
        "ingest.photos.exif",
        "ingest.photos.xmp",
    ),
)
