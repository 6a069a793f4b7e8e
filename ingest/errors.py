"""Errors of this room. Each message is one line: what was found and what to do."""

from layers.errors import LayersError


class IngestError(LayersError):
    """Base of all errors of this room."""


class UnknownSource(IngestError):
    """No source has this slug."""


class BadOption(IngestError):
    """An option the source does not know, or a value it cannot use."""


class UnreadableFile(IngestError):
    """The file cannot be read (to its end): damaged, empty, of an unknown or refused format."""


class HostileFile(UnreadableFile):
    """The file was refused because reading it could harm: too large, too deep, unsafe names, outside references."""


class UnusablePhoto(UnreadableFile):
    """No picture, or a damaged one; `reason` is empty, missing, not_a_picture, damaged or too_large."""

    def __init__(self, text: str, reason: str = "damaged") -> None:
        super().__init__(text)
        self.reason = reason


class CrsUnknown(IngestError):
    """The coordinate system is not stated and cannot be inferred, or the axes seem swapped; names the candidates."""


class AmbiguousLayer(IngestError):
    """The file has several layers and none was chosen."""


class UnmappedKind(IngestError):
    """It is not clear which kind the file's objects are."""


class BadMapping(IngestError):
    """The mapping table of devices has an invalid entry."""
