"""What the viewer of street photos asks for: one picture by its key, and the one that looks at a point."""

import math
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import faults_answered, problem
from geoportal.http.errors import BadQuery
from geoportal.photos.document import document
from geoportal.photos.sight import sight_of


@require_safe
@faults_answered
def picture(request: HttpRequest, key: UUID) -> JsonResponse:
    """`/pictures/{key}.json`: a picture that the visitor may see; the others are unknown."""
    sight = sight_of(visitor_of(request))
    shot = sight.shot(key)
    return _unknown() if shot is None else _private(JsonResponse(document(sight, shot)))


@require_safe
@faults_answered
def near(request: HttpRequest) -> JsonResponse:
    """`/pictures/near.json?lon=&lat=`: the nearest picture that looks at a point, else the nearest one."""
    lon, lat = _degrees(request, "lon", 180), _degrees(request, "lat", 90)
    sight = sight_of(visitor_of(request))
    found = sight.near(lon, lat)
    shot = sight.shot(found.key) if found else None
    if found is None or shot is None:
        return _unknown()
    towards = {
        "distance_m": round(found.distance_m, 1),
        "bearing_deg": round(found.bearing_deg, 1),
        "looks": found.looks,
    }
    return _private(JsonResponse(document(sight, shot) | {"towards": towards}))


def _degrees(request: HttpRequest, name: str, most: int) -> float:
    text = request.GET.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise BadQuery(f"{name}={text[:40]}: degrees between -{most} and {most} are needed.")
    return value


def _private(answer: JsonResponse) -> JsonResponse:
    answer["Cache-Control"] = "private, no-store"
    return answer


def _unknown() -> JsonResponse:
    return _private(problem(404, "There is no such picture."))
