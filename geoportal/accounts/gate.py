"""Middleware around each view: the access table, the audit of reads, cache headers that depend on the visitor."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from geoportal.accounts.audit import record_reads
from geoportal.accounts.endpoints import CLOSED, allowed, need_of
from geoportal.accounts.visitors import TokenRefused, Visitor, visitor_of
from layers.access.rules import recorded_reads
from layers.tiles.addresses import is_tile


class Gate:
    """Checks the access table before a view and records reads of services-level layers after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            visitor = visitor_of(request)
        except TokenRefused as fault:
            return _unknown(str(fault))
        if visitor.token is not None:
            # Browsers never send a token by themselves, so a forged form cannot carry one: no CSRF check.
            request.csrf_processing_done = True  # type: ignore[attr-defined]
        with recorded_reads() as kinds:
            response = self.get_response(request)
        if kinds:
            record_reads(visitor, sorted(kinds), request.get_full_path())
        return _with_cache_headers(request, response, visitor)

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, words: Any) -> HttpResponseBase | None:
        """Refuse the request where the access table does not allow it: login page, 401, 403 or 404."""
        match = request.resolver_match
        need = need_of(match.view_name if match else "")
        visitor = visitor_of(request)
        if allowed(visitor, need):
            return None
        if need == CLOSED:
            raise Http404("There is no such address.")
        return _refused(request, visitor)


def _with_cache_headers(request: HttpRequest, response: HttpResponseBase, visitor: Visitor) -> HttpResponseBase:
    """Set Cache-Control: private unless the response is the public one; responses vary by Authorization.

    Tiles do not vary: their addresses already differ by level.
    """
    if not is_tile(request.path_info):
        patch_vary_headers(response, ["Authorization"])
    if visitor.access.level != "public":
        cache = str(response.headers.get("Cache-Control", "no-cache"))
        kept = [part for part in cache.split(", ") if part not in ("public", "private")]
        response.headers["Cache-Control"] = ", ".join(["private", *kept])
    return response


def for_people(request: HttpRequest) -> bool:
    """Whether the client accepts HTML: it gets an error page, programs get problem+json."""
    return request.method in ("GET", "POST") and "text/html" in request.headers.get("Accept", "")


def _unknown(words: str) -> HttpResponse:
    body = {"type": "about:blank", "status": 401, "detail": words}
    headers = {"WWW-Authenticate": 'Bearer realm="geoportal"', "Cache-Control": "no-store"}
    return JsonResponse(body, status=401, content_type="application/problem+json", headers=headers)


def _refused(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Redirect to the login page, or 401 for programs; 403 for a visitor who is signed in."""
    if visitor.user is None:
        if for_people(request):
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('account_login')}?{query}")
        return _unknown("This needs an account: send a token in the Authorization header.")
    words = gettext("Your account may not do this.")
    if for_people(request):
        return render(request, "403.html", {"detail": words}, status=403)
    body = {"type": "about:blank", "status": 403, "detail": words}
    return JsonResponse(body, status=403, content_type="application/problem+json")
