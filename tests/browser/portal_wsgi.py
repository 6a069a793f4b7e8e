"""The portal's application, changed by environment variables where no setting offers what a test needs.

TESTS_PSEUDO_LANGUAGE: all words stand in brackets. TESTS_TILE_BYTES: tiles above that size are simplified.
"""

import os

from geoportal.wsgi import application
from layers.tiles import vector
from tests.browser import pseudo_language

__all__ = ["application"]

if os.environ.get("TESTS_PSEUDO_LANGUAGE"):
    pseudo_language.install(setattr)
if limit := os.environ.get("TESTS_TILE_BYTES"):
    vector.MAX_BYTES = int(limit)
