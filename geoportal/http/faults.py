"""The table from errors to HTTP statuses, shared by pages and APIs."""

from analysis.errors import ParameterForbidden, QueryBusy, StudyBusy, TooManyRuns, UnknownResult, UnknownStudy
from geoportal.cartography.printing.errors import PrintBusy
from geoportal.console.errors import ConsoleBusy, ConsoleClosed, StatementTooSlow, UnknownStatement
from geoportal.http.errors import NotAcceptable, TooLarge, VersionWanted, WrongMedia
from geoportal.photos.errors import DecidedMeanwhile
from geoportal.sensorthings.errors import (
    EntityChanged,
    NotAllowed,
    NotOffered,
    Unknown,
    UnknownPath,
    UnknownSystemOption,
)
from geoportal.uploads.errors import KindForbidden, UnknownUpload
from layers.errors import (
    DiskFull,
    DraftRefused,
    EditConflict,
    LayersError,
    NotEditable,
    TooSlow,
    UnknownDataset,
    UnknownFeature,
    UnknownKind,
    UnknownSeries,
    WriteRefused,
)

STATUS: tuple[tuple[type[LayersError], int], ...] = (
    (UnknownKind, 404),
    (UnknownDataset, 404),
    (UnknownFeature, 404),
    (UnknownSeries, 404),
    (UnknownStudy, 404),
    (UnknownResult, 404),
    (UnknownUpload, 404),
    (UnknownPath, 404),
    (UnknownSystemOption, 501),
    (Unknown, 401),
    (NotAllowed, 403),
    (NotOffered, 405),
    (EntityChanged, 412),
    (KindForbidden, 403),
    (ParameterForbidden, 403),
    (StudyBusy, 409),
    (TooManyRuns, 429),
    (QueryBusy, 429),
    (EditConflict, 412),
    (DraftRefused, 422),
    (NotEditable, 405),
    (TooLarge, 413),
    (WrongMedia, 415),
    (VersionWanted, 428),
    (WriteRefused, 409),
    (DecidedMeanwhile, 409),
    (PrintBusy, 503),
    (UnknownStatement, 404),
    (ConsoleBusy, 503),
    (ConsoleClosed, 503),
    (StatementTooSlow, 503),
    (TooSlow, 503),
    (NotAcceptable, 406),
    (DiskFull, 507),
    (LayersError, 400),
)


def status_of(fault: LayersError) -> int:
    """The HTTP status of an error."""
    return next(status for kind, status in STATUS if isinstance(fault, kind))
