"""The faults of printing."""

from layers.errors import LayersError


class BadPrint(LayersError):
    """A sheet that cannot be printed as asked; the text is one line in the visitor's language."""


class PrintBusy(LayersError):
    """Other sheets are being printed; asking again a little later helps."""


class UnknownStyle(Exception):
    """A kind's style says something that printing cannot draw: a fault of the programme, not of the visitor."""
