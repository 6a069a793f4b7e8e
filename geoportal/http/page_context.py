"""Context processor of all templates."""

from typing import Any

from django.http import HttpRequest

from geoportal.accounts.visitors import NOBODY, TokenRefused, visitor_of
from layers.city import city


def city_and_visitor(request: HttpRequest) -> dict[str, Any]:
    """The city of this installation, and the visitor."""
    try:
        visitor = visitor_of(request)
    except TokenRefused:
        visitor = NOBODY
    return {"city": city(), "visitor": visitor}
