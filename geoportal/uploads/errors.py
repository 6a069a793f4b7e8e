"""The faults of uploads."""

from layers.errors import LayersError


class UnknownUpload(LayersError):
    """A token that names no upload of this account."""


class BadUpload(LayersError):
    """What was sent cannot be taken. `what` says why in one word, for the words that people read."""

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what


class KindForbidden(LayersError):
    """Somebody without the right to edit chose a layer of the city, or another planner's layer."""
