"""Spatial questions for programs: `/query.json`, the answer as a file, and the progress of a job.

The parameters are those of the page, in the address or in a posted JSON object.
"""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from analysis.errors import BadQuestion
from analysis.queries.answer import Features, asked, count, figures, invented, near_fields, streamed
from analysis.queries.groups import MOST_GROUPS, Group
from analysis.queries.question import DISTANCE, Question
from geoportal.api.errors import faults_answered, problem
from geoportal.http.posted import posted
from geoportal.wording.queries import ON_MAP, asked_now, open_result, seconds, words_of
from geoportal.wording.values import in_words
from layers import exports
from layers.access.rules import fields_for
from layers.crs import storage_srid
from layers.errors import TooSlow
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.jobs.queue import is_open
from layers.reading.time_limits import was_cancelled

MOST_BYTES = 1_100_000
PAGE = 100
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
TYPES = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
}


@csrf_exempt  # Accepts JSON only, which forms cannot send, and changes nothing.
@require_http_methods(["GET", "HEAD", "POST"])
@faults_answered
def query_json(request: HttpRequest) -> HttpResponseBase:
    """`/query.json`: figures, or the number of features and the first `limit` of them."""
    given = dict(_posted(request) if request.method == "POST" else _got(request))
    limit = _limit(given.pop("limit", PAGE))
    question, features = asked_now(request, given)
    return JsonResponse(_body(question, features, limit), headers={"Cache-Control": "no-cache"})


@require_safe
@faults_answered
def query_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """`/query.{geojson,csv,gpkg}`: all features of the answer, or the first `limit`; its figures as CSV."""
    given = _got(request)
    limit = _limit(given.pop("limit", 0))
    _, features = asked_now(request, given)
    return _file(features, ending, limit, lambda: figures(_known(features), seconds()))


