"""Errors of printing."""

from layers.errors import LayersError


class BadPrint(LayersError):
    """The order cannot be printed; the message is one line in the visitor's language."""


class PrintBusy(LayersError):
    """All print slots are occupied; the client may retry later."""


class UnknownStyle(Exception):
    """A kind's style has something that printing cannot draw: a programming error, not the visitor's."""
