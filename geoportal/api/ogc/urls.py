"""Addresses of the OGC API."""

from django.urls import path, re_path

from geoportal.api.ogc import jobs, landing, openapi, processes

urlpatterns = [
    path("", landing.landing, name="ogc-landing"),
    path("conformance", landing.conformance, name="ogc-conformance"),
    path("api", openapi.api, name="ogc-api"),
    path("processes", processes.processes, name="ogc-processes"),
    path("processes/<str:process>", processes.process, name="ogc-process"),
    path("processes/<str:process>/execution", processes.execution, name="ogc-execution"),
    path("jobs", jobs.jobs, name="ogc-jobs"),
    path("jobs/<str:job>", jobs.job, name="ogc-job"),
    path("jobs/<str:job>/results", jobs.results, name="ogc-job-results"),
    re_path("", landing.nothing, name="ogc-nothing"),
]
