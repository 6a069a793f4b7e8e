"""The faults of this room. Each message is one line: what was found and what to do."""

from layers.errors import LayersError


class IngestError(LayersError):
    """Base of all faults of this room."""


class UnknownSource(IngestError):
    """A slug that names no source."""


class BadOption(IngestError):
    """An option the source does not know, or a value it cannot use."""


class UnreadableFile(IngestError):
    """The file cannot be read (to its end): damaged, empty, of an unknown or refused format."""


class HostileFile(UnreadableFile):
    """The file was refused because reading it could harm: too large, too deep, unsafe names, outside references."""


class CrsUnknown(IngestError):
    """The coordinate system is not given and the numbers leave doubt, or axes seem swapped; names the candidates."""


class AmbiguousLayer(IngestError):
    """The file holds several layers and none was chosen."""


class UnmappedKind(IngestError):
    """It is not clear which kind the file's objects are."""
