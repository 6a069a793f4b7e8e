"""What every page may show without its view asking for it."""

from typing import Any

from django.http import HttpRequest

from geoportal.accounts.visitors import NOBODY, TokenRefused, visitor_of
from layers.city import city


def here(request: HttpRequest) -> dict[str, Any]:
    """The city of this installation, and whoever looks at the page."""
    try:
        visitor = visitor_of(request)
    except TokenRefused:
        visitor = NOBODY
    return {"city": city(), "visitor": visitor}
