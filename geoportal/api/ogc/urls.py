"""Addresses of the OGC API."""

from django.urls import path

from geoportal.api.ogc import landing, openapi

urlpatterns = [
    path("", landing.landing, name="ogc-landing"),
    path("conformance", landing.conformance, name="ogc-conformance"),
    path("api", openapi.api, name="ogc-api"),
]
