"""Addresses of the pages."""

from django.urls import path

from geoportal.web.accessibility import accessibility
from geoportal.web.account import account, revoke
from geoportal.web.catalogue import catalogue
from geoportal.web.layer_page import layer_page
from geoportal.web.map import map_page
from geoportal.web.reports import place_page, place_pdf, reports_page
from geoportal.web.studies import studies, study_page
from geoportal.web.study_report import study_pdf, study_report, study_report_map
from geoportal.web.study_results import cancel_trial, study_result
from geoportal.web.table import table

urlpatterns = [
    path("account/", account, name="account"),
    path("account/tokens/<int:token>/revoke/", revoke, name="token-revoke"),
    path("", map_page, name="map"),
    path("catalogue/", catalogue, name="catalogue"),
    path("catalogue/<slug:layer>/", layer_page, name="layer"),
    path("catalogue/<slug:layer>/table/", table, name="table"),
    path("reports/", reports_page, name="reports"),
    path("reports/place/", place_page, name="place_report"),
    path("reports/place.pdf", place_pdf, name="place_report_pdf"),
    path("studies/", studies, name="studies"),
    path("studies/<slug:study>/", study_page, name="study"),
    path("studies/<slug:study>/report/", study_report, name="study-report"),
    path("studies/<slug:study>/report/map/", study_report_map, name="study-report-map"),
    path("studies/<slug:study>/report.pdf", study_pdf, name="study-pdf"),
    path("studies/<slug:study>/results/<str:token>/", study_result, name="study-result"),
    path("studies/<slug:study>/results/<str:token>/cancel/", cancel_trial, name="study-cancel"),
    path("accessibility/", accessibility, name="accessibility"),
]
