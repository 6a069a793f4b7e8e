"""`/selection.json`: names, counts and sums of picked features by layer."""

import json
from typing import Any
from uuid import UUID

from django.db.models import FloatField, IntegerField, Q
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import faults_answered
from geoportal.http.posted import posted
from geoportal.wording.features import box_around, feature_title
from geoportal.wording.values import in_words, number
from layers.access.rules import Access, fields_for, record_read
from layers.errors import BadGeometry
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind

MOST_FEATURES = 500
COUNTED = ("residents", "population")
"""Fields without unit that are counts."""


@csrf_exempt  # It computes and changes nothing.
@require_POST
@faults_answered
def selection(request: HttpRequest) -> JsonResponse:
    """For `{"layers": {layer: [keys]}}`: by layer the features with their names, their number, and sums of amounts.

    A key is a feature's id or its number in tiles. Features that no longer exist are left out.
    """
    asked = posted(request, {"layers": (dict,)}).get("layers")
    if not isinstance(asked, dict) or not all(isinstance(keys, list) for keys in asked.values()):
        raise BadGeometry("Expected layers with lists of keys.")
    if sum(len(keys) for keys in asked.values()) > MOST_FEATURES:
        raise BadGeometry(f"At most {MOST_FEATURES} features can be selected.")
    access = access_of(request)
    shown = [_layer(access, visible_kind(request, slug), keys) for slug, keys in asked.items()]
    return JsonResponse({"layers": shown})


def _layer(access: Access, kind: LayerKind, keys: list[Any]) -> dict[str, Any]:
    record_read(kind)
    rows = list(kind.model._default_manager.filter(_keys(keys), recorded_to__isnull=True))
    features: list[dict[str, Any]] = [
        {"feature_id": str(row.feature_id), "version_id": row.version_id, "title": _named(access, kind, row)}
        for row in rows
    ]
    return {
        "layer": kind.slug,
        "title": str(kind.title),
        "count": len(rows),
        "features": sorted(features, key=lambda one: (len(one["title"]), one["title"])),
        "bbox": box_around(rows),
        "sums": _sums(access, kind, rows),
        "filter": _filter([one["feature_id"] for one in features]),
    }


def _named(access: Access, kind: LayerKind, row: Any) -> str:
    """The feature's name, else its kind with its first known code: "Building, commercial"."""
    title = feature_title(access, kind, row)
    if title != str(kind.singular):
        return title
    shown = (in_words(field, getattr(row, field.name)) for field in fields_for(access, kind) if field.choices)
    detail = next((text for text in shown if text), None)
    return f"{title}, {detail}" if detail else title


def _keys(keys: list[Any]) -> Q:
    versions = [int(key) for key in map(str, keys) if key.isdecimal() and len(key) < 19]
    try:
        ids = [UUID(key) for key in map(str, keys) if not key.isdecimal()]
    except ValueError as fault:
        raise BadGeometry("A key is neither a feature's id nor its number in tiles.") from fault
    return Q(version_id__in=versions) | Q(feature_id__in=ids)


def _sums(access: Access, kind: LayerKind, rows: list[CityFeature]) -> list[dict[str, Any]]:
    """Sums of visible amounts over the features with a value, and the number of these."""
    sums = [_extent(kind, rows)] if rows and kind.shape != "POINT" else []
    for field in fields_for(access, kind):
        if not _adds_up(kind, field):
            continue
        known = [value for row in rows if (value := getattr(row, field.name)) is not None]
        if known:
            sums.append({"title": str(field.title), "text": in_words(field, sum(known)), "known": len(known)})
    return sums


def _extent(kind: LayerKind, rows: list[Any]) -> dict[str, Any]:
    """Total area (m²) or length (m) of the shapes, in the storage CRS."""
    if kind.shape.endswith("POLYGON"):
        title, unit, total = gettext("Area on the map"), "m²", sum(row.geom.area for row in rows)
    else:
        title, unit, total = gettext("Length on the map"), "m", sum(row.geom.length for row in rows)
    return {"title": title, "text": f"{number(total, decimals=1)}\u00a0{unit}", "known": len(rows)}


def _adds_up(kind: LayerKind, field: KindField) -> bool:
    column = kind.model._meta.get_field(field.name)
    return isinstance(column, FloatField | IntegerField) and (field.name.endswith("_m2") or field.name in COUNTED)


def _filter(ids: list[str]) -> str:
    """The CQL2 filter of the table of the same features."""
    tree = {"op": "in", "args": [{"property": "feature_id"}, ids]}
    return json.dumps(tree, separators=(",", ":"))
