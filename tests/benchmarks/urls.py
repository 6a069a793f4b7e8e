"""The portal's addresses and a tile whose view does nothing: the baseline of cached tiles.

Middleware treats the address as any other tile's, and the access table of this process lists it as open.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from geoportal import urls
from geoportal.accounts.endpoints import ENDPOINTS, OPEN
from tests.benchmarks.servers import NOOP


def noop(request: HttpRequest) -> HttpResponse:
    """An empty answer."""
    return HttpResponse(b"")


ENDPOINTS["benchmark-noop"] = OPEN
urlpatterns = [path(NOOP.removeprefix("/"), noop, name="benchmark-noop"), *urls.urlpatterns]
