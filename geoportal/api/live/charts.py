"""Values of a chart: `/live/{layer}/chart.json`, and the same as a table: `/live/{layer}/chart.csv`.

Both take the parameters of `layers.observations.live.choices` and hold the same values.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import faults_answered, file_faults_answered
from geoportal.api.live.index_rows import index_rows
from geoportal.wording.charts import (
    basis,
    flag_names,
    line_name,
    mark_words,
    period_words,
    sentence,
    statistic_titles,
    threshold_name,
    title,
    until_words,
)
from geoportal.wording.values import moment
from layers.city import city
from layers.errors import UnknownKind
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.observations.columns import Times, aware
from layers.observations.live.charting import DECIMALS, Line, Points, chart_lines, summary
from layers.observations.live.choices import ChartChoice, chart_choice
from layers.observations.live.names import property_name
from layers.observations.models import Exclusion
from layers.observations.quality import Flag
from layers.reading.time_limits import in_time, too_slow

COLUMNS = (
    *("station", "station_code", "datastream", "observed_property", "unit", "statistic", "starts_at", "ends_at"),
    *(
        "value",
        "lowest",
        "highest",
        "count",
        "coverage",
        "flags",
        "flagged",
        "excluded",
        "excluded_reason",
        "synthetic",
        "standing",
    ),
)
MOST_RANGES = 2
"""Of so many lines the chart has ranges: more would cover each other, and make the answer twice as large."""


@require_safe
@gzip_page
@faults_answered
def chart_json(request: HttpRequest, layer: str) -> HttpResponseBase:
    """The lines of a chart, column by column; times in seconds since 1970, each after the first as the difference."""
    choice, lines = _read(request, layer)
    ranged = choice.statistic != "raw" and len(lines) <= MOST_RANGES
    body = {
        "layer": choice.kind.slug,
        "title": title(choice),
        "period": period_words(choice),
        "from": int(choice.start.timestamp()),
        "to": int(choice.end.timestamp()),
        "range": choice.range,
        "years": choice.years,
        "statistic": choice.statistic,
        "statistic_title": statistic_titles()[choice.statistic],
        "automatic": choice.automatic,
        "zone": city().timezone.key,
        "query": choice.query,
        "flags": flag_names(),
        "series": [_line(one, choice, ranged=ranged) for one in lines],
        "indices": index_rows(choice),
    }
    return JsonResponse(body, headers={"Cache-Control": "no-cache"}, json_dumps_params={"separators": (",", ":")})


@require_safe
@gzip_page
@file_faults_answered
def chart_csv(request: HttpRequest, layer: str) -> HttpResponseBase:
    """The same values as CSV: one row a value, times in UTC, with its flags, exclusion, synthetic and standing."""
    choice, lines = _read(request, layer)
    rows = [row for line in lines for row in _rows(line, choice)]
    synthetic = "-synthetic" if any(one.synthetic for one in lines) else ""
    name = f"{choice.kind.slug}-chart-{choice.statistic}{synthetic}.csv"
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="{name}"'}
    text = BYTE_ORDER + csv_text([COLUMNS, *rows], for_spreadsheets=True)
    return HttpResponse(text.encode(), content_type="text/csv; charset=utf-8", headers=headers)


def _read(request: HttpRequest, layer: str) -> tuple[ChartChoice, list[Line]]:
    kind = visible_kind(request, layer)
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    seconds = settings.TABLE_SECONDS
    with in_time(seconds, too_slow(seconds, "choose a shorter period")):
        choice = chart_choice(access_of(request), kind, dict(request.GET.lists()), now())
        return choice, chart_lines(choice)


def _line(line: Line, choice: ChartChoice, *, ranged: bool) -> dict[str, Any]:
    stream, points = line.stream, line.points
    found = summary(line, choice, now())
    lengths = np.unique((points.ends - points.starts)[~points.gaps].astype(np.int64))
    return {
        "key": stream.pk,
        "year": line.year or None,
        "name": line_name(line, choice),
        "station": stream.thing.name,
        "property": stream.observed_property.code,
        "property_name": str(property_name(stream.observed_property)),
        "unit": stream.unit_symbol,
        "interval_s": stream.interval_s or None,
        "window_s": int(lengths[0]) // 1_000_000 if len(lengths) == 1 else None,
        "marks": mark_words(line.marks),
        "thresholds": [
            {
                "value": round(one.value, DECIMALS),
                "name": threshold_name(line, one, choice),
                "colour": one.colour,
                "rule": str(one.rule.label),
                "sure": str(one.rule.sure.text),
            }
            for one in line.thresholds
        ],
        "exclusions": [_exclusion(one) for one in line.exclusions],
        "sentence": sentence(line, found, choice),
        "basis": basis(line, found, choice),
        "values_count": found.values,
        "samples": found.samples,
        "coverage": None if found.coverage is None else round(found.coverage, 4),
        **_columns(points, line.axis),
        **(_ranges(points) if ranged else {}),
    }


def _exclusion(one: Exclusion) -> dict[str, Any]:
    return {
        "from": int(one.since.timestamp()),
        "to": int(one.until.timestamp()) if one.until else None,
        "reason": one.reason,
        "period": f"{moment(one.since)} – {until_words(one.until)}",
    }


def _columns(points: Points, axis: Times) -> dict[str, list[Any]]:
    seconds = axis.astype("datetime64[s]").astype(np.int64)
    return {
        "times": np.diff(seconds, prepend=0).tolist(),
        "values": [_short(one) for one in points.values.tolist()],
        "counts": points.counts.tolist(),
        "flags": points.flags.tolist(),
        "flagged": points.flagged.tolist(),
        "excluded": points.excluded.astype(int).tolist(),
        "gaps": points.gaps.astype(int).tolist(),
        "covered": [None if one != one else round(one, 3) for one in points.coverage.tolist()],
    }


def _ranges(points: Points) -> dict[str, list[Any]]:
    """Between which values the samples of each mean lie."""
    return {name: [_short(one) for one in getattr(points, name).tolist()] for name in ("lowest", "highest")}


def _short(value: float) -> float | int | None:
    """A number with as few digits as it needs, None for none."""
    if value != value:
        return None
    return int(value) if value == int(value) else value


def _rows(line: Line, choice: ChartChoice) -> Iterator[list[Any]]:
    stream, points = line.stream, line.points.stored
    head = [stream.thing.name, stream.thing.code, stream.pk, stream.observed_property.code, stream.unit_symbol]
    tail = [line.synthetic, line.standing]
    for place in range(len(points)):
        starts, ends = aware(points.starts[place]), aware(points.ends[place])
        reasons = [
            one.reason
            for one in line.exclusions
            if (one.until is None or starts < one.until) and (starts >= one.since or ends > one.since)
        ]
        bits = int(points.flags[place])
        yield [
            *head,
            choice.statistic,
            *(_utc(one) for one in (starts, ends)),
            *(_number(column[place]) for column in (points.values, points.lowest, points.highest)),
            int(points.counts[place]),
            _number(points.coverage[place]),
            " ".join(flag.name.lower() for flag in Flag if bits & flag and flag.name),
            int(points.flagged[place]),
            bool(points.excluded[place]),
            "; ".join(reasons),
            *tail,
        ]


def _utc(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").replace(".000000Z", "Z"))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