@require_safe
@faults_answered
def result_state(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/query/results/{token}.json`: the progress of a job, with its answer when finished."""
    result, question, features = open_result(request, token)
    run = result.run
    body: dict[str, Any] = {
        "status": run.status,
        "done": run.progress_done,
        "total": run.progress_total,
        "ended": not is_open(run),
    }
    if result.done:
        body["answer"] = _body(question, features, PAGE, result.figures())
    return JsonResponse(body, headers=PRIVATE)


@require_safe
@faults_answered
def result_file(request: HttpRequest, token: str, ending: str) -> HttpResponseBase:
    """`/query/results/{token}.{geojson,csv,gpkg}`: a job's answer as a file."""
    result, _, features = open_result(request, token)
    if not result.done:
        return problem(404, f"The question of this result is {result.run.status}; there is no answer.")
    response = _file(features, ending, _limit(request.GET.get("limit", 0)), result.figures)
    for name, value in PRIVATE.items():
        response.headers[name] = value
    return response


def _posted(request: HttpRequest) -> dict[str, Any]:
    return posted(request, {"limit": (int, str)}, most=MOST_BYTES)


def _got(request: HttpRequest) -> dict[str, Any]:
    """The parameters of the address, unknown ones included, which are refused later."""
    given = {name: text for name, text in request.GET.dict().items() if name != "lang"}
    if "saved" not in given:
        return dict(given)
    return {**words_of(request), **{name: text for name, text in given.items() if name == "limit"}}


def _limit(given: Any) -> int:
    try:
        limit = int(given)
    except (TypeError, ValueError):
        raise BadQuestion(f"“limit” is a whole number from 1 to {ON_MAP}, found “{str(given)[:40]}”.") from None
    if not 0 <= limit <= 1_000_000_000:
        raise BadQuestion(f"“limit” is a whole number from 1 to {ON_MAP}, found {limit}.")
    return min(limit, ON_MAP)


def _known(features: Features | None) -> Features:
    if features is None:
        raise BadQuestion("The layer holds no data yet.")
    return features


def _body(
    question: Question, features: Features | None, limit: int, groups: list[Group] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"question": dict(question.words), "layer": question.kind.slug, "total": 0}
    if features is None:
        return body | {"groups": []} if question.measure else body | {"features": []}
    body["synthetic"] = invented(features)
    if question.measure:
        found = figures(features, seconds()) if groups is None else groups
        shown = [_group_body(question, group) for group in found[:MOST_GROUPS]]
        return body | {"total": sum(one.count for one in found), "groups": shown}
    with _in_patience():
        found_features = [json.loads(one) for one in _features(features, limit or PAGE, seconds())]
    return body | {"total": count(features, seconds()), "features": found_features}


def _group_body(question: Question, group: Group) -> dict[str, Any]:
    figure = {"code": group.code, "name": group.name or None, "count": group.count}
    if question.of is not None:
        value = None if group.value is None else float(group.value)
        figure |= {question.measure: value, "known": group.known}
    return figure


def _file(
    features: Features | None, ending: str, limit: int, groups: Callable[[], list[Group]]
) -> HttpResponse | StreamingHttpResponse | FileResponse:
    found = _marked(_known(features))
    question = asked(found)
    if question.measure and ending != "geojson":
        response: Any = HttpResponse(_figures_csv(question, groups()), content_type=TYPES["csv"])
        ending = "csv"
    elif ending == "gpkg" and not question.finds_nearest:
        response = _geopackage(found)
    elif ending == "gpkg":
        return problem(400, "With the nearest of another layer the answer is offered as GeoJSON and CSV.")
    else:
        response = StreamingHttpResponse(_begun(_streams(found, ending, limit)), content_type=TYPES[ending])
    synthetic = "-synthetic" if found.shown.synthetic else ""
    response["Content-Disposition"] = f'attachment; filename="{found.kind.slug}-query{synthetic}.{ending}"'
    response["Cache-Control"] = "no-cache"
    return response


def _marked(features: Features) -> Features:
    """The same features, marked as invented for the file where any layer of the question is invented."""
    return replace(features, shown=replace(features.shown, synthetic=invented(features)))


def _streams(features: Features, ending: str, limit: int) -> Generator[bytes]:
    if asked(features).finds_nearest or limit:
        return _collection(features, limit) if ending == "geojson" else _csv(features, limit)
    stream = {"geojson": exports.geojson, "csv": exports.csv_rows}[ending]
    return stream(features, seconds=settings.EXPORT_SECONDS)


@contextmanager
def _in_patience() -> Iterator[None]:
    """Raises TooSlow where the database cancels a statement at its time limit."""
    try:
        yield
    except Exception as fault:
        if isinstance(fault, TooSlow) or was_cancelled(fault):
            raise TooSlow("This takes too long at once; narrow the question, or run it as a job.") from fault
        raise


def _begun(stream: Generator[bytes]) -> exports.StartedStream:
    """The stream with its first chunk ready. Raises TooSlow."""
    with _in_patience():
        return exports.StartedStream(stream)


def _geopackage(features: Features) -> FileResponse:
    from layers.exports.files import geopackage

    with _in_patience(), exports.scratch() as folder:
        file = geopackage(features, Path(folder), seconds=settings.EXPORT_SECONDS).open("rb")
    return FileResponse(file, content_type=TYPES["gpkg"])


def _names(features: Features) -> list[str]:
    """Names of the properties of an answer's features, those of the nearest prefixed with `nearest_`."""
    question = asked(features)
    own = [field.name for field in fields_for(question.access, features.kind)]
    near = [f"nearest_{name}" for name in near_fields(question)]
    return [*own, *([DISTANCE.name] if question.finds_nearest else []), *near]


def _values(features: Features, found: tuple[Any, ...]) -> list[Any]:
    question = asked(features)
    _, _, _, distance, *values = found
    own = len(fields_for(question.access, features.kind))
    between = [distance] if question.finds_nearest else []
    return [*values[:own], *between, *values[own:]]


def _features(features: Features, limit: int, most_seconds: float, *, labelled: bool = False) -> Iterator[str]:
    """Each feature as GeoJSON text; `labelled` adds its label for the map as the property `said`."""
    names = _names(features)
    with streamed(features, "geojson", limit or None, most_seconds) as rows:
        for found in rows:
            values = dict(zip(names, map(_plain, _values(features, found)), strict=True))
            values |= {"synthetic": found[1]} | ({"said": _label(features, found)} if labelled else {})
            properties = json.dumps(values, ensure_ascii=False)
            yield f'{{"type":"Feature","id":"{found[0]}","geometry":{found[2]},"properties":{properties}}}'


def _label(features: Features, found: tuple[Any, ...]) -> str:
    """A feature's label: kind and known fields, with the distance to its nearest."""
    question = asked(features)
    fields = fields_for(question.access, features.kind)
    parts = [(str(field.title), in_words(field, value)) for field, value in zip(fields, found[4:], strict=False)]
    if found[3] is not None:
        parts.append((str(DISTANCE.title), in_words(DISTANCE, found[3])))
    return f"{features.kind.singular}. " + "; ".join(f"{title}: {words}" for title, words in parts if words)


def _collection(features: Features, limit: int) -> Generator[bytes]:
    yield b'{"type":"FeatureCollection","features":[\n'
    for position, text in enumerate(_features(features, limit, settings.EXPORT_SECONDS, labelled=bool(limit))):
        yield ((",\n" if position else "") + text).encode()
    yield b"\n]}\n"


def _csv(features: Features, limit: int) -> Generator[bytes]:
    head = ["feature_id", *_names(features), "synthetic", f"wkt_epsg_{storage_srid()}"]
    yield (BYTE_ORDER + csv_text([head])).encode()
    with streamed(features, "wkt", limit or None, settings.EXPORT_SECONDS) as rows:
        for found in rows:
            yield csv_text([[found[0], *_values(features, found), found[1], found[2]]]).encode()


def _figures_csv(question: Question, groups: list[Group]) -> bytes:
    value = [f"{question.measure}_{question.of.name}", "known"] if question.of else []
    rows: list[list[Any]] = [["code", "name", "count", *value]]
    for group in groups:
        amounts = [group.value, group.known] if question.of else []
        rows.append([group.code, group.name, group.count, *amounts])
    return (BYTE_ORDER + csv_text(rows)).encode()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value if _is_json(value) else str(value)


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
