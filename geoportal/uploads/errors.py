"""Errors of uploads."""

from layers.errors import LayersError


class UnknownUpload(LayersError):
    """No upload of this account has that token."""


class BadUpload(LayersError):
    """The files or the form cannot be accepted. `what` is a code for the reason, which pages translate."""

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what


class KindForbidden(LayersError):
    """The target is a layer of the city or another planner's, and the account has no right to edit it."""
