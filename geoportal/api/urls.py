"""URL patterns of the endpoints for programs."""

from django.urls import path, re_path

from geoportal.api import health
from geoportal.api.catalogue import fields, freshness
from geoportal.api.editing import geometry as edit_geometry
from geoportal.api.live import charts
from geoportal.api.live import values as live
from geoportal.api.map import history, printing, search, selection, shapes, tiles
from geoportal.api.open_data import dcat, downloads, previews, series, snapshots
from geoportal.api.photos import pictures, review, viewer
from geoportal.api.query import answers as queries
from geoportal.api.query import area as query_area
from geoportal.api.sql import console
from geoportal.api.studies import results as studies
from geoportal.api.wfs.service import CityFeatures

urlpatterns = [
    path("tiles/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", tiles.vector_tile, name="tile"),
    path("catalogue/<slug:layer>/fields.json", fields.queryable_fields, name="layer-fields"),
    path("tiles/<slug:layer>/features/<uuid:feature>/history.json", history.feature_history, name="feature-history"),
    path("selection.json", selection.selection, name="selection"),
    path("sql.json", console.sql_answer, name="sql-answer"),
    path("sql/stop.json", console.sql_stop, name="sql-stop"),
    path("measure.json", shapes.measure, name="measure"),
    path("buffer.json", shapes.buffer, name="buffer"),
    path("edit/geometry.json", edit_geometry.edit_geometry, name="edit-geometry"),
    path("search.json", search.places, name="search"),
    path("print/", printing.sheet, name="print"),
    path("print/frame.json", printing.frame, name="print-frame"),
    path("studies/<slug:study>.json", studies.study_figures, name="study-figures"),
    path("studies/<slug:study>/<slug:layer>.geojson", studies.published_features, name="study-features"),
    path("studies/<slug:study>/results/<str:token>.json", studies.trial_state, name="study-result-state"),
    path(
        "studies/<slug:study>/results/<str:token>/<slug:layer>.geojson",
        studies.trial_features,
        name="study-result-features",
    ),
    path("wfs/", CityFeatures.as_view(), name="wfs"),
    path("query/area.json", query_area.query_area, name="query-area"),
    re_path(r"^query\.json$", queries.query_json, name="query-json"),
    re_path(r"^query\.(?P<ending>geojson|csv|gpkg)$", queries.query_file, name="query-file"),
    path("query/results/<str:token>.json", queries.result_state, name="query-result-state"),
    re_path(
        r"^query/results/(?P<token>[\w-]+)\.(?P<ending>geojson|csv|gpkg)$",
        queries.result_file,
        name="query-result-file",
    ),
    path("live/<slug:layer>.json", live.live_values, name="live-values"),
    path("live/<slug:layer>/last-48-hours.json", live.last_hours, name="live-history"),
    path("live/<slug:layer>/chart.json", charts.chart_json, name="chart-json"),
    path("live/<slug:layer>/chart.csv", charts.chart_csv, name="chart-csv"),
    path("media/<uuid:key>/<slug:side>/<slug:name>", pictures.raw_picture, name="raw-picture"),
    path(
        "media/<uuid:key>/<slug:side>/tiles/<int:level>/<int:column>_<int:row>.jpg",
        pictures.raw_tile,
        name="raw-tile",
    ),
    path("pictures/near.json", viewer.near, name="pictures-near"),
    path("pictures/<uuid:key>.json", viewer.picture, name="picture-json"),
    path("photos/review/next.json", review.next_picture, name="photo-review-next"),
    path("photos/review/last.json", review.last_picture, name="photo-review-last"),
    path("photos/review/<uuid:key>.json", review.review_picture, name="photo-review-picture"),
    path("pictures/<uuid:key>/<slug:name>.jpg", pictures.released_picture, name="released-picture"),
    path(
        "pictures/<uuid:key>/tiles/<int:level>/<int:column>_<int:row>.jpg",
        pictures.released_tile,
        name="released-tile",
    ),
    path("health", health.health, name="health"),
    path("tiles/<slug:layer>.json", tiles.tile_json, name="tile-json"),
    path("tiles/<slug:layer>/features/<str:key>.json", tiles.feature_card, name="feature-card"),
    path("open-data/freshness.json", freshness.freshness_figures, name="freshness-json"),
    path("open-data/<slug:layer>/preview.png", previews.layer_preview, name="open-data-preview"),
    path("open-data/catalog.jsonld", dcat.catalogue_jsonld, name="open-data-jsonld"),
    path("open-data/catalog.ttl", dcat.catalogue_turtle, name="open-data-ttl"),
    path("open-data/catalog.rdf", dcat.catalogue_rdf, name="open-data-rdf"),
    path("open-data/<slug:layer>/snapshots.json", snapshots.snapshot_list, name="snapshots-json"),
    path("open-data/<slug:layer>/snapshots/latest.<str:ending>", snapshots.latest_file, name="snapshot-latest"),
    path("open-data/<slug:layer>/snapshots/<str:day>/<str:name>", snapshots.snapshot_file, name="snapshot-file"),
    re_path(
        r"^open-data/(?P<layer>[a-z0-9_]+)/observations\.(?P<ending>csv|parquet)$",
        series.series_file,
        name="series-file",
    ),
    re_path(
        r"^open-data/(?P<layer>[a-z0-9_]+)\.(?P<ending>geojson|gpkg|csv|parquet|fgb)$",
        downloads.layer_file,
        name="layer-file",
    ),
]
