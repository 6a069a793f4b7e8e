"""Runs and their rejections."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.rights import access_of
from geoportal.admin.site import SITE, Managed
from geoportal.wording.series import unplaced_words
from layers.access.rules import Access, visible_kinds
from layers.observations.selection import visible_things
from layers.runs.models import Rejection, Run

STAFF = Access("staff")
"""What administrators see."""
BREAK = mark_safe("<br>")


class RunAdmin(Managed):
    """Runs: loads, studies, edits and rollbacks."""

    plural = _("Runs")
    list_display = (
        "id",
        "kind",
        "source",
        "dataset",
        "status",
        "account",
        "stored",
        "closed",
        "turned_away",
        "created_at",
    )
    list_filter = ("kind", "status", "source")
    search_fields = ("source", "message", "input_name", "account")
    date_hierarchy = "created_at"
    readonly_fields = ("waiting",)

    @admin.display(description=_("stations without a place on the map"))
    def waiting(self, run: Run) -> Any:
        """The stations that the run brought in and that still have no place, each linked to its page, with the
        reason; those of layers that the administrator may see."""
        keys = [one["id"] for one in run.details.get("unplaced", [])]
        things = visible_things(STAFF).filter(pk__in=keys).exclude(unplaced="").order_by("name")
        rows = [
            (reverse("station", args=[one.kind, one.feature_id or one.pk]), one.name, unplaced_words(one.unplaced))
            for one in things
        ]
        return format_html_join(BREAK, '<a href="{}">{}</a> ({})', rows) or "-"

    @admin.display(description=_("rejected"), ordering="rejected")
    def turned_away(self, run: Run) -> Any:
        """The number of rejections, linked to their list."""
        if not run.rejected and not run.warnings:
            return 0
        return format_html(
            '<a href="{}?run__id__exact={}">{}</a>',
            reverse("admin:layers_rejection_changelist"),
            run.pk,
            run.rejected + run.warnings,
        )


class RejectionAdmin(Managed):
    """Records and values that runs rejected."""

    plural = _("Rejections")
    list_display = ("run_id", "kind", "row", "source_id", "severity", "reason", "message", "field", "value")
    list_filter = (("run", admin.RelatedOnlyFieldListFilter), "kind", "severity", "reason")
    search_fields = ("source_id", "message", "value")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Rejections of layers that the administrator may see."""
        seen = [kind.slug for kind in visible_kinds(access_of(request))]
        return super().get_queryset(request).filter(kind__in=seen)


SITE.register(Run, RunAdmin)
SITE.register(Rejection, RejectionAdmin)
