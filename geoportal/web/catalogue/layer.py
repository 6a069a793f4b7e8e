"""The page of one layer: description, fields, data quality, addresses, history of its runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, DateField, Field, FloatField, IntegerField
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.web.catalogue.catalogue import card, theme_of
from geoportal.web.catalogue.series import series_rows, unplaced_things
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import DOWNLOADS, configuration
from geoportal.wording.datasets import title
from geoportal.wording.values import day, moment, number
from layers.access.rules import Access, Serving, datasets_of, fields_for, serving, visible_kinds
from layers.city import city
from layers.media.publication import SOURCE as PHOTO_RELEASE
from layers.metadata.quality import Change, changes, completeness, refusals
from layers.runs.models import Run
from layers.schema.kind import KindField, LayerKind
from layers.text import Text

PHOTO_KINDS = ("photo_runs", "street_photos", "street_photos_released")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A row of the table of fields."""

    field: KindField
    type: str
    codes: list[Text]
    known: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A run with its public facts only."""

    when: str
    what: str
    data_date: str
    added: str
    changed: str
    ended: str
    refused: str


@require_safe
@faults_shown
def layer_page(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/catalogue/{layer}/`."""
    kind, access = visible_kind(request, layer), access_of(request)
    shown = serving(kind)
    context = {"kind": kind, "card": card(kind, shown), "theme": theme_of(kind), "downloads": DOWNLOADS}
    context |= {"fields": field_rows(access, kind, shown), "addresses": addresses(request, kind)}
    if shown is not None:
        context |= _data_context(access, kind, shown)
    if kind.series:
        context |= {"series": series_rows(access, kind.slug), "unplaced": unplaced_things(access, kind.slug)}
    return render(request, "catalogue/layer.html", context)


def _data_context(access: Access, kind: LayerKind, shown: Serving) -> dict[str, Any]:
    """The context about the serving dataset."""
    known = changes(kind, shown)
    refused = refusals(kind, [one.run for one in known])
    return {
        "history": [history_row(one) for one in known],
        "refusals": [(reason, whole, number(count)) for reason, whole, count in refused],
        "datasets": [dataset_row(one, shown) for one in datasets_of(kind)],
        "configuration": preview(access, kind),
    }


def preview(access: Access, kind: LayerKind) -> dict[str, Any]:
    """Configuration of the small map: this layer, and those of the base map."""
    kinds = (one for one in visible_kinds(access) if one is kind or one.basemap)
    return configuration(city(), tuple(kinds))


def field_rows(access: Access, kind: LayerKind, shown: Serving | None) -> list[FieldRow]:
    """The visible fields, with the percentage of features that have a value, where there are features."""
    if shown is None:
        return [_field_row(kind, field, None) for field in fields_for(access, kind)]
    return [_field_row(kind, one.field, one.percent) for one in completeness(access, kind, shown)]


def _field_row(kind: LayerKind, field: KindField, percent: float | None) -> FieldRow:
    codes = list((field.choices or {}).values())
    known = "" if percent is None else f"{number(percent)}\u00a0%"
    return FieldRow(field, type_name(kind, field), codes, known, percent)


def type_name(kind: LayerKind, field: KindField) -> str:
    """The name of a field's type."""
    if field.choices:
        return gettext("one of a list")
    column = kind.model._meta.get_field(field.name)
    types: tuple[tuple[type[Field], str], ...] = (
        (BooleanField, gettext("yes or no")),
        (IntegerField, gettext("whole number")),
        (FloatField, gettext("number")),
        (DateField, gettext("date")),
    )
    return next((name for type_, name in types if isinstance(column, type_)), gettext("text"))


def history_row(change: Change) -> HistoryRow:
    """A run as text; without its parameters, files and refused values."""
    run = change.run
    kinds = {
        Run.Kind.INGEST: gettext("Data brought in"),
        Run.Kind.STUDY: gettext("Computed by a study"),
        Run.Kind.EDIT: gettext("Edited by hand"),
        Run.Kind.ROLLBACK: gettext("An earlier change taken back"),
        Run.Kind.ERASE: gettext("Removed for good"),
    }
    released = run.source == PHOTO_RELEASE and run.kind == Run.Kind.EDIT
    return HistoryRow(
        moment(run.finished_at or run.created_at),
        gettext("Pictures released or withdrawn") if released else kinds[Run.Kind(run.kind)],
        day(run.data_date) if run.data_date else "",
        *(number(count) for count in (change.added, change.changed, change.ended, change.refused)),
    )


def dataset_row(dataset: Serving, shown: Serving) -> dict[str, Any]:
    """A dataset of the layer, and whether it is the serving one."""
    return {
        "slug": dataset.slug,
        "title": title(dataset.slug, dataset.title),
        "rows": number(dataset.rows),
        "synthetic": dataset.synthetic,
        "shown": dataset.slug == shown.slug,
    }


def addresses(request: HttpRequest, kind: LayerKind) -> Iterable[tuple[str, str]]:
    """Addresses of the layer for programs: (title, address)."""
    absolute = request.build_absolute_uri
    photos = [(gettext("Runs and pictures (STAC)"), absolute("/stac/"))] if kind.slug in PHOTO_KINDS else []
    return (
        *photos,
        (gettext("Description of the tiles (TileJSON)"), absolute(f"/tiles/{kind.slug}.json")),
        (gettext("Vector tiles"), absolute(f"/tiles/{kind.slug}/") + "{z}/{x}/{y}.mvt"),
        (gettext("Fields that can be filtered"), absolute(f"/catalogue/{kind.slug}/fields.json")),
        (gettext("A filtered part, in CQL2"), absolute(f"/open-data/{kind.slug}.geojson") + "?filter=…&sort=…&at=…"),
    )
