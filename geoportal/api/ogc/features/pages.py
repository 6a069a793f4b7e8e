"""HTML pages of OGC API features: a table with links to the map and to other formats."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models.functions import PointOnSurface, Transform
from django.db.models import FloatField, IntegerField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of
from geoportal.api.ogc.answers import html_page
from geoportal.api.ogc.features.collections import ITEM_FORMATS
from geoportal.wording.features import feature_title
from geoportal.wording.values import in_words, number
from layers.access.rules import fields_for, record_read
from layers.crs import WGS84
from layers.reading.pages import Listed, PageRequest
from layers.schema.kind import KindField, LayerKind

ZOOM = 17
NAMES = {"json": "GeoJSON", "csv": "CSV", "fgb": "FlatGeobuf"}


@dataclass(frozen=True, slots=True)
class Line:
    """A feature's row: name, link to the map, and values as text."""

    feature_id: UUID
    name: str
    map: str
    cells: list[tuple[str | None, bool]]


def features_page(
    request: HttpRequest, kind: LayerKind, wish: PageRequest | None, page: Listed | None, matched: int | None
) -> HttpResponse:
    """The page with the table of features; without rows where the layer holds no data yet."""
    fields = [one for one in fields_for(access_of(request), kind) if wish is None or one.name in wish.properties]
    context = {
        "kind": kind,
        "fields": [(field, _is_number(kind, field)) for field in fields],
        "lines": _lines(request, kind, fields, page) if page else [],
        "matched": None if matched is None else number(matched),
        "synthetic": bool(wish and wish.asked.shown.synthetic),
        "formats": [(NAMES[form], _address(request, f=form)) for form in ITEM_FORMATS if form in NAMES],
        "next": _address(request, token=page.next) if page and page.next else "",
        "first": _address(request, token="") if request.GET.get("token") else "",
        "on_map": f"/#layers={kind.slug}",
    }
    title = gettext("%(layer)s: features") % {"layer": kind.title}
    return html_page(request, title, context, "ogc/items.html")


def _is_number(kind: LayerKind, field: KindField) -> bool:
    return isinstance(kind.model._meta.get_field(field.name), FloatField | IntegerField)


def _address(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _lines(request: HttpRequest, kind: LayerKind, fields: list[KindField], page: Listed) -> list[Line]:
    rows = {row.version_id: row for row in _with_points(page.asked.rows())}
    access = access_of(request)
    return [
        Line(
            row.feature_id,
            feature_title(access, kind, row),
            _place(kind, row),
            [(in_words(field, getattr(row, field.name), unit=False), _is_number(kind, field)) for field in fields],
        )
        for row in (rows[version] for version in page.asked.versions or () if version in rows)
    ]


def _with_points(rows: Any) -> Any:
    return rows.defer("geom", "geom_web").annotate(point=Transform(PointOnSurface("geom"), WGS84))


def _place(kind: LayerKind, row: Any) -> str:
    """The map's address with this feature selected."""
    return f"/#map={ZOOM}/{row.point.y:.6f}/{row.point.x:.6f}&layers={kind.slug}&pick={kind.slug}/{row.feature_id}"


def feature_page(request: HttpRequest, kind: LayerKind, feature: UUID) -> HttpResponse:
    """The page of one feature with all its visible fields."""
    record_read(kind)
    access = access_of(request)
    rows = kind.model._default_manager.filter(feature_id=feature, recorded_to__isnull=True)
    row: Any = _with_points(rows).get()
    context = {
        "kind": kind,
        "facts": [(field.title, in_words(field, getattr(row, field.name))) for field in fields_for(access, kind)],
        "synthetic": row.synthetic,
        "map": _place(kind, row),
        "json": _address(request, f="json"),
        "version": row.version_id,
    }
    return html_page(request, feature_title(access, kind, row), context, "ogc/item.html")
