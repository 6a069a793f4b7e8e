"""Each test of photos has a media folder of its own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
