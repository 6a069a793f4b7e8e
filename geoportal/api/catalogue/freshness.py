"""The freshness table for programs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.wording.freshness import as_json
from layers.metadata.freshness import board


@require_safe
def freshness_figures(request: HttpRequest) -> JsonResponse:
    """`/open-data/freshness.json`."""
    answer = JsonResponse({"datasets": [as_json(one) for one in board(access_of(request))]})
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
