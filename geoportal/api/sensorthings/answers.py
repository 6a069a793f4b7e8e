"""Shared parts of SensorThings responses: JSON, errors, validators."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from geoportal.api.ogc.answers import forged, preflight
from geoportal.http.faults import status_of
from geoportal.sensorthings.documents import as_json
from layers.access.rules import Access, record_read, visible_kinds
from layers.errors import LayersError

JSON = "application/json"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def base_of(request: HttpRequest) -> str:
    """The address of the service's root, without a slash at its end."""
    return request.build_absolute_uri(reverse("sta-root")).rstrip("/")


def problem(status: int, message: str) -> HttpResponse:
    """An error response as SensorThings servers give it."""
    return written({"code": status, "type": "error", "message": message}, status)


def written(document: Any, status: int = 200) -> HttpResponse:
    """A JSON response."""
    return HttpResponse(as_json(document), status=status, content_type=JSON)


def read(request: HttpRequest, document: Any) -> HttpResponse:
    """The response to GET: a document with its ETag, or 304 where the client has it."""
    response = written(document)
    response["ETag"] = etag_of(response.content)
    answered = get_conditional_response(request, response["ETag"], None, response)
    assert isinstance(answered, HttpResponse)
    return answered


def etag_of(body: bytes) -> str:
    """The strong validator of a document."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def endpoint(*methods: str) -> Callable[[View[P]], View[P]]:
    """Decorator of views for these methods: every fault of a request becomes an error document, never a 500."""
    known = (*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS")

    def made(view: View[P]) -> View[P]:
        @wraps(view)
        def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return _with_cors(respond(request, *args, **kwargs))

        def respond(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "OPTIONS":
                return preflight(known)
            if request.method not in known:
                refused = problem(405, f"{request.method} is not offered here; there are: {', '.join(known)}.")
                refused["Allow"] = ", ".join(known)
                return refused
            if request.method not in ("GET", "HEAD") and forged(request):
                return problem(403, "The request lacks the page's token against forgery (X-CSRFToken).")
            try:
                return view(request, *args, **kwargs)
            except LayersError as fault:
                response = problem(status_of(fault), str(fault))
                if response.status_code == 401:
                    response["WWW-Authenticate"] = 'Bearer realm="geoportal"'
                return response

        return csrf_exempt(answering)

    return made


def _with_cors(response: HttpResponse) -> HttpResponse:
    """Let scripts of any origin read the response; browsers send them without cookies."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Location, Geoportal-Run"
    response.headers.setdefault("Cache-Control", "no-cache")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def record(access: Access) -> None:
    """Record the read for the audit of layers that only the services see."""
    for kind in visible_kinds(access):
        if kind.series:
            record_read(kind)
