"""`/edit/geometry.json`: a shape on the map of the edit form as text, and the other way round, with its faults."""

import json
from typing import Any

import numpy as np
import shapely
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.rights import visible_kind
from geoportal.api.errors import faults_answered, problem
from geoportal.http.posted import NULL, Types, posted
from geoportal.wording.values import number
from geoportal.wording.written_geometry import as_text, from_text, in_degrees
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import BadGeoJSON, BadGeometry, DraftRefused
from layers.geojson import STORED, geometry_of
from layers.runs.reasons import REASONS
from layers.schema.kind import LayerKind
from layers.store.drafts import checked

MOST_BYTES = 1_600_000
WRITTEN: dict[str, Types] = {"layer": (str,), "text": (str, NULL), "geometry": (dict, NULL)}


@csrf_exempt  # It computes and changes nothing.
@require_POST
@faults_answered
def edit_geometry(request: HttpRequest) -> JsonResponse:
    """For `{layer, text}` or `{layer, geometry}` (GeoJSON, degrees): both forms, the size, what is wrong with it."""
    given = posted(request, WRITTEN, most=MOST_BYTES)
    kind = visible_kind(request, given.get("layer", ""))
    try:
        shape = _given(kind, given)
    except BadGeometry as fault:
        return problem(400, str(fault))
    if shape is None or shape.is_empty:
        return JsonResponse({"text": "", "geometry": None, "size": "", "fault": None})
    return JsonResponse(
        {
            "text": as_text(shape),
            "geometry": json.loads(shapely.to_geojson(in_degrees(shape))),
            "size": _size(shape),
            "fault": _fault(kind, shape),
        }
    )


def _given(kind: LayerKind, given: dict[str, Any]) -> BaseGeometry | None:
    if "geometry" not in given:
        return from_text(kind, given.get("text") or "")
    try:
        degrees = geometry_of(given["geometry"], STORED)
    except BadGeoJSON as fault:
        if fault.reason in ("vertices", "nesting"):
            raise
        raise BadGeometry("This is no GeoJSON geometry.") from None
    found: BaseGeometry = reproject(np.array([degrees]), WGS84, storage_srid())[0]
    if not np.isfinite(shapely.get_coordinates(found)).all():
        raise BadGeometry("A coordinate is no number of degrees.")
    return found


def _fault(kind: LayerKind, shape: BaseGeometry) -> str | None:
    try:
        checked(kind, {}, shape)
    except DraftRefused as refused:
        return str(REASONS[refused.faults[0].reason])
    return None


def _size(shape: BaseGeometry) -> str:
    """Area or length in the city's system, in words; "" for a point."""
    if shape.area:
        return f"{number(round(shape.area, 1))}\u00a0m²"
    return f"{number(round(shape.length, 1))}\u00a0m" if shape.length else ""
