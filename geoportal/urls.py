"""URL patterns of the portal."""

from django.urls import URLPattern, URLResolver, include, path

from geoportal.admin import SITE

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/", include("allauth.socialaccount.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("admin/", SITE.urls),
    path("ogc/", include("geoportal.api.ogc.urls")),
    path("sta/", include("geoportal.api.sensorthings.urls")),
    path("stac/", include("geoportal.api.stac.urls")),
    path("", include("geoportal.api.urls")),
    path("", include("geoportal.web.urls")),
]
