"""The faults of requests themselves; each message is one line fit for a person."""

from layers.errors import LayersError


class BadQuery(LayersError):
    """A request with a parameter that does not exist here, or with a value that cannot be."""


class NotAcceptable(LayersError):
    """A request for formats of which none is offered."""


class WrongMedia(LayersError):
    """A body of a type that this address does not read."""


class VersionWanted(LayersError):
    """A change that does not say which version it changes."""


class TooLarge(LayersError):
    """A body larger than this address reads."""
