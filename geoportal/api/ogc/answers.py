"""Shared parts of OGC API responses: formats, links, parameter checks, methods, CORS, and errors."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import MediaType
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import answer, problem
from geoportal.http.errors import BadQuery, NotAcceptable
from layers.errors import LayersError

JSON = "application/json"
HTML = "text/html"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
PROBLEM = "application/problem+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MVT = "application/vnd.mapbox-vector-tile"
JSON_AND_HTML = {"json": JSON, "html": HTML}
"""Formats of most endpoints; the first is the default."""
EVERYWHERE = frozenset({"f", "lang"})
"""Parameters of every endpoint."""
_SAFE = ("GET", "HEAD", "OPTIONS")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def endpoint(*methods: str, allowed: Callable[..., Sequence[str]] | None = None) -> Callable[[View[P]], View[P]]:
    """Decorator of OGC API views for these methods: errors become problem+json, other methods 405 with Allow.

    GET includes HEAD; OPTIONS is answered for CORS. An unsafe request with a session needs a CSRF token; rights are
    checked by the view. `allowed` returns the methods that OPTIONS lists for the visitor, where these
    depend on rights.
    """
    known = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]

    def made(view: View[P]) -> View[P]:
        @wraps(view)
        def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in known:
                refused = problem(405, f"{request.method} is not answered here; there are: {', '.join(known)}.")
                refused["Allow"] = ", ".join(known)
                return refused
            if request.method == "OPTIONS" and allowed is None:
                return preflight(known)
            if request.method not in _SAFE and forged(request):
                return problem(403, "The request lacks the page's token against forgery (X-CSRFToken).")
            try:
                if request.method == "OPTIONS" and allowed is not None:
                    return preflight(known, allowed(request, *args, **kwargs))
                return view(request, *args, **kwargs)
            except LayersError as fault:
                return answer(fault)

        return csrf_exempt(answering)

    return made


def chosen_format(request: HttpRequest, offered: Mapping[str, str]) -> str:
    """The name of the requested format: by `f=`, else by Accept. `offered` maps names to media types, default first.

    A client that accepts application/json gets any JSON type. Where only one format is offered it is always returned.
    Raises BadQuery, NotAcceptable.
    """
    asked = request.GET.get("f")
    if asked is not None:
        if asked not in offered:
            raise BadQuery(f"f: there is no format “{asked[:40]}” here; there are: {', '.join(offered)}.")
        return asked
    if "Accept" not in request.headers or len(offered) == 1:
        return next(iter(offered))
    for wanted in request.accepted_types_by_precedence:
        for name, media_type in offered.items():
            if wanted.quality != 0 and _fits(wanted, media_type):
                return name
    raise NotAcceptable(f"None of the formats in Accept is offered here; there are: {', '.join(offered.values())}.")


def _fits(wanted: MediaType, offered: str) -> bool:
    plain = offered.partition(";")[0]
    if (wanted.main_type, wanted.sub_type) == ("application", "json"):
        return plain == JSON or plain.endswith("+json")
    return wanted.main_type in ("*", plain.partition("/")[0]) and wanted.sub_type in ("*", plain.partition("/")[2])


def only_known(request: HttpRequest, names: set[str] | frozenset[str] = frozenset()) -> None:
    """Refuse a query parameter that is neither one of these nor `f` or `lang`. Raises BadQuery with its name."""
    unknown = sorted(set(request.GET) - names - EVERYWHERE)
    if unknown:
        there_are = ", ".join(sorted(names | EVERYWHERE))
        raise BadQuery(f"There is no parameter “{unknown[0][:40]}” here; there are: {there_are}.")
    one_of(request, "lang", dict(settings.LANGUAGES))


def one_of(request: HttpRequest, name: str, values: Collection[str]) -> str:
    """The value of an enumerated parameter, "" where it is absent. Raises BadQuery."""
    text = request.GET.get(name)
    if text is not None and text not in values:
        raise BadQuery(f"{name}: there is no “{text[:40]}” here; there are: {', '.join(values)}.")
    return text or ""


def whole_number(request: HttpRequest, name: str, *, default: int, least: int, most: int) -> int:
    """The value of an integer parameter; one above `most` becomes `most`. Raises BadQuery."""
    text = request.GET.get(name)
    if text is None:
        return default
    plain = text.isascii() and text.isdecimal()
    if plain and len(text) > len(str(most)) + 20:
        return most
    if not plain or int(text) < least:
        raise BadQuery(f"{name}: “{text[:40]}” is no whole number of at least {least}.")
    return min(int(text), most)


def link(request: HttpRequest, rel: str, path: str, type: str, title: str = "", **query: Any) -> dict[str, Any]:
    """A link object to an address of this portal."""
    href = request.build_absolute_uri(path)
    if query:
        href += ("&" if "?" in path else "?") + urlencode(query)
    made = {"rel": rel, "type": type, "title": title, "href": href}
    return {name: value for name, value in made.items() if value}


def formats_linked(request: HttpRequest, chosen: str, offered: Mapping[str, str]) -> list[dict[str, Any]]:
    """The links `self` and `alternate` of a resource offered in several formats."""
    made = []
    for name, media_type in offered.items():
        query = request.GET.copy()
        query["f"] = name
        path = f"{request.path}?{query.urlencode()}"
        made.append(link(request, "self" if name == chosen else "alternate", path, media_type))
    return made


def json_answer(
    body: Any, media_type: str = JSON, headers: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """A JSON response with CORS, revalidated by caches."""
    response = JsonResponse(body, content_type=media_type, status=status, safe=False)
    return with_cors(response, headers or {})


def html_page(request: HttpRequest, title: str, body_context: Mapping[str, Any], template: str) -> HttpResponse:
    """An HTML response of the portal's pages, with CORS, revalidated by caches."""
    return with_cors(render(request, template, {"title": title, **body_context}), {})


Response = TypeVar("Response", bound=HttpResponseBase)


def with_cors(response: Response, headers: Mapping[str, str]) -> Response:
    """Add CORS, `Cache-Control: no-cache` and further headers to a response."""
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Limit-Applied, Link, Location, OGC-NumberReturned"
    for name, value in headers.items():
        response[name] = value
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


def preflight(methods: Sequence[str], allowed: Sequence[str] | None = None) -> HttpResponse:
    """The response to OPTIONS, also as a CORS preflight, which browsers send without credentials."""
    return HttpResponse(
        status=204,
        headers={
            "Allow": ", ".join(methods if allowed is None else allowed),
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": "Accept, Authorization, Content-Crs, Content-Type, If-Match, Prefer",
        },
    )


class _Forgery(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def forged(request: HttpRequest) -> bool:
    """Whether an unsafe request with a session lacks a valid CSRF token; API tokens need none."""
    visitor = visitor_of(request)
    if visitor.user is None or visitor.token is not None:
        return False
    return _Forgery(lambda _: HttpResponse()).process_view(request, lambda _: HttpResponse(), (), {}) is not None
