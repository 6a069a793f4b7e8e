"""Registers the portal with Django, and its checks with `manage.py check`."""

from django.apps import AppConfig


class GeoportalConfig(AppConfig):
    name = "geoportal"

    def ready(self) -> None:
        """Make the checks known."""
        from geoportal import checks  # noqa: F401
