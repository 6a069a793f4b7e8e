"""Makes pictures with chosen tags for tests, and opens the real ones."""

import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, PngImagePlugin

from ingest.photos.facts import Facts, read_facts

EXIF_DIRECTORY, GPS_DIRECTORY = 0x8769, 0x8825
GPS_TAGS = {name: tag for tag, name in ExifTags.GPSTAGS.items()}
TAGS = {name: tag for tag, name in ExifTags.TAGS.items()}
MAIN_TAGS = ("Make", "Model", "Software", "Orientation", "ImageDescription", "DateTime")
KIELCE = {
    "GPSLatitudeRef": "N",
    "GPSLatitude": (Fraction(50), Fraction(52), Fraction(1301, 100)),
    "GPSLongitudeRef": "E",
    "GPSLongitude": (Fraction(20), Fraction(37), Fraction(53)),
}


def pixels(width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    """A picture of coarse noise: no two of its parts are alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def exif_block(tags: Mapping[str, Any]) -> bytes:
    """The EXIF block of tags given by name."""
    block = Image.Exif()
    for name, value in tags.items():
        if name.startswith("GPS"):
            block.get_ifd(GPS_DIRECTORY)[GPS_TAGS[name]] = value
        elif name in MAIN_TAGS:
            block[TAGS[name]] = value
        else:
            block.get_ifd(EXIF_DIRECTORY)[TAGS[name]] = value
    return block.tobytes()


def jpeg(
    tags: Mapping[str, Any] | None = None, xmp: str = "", size: tuple[int, int] = (64, 48), **options: Any
) -> bytes:
    """A JPEG with tags and an XMP packet with the given attributes of its description."""
    sink = io.BytesIO()
    more = {"exif": exif_block(tags)} if tags else {}
    pixels(*size).save(sink, "JPEG", **more, **({"xmp": packet(xmp)} if xmp else {}), **options)
    return sink.getvalue()


def heic(tags: Mapping[str, Any], size: tuple[int, int] = (64, 48)) -> bytes:
    """A HEIC with tags."""
    sink = io.BytesIO()
    pillow_heif.from_pillow(pixels(*size)).save(sink, exif=exif_block(tags), quality=80)
    return sink.getvalue()


def png(xmp: bytes) -> bytes:
    """A PNG with an XMP packet."""
    sink, text = io.BytesIO(), PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    pixels().save(sink, "PNG", pnginfo=text)
    return sink.getvalue()


def packet(attributes: str) -> bytes:
    """An XMP packet whose description has these attributes."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {attributes}/></rdf:RDF></x:xmpmeta>'
    ).encode()


def facts_of(content: bytes, folder: Path) -> Facts:
    """The facts of a picture's bytes."""
    path = folder / "photo"
    path.write_bytes(content)
    return read_facts(path, "photo")
