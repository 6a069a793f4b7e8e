"""URL patterns of the STAC API."""

from django.urls import path

from geoportal.api.stac import views

urlpatterns = [
    path("", views.landing, name="stac"),
    path("conformance", views.conformance, name="stac-conformance"),
    path("collections", views.collections, name="stac-collections"),
    path("collections/<str:slug>", views.one_collection, name="stac-collection"),
    path("collections/<str:slug>/items", views.items, name="stac-items"),
    path("collections/<str:slug>/items/<str:key>", views.one_item, name="stac-item"),
    path("collections/<str:slug>/photos.gpkg", views.geopackage, name="stac-geopackage"),
    path("search", views.search, name="stac-search"),
]
