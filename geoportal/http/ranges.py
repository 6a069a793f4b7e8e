"""File responses with ranges (RFC 9110, 14) and conditional requests (RFC 9110, 13)."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

PIECE = 64 * 1024
RANGE = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*")
MOST_DIGITS = 20
"""Digits of a byte position that are read; a number cut to so many is still beyond the end of any file."""


def file_answer(request: HttpRequest, path: Path, etag: str, modified: datetime, media_type: str) -> HttpResponseBase:
    """The file, the part that Range asks for (206), 304 or 412 by its conditions, or 416. Raises OSError.

    `etag` is strong and quoted. Several ranges at once get the whole file, which the RFC allows.
    """
    seconds = int(modified.timestamp())
    answer = get_conditional_response(request, etag, seconds) or _body(request, path, etag, seconds)
    if answer.status_code in (200, 206):
        answer["Content-Type"] = media_type
    answer["ETag"], answer["Last-Modified"] = etag, http_date(seconds)
    answer["Accept-Ranges"] = "bytes"
    return answer


def _body(request: HttpRequest, path: Path, etag: str, seconds: int) -> HttpResponseBase:
    """The file or the requested part; the open file stays readable when it is unlinked meanwhile."""
    file = path.open("rb")
    size = os.fstat(file.fileno()).st_size
    span = _asked(request, etag, seconds, size)
    if span == (0, 0):
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, end = span or (0, size)
    answer = StreamingHttpResponse(_pieces(file, first, end - first), status=206 if span else 200)
    answer["Content-Length"] = str(end - first)
    if span:
        answer["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    return answer


def _pieces(file: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece


def _asked(request: HttpRequest, etag: str, seconds: int, size: int) -> tuple[int, int] | None:
    """The requested range (first byte, byte after the last); (0, 0) if unsatisfiable; None for the whole file."""
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or found is None or not _still(request.headers.get("If-Range", ""), etag, seconds):
        return None
    first, last = (_number(text) for text in found.groups())
    if first is None:
        if last is None:
            return None
        return (max(0, size - last), size) if last and size else (0, 0)
    if last is not None and last < first:
        return None
    return (first, size if last is None else min(last + 1, size)) if first < size else (0, 0)


def _number(text: str) -> int | None:
    return int(text.lstrip("0")[:MOST_DIGITS] or "0") if text else None


def _still(condition: str, etag: str, seconds: int) -> bool:
    """Whether If-Range is satisfied: the file is unchanged since the client got its part."""
    if not condition:
        return True
    return condition == etag if '"' in condition else parse_http_date_safe(condition) == seconds
