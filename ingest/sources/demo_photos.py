"""Source “demo_photos”: simulated drives through the demo city, every picture painted and marked as invented.

With the option `run` one stored drive is indexed again with other corrections, as `photo_scan` does with real ones.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from ingest.errors import BadOption
from ingest.photos.indexing import OPTIONS, read_run
from ingest.photos.storing import SCRATCH, store_run
from ingest.source import IngestSource, Reading, Request
from layers.media.models import PhotoRun
from layers.text import Text


def prepare(request: Request) -> None:
    """Paint and store the drives that are not stored yet. Raises BadOption where the demo city is not loaded."""
    from ingest.photos.simulated.drives import DRIVES, write_drive
    from ingest.photos.simulated.scene import street_scene

    if "run" in request.options:
        store_run(request, synthetic=True)
        return
    missing = [one for one in DRIVES if not PhotoRun.objects.filter(slug=one.slug).exists()]
    scene = street_scene() if missing else None
    if missing and scene is None:
        raise BadOption("There are no roads and buildings to photograph; load the demo city first (demo_city).")
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    for drive in missing:
        assert scene is not None
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.MEDIA_ROOT) as folder:
            write_drive(drive, scene, Path(folder), _most(request))
            store_run(replace(request, path=Path(folder), options={"run": drive.slug}), synthetic=True)


def _most(request: Request) -> int | None:
    text = request.options.get("photos", "")
    if text and not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise BadOption(f"Option photos={text}: a whole number of photos a drive is needed, at least 1.")
    return int(text) if text else None


def read(request: Request) -> Iterator[Reading]:
    """The readings of each drive, or of the chosen one."""
    from ingest.photos.simulated.drives import DRIVES

    if "run" in request.options:
        yield from read_run(replace(request, path=None))
        return
    for drive in DRIVES:
        options = {"run": drive.slug, "name": drive.slug, "author": "demo"}
        yield from read_run(replace(request, path=None, options=options))


SOURCE = IngestSource(
    slug="demo_photos",
    title=Text("Przejazdy pokazowe (obrazy syntetyczne)", "Demo drives (synthetic pictures)"),
    read=read,
    prepare=prepare,
    options=OPTIONS | {"photos"},
    needs_path=False,
    synthetic=True,
    licence="CC0-1.0",
)
