"""Addresses of the pages."""

from django.urls import path

from geoportal.web.map import map_page

urlpatterns = [path("", map_page, name="map")]
