"""Faults of requests as the standard's reports of exceptions.

The library answers what it expects to go wrong; on other nonsense its parsers stumble with whatever Python or the
database raises (an unknown enumeration value is a KeyError, an empty filter an IndexError). Those become a plain 400,
and are logged with their traceback in case the fault is ours.
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
"""Raised on purpose: their words are for whoever asks."""
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
"""The class of PostgreSQL's errors for statements beyond its limits."""
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
logger = logging.getLogger(__name__)


def reported(fault: Exception) -> Exception:
    """The fault as the library reports it; itself where the request is not to blame."""
    found = _known(fault)
    if isinstance(found, OWSException):
        found.text, found.locator = fit_for_xml(found.text), fit_for_xml(found.locator or "") or None
    return found


def fit_for_xml(text: str) -> str:
    """The text with a mark in place of each character that XML 1.0 cannot hold."""
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
