"""Error responses (RFC 9457)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from geoportal.accounts.gate import for_people
from geoportal.http.fault_pages import fault_page
from geoportal.http.faults import status_of
from layers.errors import LayersError


def answer(fault: LayersError) -> JsonResponse:
    """The JSON response of an error, with its status."""
    return problem(status_of(fault), str(fault))


def problem(status: int, message: str, kind: str = "about:blank") -> JsonResponse:
    """An error response with RFC 9457's type, status and detail; `kind` is the URI of the problem type."""
    body = {"type": kind, "status": status, "detail": message}
    return JsonResponse(body, status=status, content_type="application/problem+json")


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def faults_answered(view: View[P]) -> View[P]:
    """A view whose LayersErrors become error responses, with statuses of `geoportal.http.faults`."""

    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except LayersError as fault:
            return answer(fault)

    return answering


def file_faults_answered(view: Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]) -> View[...]:
    """The same for files of a layer, which people open by links too: a browser gets a page in its language."""

    @wraps(view)
    def answering(request: HttpRequest, /, layer: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, layer, *args, **kwargs)
        except LayersError as fault:
            people = for_people(request)
            response = fault_page(request, fault, begin=reverse("layer", args=[layer])) if people else answer(fault)
            patch_vary_headers(response, ["Accept", "Accept-Language"])
            return response

    return answering
