"""Detectors as a city may write them, run in the sandbox: one that works and some that do not."""

import os
from typing import Any

from PIL import Image


def plates(picture: Image.Image) -> list[tuple[float, float, float, float, str, float]]:
    """A plate where the picture is as wide and high as the test made it, after its orientation."""
    wide, high = picture.size
    return [(10 / wide, 20 / high, 30 / wide, 40 / high, "plate", 0.75)]


def wrong(picture: Image.Image) -> list[tuple[Any, ...]]:
    """Regions of an unknown sort."""
    return [(0.1, 0.1, 0.2, 0.2, "dog", 0.5)]


def breaks(picture: Image.Image) -> list[Any]:
    """Raises."""
    raise RuntimeError("no weights")


def dies(picture: Image.Image) -> list[Any]:
    """Ends its process."""
    os._exit(7)
