"""Preview images of open layers: `/open-data/{layer}/preview.png`."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import visible_kind
from geoportal.api.errors import faults_answered, problem
from geoportal.cartography.preview import preview, version_of
from geoportal.http.caching import ASK_AGAIN, FOREVER
from layers.access.rules import open_kinds
from layers.feed.versions import VERSIONS


@require_safe
@faults_answered
def layer_preview(request: HttpRequest, layer: str) -> HttpResponseBase:
    """The image; immutable for caches with the current `v=`."""
    kind = visible_kind(request, layer)
    shown = VERSIONS.serving(kind) if kind in open_kinds() else None
    if shown is None:
        return problem(404, f"There is no picture of layer {layer[:60]}.")
    version = version_of(kind, shown)
    etag = f'"{kind.slug}-{version}"'
    answer = get_conditional_response(request, etag) or HttpResponse(preview(kind, shown), content_type="image/png")
    answer["ETag"] = etag
    answer["Cache-Control"] = FOREVER if request.GET.get("v") == version else ASK_AGAIN
    return answer
