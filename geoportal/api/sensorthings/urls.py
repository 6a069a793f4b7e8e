"""URL patterns of the SensorThings API."""

from django.urls import path, re_path

from geoportal.api.sensorthings import batch, service

urlpatterns = [
    path("", service.versions, name="sta"),
    re_path(r"^v1\.1/?$", service.root, name="sta-root"),
    path("v1.1/$batch", batch.batch, name="sta-batch"),
    path("v1.1/CreateObservations", service.create_observations, name="sta-create-observations"),
    re_path(r"^v1\.1/(?P<path>.+?)/?$", service.resource, name="sta-resource"),
]
