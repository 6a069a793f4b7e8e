"""Which address is answered by what. Lists, never decides."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
