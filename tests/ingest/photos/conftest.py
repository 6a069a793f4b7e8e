"""Tests of pictures read them as the sandbox does."""

import pytest
from PIL import ImageFile


@pytest.fixture(autouse=True)
def whole_pictures_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint, imported by other tests, lets Pillow read truncated pictures; it is not in the sandbox."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
