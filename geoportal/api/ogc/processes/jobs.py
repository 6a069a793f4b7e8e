"""Jobs of OGC API Processes: trials of studies with their status, results and dismissal.

The id of a job is the token of its private result, which gives access to it. Lists contain the caller's own jobs
only, and only its owner may dismiss a job.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext

from analysis.errors import UnknownResult, UnknownStudy
from analysis.results import PrivateResult
from analysis.running.runner import rules_in_force
from analysis.study import Study
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import problem
from geoportal.api.ogc.answers import (
    GEOJSON,
    HTML,
    JSON,
    chosen_format,
    endpoint,
    json_answer,
    link,
    only_known,
    whole_number,
)
from geoportal.api.ogc.features.moments import Period, period
from geoportal.api.studies.results import summary_json
from geoportal.http.errors import BadQuery
from geoportal.wording.studies import outputs_seen, private_result, visible_studies, visible_study
from layers.jobs.queue import ATTEMPTS, cancel
from layers.runs.models import Run

EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
ECHO = "echo"
FIGURES = "figures"
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
STATUSES = ("accepted", "running", "successful", "failed", "dismissed")
MOST_JOBS = 1000
_OFFERED = {"json": JSON}
_ENDED = {"failed", "dismissed"}


def status_of_run(run: Run) -> str:
    """The standard's status code of a run. An interrupted run counts as accepted while it will be retried."""
    if run.status == Run.Status.COMMITTED:
        return "successful"
    if run.cancel_requested or run.status == Run.Status.CANCELLED:
        return "dismissed"
    if run.status == Run.Status.RUNNING:
        return "running"
    waits = run.status == Run.Status.QUEUED or (run.status == Run.Status.INTERRUPTED and run.attempt < ATTEMPTS)
    return "accepted" if waits else "failed"


def status_info(request: HttpRequest, result: PrivateResult) -> dict[str, Any]:
    """The standard's statusInfo of a job."""
    run = result.run
    status = status_of_run(run)
    seen = run.finished_at or run.heartbeat_at or run.created_at
    info = {
        "processID": run.source,
        "type": "process",
        "jobID": result.token,
        "status": status,
        "message": _message(status),
        "created": run.created_at.isoformat(),
        "started": run.details.get("started"),
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "updated": seen.isoformat(),
        "progress": 100 if status == "successful" else _percent(run),
        "links": _links(request, result, status),
    }
    return {name: value for name, value in info.items() if value is not None}


def _message(status: str) -> str:
    return {
        "accepted": gettext("Waiting for its turn"),
        "running": gettext("Computing"),
        "successful": gettext("Computed"),
        "failed": gettext("The computation failed. Nothing was stored; try again a little later."),
        "dismissed": gettext("This trial was cancelled. Nothing was stored."),
    }[status]


def _percent(run: Run) -> int:
    return min(99, round(100 * run.progress_done / run.progress_total)) if run.progress_total else 0


def _links(request: HttpRequest, result: PrivateResult, status: str) -> list[dict[str, Any]]:
    here = reverse("ogc-job", args=[result.token])
    page = reverse("study-result", args=[result.run.source, result.token])
    made = [
        link(request, "self", here, JSON),
        link(request, "alternate", page, HTML, gettext("The same as a page")),
    ]
    if status == "successful":
        results = reverse("ogc-job-results", args=[result.token])
        made.append(
            link(request, "http://www.opengis.net/def/rel/ogc/1.0/results", results, JSON, gettext("Results"))
        )
    return made


