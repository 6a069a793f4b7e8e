"""Whole layers to take away: `/open-data/{layer}.{geojson,gpkg,csv}`."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from geoportal.access import access_of, visible_kind
from geoportal.api.errors import faults_answered, problem
from layers import exports
from layers.access import Access, Serving, serving
from layers.kind import LayerKind

Stream = Callable[[Access, LayerKind, Serving], Iterator[bytes]]
STREAMED: dict[str, tuple[Stream, str]] = {
    "geojson": (exports.geojson, "application/geo+json"),
    "csv": (exports.csv_rows, "text/csv; charset=utf-8"),
}


@require_safe
@faults_answered
def layer_file(request: HttpRequest, layer: str, ending: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The layer as it is now. Invented data says so in its file name."""
    kind = visible_kind(request, layer)
    shown = serving(kind, request.GET.get("dataset"))
    if shown is None:
        return problem(404, f"Layer {layer} holds no data yet.")
    name = f"{layer}{'-synthetic' if shown.synthetic else ''}.{ending}"
    response = _geopackage(request, kind, shown) if ending == "gpkg" else _stream(request, kind, shown, ending)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _stream(request: HttpRequest, kind: LayerKind, shown: Serving, ending: str) -> StreamingHttpResponse:
    stream, content_type = STREAMED[ending]
    return StreamingHttpResponse(stream(access_of(request), kind, shown), content_type=content_type)


def _geopackage(request: HttpRequest, kind: LayerKind, shown: Serving) -> FileResponse:
    folder = exports.scratch()
    path = exports.geopackage(access_of(request), kind, shown, Path(folder.name))
    file = path.open("rb")
    folder.cleanup()  # The open file stays readable; nothing is left behind when the client goes away.
    return FileResponse(file, content_type="application/geopackage+sqlite3")
