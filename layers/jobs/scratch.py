"""Scratch folders in the system's temporary folder and in the media folder that killed processes left behind."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

PATTERNS = ("geoportal-ingest-*", "geoportal-upload-*", "geoportal-area-*", "geoportal-stac-*")
"""Folders of ingests, of looks at uploads, of areas sent as files, and of GeoPackages of runs."""
MEDIA_PATTERNS = ("photos-*", "export-*")
"""Folders of the media folder's file system: of photos that are read, examined and blurred, and of files made."""
LEFT_AFTER_SECONDS = 86_400
"""A folder in which nothing was made or removed for so long belongs to a process that is gone."""


def remove_left_scratch() -> int:
    """Remove this account's scratch folders that are older than a day; returns how many."""
    places = ((Path(tempfile.gettempdir()), PATTERNS), (Path(settings.MEDIA_ROOT), MEDIA_PATTERNS))
    left = [folder for place, patterns in places for one in patterns for folder in place.glob(one) if _left(folder)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _left(folder: Path) -> bool:
    """Whether it is a folder of this account, not a link to one, and neither it nor what is in it is newer."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    with suppress(OSError):  # it has just been removed, or is closed to this account
        if folder.lstat().st_uid != os.geteuid():
            return False
        newest = max(one.lstat().st_mtime for one in (folder, *folder.rglob("*")))
        return newest < time.time() - LEFT_AFTER_SECONDS
    return False
