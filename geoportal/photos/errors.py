"""Errors of the review of photos."""

from layers.errors import LayersError


class DecidedMeanwhile(LayersError):
    """Another person decided about the picture after the sender of this decision had opened it."""
