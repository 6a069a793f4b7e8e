"""The program that looks for regions to blur within limits, in a fork of the sandbox's server.

It runs one detector (`ingest.photos.detectors`) on one picture.
"""

import math
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from ingest.errors import UnusablePhoto
from ingest.photos.detectors import CENTERFACE, WHAT
from ingest.photos.facts import SPHERE, facts_of
from ingest.photos.pictures import open_picture
from ingest.photos.variants import shown_pixels
from ingest.sandbox.job import Program

Found = tuple[float, float, float, float, str, float | None]


def split_at_seam(left: float, right: float) -> list[tuple[float, float]]:
    """The range of a 360° picture as one or two within it."""
    if right <= 1:
        return [(left, right)]
    if left >= 1:
        return [(left - 1, right - 1)]
    return [(left, 1.0), (0.0, right - 1)]


def _faces(picture: Image.Image, sphere: bool) -> list[Found]:
    from ingest.photos.centerface import CenterFace

    found: list[Found] = []
    for left, top, right, bottom, score in CenterFace().faces(picture, sphere=sphere).tolist():
        sides = split_at_seam(left / picture.width, right / picture.width) if sphere else None
        for one, other in sides or [(left / picture.width, right / picture.width)]:
            found.append((one, top / picture.height, other, bottom / picture.height, "face", score))
    return found


def _of_city(path: str, picture: Image.Image) -> list[Found]:
    """What the city's own detector finds. Raises UnusablePhoto where it fails or its answer is none."""
    module, _, name = path.rpartition(".")
    try:
        answer: Iterable[Any] = getattr(import_module(module), name)(picture)
        return [_checked(*one) for one in answer]
    except MemoryError:
        raise
    except Exception as fault:  # it is anybody's code
        raise UnusablePhoto(f"{path}: {type(fault).__name__}: {fault}") from fault


def _checked(
    left: float, top: float, right: float, bottom: float, what: str = "other", score: float | None = None
) -> Found:
    if what not in WHAT:
        raise ValueError(f"{what!r} is none of: {', '.join(WHAT)}")
    numbers = [float(one) for one in (left, top, right, bottom)]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a corner that is no number")
    return (numbers[0], numbers[1], numbers[2], numbers[3], what, None if score is None else float(score))


def _operate(job: dict[str, Any], _sink: int) -> dict[str, Any]:
    with open_picture(Path(job["path"]), job["name"]) as picture:
        facts = facts_of(picture)
        pixels = shown_pixels(picture, facts, job["name"])
        if job["detector"] == CENTERFACE:
            return {"found": _faces(pixels, facts.projection == SPHERE)}
        return {"found": _of_city(job["detector"], pixels)}


PROGRAM = Program(
    _operate,
    (
        "PIL.JpegImagePlugin",
        "PIL.MpoImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.TiffImagePlugin",
        "PIL.WebPImagePlugin",
        "ingest.photos.centerface",
        "ingest.photos.exif",
        "ingest.photos.xmp",
    ),
)
