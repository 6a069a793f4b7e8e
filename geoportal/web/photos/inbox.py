"""The inbox of runs of photos: folders and zip archives that somebody put on the server's disk."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from geoportal.uploads.errors import BadUpload

MOST_ITEMS = 200
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Item:
    """A folder or a zip archive of the inbox, and the bytes of its files."""

    name: str
    size: int


def items() -> list[Item]:
    """What the inbox offers, by name; nothing where there is no inbox."""
    inbox = Path(settings.PHOTO_INBOX)
    found = sorted(inbox.iterdir()) if inbox.is_dir() else []
    return [Item(one.name, size_of(one)) for one in found if _offered(one)][:MOST_ITEMS]


def path_of(name: str) -> Path:
    """The path of an item of the inbox. Raises BadUpload where there is none of that name."""
    path = Path(settings.PHOTO_INBOX) / name
    if "/" in name or not _offered(path):
        raise BadUpload("inbox", "The inbox has no such folder or archive.")
    return path


def size_of(path: Path) -> int:
    """The bytes of a file, or of the first files in a folder."""
    if path.is_file():
        return path.stat().st_size
    total = count = 0
    for folder, _, files in os.walk(path):
        for file in files:
            total, count = total + (Path(folder) / file).lstat().st_size, count + 1
            if count >= MOST_COUNTED:
                return total
    return total


def _offered(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.is_symlink()
    return not hidden and (path.is_dir() or (path.is_file() and path.suffix.casefold() == ".zip"))
