"""Downloads of layers: `/open-data/{layer}.{ending}`, whole or filtered like the table."""

from collections.abc import Callable, Generator
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import file_faults_answered, problem
from layers import exports
from layers.places.named import place_named
from layers.reading.selection import Selection, select
from layers.reading.table import Order, order_of

STREAMED: dict[str, Callable[..., Generator[bytes]]] = {"geojson": exports.geojson, "csv": exports.csv_rows}


@require_safe
@file_faults_answered
def layer_file(request: HttpRequest, layer: str, ending: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The layer's current features, or those by `filter=`, `at=`, `sort=`. File names mark invented data."""
    kind, asked = visible_kind(request, layer), request.GET
    selection = select(
        access_of(request),
        kind,
        dataset=asked.get("dataset", ""),
        filter=asked.get("filter", ""),
        at=asked.get("at", ""),
    )
    if selection is None:
        return problem(404, f"Layer {layer} holds no data yet.")
    place = place_named(selection.access, asked["near"]).center if asked.get("near") else None
    order = order_of(selection.access, kind, asked["sort"], place) if asked.get("sort") else None
    response = _stream(selection, order, ending) if ending in STREAMED else _file(selection, order, ending)
    response["Content-Disposition"] = f'attachment; filename="{_name(selection)}.{ending}"'
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _name(selection: Selection) -> str:
    """The file's name: layer, whether filtered, moment, whether invented."""
    parts = [selection.kind.slug]
    if selection.filter:
        parts.append("selection")
    if selection.at:
        parts.append(selection.at.strftime("%Y-%m-%dT%H%MZ"))
    if selection.shown.synthetic:
        parts.append("synthetic")
    return "-".join(parts)


def _seconds(selection: Selection, order: Order | None) -> float | None:
    """Seconds the database may work on a filtered file; None for a whole layer, which is streamed."""
    return settings.EXPORT_SECONDS if selection.filter or selection.at or order else None


def _stream(selection: Selection, order: Order | None, ending: str) -> StreamingHttpResponse:
    seconds = _seconds(selection, order)
    stream = STREAMED[ending](selection, order, seconds=seconds)
    begun = stream if seconds is None else exports.StartedStream(stream)
    return StreamingHttpResponse(begun, content_type=exports.format_of(ending).media_type)


def _file(selection: Selection, order: Order | None, ending: str) -> FileResponse:
    from layers.exports import files

    writers: dict[str, Callable[..., Path]] = {
        "gpkg": files.geopackage,
        "parquet": files.geoparquet,
        "fgb": files.flatgeobuf,
    }
    with exports.scratch() as folder:
        # The open file stays readable when its folder is deleted, and nothing is left when the client disconnects.
        file = writers[ending](selection, Path(folder), order, seconds=_seconds(selection, order)).open("rb")
    return FileResponse(file, content_type=exports.format_of(ending).media_type)
