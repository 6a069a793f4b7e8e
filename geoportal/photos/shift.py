"""How far a picture's content moved since the one before: phase correlation of their thumbnails.

It finds one movement of the whole picture, as a turn of the camera makes it. Driving forward, things move apart from
the middle instead; then there is no single movement, the peak is low, and no shift is given.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

LEAST_PEAK = 0.1
"""Of 1 for equal pictures; unrelated ones of 320 pixels have about 0.06 (`tests/geoportal/photos/test_shift.py`)."""
MOST_SHARE = 0.4
"""A movement by more of the width or height leaves too little in common to be believed."""
WAVES = 0.12
"""Finer details than so many waves a pixel weigh little: the blocks of JPEG are alike in all pictures."""


@dataclass(frozen=True, slots=True)
class Shift:
    """To the right and down, in shares of the picture's width and height."""

    right: float
    down: float


def shift_of(before: Path, after: Path) -> Shift | None:
    """The shift of the content from one thumbnail to the next; None where it cannot be found."""
    try:
        first, second = _grey(before), _grey(after)
    except (OSError, UnidentifiedImageError):  # a variant that was forgotten meanwhile
        return None
    return shift_between(first, second)


def shift_between(before: NDArray[np.float64], after: NDArray[np.float64]) -> Shift | None:
    """The same for grey values, rows from the top."""
    if before.shape != after.shape or min(before.shape) < 8:
        return None
    height, width = before.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    crossed = np.fft.fft2(_flat(after) * window) * np.conj(np.fft.fft2(_flat(before) * window))
    size = np.abs(crossed)
    weight = _weights(height, width)
    phases = np.where(size > size.max() * 1e-12, crossed / np.maximum(size, 1e-300), 0) * weight
    peaks = np.fft.ifft2(phases).real / weight.mean()
    row, column = np.unravel_index(int(np.argmax(peaks)), peaks.shape)
    down = float((row + height // 2) % height - height // 2) / height
    right = float((column + width // 2) % width - width // 2) / width
    if peaks[row, column] < LEAST_PEAK or max(abs(right), abs(down)) > MOST_SHARE:
        return None
    return Shift(right, down)


def _flat(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    return grey - grey.mean()


def _weights(height: int, width: int) -> NDArray[np.float64]:
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    weights: NDArray[np.float64] = np.exp(-(rows**2 + columns**2) / (2 * WAVES**2))
    return weights


def _grey(path: Path) -> NDArray[np.float64]:
    with Image.open(path, formats=["JPEG"]) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float64)
