"""Stored photos for tests: pictures painted with Pillow, their variants, and their rows of `street_photos`."""

import hashlib
import io
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image

from layers.media.models import Medium, PhotoRun
from layers.media.storing import NewFile, NewVariant, store_blurred, store_files
from tests.factories import load, point

SIZES = {"screen": (64, 48), "thumbnail": (32, 24)}


def jpeg(color: str, size: tuple[int, int] = (80, 60)) -> bytes:
    """A JPEG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "JPEG")
    return stream.getvalue()


def written(folder: Path, content: bytes) -> tuple[Path, str]:
    """A file with that content, and its hash."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as sink:
        sink.write(content)
    return Path(sink.name), hashlib.sha256(content).hexdigest()


def variant(folder: Path, name: str, content: bytes) -> NewVariant:
    """A variant with that content, ready to be stored."""
    path, digest = written(folder, content)
    return NewVariant(name, path, digest, len(content), "image/jpeg", 1, 1)


def new_file(folder: Path, name: str, color: str, number: int = 0, secret: str = "") -> NewFile:
    """A photo of one colour with its raw variants, as read from a run; its files end with a secret text."""
    content = jpeg(color) + secret.encode()
    path, digest = written(folder, content)
    variants = [variant(folder, one, jpeg(color, size) + secret.encode()) for one, size in SIZES.items()]
    facts = {"heading_deg": 90.0}
    return NewFile(name, len(content), "1", number, path, digest, "image/jpeg", 80, 60, facts, variants)


def photo_run(slug: str = "drive") -> PhotoRun:
    """A run of photos."""
    return PhotoRun.objects.get_or_create(slug=slug)[0]


def stored_photo(color: str = "red", run: str = "drive", number: int = 0, secret: str = "", **values: Any) -> Medium:
    """A raw photo with its row of `street_photos`, `number` m east of the market square, with `values`."""
    folder = scratch()
    found = new_file(folder, f"{number:04}.jpg", color, number, secret)
    store_files(photo_run(run), [found], Medium.Purpose.STREET_PHOTO)
    medium = Medium.objects.get(sha256=found.sha256)
    east, north = values.pop("east", number), values.pop("north", 0)
    known = {
        "photo_run": run,
        "number": number,
        "picture": str(medium.key),
        "heading_deg": 90.0,
        "projection": "flat",
    }
    load("street_photos", [point(str(medium.key), east, north, **(known | values))], dataset="photo_scan")
    return medium


def scratch() -> Path:
    """A folder on the media folder's file system."""
    folder = Path(settings.MEDIA_ROOT) / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def blur(medium: Medium, color: str = "gray") -> None:
    """Give an approved photo blurred variants, as the job of release does."""
    store_blurred(medium, [variant(scratch(), one, jpeg(color, (70, 50))) for one in ("full", "screen", "thumbnail")])
    Medium.objects.filter(pk=medium.pk).update(state=Medium.State.BLURRED)
