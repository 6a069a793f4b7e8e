"""Painted photos with GPS tags for `bench_photos`, written by two processes."""

import hashlib
import io
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GPS, DETAILS = 0x8825, 0x8769
LAT, LON = 50.80, 20.63
STEP_S = 2
VARIANTS = {"thumbnail": (320, 80), "screen": (2048, 85)}
"""Longest side in pixels and quality, as `ingest.photos.variants` has them."""


def paint(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """Write so many photos of a drive to the north, each with pixels of its own; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:06}.jpg" for number in range(count)]
    missing = [(path, number, size) for number, path in enumerate(paths) if not path.exists()]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_paint, missing, chunksize=50))
    return paths


def _paint(order: tuple[Path, int, tuple[int, int]]) -> None:
    path, number, size = order
    coarse = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=88, exif=_tags(number))
    path.write_bytes(sink.getvalue())


def _tags(number: int) -> bytes:
    block = Image.Exif()
    gps, details = block.get_ifd(GPS), block.get_ifd(DETAILS)
    gps.update(
        {1: "N", 2: _degrees(LAT + number * 2e-6), 3: "E", 4: _degrees(LON), 16: "T", 17: Fraction(number % 360)}
    )
    second = number * STEP_S
    clock = f"2026:05:{4 + second // 86400:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    details.update({0x9003: clock, 0x9011: "+00:00"})
    block[0x010F], block[0x0110] = "Bench", "Painted"
    return block.tobytes()


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    minutes = value % 1 * 60
    return Fraction(int(value)), Fraction(int(minutes)), Fraction(round(minutes % 1 * 60 * 10**6), 10**6)


def plain_script(paths: list[Path], folder: Path) -> None:
    """What the portal is compared with: hash, EXIF and the same variants by Pillow, in two processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_plain, paths, [folder] * len(paths), chunksize=20))


def _plain(path: Path, folder: Path) -> tuple[str, dict[int, Any]]:
    content = path.read_bytes()
    with Image.open(io.BytesIO(content)) as picture:
        gps = dict(picture.getexif().get_ifd(GPS))
        for name, (edge, quality) in VARIANTS.items():
            smaller = picture.copy()
            smaller.thumbnail((edge, edge))
            smaller.save(folder / f"{path.stem}-{name}.jpg", "JPEG", quality=quality)
    return hashlib.sha256(content).hexdigest(), gps
