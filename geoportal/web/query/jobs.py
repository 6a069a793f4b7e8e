"""Long spatial questions as jobs: queueing, progress, result by its link, cancelling."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from analysis.errors import UnknownResult
from analysis.queries.jobs import PARTS, queue_query
from analysis.queries.kept import QueryResult
from analysis.queries.question import question_of
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import configuration
from geoportal.web.query.answer import Place, answered
from geoportal.web.query.page import PAGING
from geoportal.web.query.words import summary
from geoportal.web.words import script_words
from geoportal.wording.queries import address_of, open_result, seconds, tidy
from geoportal.wording.values import day, moment
from layers.access.rules import visible_kinds
from layers.city import city
from layers.jobs.queue import cancel, is_open
from layers.runs.models import Run


@require_POST
@faults_shown
def query_jobs(request: HttpRequest) -> HttpResponseBase:
    """Queue the posted question as a job and redirect to its page, which shows the progress."""
    question = question_of(access_of(request), tidy(request.POST))
    result = queue_query(question, visitor_of(request).user)
    return redirect("query-result", result.token)


@require_safe
@faults_shown
def query_result(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/query/results/{token}/`: the progress of the job, then its answer. Needs the level it was made with."""
    result, question, features = open_result(request, token)
    place = Place(request.path, {}, f"/query/results/{token}", "")
    context: dict[str, Any] = {
        "result": result,
        "run": result.run,
        "question": question,
        "summary": summary(question),
        "again": reverse("query") + address_of(result.words),
        "mine": result.user_id == getattr(visitor_of(request).user, "pk", None),
        "kept_until": day(result.expires_at),
        "asked_at": moment(result.created_at),
        "place": place,
    }
    if not result.done:
        return _private(render(request, "query/job.html", context | _state(result)))
    if features is None:
        context["empty"] = True
    else:
        paging = {name: request.GET.get(name, "") for name in PAGING}
        context |= answered(features, place, paging, seconds(), result.figures())
    kinds = tuple(kind for kind in visible_kinds(access_of(request)) if kind.basemap or kind is question.kind)
    context["configuration"] = configuration(city(), kinds) | {"query": {"features": context.get("map_features", "")}}
    return _private(render(request, "query/result.html", context))


@require_POST
@faults_shown
def query_cancel(request: HttpRequest, token: str) -> HttpResponseBase:
    """Request the cancellation of a job, by its owner only."""
    result = QueryResult.opened(access_of(request), token)
    if result.user_id != visitor_of(request).user.pk:
        raise UnknownResult("This result is not there, or is no longer kept; ask the question again.")
    cancel(result.run)
    return redirect("query-result", token)


def _state(result: QueryResult) -> dict[str, Any]:
    """The context of a job that is unfinished or failed."""
    run = result.run
    failed = gettext("The question could not be answered. Narrow it and ask again.")
    retried = gettext("The computation was interrupted. It is taken up again within a minute.")
    given_up = gettext(
        "The computation was interrupted several times and given up. Nothing was stored; try again later."
    )
    lines = {
        Run.Status.QUEUED: gettext("Waiting for its turn"),
        Run.Status.RUNNING: gettext("Computing"),
        Run.Status.CANCELLED: gettext("This question was cancelled. Nothing was stored."),
        Run.Status.INTERRUPTED: retried if is_open(run) else given_up,
    }
    return {
        "open": is_open(run),
        "line": lines.get(Run.Status(run.status), failed),
        "parts": PARTS,
        "configuration": {"language": get_language() or "pl", "words": script_words()},
    }


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
