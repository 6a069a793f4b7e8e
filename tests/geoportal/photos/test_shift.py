"""The shift of a picture's content, found in painted ones."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoportal.photos.shift import Shift, shift_of

WIDE, HIGH = 320, 240
MARGIN = 140


def scene(seed: int = 3) -> Image.Image:
    """A picture with large and small patches, wider and higher than what is cut out of it."""
    numbers = np.random.default_rng(seed)
    size = (WIDE + 2 * MARGIN, HIGH + 2 * MARGIN)
    mixed = np.zeros((size[1], size[0]))
    for weight, patches in ((1.0, 6), (0.5, 20), (0.3, 60)):
        grey = numbers.integers(0, 256, (patches * 4 // 5, patches), dtype=np.uint8)
        mixed += weight * np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC), dtype=float)
    return Image.fromarray((mixed / mixed.max() * 255).astype(np.uint8))


def seen(path: Path, picture: Image.Image, right: int = 0, down: int = 0) -> Path:
    """A JPEG of the middle of the picture, whose content has moved by so many pixels."""
    left, top = MARGIN - right, MARGIN - down
    sink = io.BytesIO()
    picture.crop((left, top, left + WIDE, top + HIGH)).save(sink, "JPEG", quality=75)
    path.write_bytes(sink.getvalue())
    return path


@pytest.mark.parametrize(("right", "down"), [(0, 0), (10, 3), (40, -20), (-64, 12)])
def test_a_painted_shift_is_found_to_a_pixel(tmp_path, right, down):
    picture = scene()
    found = shift_of(seen(tmp_path / "a", picture), seen(tmp_path / "b", picture, right, down))
    assert found is not None
    assert found.right * WIDE == pytest.approx(right, abs=1) and found.down * HIGH == pytest.approx(down, abs=1)


@pytest.mark.parametrize("seed", range(10, 16))
def test_no_shift_is_given_between_pictures_that_have_nothing_in_common(tmp_path, seed):
    assert shift_of(seen(tmp_path / "a", scene(seed)), seen(tmp_path / "b", scene(seed + 20))) is None


def test_pictures_of_one_colour_or_of_other_sizes_or_missing_have_no_shift(tmp_path):
    plain = seen(tmp_path / "plain", Image.new("L", (WIDE + 2 * MARGIN, HIGH + 2 * MARGIN), 90))
    other = tmp_path / "other"
    Image.new("L", (64, 48)).save(other, "JPEG")
    picture = seen(tmp_path / "a", scene())
    assert shift_of(plain, plain) in (None, Shift(0.0, 0.0))
    assert shift_of(picture, other) is None and shift_of(picture, tmp_path / "gone") is None
