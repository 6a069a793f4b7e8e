"""URL patterns of the OGC API."""

from django.urls import path, re_path

from geoportal.api.ogc import landing, openapi
from geoportal.api.ogc.features import collections, items, queryables
from geoportal.api.ogc.processes import jobs, processes
from geoportal.api.ogc.records import records
from geoportal.api.ogc.tiles import styles, tiles

urlpatterns = [
    path("", landing.landing, name="ogc-landing"),
    path("conformance", landing.conformance, name="ogc-conformance"),
    path("api", openapi.api, name="ogc-api"),
    path("tileMatrixSets", tiles.matrix_sets, name="ogc-matrix-sets"),
    path("tileMatrixSets/<str:matrix>", tiles.matrix_set_definition, name="ogc-matrix-set"),
    path("tiles", tiles.tilesets, name="ogc-all-tilesets"),
    path("tiles/<str:matrix>", tiles.tileset, name="ogc-all-tileset"),
    path("tiles/<str:matrix>/<int:z>/<int:row>/<int:col>", tiles.together, name="ogc-all-tile"),
    path("collections", collections.collections, name="ogc-collections"),
    path("collections/catalogue", records.catalogue, name="ogc-catalogue"),
    path("collections/catalogue/items", records.records, name="ogc-records"),
    path("collections/catalogue/items/<str:record_id>", records.one_record, name="ogc-record"),
    path("collections/<str:layer>", collections.collection, name="ogc-collection"),
    path("collections/<str:layer>/queryables", queryables.queryables, name="ogc-queryables"),
    path("collections/<str:layer>/schema", queryables.schema, name="ogc-schema"),
    path("collections/<str:layer>/items", items.items, name="ogc-items"),
    path("collections/<str:layer>/items/<str:key>", items.item, name="ogc-item"),
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
