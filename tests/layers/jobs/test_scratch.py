"""Scratch folders of killed processes are removed after a day; those of others, and newer ones, are not."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from layers.tasks import prune_task_results


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folder(place: Path, name: str, *, hours: float) -> Path:
    """A folder with a file, both so old."""
    made = place / name
    made.mkdir()
    (made / "part.gpkg").write_text("x")
    for one in (made / "part.gpkg", made):
        os.utime(one, (time.time() - hours * 3600,) * 2)
    return made


@pytest.mark.django_db
def test_old_scratch_folders_are_removed_and_nothing_else(place: Path) -> None:
    for prefix in ("geoportal-ingest-", "geoportal-upload-", "geoportal-area-"):
        folder(place, f"{prefix}old", hours=25)
        folder(place, f"{prefix}new", hours=23)
    folder(place, "somebody-else", hours=25)
    busy = folder(place, "geoportal-ingest-busy", hours=25)
    (busy / "part.gpkg").write_text("still written")
    os.utime(busy, (time.time() - 25 * 3600,) * 2)
    elsewhere = folder(place, "elsewhere", hours=25)
    (place / "geoportal-upload-link").symlink_to(elsewhere)
    (place / "geoportal-upload-file").write_text("")
    prune_task_results.call()
    assert sorted(one.name for one in place.iterdir()) == [
        "elsewhere",
        "geoportal-area-new",
        "geoportal-ingest-busy",
        "geoportal-ingest-new",
        "geoportal-upload-file",
        "geoportal-upload-link",
        "geoportal-upload-new",
        "somebody-else",
    ]
    assert list(elsewhere.iterdir())


@pytest.mark.django_db
def test_folders_of_another_account_stay(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder(place, "geoportal-ingest-other", hours=25)
    monkeypatch.setattr(os, "geteuid", lambda: other.stat().st_uid + 1)
    prune_task_results.call()
    assert other.is_dir()


@pytest.mark.django_db
def test_scratch_of_the_media_folder_is_removed_and_its_contents_are_not(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    for name in ("photos-old", "photos-job-old", "export-old", "content", "uploads"):
        folder(tmp_path, name, hours=25)
    folder(tmp_path, "photos-new", hours=23)
    prune_task_results.call()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["content", "photos-new", "uploads"]
