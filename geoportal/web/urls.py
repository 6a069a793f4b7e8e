"""Addresses of the pages."""

from django.urls import path

from geoportal.web.accessibility import accessibility
from geoportal.web.catalogue import catalogue
from geoportal.web.layer_page import layer_page
from geoportal.web.map import map_page
from geoportal.web.reports import place_page, place_pdf, reports_page
from geoportal.web.table import table

urlpatterns = [
    path("", map_page, name="map"),
    path("catalogue/", catalogue, name="catalogue"),
    path("catalogue/<slug:layer>/", layer_page, name="layer"),
    path("catalogue/<slug:layer>/table/", table, name="table"),
    path("reports/", reports_page, name="reports"),
    path("reports/place/", place_page, name="place_report"),
    path("reports/place.pdf", place_pdf, name="place_report_pdf"),
    path("accessibility/", accessibility, name="accessibility"),
]
