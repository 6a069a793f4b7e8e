"""Limits checked before a request is parsed: length and nesting of XML."""

import re

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from gisserver.exceptions import OperationParsingFailed

CHARACTERS = 300_000
"""Most characters of XML; a polygon of ten thousand vertices fits."""
ELEMENTS = 3_000
DEPTH = 40
_TAG = re.compile(r"<(/?)[A-Za-z_][^<>]*>")


def within_limits(request: HttpRequest) -> None:
    """Check XML in the body or a filter. Raises OperationParsingFailed where it is too long or too deep."""
    texts = [value for values in request.GET.lists() for value in values[1]]
    if request.method == "POST":
        try:
            texts.append(request.body.decode("utf-8", "replace"))
        except RequestDataTooBig:
            raise OperationParsingFailed(f"A request may have {CHARACTERS} characters.") from None
    if sum(map(len, texts)) > CHARACTERS:
        raise OperationParsingFailed(f"A request may have {CHARACTERS} characters.")
    for text in texts:
        _shallow(text)


def _shallow(text: str) -> None:
    """Counts tags without parsing; one inside a comment counts too, which errs on the side of refusing."""
    depth = 0
    for number, tag in enumerate(_TAG.finditer(text)):
        if tag[1]:
            depth -= 1
        elif not tag[0].endswith("/>"):
            depth += 1
        if depth > DEPTH:
            raise OperationParsingFailed(f"A filter may be nested {DEPTH} deep.")
        if number > 2 * ELEMENTS:
            raise OperationParsingFailed(f"A filter may have {ELEMENTS} elements.")
