"""The portal with one more address, `/noop`, whose view does nothing: the baseline of cached tiles."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()  # first, because views need the models

from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from geoportal import urls  # noqa: E402


def noop(request: HttpRequest) -> HttpResponse:
    """Nothing."""
    return HttpResponse(b"")


urls.urlpatterns[:0] = [path("noop", noop)]
