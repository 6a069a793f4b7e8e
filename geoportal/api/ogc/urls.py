"""Addresses of the OGC API."""

from django.urls import path, re_path

from geoportal.api.ogc import jobs, landing, openapi, processes, styles, tiles

urlpatterns = [
    path("", landing.landing, name="ogc-landing"),
    path("conformance", landing.conformance, name="ogc-conformance"),
    path("api", openapi.api, name="ogc-api"),
    path("tileMatrixSets", tiles.matrix_sets, name="ogc-matrix-sets"),
    path("tileMatrixSets/<str:matrix>", tiles.matrix_set_definition, name="ogc-matrix-set"),
    path("tiles", tiles.tilesets, name="ogc-all-tilesets"),
    path("tiles/<str:matrix>", tiles.tileset, name="ogc-all-tileset"),
    path("tiles/<str:matrix>/<int:z>/<int:row>/<int:col>", tiles.together, name="ogc-all-tile"),
    path("collections/<str:layer>/tiles", tiles.tilesets, name="ogc-tilesets"),
    path("collections/<str:layer>/tiles/<str:matrix>", tiles.tileset, name="ogc-tileset"),
    path("collections/<str:layer>/tiles/<str:matrix>/<int:z>/<int:row>/<int:col>", tiles.layer_tile, name="ogc-tile"),
    path("styles", styles.styles, name="ogc-styles"),
    path("styles/<str:style>", styles.style, name="ogc-style"),
    path("processes", processes.processes, name="ogc-processes"),
    path("processes/<str:process>", processes.process, name="ogc-process"),
    path("processes/<str:process>/execution", processes.execution, name="ogc-execution"),
    path("jobs", jobs.jobs, name="ogc-jobs"),
    path("jobs/<str:job>", jobs.job, name="ogc-job"),
    path("jobs/<str:job>/results", jobs.results, name="ogc-job-results"),
    re_path("", landing.nothing, name="ogc-nothing"),
]
