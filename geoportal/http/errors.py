"""Errors of the request itself; each message is one line for a person."""

from layers.errors import LayersError


class BadQuery(LayersError):
    """An unknown query parameter, or an invalid value of one."""


class BadBody(LayersError):
    """A body that is not JSON, or a member of it with a type other than declared."""


class NotAcceptable(LayersError):
    """None of the requested formats is offered."""


class WrongMedia(LayersError):
    """The body's media type is not supported here."""


class VersionWanted(LayersError):
    """A change without If-Match, which names the version to change."""


class TooLarge(LayersError):
    """The body is larger than this address accepts."""
