"""Lists the files of a run of photos, a folder or a zip archive, and gives their bytes. Runs in the sandbox only."""

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.errors import HostileFile, UnreadableFile, UnusablePhoto
from ingest.readers.containers import check_members, hidden, is_zip, safe_member

MEMBERS = 60_000
PHOTO_BYTES = 300_000_000
NAME_LETTERS = 300
"""Of a file's name with its folders, as it is stored."""
_DIGITS = re.compile(r"(\d+)")
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError)
"""What zipfile raises over damaged archives, unknown methods and passwords."""


def natural(name: str) -> tuple[Any, ...]:
    """Sort key that orders numbers by value: p2.jpg before p10.jpg."""
    key: list[tuple[int, str]] = []
    for place, part in enumerate(_DIGITS.split(name.casefold())):
        digits = part.lstrip("0")
        key.append((len(digits), digits) if place % 2 else (-1, part))
    return tuple(key), name


def list_files(path: Path) -> dict[str, list[Any]]:
    """Columns `names`, `sizes` and `marks` of the files in the natural order of names; hidden ones are left out.

    The mark changes with the content: the CRC of a member, the time of change (ns) of a file. Raises HostileFile,
    UnreadableFile.
    """
    if path.is_dir():
        found = list(_folder(path))
    elif is_archive(path):
        with opened(path) as archive:
            members = check_members(archive, MEMBERS * PHOTO_BYTES, MEMBERS)
            _refuse_equal([one.filename for one in members])
            found = [(one.filename, one.file_size, one.CRC) for one in members]
    else:
        raise UnreadableFile(f"{path.name} is no folder and no zip archive of photos.")
    visible = [one for one in found if not any(hidden(part) for part in PurePosixPath(one[0]).parts)]
    if long := next((one[0] for one in visible if len(one[0]) > NAME_LETTERS), ""):
        raise HostileFile(f"{long[:40]}… has more than {NAME_LETTERS} letters with its folders; shorten the names.")
    visible.sort(key=lambda one: natural(one[0]))
    return {name: [one[place] for one in visible] for place, name in enumerate(("names", "sizes", "marks"))}


def _refuse_equal(names: list[str]) -> None:
    if len(set(names)) < len(names):
        equal = next(name for place, name in enumerate(names) if name in names[:place])
        raise HostileFile(f"The archive has two members of the name {equal[:100]!r}; pack it again.")


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive."""
    try:
        with path.open("rb") as stream:
            return is_zip(stream.read(4))
    except OSError as fault:
        raise UnreadableFile(f"{path.name} cannot be read ({fault.strerror}).") from fault


def _folder(path: Path) -> Iterator[tuple[str, int, int]]:
    """The regular files of a folder and of those in it; links are not followed."""
    count = 0
    for folder, folders, files in os.walk(path, followlinks=False):
        folders[:] = [one for one in folders if not hidden(one)]
        for file in files:
            one = Path(folder) / file
            found = one.lstat()
            if hidden(file) or not stat.S_ISREG(found.st_mode):
                continue
            name = one.relative_to(path).as_posix()
            if not safe_member(name) or name != name.encode("utf-8", "replace").decode():
                raise HostileFile(f"The folder has a file with an unusable name ({name!r}); rename it.")
            count += 1
            if count > MEMBERS:
                raise HostileFile(f"The folder has more than {MEMBERS:,} files; bring them in in parts.")
            yield name, found.st_size, found.st_mtime_ns


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive. Raises UnreadableFile where it is damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as fault:
        raise UnreadableFile(f"The archive is damaged ({fault}).") from fault
    with archive:
        yield archive


def member_bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member, at most PHOTO_BYTES. Raises UnusablePhoto."""
    try:
        with archive.open(name) as stream:
            content = stream.read(PHOTO_BYTES + 1)
    except KeyError:
        raise UnusablePhoto(f"{name} is no longer in the archive.", "missing") from None
    except Exception as fault:  # zlib's errors have no common base with those of zipfile
        raise UnusablePhoto(f"{name} is damaged in the archive ({fault}).", "damaged") from fault
    return _bounded(content, name)


def file_bytes(path: Path, name: str) -> bytes:
    """The bytes of a file, at most PHOTO_BYTES. Raises UnusablePhoto."""
    try:
        with path.open("rb") as stream:
            return _bounded(stream.read(PHOTO_BYTES + 1), name)
    except OSError as fault:
        raise UnusablePhoto(f"{name} cannot be read ({fault.strerror}).", "missing") from fault


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > PHOTO_BYTES:
        raise UnusablePhoto(f"{name} has more than {PHOTO_BYTES:,} bytes, the limit.", "too_large")
    return content
