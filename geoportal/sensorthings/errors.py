"""Errors of the SensorThings interface; each message is one line for the client's programmer."""

from layers.errors import LayersError


class UnknownPath(LayersError):
    """The address names no entity that the visitor can see, or no property of it."""


class BadOption(LayersError):
    """A query option that is unknown, misplaced or cannot be read."""


class UnknownSystemOption(LayersError):
    """An option of OData that is not offered (18-088, 9.3.3, query-status-code)."""


class BadEntity(LayersError):
    """A document that does not describe an entity, or refers to one that does not exist."""


class NotAllowed(LayersError):
    """The visitor may not change this."""


class NotOffered(LayersError):
    """The method is not offered at this address."""


class EntityChanged(LayersError):
    """The entity is another than the one that If-Match names."""


class Unknown(LayersError):
    """The visitor sent neither a session nor a token."""