@endpoint("GET")
def jobs(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/jobs`: the caller's own jobs, newest first; none without an account."""
    only_known(request, {"type", "processID", "status", "datetime", "minDuration", "maxDuration", "limit"})
    chosen_format(request, _OFFERED)
    found = _asked_for(request, _own(request)) if _wanted(request, "type", ("process",)) else []
    limit = whole_number(request, "limit", default=100, least=1, most=MOST_JOBS)
    body = {
        "jobs": [status_info(request, one) for one in found[:limit]],
        "links": [link(request, "self", request.get_full_path(), JSON)],
    }
    return json_answer(body, headers=PRIVATE)


def _own(request: HttpRequest) -> list[PrivateResult]:
    name = visitor_of(request).name
    studies = [study.slug for study in visible_studies(request)]
    kept = PrivateResult.objects.filter(expires_at__gt=now(), run__source__in=studies, run__details__job=True)
    mine = kept.filter(run__account=name) if name else kept.none()
    return list(mine.select_related("run").order_by("-run__created_at", "-pk")[: 10 * MOST_JOBS])


def _asked_for(request: HttpRequest, results: list[PrivateResult]) -> list[PrivateResult]:
    """The results that satisfy all query parameters."""
    processes = _wanted(request, "processID", [ECHO, *(study.slug for study in visible_studies(request))])
    statuses = _wanted(request, "status", STATUSES)
    created = period(request.GET["datetime"]) if "datetime" in request.GET else Period()
    least, most = _seconds(request, "minDuration", 0), _seconds(request, "maxDuration", 10**9)
    return [
        one
        for one in results
        if one.run.source in processes
        and status_of_run(one.run) in statuses
        and created.holds(one.run.created_at)
        and least <= _duration(one.run) <= most
    ]


def _wanted(request: HttpRequest, name: str, known: Sequence[str]) -> set[str]:
    """The values of a parameter, all known ones without it. Raises BadQuery."""
    asked = {one for text in request.GET.getlist(name) for one in text.split(",")}
    if unknown := sorted(asked - set(known)):
        raise BadQuery(f"{name}: there is no “{unknown[0][:40]}” here; there are: {', '.join(known)}.")
    return asked or set(known)


def _seconds(request: HttpRequest, name: str, default: int) -> int:
    return whole_number(request, name, default=default, least=0, most=10**9)


def _duration(run: Run) -> float:
    """Seconds since a job started, until its end; 0 while it is queued."""
    started = run.details.get("started")
    if not started:
        return 0.0
    return ((run.finished_at or now()) - datetime.fromisoformat(started)) / timedelta(seconds=1)


@endpoint("GET", "DELETE")
def job(request: HttpRequest, job: str) -> HttpResponseBase:
    """`/ogc/jobs/{jobID}`: its status; DELETE cancels it, or removes the results of a finished one."""
    only_known(request)
    chosen_format(request, _OFFERED)
    try:
        _, result = _opened(request, job)
    except (UnknownResult, UnknownStudy):
        return _no_such_job()
    return _dismissed(request, result) if request.method == "DELETE" else _status(request, result)


def _status(request: HttpRequest, result: PrivateResult) -> HttpResponse:
    return json_answer(status_info(request, result), headers=PRIVATE)


def _opened(request: HttpRequest, token: str) -> tuple[Study, PrivateResult]:
    """A job and its study. Raises UnknownResult, UnknownStudy."""
    study = visible_study(request, PrivateResult.opened(token).run.source)
    return study, private_result(study, token)


def _no_such_job() -> HttpResponse:
    words = "There is no such job, or it is no longer kept; run the study again."
    return problem(404, words, f"{EXCEPTIONS}no-such-job")


def _dismissed(request: HttpRequest, result: PrivateResult) -> HttpResponse:
    if result.run.account != visitor_of(request).name:
        return problem(403, "Only the account that asked for a job may end it.")
    if result.run.status == Run.Status.COMMITTED and not result.run.account:
        return problem(403, "Nobody owns this result, so nobody may take it away; it goes by itself after 30 days.")
    if result.run.status == Run.Status.COMMITTED:
        info = status_info(request, result)
        result.delete()
        dropped = {"status": "dismissed", "message": gettext("What it found was taken away."), "links": []}
        return json_answer(info | dropped, headers=PRIVATE)
    cancel(result.run)
    result.run.refresh_from_db()
    return _status(request, result)


@endpoint("GET")
def results(request: HttpRequest, job: str) -> HttpResponseBase:
    """`/ogc/jobs/{jobID}/results`: figures, and links to the features."""
    only_known(request)
    chosen_format(request, _OFFERED)
    try:
        study, result = _opened(request, job)
    except (UnknownResult, UnknownStudy):
        return _no_such_job()
    status = status_of_run(result.run)
    if status in _ENDED:
        return problem(409, _message(status))
    if status != "successful":
        words = f"The job is {status}; its results are not there yet."
        return problem(404, words, f"{EXCEPTIONS}result-not-ready")
    return json_answer(_found(request, study, result), headers=PRIVATE)


def _found(request: HttpRequest, study: Study, result: PrivateResult) -> dict[str, Any]:
    wanted = result.run.details.get("outputs") or output_names(request, study)
    made: dict[str, Any] = {}
    if FIGURES in wanted:
        made[FIGURES] = {
            "mediaType": JSON,
            "value": summary_json(study.public_summary(result.summary, rules_in_force(study))),
        }
    for kind in outputs_seen(access_of(request), study):
        if kind.slug in wanted:
            features = reverse("study-result-features", args=[study.slug, result.token, kind.slug])
            address = request.build_absolute_uri(features)
            made[kind.slug] = {"href": address, "type": GEOJSON, "title": str(kind.title)}
    return made


def output_names(request: HttpRequest, study: Study) -> list[str]:
    """Outputs of a study for the visitor: its figures, and the layers they may see."""
    return [FIGURES, *(kind.slug for kind in outputs_seen(access_of(request), study))]
