"""`/search.json?q=`: search of places by text."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.api.errors import faults_answered
from layers.places.search import Place, is_outside_city, search


@require_safe
@faults_answered
def places(request: HttpRequest) -> JsonResponse:
    """At most a dozen places, best first, and a `note` where the results need an explanation."""
    text = request.GET.get("q", "")
    found = search(access_of(request), text)
    note = ""
    if not found and is_outside_city(text):
        note = gettext("These coordinates lie outside the city.")
    response = JsonResponse({"results": [_as_json(place) for place in found], "note": note})
    response["Cache-Control"] = "private, max-age=30"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _as_json(place: Place) -> dict[str, Any]:
    return {
        "type": place.type,
        "type_title": place.type_title,
        "icon": place.icon,
        "title": place.title,
        "detail": place.detail,
        "layer": place.layer,
        "feature_id": str(place.feature_id) if place.feature_id else None,
        "bbox": [round(edge, 6) for edge in place.bbox],
        "center": [round(value, 6) for value in place.center],
    }
