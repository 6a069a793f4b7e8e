"""Which address is answered by what. Lists, never decides."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("geoportal.api.urls")),
    path("", include("geoportal.web.urls")),
]
