"""`/tiles/{layer}/features/{feature}/history.json`: what became of a feature, in words."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from geoportal import datasets
from geoportal.access import access_of, visible_kind
from geoportal.api.errors import faults_answered, problem
from geoportal.values import in_words, moment
from layers.access import Access, fields_for, note_read
from layers.feature import CityFeature, difference
from layers.kind import LayerKind

MOST_VERSIONS = 50
"""Of the latest ones."""


@require_safe
@faults_answered
def feature_history(request: HttpRequest, layer: str, feature: UUID) -> JsonResponse:
    """Its versions, latest first, each with what changed in the fields that the visitor may see."""
    kind = visible_kind(request, layer)
    note_read(kind)
    rows = kind.model._default_manager.filter(feature_id=feature).select_related("run__dataset", "closed_by")
    versions = list(rows.order_by("-recorded_from", "-version_id")[: MOST_VERSIONS + 1])[::-1]
    if not versions:
        return problem(404, f"Layer {layer} never had a feature {feature}.")
    events = [] if kind.history == "none" else list(_events(access_of(request), kind, versions))
    response = JsonResponse({"events": events[::-1][:MOST_VERSIONS]})
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _events(access: Access, kind: LayerKind, versions: list[CityFeature]) -> Iterator[dict[str, Any]]:
    """What happened, oldest first. A version that differs only in fields the visitor may not see is no event."""
    older: CityFeature | None = None
    for version in versions:
        if older is None:
            yield _event("added", version)
        elif older.recorded_to != version.recorded_from:
            yield _event("removed", older, ended=True)
            yield _event("returned", version, _changes(access, kind, older, version))
        elif changes := _changes(access, kind, older, version):
            yield _event("changed", version, changes)
        older = version
    if older is not None and older.recorded_to is not None:
        yield _event("removed", older, ended=True)


def _event(
    what: str, version: CityFeature, changes: list[dict[str, Any]] | None = None, ended: bool = False
) -> dict[str, Any]:
    when = version.recorded_to if ended else version.recorded_from
    run = version.run if not ended or version.closed_by is None else version.closed_by
    return {
        "what": what,
        "when": moment(when) if when else None,
        "at": when.isoformat() if when else None,
        "source": datasets.title(run.dataset.slug, run.dataset.title) if run.dataset else None,
        "changes": changes or [],
    }


def _changes(access: Access, kind: LayerKind, older: CityFeature, newer: CityFeature) -> list[dict[str, Any]]:
    """Each visible field that differs, in words; a moved or redrawn geometry has no values."""
    fields = {field.name: field for field in fields_for(access, kind)}
    found = difference(older, newer, tuple(fields))
    return [
        {"field": None, "title": None, "old": None, "new": None}
        if name == "geom"
        else {
            "field": name,
            "title": str(fields[name].title),
            "old": in_words(fields[name], old),
            "new": in_words(fields[name], new),
        }
        for name, (old, new) in found.items()
    ]
