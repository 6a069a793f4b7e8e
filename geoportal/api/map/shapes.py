"""Measures and buffers of drawn shapes: `/measure.json` and `/buffer.json`."""

import json
from dataclasses import asdict
from typing import Any

import shapely
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.rights import visible_kind
from geoportal.api.errors import faults_answered
from geoportal.api.map.tiles import current_row
from geoportal.http.posted import NULL, Types, posted
from layers.crs import WGS84
from layers.errors import BadGeometry
from layers.places.measures import buffered, measures, shape_of

BUFFERED: dict[str, Types] = {"geometry": (dict, NULL), "distance_m": (float,), "layer": (str,), "feature": (str,)}


@csrf_exempt  # It computes and changes nothing.
@require_POST
@faults_answered
def measure(request: HttpRequest) -> JsonResponse:
    """Lengths (m) and areas (m²) of `geometry` (GeoJSON, CRS84), geodesic and in the storage CRS."""
    return JsonResponse(asdict(measures(shape_of(posted(request, {"geometry": (dict, NULL)}).get("geometry")))))


@csrf_exempt  # It computes and changes nothing.
@require_POST
@faults_answered
def buffer(request: HttpRequest) -> JsonResponse:
    """The buffer of `distance_m` around `geometry`, or around the feature `{"layer", "feature"}`, as GeoJSON."""
    given = posted(request, BUFFERED)
    distance = given.get("distance_m")
    if distance is None:
        raise BadGeometry("The distance must be a number of metres.")
    shape = _feature(request, given) if "layer" in given else shape_of(given.get("geometry"))
    around = shapely.set_precision(buffered(shape, distance), 1e-7)
    return JsonResponse({"geometry": json.loads(shapely.to_geojson(around))})


def _feature(request: HttpRequest, given: dict[str, Any]) -> BaseGeometry:
    kind = visible_kind(request, given["layer"])
    row: Any = current_row(kind, given.get("feature", ""))
    if row is None:
        raise BadGeometry(f"Layer {kind.slug} has no such feature.")
    return shapely.from_wkb(bytes(row.geom.transform(WGS84, clone=True).wkb))
