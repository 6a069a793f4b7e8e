"""Middleware: security headers, refusal of NUL, planners' layers of other processes, the response's language."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from geoportal.accounts.gate import for_people
from geoportal.http.import_map import import_map_source
from layers.city import city
from layers.planner.declarations import REGISTER
from layers.tiles.addresses import is_tile

_POLICY = (
    "default-src 'none'; script-src 'self' {import_map}; style-src 'self'; worker-src 'self'; "
    "connect-src 'self'{hosts}; img-src 'self' data: blob:{hosts}; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
YEAR_SECONDS = 31_536_000
NUL_IN_COOKIE = "\\000"
"""NUL as a quoted cookie value escapes it."""


def content_security_policy(hosts: str = "") -> str:
    """The Content-Security-Policy. `hosts` are the tile servers of the city file's external base maps.

    The only inline script that it allows is the import map, by its hash.
    """
    return _POLICY.format(import_map=import_map_source(), hosts=hosts)


class SecurityHeaders:
    """Adds the Content-Security-Policy and Permissions-Policy unless the view set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        hosts = dict.fromkeys(one.host for one in city().base_maps)
        policy = content_security_policy("".join(f" {host}" for host in hosts))
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
        return response


class KnownPort:
    """400 for a Host with a port at which nobody reaches the portal: links and tile addresses would lead there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _, port = split_domain_port(request.META.get("HTTP_HOST", ""))
        if port and port not in settings.ALLOWED_PORTS and "*" not in settings.ALLOWED_PORTS:
            raise DisallowedHost(f"Host names port {port}; ALLOWED_PORTS has {', '.join(settings.ALLOWED_PORTS)}.")
        return self.get_response(request)


class NoNul:
    """400 for an address or a cookie with NUL, which PostgreSQL's texts cannot contain."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if NUL_IN_COOKIE in request.META.get("HTTP_COOKIE", ""):
            return _bad_request("A cookie holds no NUL.")
        if "%00" not in query and "\0" not in query and "\0" not in request.path_info:
            return self.get_response(request)
        detail = "An address holds no NUL."
        if not for_people(request):
            return _bad_request(detail)
        context = {"status": 400, "line": gettext("This address cannot be read."), "detail": detail, "begin": "/"}
        return render(request, "400.html", context, status=400)


def _bad_request(detail: str) -> HttpResponseBase:
    body = {"type": "about:blank", "status": 400, "detail": detail}
    return JsonResponse(body, status=400, content_type="application/problem+json")


class PlannersLayers:
    """Reloads before each view the planners' layers that another process made, changed or removed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        REGISTER.refresh()
        return self.get_response(request)


class PageLanguage:
    """The language of a response: `?lang=`, which is stored in a cookie, else the cookie's, else Polish.

    Accept-Language is not read: an office's page is Polish on every computer, and one address shows everybody the
    same. Tiles hold no words; one cached copy serves all languages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_tile(request.path_info):
            return self.get_response(request)
        asked = _known(request.GET.get("lang", ""))
        language = asked or _known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")) or settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        translation.activate(language)  # Not deactivated here: streamed responses are translated while they are sent.
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        if asked:
            _remember(response, asked)
        return response


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else ""


def _remember(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
