"""A painted street for tests: pictures of one drive, whose content moves by a known number of pixels."""

import io

import numpy as np
from PIL import Image

from layers.media.models import Medium
from layers.media.storing import NewFile, store_files
from tests.factories import load, point
from tests.layers.media.photos import photo_run, scratch, variant, written

SIZE = (640, 480)
SMALL = (320, 240)
SPARE = 800


def painted(moved_px: int, seed: int = 7) -> Image.Image:
    """The street, its content moved to the right by so many pixels, from 0 to SPARE."""
    numbers = np.random.default_rng(seed)
    whole = (SIZE[0] + SPARE, SIZE[1])
    mixed = np.zeros((whole[1], whole[0], 3))
    for weight, patches in ((1.0, 12), (0.5, 40), (0.3, 120)):
        coarse = numbers.integers(0, 256, (patches // 2, patches, 3), dtype=np.uint8)
        mixed += weight * np.asarray(Image.fromarray(coarse).resize(whole, Image.Resampling.BICUBIC), dtype=float)
    street = Image.fromarray((mixed / mixed.max() * 255).astype(np.uint8))
    return street.crop((SPARE - moved_px, 0, SPARE - moved_px + SIZE[0], SIZE[1]))


def jpeg_of(picture: Image.Image, size: tuple[int, int] = SIZE) -> bytes:
    """The picture as JPEG in that size."""
    sink = io.BytesIO()
    picture.resize(size).save(sink, "JPEG", quality=85)
    return sink.getvalue()


def street_photo(run: str, number: int, moved_px: int = 0, seed: int = 7) -> Medium:
    """A raw photo of the street with variants for the screen, in a run."""
    picture, folder = painted(moved_px, seed), scratch()
    picture.putpixel((0, 0), (number % 256, moved_px % 256, seed % 256))
    content = jpeg_of(picture) + f"{run} {number}".encode()
    path, digest = written(folder, content)
    variants = [variant(folder, "screen", jpeg_of(picture)), variant(folder, "thumbnail", jpeg_of(picture, SMALL))]
    name = f"{number:04}.jpg"
    found = NewFile(name, len(content), "1", number, path, digest, "image/jpeg", *SIZE, {}, variants)
    store_files(photo_run(run), [found], Medium.Purpose.STREET_PHOTO)
    medium = Medium.objects.get(sha256=digest)
    row = point(str(medium.key), number, 0, photo_run=run, number=number, picture=str(medium.key), heading_deg=90.0)
    load("street_photos", [row], dataset="photo_scan")
    return medium
