"""The administrators' site and the base of its pages: for accounts with `manage`, changes are audited."""

from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.visitors import visitor_of
from layers.city import city


class CityAdmin(admin.AdminSite):
    """The administrators' pages."""

    site_header = site_title = _("Administration of the geoportal")
    index_title = _("What do you want to look after?")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the visitor has the ability `manage`; Django's own flags are not used."""
        return visitor_of(request).can("manage")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A view rendered in the city's time zone."""
        inner = super().admin_view(view, cacheable)

        def local(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with timezone.override(city().timezone):
                answer = inner(request, *args, **kwargs)
                return answer.render() if isinstance(answer, TemplateResponse) else answer

        return update_wrapper(local, inner)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """All models in one list, with our own plural names."""
        found: list[Any] = super().get_app_list(request, app_label)
        models = [model for app in found for model in app["models"]]
        for model in models:
            model["name"] = self._registry[model["model"]].plural  # type: ignore[attr-defined]
        order = list(self._registry)
        models.sort(key=lambda model: order.index(model["model"]))
        return [{**found[0], "name": self.site_title, "models": models}] if found else []


SITE = CityAdmin(name="admin")


class Managed(admin.ModelAdmin):
    """A model that administrators may view; each class declares which changes are allowed."""

    adds = changes = deletes = False
    plural: Any = ""
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, titled with the plural name."""
        return super().changelist_view(request, {"title": self.plural, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Every administrator."""
        return visitor_of(request).can("manage")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every administrator."""
        return visitor_of(request).can("manage")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators, where the class allows it by `adds`."""
        return self.adds and visitor_of(request).can("manage")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators, where the class allows it by `changes`."""
        return self.changes and visitor_of(request).can("manage")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators, where the class allows it by `deletes`."""
        return self.deletes and visitor_of(request).can("manage")
