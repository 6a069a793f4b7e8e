"""A trial of a study: its progress, and its private result beside the published one; opened by its link only."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from analysis.results import PrivateResult
from analysis.running.runner import rules_in_force
from analysis.study import Study
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.web.faults import faults_shown
from geoportal.web.studies.pages import map_configuration, result_context
from geoportal.web.studies.words import assumptions, compared, inputs
from geoportal.web.words import script_words
from geoportal.wording.studies import Published, kinds_shown, outputs_seen, private_result, published, visible_study
from geoportal.wording.values import day, moment
from layers.jobs.queue import cancel, is_open
from layers.runs.models import Run


@require_safe
@faults_shown
def study_result(request: HttpRequest, study: str, token: str) -> HttpResponseBase:
    """`/studies/{study}/results/{token}/`: the progress of the trial, then its result."""
    asked = visible_study(request, study)
    result = private_result(asked, token)
    done = result.run.status == Run.Status.COMMITTED
    context = _common(asked, result) | (_found(request, asked, result) if done else _state(result))
    response = render(request, "studies/result.html" if done else "studies/job.html", context)
    return _private(response)


@require_POST
@faults_shown
def cancel_trial(request: HttpRequest, study: str, token: str) -> HttpResponseBase:
    """Request the cancellation of a trial."""
    result = private_result(visible_study(request, study), token)
    if result.run.account not in ("", visitor_of(request).name):
        raise PermissionDenied("Only the account that asked for a trial may end it.")
    cancel(result.run)
    return _private(redirect("study-result", study, token))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _common(study: Study, result: PrivateResult) -> dict[str, Any]:
    open_to_all = {one.name for one in study.parameters if one.level == "public"}
    used: Mapping[str, Any] = result.run.parameters
    again = urlencode({name: f"{value:g}" for name, value in used.items() if name in open_to_all})
    return {
        "study": study,
        "result": result,
        "run": result.run,
        "again": f"{reverse('study', args=[study.slug])}?{again}#trial",
        "kept_until": day(result.expires_at),
    }


def _state(result: PrivateResult) -> dict[str, Any]:
    """The context of a run that is unfinished or failed."""
    run = result.run
    failed = gettext("The computation failed. Nothing was stored; try again a little later.")
    retried = gettext("The computation was interrupted. It is taken up again within a minute.")
    given_up = gettext(
        "The computation was interrupted several times and given up. Nothing was stored; try again later."
    )
    lines = {
        Run.Status.QUEUED: gettext("Waiting for its turn"),
        Run.Status.RUNNING: gettext("Computing"),
        Run.Status.CANCELLED: gettext("This trial was cancelled. Nothing was stored."),
        Run.Status.INTERRUPTED: retried if is_open(run) else given_up,
    }
    return {
        "open": is_open(run),
        "line": lines.get(Run.Status(run.status), failed),
        "asked_at": moment(run.created_at),
        "configuration": {"language": get_language() or "pl", "words": script_words()},
    }


def _found(request: HttpRequest, study: Study, result: PrivateResult) -> dict[str, Any]:
    public_summary = study.public_summary(result.summary, rules_in_force(study))
    standing = published(study)
    usual = {one.name: one.default for one in study.parameters} | (standing.run.parameters if standing else {})
    mine = Published(study, result.run, public_summary)
    whole = result.run.details.get("scope") == "city"
    configuration = map_configuration(access_of(request), study)
    configuration["study"]["page"] = request.path
    context = result_context(mine) | {
        "mine": mine,
        "standing": standing,
        "whole": whole,
        "rules": result.run.details.get("rules"),
        "assumptions": assumptions(study, result.run.parameters, usual),
        "inputs": inputs(access_of(request), result.run),
        "map_kinds": kinds_shown(access_of(request), study),
        "kinds": outputs_seen(access_of(request), study),
        "configuration": configuration,
    }
    if standing is not None and whole:
        first = public_summary.tables[0]
        context |= {"comparison": compared(first, standing.public_summary.tables[0]), "compared_table": first}
    return context
