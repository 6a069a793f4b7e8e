"""Pages whose LayersErrors become error pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from geoportal.http.fault_pages import fault_page
from layers.errors import LayersError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def faults_shown(view: View[P]) -> View[P]:
    """A view whose LayersErrors become error pages, with statuses of `geoportal.http.faults`."""

    @wraps(view)
    def showing(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except LayersError as fault:
            return fault_page(request, fault)

    return showing
