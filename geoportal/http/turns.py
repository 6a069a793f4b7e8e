"""Turns at expensive addresses: how many requests of a process compute at once, and how many of them of one visitor.

A process has few threads. Half of them compute at most, one waits for its turn, and the rest are free for tiles,
pages and logins. A visitor without an account is an address, an office behind one address included; an account has
turns of its own.
"""

import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext

from geoportal.accounts.gate import for_people
from geoportal.accounts.visitors import visitor_of
from geoportal.http.plain_pages import RETRY_SECONDS
from geoportal.http.sender import network_of

EXPENSIVE = frozenset(
    {
        "buffer",
        "query",
        "query-json",
        "query-file",
        "query-area",
        "print",
        "place_report_pdf",
        "study-pdf",
        "series-file",
        "ogc-execution",
        "stac-geopackage",
    }
)
"""Names of addresses that compute for seconds."""
FILTERED = frozenset({"layer-file"})
"""Expensive where the file is a selection: with more in the address than these."""
PLAIN = frozenset({"dataset", "lang"})
ALONE_SECONDS, ACCOUNT_SECONDS = 6.0, 10.0
"""How long a visitor without an account waits for a turn, and one with an account."""


@dataclass
class _Waiting:
    visitor: str
    granted: bool = False


class Turns:
    """`most` turns in all, `of_each` of one visitor, `queued` waiting ones, who are served in the order they came."""

    def __init__(self, most: int, of_each: int, queued: int) -> None:
        self._most, self._of_each, self._queued = most, of_each, queued
        self._held: Counter[str] = Counter()
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()

    def take(self, visitor: str, seconds: float) -> bool:
        """Whether the visitor has a turn, at once or within so many seconds."""
        with self._changed:
            one = _Waiting(visitor)
            self._queue.append(one)
            self._grant()
            if not one.granted and len(self._queue) <= self._queued:
                self._changed.wait_for(lambda: one.granted, seconds)
            if not one.granted:
                self._queue.remove(one)
            return one.granted

    def end(self, visitor: str) -> None:
        """The visitor's turn is over."""
        with self._changed:
            self._held[visitor] -= 1
            if not self._held[visitor]:
                del self._held[visitor]
            self._grant()
            self._changed.notify_all()

    def _grant(self) -> None:
        """Give free turns to those who wait, the first first; who holds all of the own turns is passed over."""
        for one in list(self._queue):
            if self._held.total() >= self._most:
                return
            if self._held[one.visitor] < self._of_each:
                self._held[one.visitor] += 1
                one.granted = True
                self._queue.remove(one)


def turns_of(threads: int) -> Turns:
    """The turns of a process with so many threads: half of them, of one visitor fewer where there are two or more."""
    most = max(1, threads // 2)
    return Turns(most, max(1, most - 1), max(0, threads - most - 1))


class TakesTurns:
    """503 with Retry-After for an expensive address where no turn becomes free in time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.turns = turns_of(settings.WEB_THREADS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        visitor = getattr(request, "has_turn", None)
        if visitor is None:
            return response
        if response.streaming:
            end = weakref.finalize(response, self.turns.end, visitor)  # once: when it is closed, or given up unclosed
            response._resource_closers.append(end)  # type: ignore[attr-defined]
        else:
            self.turns.end(visitor)
        return response

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, words: Any) -> HttpResponseBase | None:
        """Wait for a turn where the address is expensive."""
        if not is_expensive(request):
            return None
        account = visitor_of(request).name
        visitor = f"account {account}" if account else network_of(request)
        if not self.turns.take(visitor, ACCOUNT_SECONDS if account else ALONE_SECONDS):
            return _busy(request)
        request.has_turn = visitor  # type: ignore[attr-defined]
        return None


def is_expensive(request: HttpRequest) -> bool:
    """Whether the address computes for seconds."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in EXPENSIVE or (name in FILTERED and not PLAIN.issuperset(request.GET))


def _busy(request: HttpRequest) -> HttpResponse:
    line = gettext("Too much is being computed at the moment. Try again in a few seconds.")
    if for_people(request):
        context = {"status": 503, "line": line, "detail": "", "begin": request.get_full_path()}
        response = render(request, "400.html", context, status=503)
    else:
        body = {"type": "about:blank", "status": 503, "detail": line}
        response = JsonResponse(body, status=503, content_type="application/problem+json")
    response["Retry-After"], response["Cache-Control"] = str(RETRY_SECONDS), "no-store"
    return response
