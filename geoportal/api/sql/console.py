"""The SQL console for programs: a statement's answer as JSON, CSV or GeoJSON, and cancelling a running one."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import answer, faults_answered, problem
from geoportal.console.answers import as_csv, as_geojson, as_json
from geoportal.console.errors import ConsoleBusy, ConsoleError
from geoportal.console.execution import execute, file_bounds, page_bounds
from geoportal.console.runs import stop
from geoportal.console.session import Answer
from geoportal.http.posted import posted

FORMATS = ("json", "csv", "geojson")
KNOWN = {"sql", "format", "key"}
NOT_KEPT = {"Cache-Control": "no-store"}
WAIT_SECONDS = "5"


@require_POST
@faults_answered
def sql_answer(request: HttpRequest) -> HttpResponseBase:
    """`/sql.json`: posted `{"sql": …, "format": "json" | "csv" | "geojson", "key": a UUID for cancelling}`."""
    given = posted(request, {"sql": (str,), "format": (str,), "key": (str,)})
    if unknown := sorted(given.keys() - KNOWN):
        return problem(400, f"Unknown: {', '.join(unknown)[:200]}. Expected {', '.join(sorted(KNOWN))}.")
    text, form = given.get("sql"), given.get("format", "json")
    if not isinstance(text, str) or form not in FORMATS:
        return problem(400, f"Expected a text sql, and as format one of {', '.join(FORMATS)}.")
    try:
        key = _key(given["key"]) if "key" in given else None
    except ValueError as fault:
        return problem(400, str(fault))
    bounds = page_bounds() if form == "json" else file_bounds()
    try:
        return _formed(execute(visitor_of(request), text, bounds, key=key, address=request.path), form)
    except ConsoleError as fault:
        return _problem(fault)


@require_POST
@faults_answered
def sql_stop(request: HttpRequest) -> HttpResponseBase:
    """`/sql/stop.json`: cancel one's own running statement by the posted `{"key": …}`."""
    try:
        key = _key(posted(request, {"key": (str,)}).get("key"))
    except ValueError as fault:
        return problem(400, str(fault))
    stop(visitor_of(request).user, key)
    return JsonResponse({"stopping": True}, status=202, headers=NOT_KEPT)


def _formed(found: Answer, form: str) -> HttpResponseBase:
    if form == "json":
        return JsonResponse(as_json(found), headers=NOT_KEPT, json_dumps_params={"ensure_ascii": False})
    whole = "no" if found.more or found.large else "yes"
    named = {"Content-Disposition": f'attachment; filename="sql.{form}"', "X-Complete": whole}
    if form == "csv":
        return HttpResponse("".join(as_csv(found)), content_type="text/csv; charset=utf-8", headers=NOT_KEPT | named)
    content = "".join(as_geojson(found))
    return HttpResponse(content, content_type="application/geo+json", headers=NOT_KEPT | named)


def _key(given: Any) -> uuid.UUID:
    """The key as a UUID. Raises ValueError."""
    try:
        return uuid.UUID(given)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("A key is a UUID.") from None


def _problem(fault: ConsoleError) -> JsonResponse:
    """The problem+json response, with the outcome, and the position in the statement where there is one."""
    usual = answer(fault)
    body = {"type": "about:blank", "status": usual.status_code, "detail": str(fault), **fault.as_json()}
    headers = NOT_KEPT | ({"Retry-After": WAIT_SECONDS} if isinstance(fault, ConsoleBusy) else {})
    kind = "application/problem+json"
    return JsonResponse(body, status=usual.status_code, content_type=kind, headers=headers)
