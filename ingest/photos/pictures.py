"""Opens pictures of the five formats that are read, within limits. Runs in the sandbox only."""

import warnings
from pathlib import Path
from typing import IO

import pi_heif
from PIL import Image, UnidentifiedImageError

from ingest.errors import UnusablePhoto

PIXELS = 200_000_000
"""Most pixels of a picture; a decoded one of this size takes 600 MB."""
MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind it, which are not read
    "PNG": "image/png",
    "HEIF": "image/heic",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
}
FORMATS = tuple(one for one in MEDIA_TYPES if one != "MPO")  # the reader of JPEG finds MPO itself
WANTED = "expected JPEG, PNG, HEIC, WebP or TIFF"

pi_heif.register_heif_opener()


def open_picture(source: Path | IO[bytes], name: str) -> Image.Image:
    """A picture whose header was read and whose pixels were not. Raises UnusablePhoto."""
    Image.MAX_IMAGE_PIXELS = PIXELS  # Pillow raises at twice this number of pixels, and warns at it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(source, formats=FORMATS)
    except UnidentifiedImageError:
        raise _no_picture(source, name) from None
    except Image.DecompressionBombError:
        text = f"{name} has more than {2 * PIXELS:,} pixels; the limit is {PIXELS:,}."
        raise UnusablePhoto(text, "too_large") from None
    except Exception as fault:  # decoders raise many types of errors over damaged files
        raise damaged(name, fault) from fault
    width, height = picture.size
    if width * height > PIXELS:
        text = f"{name} has {width:,} × {height:,} pixels; the limit is {PIXELS:,} in all."
        raise UnusablePhoto(text, "too_large")
    if width * height == 0:
        raise UnusablePhoto(f"{name} has no pixels.", "damaged")
    return picture


def damaged(name: str, fault: Exception) -> UnusablePhoto:
    """The error of a picture whose pixels or header cannot be decoded."""
    if isinstance(fault, MemoryError):
        raise fault
    text = " ".join(str(fault).split()).rstrip(".")[:200] or type(fault).__name__
    return UnusablePhoto(f"{name} is damaged ({text}).", "damaged")


def _no_picture(source: Path | IO[bytes], name: str) -> UnusablePhoto:
    length = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
    if not length:
        return UnusablePhoto(f"{name} is empty.", "empty")
    return UnusablePhoto(f"{name} is no picture that can be read; {WANTED}.", "not_a_picture")
