"""What every page may show without its view asking for it."""

from typing import Any

from django.http import HttpRequest

from layers.city import city


def here(request: HttpRequest) -> dict[str, Any]:
    """The city of this installation."""
    return {"city": city()}
