"""Errors of requests as OWS exception reports.

The library reports the errors it expects; on other invalid requests its parsers raise Python's or the database's
exceptions (an unknown enumeration value is a KeyError, an empty filter an IndexError). Those become a plain 400, and
are logged with their traceback in case the error is ours.
"""

import logging
import re

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException
from django.core.exceptions import FieldError, SuspiciousOperation, ValidationError
from django.db import DataError, InternalError, OperationalError, ProgrammingError
from gisserver.exceptions import (
    ExternalParsingError,
    ExternalValueError,
    OperationParsingFailed,
    OperationProcessingFailed,
    OWSException,
)

from geoportal.http.faults import status_of
from layers.errors import LayersError

UNREADABLE = "The request could not be understood."
_SAID = (ExternalParsingError, ExternalValueError, NotImplementedError)
"""Errors raised on purpose, whose messages are returned to the client."""
_STUMBLED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    ValidationError,
    FieldError,
    SuspiciousOperation,
    GDALException,
    GEOSException,
    DataError,
    InternalError,
    ProgrammingError,
)
_TOO_COMPLEX = "54"
"""The SQLSTATE class of statements beyond PostgreSQL's limits."""
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
logger = logging.getLogger(__name__)


def reported(fault: Exception) -> Exception:
    """The fault as an exception that the library reports; unchanged where the request is not the cause."""
    found = _known(fault)
    if isinstance(found, OWSException):
        found.text, found.locator = fit_for_xml(found.text), fit_for_xml(found.locator or "") or None
    return found


def fit_for_xml(text: str) -> str:
    """The text with characters that XML 1.0 does not allow replaced by U+FFFD."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _known(fault: Exception) -> Exception:
    if isinstance(fault, OWSException):
        if fault.status_code >= 500:
            fault.status_code, fault.reason = 400, None
        return fault
    if isinstance(fault, LayersError):
        return OperationProcessingFailed(str(fault), status_code=status_of(fault))
    if isinstance(fault, _SAID):
        return OperationParsingFailed(str(fault) or UNREADABLE)
    if isinstance(fault, _STUMBLED) or _too_complex(fault):
        logger.warning("A request to the WFS was not understood.", exc_info=fault)
        return OperationParsingFailed(UNREADABLE)
    return fault


def _too_complex(fault: Exception) -> bool:
    code = getattr(fault.__cause__, "pgcode", None) or ""
    return isinstance(fault, OperationalError) and code.startswith(_TOO_COMPLEX)
