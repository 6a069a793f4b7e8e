"""Brings the files of a run of photos into the store of media, before the run's transaction.

A file whose name, size and mark (time of change, or checksum in an archive) are those of an earlier start is not read
again, so a run of 50,000 photos goes on where a killed one ended; whatever its name, a content is stored once.
"""

import re
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from ingest.errors import BadOption
from ingest.photos.listing import Entry, Listing
from ingest.photos.reading import Fault, PhotoRead, list_photos, read_batches, read_sidecars
from ingest.source import Request
from layers.errors import DiskFull
from layers.media.models import Medium, PhotoRun
from layers.media.storing import NewFile, NewVariant, store_files

SCRATCH = "photos-"


def run_slug(options: Mapping[str, str], path: Path | None) -> str:
    """The short name of a run: the option `run`, else from the name of its folder or archive. Raises BadOption."""
    text = options.get("run") or (path.stem if path is not None else "")
    slug = re.sub(r"[^a-z0-9]+", "-", text.casefold().translate(str.maketrans("ąćęłńóśźż", "acelnoszz"))).strip("-")
    if not slug:
        raise BadOption("The run has no name; give --option run=NAME of letters and digits.")
    return slug[:80]


def store_run(request: Request, *, synthetic: bool = False) -> None:
    """Store what the folder or archive has and the store has not; without a path the run must be stored already.

    Raises BadOption, UnreadableFile, HostileFile.
    """
    slug = run_slug(request.options, request.path)
    run = PhotoRun.objects.filter(slug=slug).first()
    if request.path is None:
        if run is None:
            raise BadOption(f"There is no run {slug} of photos; give the path of its folder or zip archive.")
        return
    if run is not None and run.synthetic != synthetic:
        raise BadOption(f"The run {slug} exists with {'invented' if run.synthetic else 'real'} photos: choose run=.")
    try:
        _store(slug, run, request, synthetic)
    except OSError as fault:
        if DiskFull.caused(fault):
            raise DiskFull from fault
        raise


def _store(slug: str, run: PhotoRun | None, request: Request, synthetic: bool) -> None:
    assert request.path is not None
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.MEDIA_ROOT) as folder:
        scratch = Path(folder)
        listing = list_photos(request.path, scratch, request.progress)
        if not listing.photos:
            raise BadOption(f"{request.path.name} has no photos; expected JPEG, HEIC, PNG, WebP or TIFF files.")
        run = run or PhotoRun.objects.get_or_create(slug=slug, defaults={"synthetic": synthetic})[0]
        _store_sidecars(run, request, listing, scratch)
        _store_photos(run, request, listing, scratch)


def _store_sidecars(run: PhotoRun, request: Request, listing: Listing, scratch: Path) -> None:
    assert request.path is not None
    if not listing.sidecars:
        return
    found = read_sidecars(request.path, listing.sidecars, scratch, request.progress)
    run.sidecars = {
        "tracks": dict(found.tracks),
        "rows": dict(found.rows),
        "notes": list(found.notes),
        "faults": [[one.name, one.reason, one.message] for one in found.faults],
    }
    run.save(update_fields=["sidecars"])


def _store_photos(run: PhotoRun, request: Request, listing: Listing, scratch: Path) -> None:
    """Store the photos that are new; they are read in the order of the listing."""
    path = request.path
    assert path is not None
    known = {(name, size, mark) for name, size, mark in run.files.values_list("name", "size", "mark").iterator()}
    numbers = array("l", range(len(listing.photos)))
    new: Sequence[Entry] = listing.photos
    if known:
        places = [number for number, one in enumerate(listing.photos) if (one.name, one.size, one.mark) not in known]
        numbers, new = array("l", places), [listing.photos[number] for number in places]
    del known
    done = 0
    for found in read_batches(path, new, scratch, variants=not request.dry_run, progress=request.progress):
        of_batch = zip(found, numbers[done : done + len(found)], strict=True)
        files = [_new_file(one, number, path) for one, number in of_batch]
        store_files(run, files, Medium.Purpose.STREET_PHOTO, with_contents=not request.dry_run)
        done += len(found)


def _new_file(one: PhotoRead | Fault, number: int, path: Path) -> NewFile:
    """What is to be stored of a file; one that cannot be used has no size and mark, so each start reads it again."""
    if isinstance(one, Fault):
        return NewFile(one.name, 0, "", number, reason=one.reason, message=one.message)
    entry = one.entry
    facts = one.facts
    return NewFile(
        name=entry.name,
        size=entry.size,
        mark=entry.mark,
        number=number,
        path=one.file or path / entry.name,
        sha256=one.sha256,
        media_type=facts.media_type,
        width=facts.width,
        height=facts.height,
        facts=facts.as_json(),
        variants=[
            NewVariant(
                made.variant.name,
                made.path,
                made.variant.sha256,
                made.variant.bytes,
                made.variant.media_type,
                made.variant.width,
                made.variant.height,
                {"levels": [asdict(level) for level in made.variant.levels]} if made.variant.levels else {},
            )
            for made in one.variants
        ],
        moved=one.file is not None,
    )
