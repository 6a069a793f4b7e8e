"""What happens around each view because of who asks: the access table, the audit of reads, the headers of caches."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from geoportal.accounts.audit import reads_written_down
from geoportal.accounts.endpoints import CLOSED, allowed, need_of
from geoportal.accounts.visitors import TokenRefused, Visitor, visitor_of
from layers.access.rules import recorded_reads
from layers.tiles.addresses import is_tile


class Gate:
    """Asks the access table before a view, and writes down afterwards who read layers of the emergency services."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            visitor = visitor_of(request)
        except TokenRefused as fault:
            return _unknown(str(fault))
        if visitor.token is not None:
            # A token is sent on purpose, never by a browser on its own; forged forms cannot carry it.
            request.csrf_processing_done = True  # type: ignore[attr-defined]
        with recorded_reads() as kinds:
            response = self.get_response(request)
        if kinds:
            reads_written_down(visitor, sorted(kinds), request.get_full_path())
        return _kept_apart(request, response, visitor)

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, words: Any) -> HttpResponseBase | None:
        """Refuse what the table does not allow."""
        match = request.resolver_match
        need = need_of(match.view_name if match else "")
        visitor = visitor_of(request)
        if allowed(visitor, need):
            return None
        if need == CLOSED:
            raise Http404("There is no such address.")
        return _refused(request, visitor)


def _kept_apart(request: HttpRequest, response: HttpResponseBase, visitor: Visitor) -> HttpResponseBase:
    """What somebody got by their rights is kept by no cache on the way; everybody's answers may be."""
    if not is_tile(request.path_info):
        patch_vary_headers(response, ["Authorization"])
    if visitor.access.level != "public":
        cache = str(response.headers.get("Cache-Control", "no-cache"))
        kept = [part for part in cache.split(", ") if part not in ("public", "private")]
        response.headers["Cache-Control"] = ", ".join(["private", *kept])
    return response


def for_people(request: HttpRequest) -> bool:
    """Whether the answer is read by a person in a browser: a page may explain, a program gets a problem."""
    return request.method in ("GET", "POST") and "text/html" in request.headers.get("Accept", "")


def _unknown(words: str) -> HttpResponse:
    body = {"type": "about:blank", "status": 401, "detail": words}
    headers = {"WWW-Authenticate": 'Bearer realm="geoportal"', "Cache-Control": "no-store"}
    return JsonResponse(body, status=401, content_type="application/problem+json", headers=headers)


def _refused(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """To the login page; for those who are somebody, a plain refusal."""
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
