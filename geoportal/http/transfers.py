"""Bodies and streamed answers, bounded before any parser: what a visitor sends or reads slowly holds few threads.

nginx in front takes bodies and answers in whole on behalf of the portal; then only sizes are checked here. Without it
each body is read into a spool within a time, and one address holds at most `HELD` threads of a process by bodies that
have not arrived and by answers that it does not read.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import Any

from geoportal.http.plain_pages import RETRY_SECONDS, page, problem
from geoportal.http.proxies import Application, Environ

HELD = 2
"""Threads of a process that one address may hold; a process has four."""
GRACE_SECONDS, SLOWEST = 20.0, 50_000
"""Time for a body: so many seconds, and more of them at so many bytes a second."""
OF_FORMS, OF_FILES, OF_OBSERVATIONS = 2_500_000, 100_000, 20_000_000
"""Bytes: of a body, of a form besides its files, of observations by HTTP."""
IN_MEMORY, CHUNK = 1_000_000, 65_536
SHORT = 8_000_000
"""Bytes of a streamed answer that is sent in whole: a browser reads several files at once."""
REASONS = {408: "Request Timeout", 413: "Content Too Large", 429: "Too Many Requests"}


class Shares:
    """Counts what each address holds in this process."""

    def __init__(self, most: int = HELD) -> None:
        self._most, self._lock, self._held = most, threading.Lock(), Counter[str]()

    def take(self, address: str) -> bool:
        """Whether the address may hold one more; then it does."""
        with self._lock:
            if self._held[address] >= self._most:
                return False
            self._held[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """One less."""
        with self._lock:
            self._held[address] -= 1
            if self._held[address] <= 0:
                del self._held[address]


def most_bytes(path: str, upload_bytes: int) -> int:
    """Bytes of a body that this address may take; its view may take fewer."""
    if path.startswith(("/uploads/", "/photos/")):
        return upload_bytes + OF_FILES
    return OF_OBSERVATIONS if path.startswith("/sta/") else OF_FORMS


def bounded(application: Application, upload_bytes: int, *, buffered: Callable[[Environ], bool]) -> Application:
    """The application with bounded bodies and answers; `buffered`: the portal's own proxy sends and takes them."""
    shares = Shares()

    def outer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        length = _length(environ)
        if length > most_bytes(environ.get("PATH_INFO", ""), upload_bytes):
            return _refused(environ, start_response, 413)
        if buffered(environ):
            return application(environ, start_response)
        address = str(environ.get("REMOTE_ADDR", ""))
        if not length:
            return _answered(application, environ, start_response, shares, address)
        if not shares.take(address):
            return _refused(environ, start_response, 429)
        try:
            body = _arrived(environ["wsgi.input"], length)
        finally:
            shares.give_back(address)
        if body is None:
            return _refused(environ, start_response, 408)
        environ["wsgi.input"] = body
        return _answered(application, environ, start_response, shares, address)

    return outer


def _length(environ: Environ) -> int:
    text = str(environ.get("CONTENT_LENGTH") or "0").strip()
    return int(text[:18]) if text.isascii() and text.isdecimal() else 0


def _arrived(stream: Any, length: int) -> Any:
    """The body from its start, None where it has not arrived in time. Its reader then ends with the connection."""
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - Django reads it, and it ends with the request
    whole = threading.Event()
    late = threading.Event()
    deadline = time.monotonic() + GRACE_SECONDS + length / SLOWEST

    def read() -> None:
        left = length
        while left and not late.is_set() and (chunk := stream.read(min(left, CHUNK))):
            spool.write(chunk)
            left -= len(chunk)
        whole.set()

    threading.Thread(target=read, name="body", daemon=True).start()
    if not whole.wait(deadline - time.monotonic()):
        late.set()
        return None
    spool.seek(0)
    return spool


class _Held:
    """A long streamed answer, which holds a share of its reader's address until it is sent or given up."""

    def __init__(self, parts: Iterator[bytes], end: Callable[[], None], shares: Shares, address: str) -> None:
        self._parts, self._end, self._shares, self._address, self._open = parts, end, shares, address, True

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        """End the answer and give the share back."""
        if self._open:
            self._open = False
            self._shares.give_back(self._address)
            self._end()


def _answered(
    application: Application, environ: Environ, start_response: Any, shares: Shares, address: str
) -> Iterable[bytes]:
    """The application's answer, a short one in whole; 429 for a long one where the address holds too many."""
    started: list[Any] = []
    parts: Any = application(environ, lambda *words: started.append(words))
    if not getattr(parts, "streaming", False):
        start_response(*started[-1])
        return parts
    rest = iter(parts)
    begin, size = [], 0
    for part in rest:
        begin.append(part)
        size += len(part)
        if size > SHORT:
            break
    else:
        parts.close()
        start_response(*started[-1])
        return [b"".join(begin)]
    if not shares.take(address):
        parts.close()
        return _refused(environ, start_response, 429)
    start_response(*started[-1])
    return _Held(chain(begin, rest), parts.close, shares, address)


def _refused(environ: Environ, start_response: Any, status: int) -> list[bytes]:
    people = "text/html" in str(environ.get("HTTP_ACCEPT", ""))
    body = (page if people else problem)(status).encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8" if people else "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if status == 429:
        headers.append(("Retry-After", str(RETRY_SECONDS)))
    start_response(f"{status} {REASONS[status]}", headers)
    return [body]
