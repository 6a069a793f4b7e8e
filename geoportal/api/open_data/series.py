"""Downloads of observations: `/open-data/{layer}/observations.{csv,parquet}`."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import file_faults_answered
from layers import exports
from layers.errors import BadSeries, UnknownKind
from layers.exports.series import series_csv
from layers.observations.provenance import provenance
from layers.observations.selection import SeriesSelection, select_series
from layers.reading.selection import instant

PARAMETERS = ("datastream", "station", "property", "start", "end", "statistic", "lang")


@require_safe
@file_faults_answered
def series_file(request: HttpRequest, layer: str, ending: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """Observations of a layer's stations: by datastream=, station=, property= (each may be repeated), start=, end=
    (days in the city's time zone or moments; the end is not included), statistic=raw, hourly or daily."""
    kind, asked = visible_kind(request, layer), request.GET
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    if unknown := sorted(set(asked) - set(PARAMETERS)):
        raise BadSeries(f"The parameter “{unknown[0]}” is not known; known are: {', '.join(PARAMETERS)}.")
    selection = select_series(
        access_of(request),
        kind.slug,
        streams=asked.getlist("datastream"),
        stations=asked.getlist("station"),
        properties=asked.getlist("property"),
        start=_moment(asked.get("start")),
        end=_moment(asked.get("end")),
        statistic=asked.get("statistic", "raw"),
    )
    response = _csv(selection) if ending == "csv" else _parquet(selection)
    name = f"{kind.slug}-observations" + ("-synthetic" if _is_synthetic(selection) else "")
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _moment(text: str | None) -> datetime | None:
    """A moment, or the beginning of a day in the city's time zone; None for open. Raises BadMoment."""
    if not text:
        return None
    return instant(f"{text}T00:00:00" if len(text) == 10 else text)


def _is_synthetic(selection: SeriesSelection) -> bool:
    return any(one.synthetic for one in provenance([one.pk for one in selection.streams]).values())


def _csv(selection: SeriesSelection) -> StreamingHttpResponse:
    stream = exports.StartedStream(series_csv(selection, seconds=settings.EXPORT_SECONDS))
    return StreamingHttpResponse(stream, content_type=exports.format_of("csv").media_type)


def _parquet(selection: SeriesSelection) -> FileResponse:
    from layers.exports.series import series_parquet

    with exports.scratch() as folder:
        # The open file stays readable when its folder is deleted, and nothing is left when the client disconnects.
        file = series_parquet(selection, Path(folder), seconds=settings.EXPORT_SECONDS).open("rb")
    return FileResponse(file, content_type="application/vnd.apache.parquet")
