"""Addresses of the pages. The language form posts to Django's own view at `i18n/setlang/`."""

from django.urls import path

from geoportal.web.map import map_page

urlpatterns = [path("", map_page, name="map")]
