"""Error responses (RFC 9457)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

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
