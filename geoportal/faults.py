"""The one table from faults to HTTP; pages and APIs give them their own shape."""

from geoportal.printing.errors import PrintBusy
from layers.errors import (
    EditConflict,
    LayersError,
    ReportTooSlow,
    UnknownDataset,
    UnknownFeature,
    UnknownKind,
    WriteRefused,
)

STATUS: tuple[tuple[type[LayersError], int], ...] = (
    (UnknownKind, 404),
    (UnknownDataset, 404),
    (UnknownFeature, 404),
    (EditConflict, 412),
    (WriteRefused, 409),
    (PrintBusy, 503),
    (ReportTooSlow, 503),
    (LayersError, 400),
)


def status_of(fault: LayersError) -> int:
    """The HTTP status of a fault."""
    return next(status for kind, status in STATUS if isinstance(fault, kind))
