"""Asks the sandbox to blur a picture, or to look for faces in it, one picture a job."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from ingest.errors import UnreadableFile, UnusablePhoto
from ingest.photos.reading import MadeFile
from ingest.photos.sizes import Level, Variant
from ingest.sandbox.child import ask

BLURRING, FACES = "ingest.photos.blurring", "ingest.photos.faces"
SECONDS_A_PICTURE = 120
Shares = tuple[float, float, float, float]


def _nothing() -> None:
    return None


def blurred_variants(
    path: Path, regions: Iterable[Shares], folder: Path, name: str, tick: Callable[[], None] = _nothing
) -> list[MadeFile]:
    """The blurred variants of a picture, whose files are in `folder`; regions in shares of its displayed size.

    Raises UnreadableFile where the picture is damaged, missing or beyond the limits.
    """
    job = {"path": str(path), "regions": [list(one) for one in regions], "folder": str(folder), "name": name}
    answer = _asked(job, folder, tick, BLURRING)
    found = []
    for one in answer["variants"]:
        levels = tuple(Level(**level) for level in one["levels"])
        found.append(MadeFile(Variant(**{**one, "levels": levels}), folder / one["file"]))
    return found


@dataclass(frozen=True, slots=True)
class FoundRegion:
    """A region that a detector found, in shares of the displayed picture, as it gave it: not yet cut to the picture.

    `what` is face, plate or other.
    """

    left: float
    top: float
    right: float
    bottom: float
    what: str
    score: float | None


def found_regions(
    path: Path, detector: str, folder: Path, name: str, tick: Callable[[], None] = _nothing
) -> list[FoundRegion]:
    """What a detector (see `ingest.photos.detectors`) finds in a picture. Raises UnreadableFile where it fails."""
    job = {"path": str(path), "detector": detector, "folder": str(folder), "name": name}
    return [FoundRegion(*one) for one in _asked(job, folder, tick, FACES)["found"]]


def _asked(job: dict[str, Any], folder: Path, tick: Callable[[], None], program: str) -> dict[str, Any]:
    if not Path(job["path"]).is_file():
        raise UnusablePhoto(f"The file of {job['name']} is missing from the media folder; restore it.", "missing")
    limits = dict(settings.INGEST_LIMITS)
    limits["cpu_seconds"] = min(limits["cpu_seconds"], SECONDS_A_PICTURE)
    try:
        return ask({**job, "limits": limits}, folder, tick, module=program)
    except UnusablePhoto:
        raise
    except UnreadableFile:  # perhaps only because the sandbox's server was ended meanwhile
        return ask({**job, "limits": limits}, folder, tick, module=program)
