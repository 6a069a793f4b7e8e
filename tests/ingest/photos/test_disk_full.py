"""A disk without room is no fault of the pictures: the work stops with one line, and goes on where it ended."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from layers.errors import DiskFull
from layers.kinds.street_photos import StreetPhoto
from layers.media.models import Medium, RunFile
from tests.ingest.photos.making import jpeg
from tests.ingest.photos.test_hostile_runs import PLACE
from tests.ingest.photos.test_photo_scan import scanned

pytestmark = pytest.mark.django_db
COUNT = 30


@pytest.fixture
def small_disk(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A media folder on a disk of 3 MB of its own; skipped where this account may not mount one."""
    folder = tmp_path / "media"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("A small disk needs the right to mount one.")
    settings.MEDIA_ROOT = str(folder)
    monkeypatch.setenv("MEDIA_ROOT", str(folder))
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def grow(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", folder], check=True)


def photos(folder: Path) -> Path:
    folder.mkdir()
    for number in range(COUNT):
        tags = PLACE | {"Model": f"T{number}"}
        (folder / f"{number}.jpg").write_bytes(jpeg(tags, size=(900 + number, 700), quality=95) + os.urandom(150_000))
    return folder


def test_a_run_that_fills_the_disk_rejects_no_photo_and_goes_on_when_there_is_room(tmp_path, small_disk):
    path = photos(tmp_path / "run")
    with pytest.raises(DiskFull):
        scanned(path)
    assert not RunFile.objects.exclude(reason="").exists() and not StreetPhoto.objects.exists()
    stored = Medium.objects.count()
    assert stored < COUNT
    grow(small_disk)
    run = scanned(path)
    assert [one.reason for one in run.rejections.all()] == ["no_line"] and Medium.objects.count() == COUNT
    assert all(one.path().is_file() for medium in Medium.objects.all() for one in medium.variants.all())
