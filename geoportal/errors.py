"""The faults of requests themselves; each message is one line fit for a person."""

from layers.errors import LayersError


class BadQuery(LayersError):
    """A request with a parameter that does not exist here, or with a value that cannot be."""


class NotAcceptable(LayersError):
    """A request for formats of which none is offered."""
