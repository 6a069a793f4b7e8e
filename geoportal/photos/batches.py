"""Work on many pictures: one job at a time, two pictures at once, in batches with a scratch folder for each."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db.models import QuerySet

from ingest.errors import UnreadableFile
from layers.media.files import is_intact
from layers.media.models import Medium, Variant

BATCH = 20
AT_ONCE = 2
SCRATCH = "photos-job-"
"""Scratch is on the media folder's file system, so that files are moved into it."""
Made = TypeVar("Made")
Work = Callable[[Medium, Path, Path], Made]
"""What is made of a picture, its original file and an empty folder. Without the database: it runs in a thread."""


@contextmanager
def worked_off(media: QuerySet[Medium], work: Work[Made]) -> Iterator[Iterable[tuple[Medium, Made | UnreadableFile]]]:
    """The pictures with what is made of each, or why nothing is; the files are there during the block."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    found = list(media.prefetch_related("variants"))
    with (
        tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.MEDIA_ROOT) as folder,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photos") as pool,
    ):
        yield zip(found, pool.map(partial(_made, work, Path(folder)), found), strict=True)


def _made(work: Work[Made], folder: Path, medium: Medium) -> Made | UnreadableFile:
    raw = (Variant.Side.RAW, Variant.Name.ORIGINAL)
    original = next((one for one in medium.variants.all() if (one.side, one.name) == raw), None)
    if original is None:
        return UnreadableFile(f"The raw file of {medium.name} has been deleted.")
    path = original.path()
    if path.is_file() and not is_intact(path, original.sha256):
        return UnreadableFile(f"The raw file of {medium.name} is damaged on the disk; restore it from a backup.")
    try:
        return work(medium, path, Path(tempfile.mkdtemp(dir=folder)))
    except UnreadableFile as fault:
        return fault
