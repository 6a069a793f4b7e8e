"""The shape of an error answer."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from geoportal.http.faults import status_of
from layers.errors import LayersError


def answer(fault: LayersError) -> JsonResponse:
    """The fault as a JSON answer with its status."""
    return problem(status_of(fault), str(fault))


def problem(status: int, message: str, kind: str = "about:blank") -> JsonResponse:
    """An error answer: RFC 9457's type, status and detail; `kind` is an address that names the sort of problem."""
    body = {"type": kind, "status": status, "detail": message}
    return JsonResponse(body, status=status, content_type="application/problem+json")


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def faults_answered(view: View[P]) -> View[P]:
    """A view whose faults of the layers become answers by the table of `geoportal.http.faults`."""

    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except LayersError as fault:
            return answer(fault)

    return answering
