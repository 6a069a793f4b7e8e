"""URL patterns of the pages."""

from django.urls import path

from geoportal.web.accessibility import accessibility
from geoportal.web.account.page import account, revoke
from geoportal.web.catalogue.board import sensors_page
from geoportal.web.catalogue.board_file import sensors_file
from geoportal.web.catalogue.catalogue import catalogue
from geoportal.web.catalogue.compare import compare
from geoportal.web.catalogue.datastream import series_page
from geoportal.web.catalogue.freshness import freshness
from geoportal.web.catalogue.layer import layer_page
from geoportal.web.catalogue.station import station_page
from geoportal.web.catalogue.table import table
from geoportal.web.editing.editor import edit_feature, new_feature, restore, undo
from geoportal.web.editing.series import change_exclusion, change_limits, exclude_period, undo_decision
from geoportal.web.map.page import map_page
from geoportal.web.open_data.page import open_data, snapshots_page
from geoportal.web.photos.pages import photo_order, photo_order_state, photos
from geoportal.web.photos.picture import picture
from geoportal.web.photos.removal import removal, removal_request, removals
from geoportal.web.photos.requests import photo_requests
from geoportal.web.photos.review import photo_review
from geoportal.web.photos.run import photo_run, photo_run_state
from geoportal.web.query.jobs import query_cancel, query_jobs, query_result
from geoportal.web.query.page import query
from geoportal.web.query.saved import saved_queries, saved_query
from geoportal.web.reports.pages import place_page, place_pdf, reports_page
from geoportal.web.sql.console import sql_console, sql_saved
from geoportal.web.studies.pages import studies, study_page
from geoportal.web.studies.report import study_pdf, study_report, study_report_map
from geoportal.web.studies.trial import cancel_trial, study_result
from geoportal.web.uploads.pages import upload_page, upload_remove, upload_target, uploads
from geoportal.web.uploads.results import upload_rejections, upload_result, upload_shapes, upload_state, upload_trial

urlpatterns = [
    path("account/", account, name="account"),
    path("account/tokens/<int:token>/revoke/", revoke, name="token-revoke"),
    path("", map_page, name="map"),
    path("catalogue/", catalogue, name="catalogue"),
    path("catalogue/<slug:layer>/", layer_page, name="layer"),
    path("catalogue/<slug:layer>/table/", table, name="table"),
    path("catalogue/<slug:layer>/sensors/", sensors_page, name="sensors"),
    path("catalogue/<slug:layer>/sensors.csv", sensors_file, name="sensors-file"),
    path("catalogue/<slug:layer>/series/<int:key>/", series_page, name="series"),
    path("catalogue/<slug:layer>/stations/<str:key>/", station_page, name="station"),
    path("catalogue/<slug:layer>/compare/", compare, name="compare"),
    path("edit/runs/<int:run>/undo/", undo, name="edit-undo"),
    path("edit/<slug:layer>/new/", new_feature, name="new-feature"),
    path("edit/<slug:layer>/<uuid:feature>/", edit_feature, name="edit-feature"),
    path("edit/<slug:layer>/<uuid:feature>/restore/", restore, name="edit-restore"),
    path("edit/<slug:layer>/series/<int:key>/exclusions/", exclude_period, name="series-exclude"),
    path("edit/<slug:layer>/series/<int:key>/exclusions/<int:exclusion>/", change_exclusion, name="series-exclusion"),
    path("edit/<slug:layer>/series/<int:key>/limits/", change_limits, name="series-limits"),
    path("edit/<slug:layer>/series/<int:key>/runs/<int:run>/undo/", undo_decision, name="series-undo"),
    path("open-data/", open_data, name="open-data"),
    path("open-data/freshness/", freshness, name="freshness"),
    path("open-data/<slug:layer>/snapshots/", snapshots_page, name="snapshots"),
    path("pictures/<uuid:key>/", picture, name="picture"),
    path("photos/", photos, name="photos"),
    path("photos/orders/<str:token>/", photo_order, name="photo-order"),
    path("photos/orders/<str:token>/state.json", photo_order_state, name="photo-order-state"),
    path("photos/runs/<str:slug>/", photo_run, name="photo-run"),
    path("photos/runs/<str:slug>/state.json", photo_run_state, name="photo-run-state"),
    path("photos/review/", photo_review, name="photo-review"),
    path("photos/requests/", photo_requests, name="photo-requests"),
    path("pictures/removals/", removals, name="picture-removals"),
    path("pictures/requests/<str:reference>/", removal_request, name="removal-request"),
    path("pictures/<uuid:key>/removal/", removal, name="picture-removal"),
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
    path("query/", query, name="query"),
    path("query/jobs/", query_jobs, name="query-jobs"),
    path("query/results/<str:token>/", query_result, name="query-result"),
    path("query/results/<str:token>/cancel/", query_cancel, name="query-cancel"),
    path("query/saved/", saved_queries, name="saved-queries"),
    path("query/saved/<str:token>/", saved_query, name="saved-query"),
    path("sql/", sql_console, name="sql-console"),
    path("sql/saved/", sql_saved, name="sql-saved"),
    path("accessibility/", accessibility, name="accessibility"),
    path("uploads/", uploads, name="uploads"),
    path("uploads/<str:token>/", upload_page, name="upload"),
    path("uploads/<str:token>/target/", upload_target, name="upload-target"),
    path("uploads/<str:token>/trial/", upload_trial, name="upload-trial"),
    path("uploads/<str:token>/result/", upload_result, name="upload-result"),
    path("uploads/<str:token>/state.json", upload_state, name="upload-state"),
    path("uploads/<str:token>/<slug:what>.geojson", upload_shapes, name="upload-shapes"),
    path("uploads/<str:token>/rejections.csv", upload_rejections, name="upload-rejections"),
    path("uploads/<str:token>/remove/", upload_remove, name="upload-remove"),
]
