"""The import map of pages with the viewer of street photos: its libraries import each other by bare names.

An import map is an inline script. The Content-Security-Policy allows it by its hash, which fits this one text.
"""

import base64
import hashlib
import json
from functools import lru_cache

from django.templatetags.static import static

MODULES = {
    "three": "vendor/three/three.module.min.js",
    "@photo-sphere-viewer/core": "vendor/photo-sphere-viewer/index.module.js",
}


@lru_cache(maxsize=1)
def import_map() -> str:
    """The import map as JSON."""
    return json.dumps({"imports": {name: static(path) for name, path in MODULES.items()}})


@lru_cache(maxsize=1)
def import_map_source() -> str:
    """The import map as a source of `script-src`."""
    digest = hashlib.sha256(import_map().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
