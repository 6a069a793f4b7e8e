"""Reads runs of photos from a folder or zip archive, in batches of which two are in the sandbox at a time.

A batch whose process dies is halved until the photo that ended it is found; that one is a `Fault` and the others are
read. At most `AHEAD` batches are in memory and on disk, however long the run is.
"""

import math
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from ingest.errors import UnreadableFile
from ingest.photos.facts import Facts
from ingest.photos.listing import Entries, Entry, Listing
from ingest.photos.sizes import Level, Variant
from ingest.sandbox.child import ask

PROGRAM = "ingest.photos.program"
PICTURES = (".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".heic", ".heif", ".webp", ".tif", ".tiff")
SIDECARS = (".gpx", ".csv", ".tsv", ".json")
JOBS = 2
AHEAD = 3
BATCH_PHOTOS, LEAST_PHOTOS = 100, 10
BATCHES_OF_ARCHIVE = 200
"""Each job reads the whole list of an archive, so a large archive is read in larger batches."""
BATCH_BYTES = 400_000_000
PATIENCE_SECONDS = 0.25
SECONDS_A_JOB, SECONDS_A_PHOTO = 60, 10
Progress = Callable[[int, int | None], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A variant and the path of its file."""

    variant: Variant
    path: Path


@dataclass(frozen=True, slots=True)
class PhotoRead:
    """A photo that was read. `file` is the copy of an archive's member, None for a file of a folder.

    The files are removed when the iterator goes on to the next batch: move them before asking for the next photo.
    """

    entry: Entry
    sha256: str
    size: int
    facts: Facts
    variants: tuple[MadeFile, ...]
    file: Path | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that cannot be used: a short reason and a line for people."""

    name: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Sidecars:
    """Tracks (columns time, lat, lon, ele) and rows of tables (see `sidecars.Row`) by file; notes and faults."""

    tracks: Mapping[str, Mapping[str, Sequence[Any]]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    notes: tuple[str, ...]
    faults: tuple[Fault, ...]


class _Stopped(Exception):
    """The reader of the photos has ended; running jobs are ended too."""


def _limits(photos: int = 1) -> dict[str, int]:
    from django.conf import settings

    limits = dict(settings.INGEST_LIMITS)
    seconds = SECONDS_A_JOB + SECONDS_A_PHOTO * photos
    return {**limits, "cpu_seconds": min(limits["cpu_seconds"], seconds)}


def _nothing(_done: int, _total: int | None) -> None:
    return None


def list_photos(path: Path, scratch: Path, progress: Progress = _nothing) -> Listing:
    """The files of a folder or archive. Raises UnreadableFile, HostileFile."""
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; give the path of a folder or zip archive of photos.")
    job = {"list": True, "path": str(path.resolve()), "limits": _limits(BATCH_PHOTOS)}
    answer = ask(job, scratch, lambda: progress(0, None), module=PROGRAM)
    member = not path.is_dir()
    found = Listing(Entries(member), Entries(member), Entries(member))
    for name, size, mark in zip(answer["names"], answer["sizes"], answer["marks"], strict=True):
        suffix = PurePosixPath(name).suffix.lower()
        sort = found.photos if suffix in PICTURES else found.sidecars if suffix in SIDECARS else found.others
        sort.add(name, size, mark)
    return found


def read_sidecars(path: Path, entries: Sequence[Entry], scratch: Path, progress: Progress = _nothing) -> Sidecars:
    """The contents of the sidecars; one that cannot be read is a fault."""
    tracks: dict[str, Any] = {}
    rows: dict[str, Any] = {}
    notes: list[str] = []
    faults: list[Fault] = []
    job = {"sidecars": [one.place(path.resolve()) for one in entries], "limits": _limits(BATCH_PHOTOS)}
    answer = ask({**job, **_archive(path, entries)}, scratch, lambda: progress(0, None), module=PROGRAM)
    for one in answer["sidecars"]:
        name = one["name"]
        if "reason" in one:
            faults.append(Fault(**one))
        elif "track" in one:
            tracks[name] = one["track"]
            if one["unusable_points"]:
                notes.append(f"{name}: {one['unusable_points']:,} points without time or position are left out.")
        else:
            rows[name] = one["rows"]
            notes.extend(f"{name}: {text}" for text in one["notes"])
    return Sidecars(tracks, rows, tuple(notes), tuple(faults))


def _archive(path: Path, entries: Sequence[Entry]) -> dict[str, str]:
    return {"archive": str(path.resolve())} if entries and entries[0].member else {}


def read_photos(
    path: Path, entries: Sequence[Entry], scratch: Path, *, variants: bool = True, progress: Progress = _nothing
) -> Iterator[PhotoRead | Fault]:
    """The photos of `read_batches`, one by one."""
    for found in read_batches(path, entries, scratch, variants=variants, progress=progress):
        yield from found


def read_batches(
    path: Path, entries: Sequence[Entry], scratch: Path, *, variants: bool = True, progress: Progress = _nothing
) -> Iterator[list[PhotoRead | Fault]]:
    """The photos in the order of the entries, in batches whose files are there until the next one is asked for.

    What `progress` raises ends the running jobs.
    """
    with tempfile.TemporaryDirectory(prefix="photos-", dir=scratch) as folder:
        batch = _Batch(path.resolve(), Path(folder), variants, threading.Event())
        pool = ThreadPoolExecutor(JOBS, thread_name_prefix="photos")
        waiting: deque[Future[tuple[Path, list[PhotoRead | Fault]]]] = deque()
        batches, done = _batches(entries), 0
        try:
            while True:
                while len(waiting) < AHEAD and (part := next(batches, None)):
                    waiting.append(pool.submit(batch.read, part))
                if not waiting:
                    return
                place, found = _result(waiting.popleft(), partial(progress, done, len(entries)))
                yield found
                done += len(found)
                shutil.rmtree(place)
                progress(done, len(entries))
        finally:
            batch.stopped.set()
            pool.shutdown(cancel_futures=True)


def _result(future: Future[Result], tick: Callable[[], None]) -> Result:
    while True:
        tick()
        with suppress(NotYet):
            return future.result(PATIENCE_SECONDS)


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Batches of 100 photos, less where they are large or few; of a large archive more."""
    most = min(BATCH_PHOTOS, max(LEAST_PHOTOS, math.ceil(len(entries) / (2 * JOBS))))
    if entries and entries[0].member:
        most = max(most, len(entries) // BATCHES_OF_ARCHIVE)
    part: list[Entry] = []
    size = 0
    for one in entries:
        if part and (len(part) >= most or size + one.size > BATCH_BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += one.size
    if part:
        yield part


@dataclass(frozen=True, slots=True)
class _Batch:
    """How the batches of one run are read."""

    path: Path
    folder: Path
    variants: bool
    stopped: threading.Event

    def read(self, entries: list[Entry]) -> tuple[Path, list[PhotoRead | Fault]]:
        """The photos of a batch, and the folder with their files."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        return place, self._read(entries, place)

    def _read(self, entries: list[Entry], place: Path) -> list[PhotoRead | Fault]:
        folder = Path(tempfile.mkdtemp(dir=place))
        try:
            answer = ask(self._job(entries, folder), folder, self._check, module=PROGRAM)
        except UnreadableFile as fault:
            shutil.rmtree(folder)
            if len(entries) == 1:
                return [Fault(entries[0].name, "reader_failed", f"{entries[0].name}: {fault}")]
            half = len(entries) // 2
            return self._read(entries[:half], place) + self._read(entries[half:], place)
        return [_found(one, entry, folder) for one, entry in zip(answer["photos"], entries, strict=True)]

    def _job(self, entries: list[Entry], folder: Path) -> dict[str, Any]:
        places = [one.place(self.path) for one in entries]
        job = {"photos": places, "variants": self.variants, "folder": str(folder), "limits": _limits(len(entries))}
        return {**job, **_archive(self.path, entries)}

    def _check(self) -> None:
        if self.stopped.is_set():
            raise _Stopped


def _found(answer: dict[str, Any], entry: Entry, folder: Path) -> PhotoRead | Fault:
    if "reason" in answer:
        return Fault(**answer)
    made = []
    for one in answer["variants"]:
        levels = tuple(Level(**level) for level in one["levels"])
        made.append(MadeFile(Variant(**{**one, "levels": levels}), folder / one["file"]))
    file = folder / answer["file"] if answer["file"] else None
    return PhotoRead(entry, answer["sha256"], answer["size"], Facts.from_json(answer["facts"]), tuple(made), file)
