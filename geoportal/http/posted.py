"""JSON bodies of computing requests. Nothing is stored, so these addresses need no CSRF token."""

import json
from typing import Any

from django.http import HttpRequest

from layers.errors import BadGeometry

MOST_BYTES = 200_000


def posted(request: HttpRequest, most: int = MOST_BYTES) -> dict[str, Any]:
    """The posted JSON object of at most `most` bytes. Raises BadGeometry where it is none or too large."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise BadGeometry(f"The request is larger than {most} bytes.")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError) as fault:
        raise BadGeometry("The request is not JSON.") from fault
    if not isinstance(given, dict):
        raise BadGeometry("Expected a JSON object.")
    return given
