"""Pages of studies: the list, and each study's result, rules, inputs, history and trial form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from analysis.errors import BadParameter, ParameterForbidden, StudyBusy, TooManyRuns
from analysis.parameters import Number
from analysis.results import StandingParameters
from analysis.running.runner import standing_is_due
from analysis.study import Study
from analysis.tasks import queue_private
from geoportal.accounts.rights import access_of
from geoportal.http.fault_pages import line
from geoportal.http.faults import status_of
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import DOWNLOADS, configuration
from geoportal.web.studies.words import assumptions, drawn, history, inputs, range_of
from geoportal.wording.amounts import in_sentence, spelled
from geoportal.wording.studies import (
    Published,
    extent_in_degrees,
    kinds_shown,
    outputs_seen,
    published,
    visible_studies,
    visible_study,
)
from geoportal.wording.values import moment, number
from layers.access.rules import Access, visible_kinds
from layers.city import city
from layers.errors import LayersError

TRIAL = (BadParameter, ParameterForbidden, StudyBusy, TooManyRuns)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of the trial form with its typed value and its error message."""

    parameter: Number
    typed: str
    usual: str
    range: str
    fault: str = ""


@require_safe
def studies(request: HttpRequest) -> HttpResponseBase:
    """`/studies/`: the studies, each with its answer."""
    found = [(study, published(study)) for study in visible_studies(request)]
    context = {"studies": [(study, result, result and result_context(result)) for study, result in found]}
    return render(request, "studies/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def study_page(request: HttpRequest, study: str) -> HttpResponseBase:
    """`/studies/{study}/`: its published result; POST queues a trial with other parameters."""
    asked = visible_study(request, study)
    if request.method != "POST":
        return _page(request, asked, request.GET)
    given = {one.name: request.POST[one.name] for one in asked.parameters if one.name in request.POST}
    form = trial_form(access_of(request), asked, given)
    if any(one.fault for one in form):
        return _page(request, asked, given, gettext("Mend the marked values, then try again."), 400)
    try:
        result = queue_private(asked.slug, given, access_of(request))
    except TRIAL as fault:
        return _page(request, asked, given, line(fault), status_of(fault))
    return redirect("study-result", asked.slug, result.token)


def _page(
    request: HttpRequest, study: Study, typed: Mapping[str, Any], refusal: str = "", status: int = 200
) -> HttpResponseBase:
    access, result = access_of(request), published(study)
    context = {
        "study": study,
        "result": result,
        "form": trial_form(access, study, typed, checked=bool(refusal)),
        "refusal": refusal,
        "kinds": outputs_seen(access, study),
        "downloads": DOWNLOADS,
        "sources": study.sources,
    }
    if result is not None:
        usual = {one.name: one.default for one in study.parameters} | result.run.parameters
        context |= result_context(result) | {
            "rules": result.run.details.get("rules"),
            "assumptions": assumptions(study, result.run.parameters, usual),
            "inputs": inputs(access, result.run),
            "history": history(study),
            "due": _due(study),
            "configuration": map_configuration(access, study),
            "map_kinds": kinds_shown(access, study),
        }
    return render(request, "studies/study.html", context, status=status)


def result_context(result: Published) -> dict[str, Any]:
    """The context of a result: answer, key figures and tables as text, and when it was computed."""
    return {
        "answer": [in_sentence(one) for one in result.public_summary.answer],
        "figures": [(one.title, spelled(one.amount)) for one in result.public_summary.figures],
        "tables": [drawn(table) for table in result.public_summary.tables],
        "computed": moment(result.computed_at),
        "age_days": (now() - result.computed_at).days,
    }


def _due(study: Study) -> bool:
    """Whether data changed since the last run; False for a study that cannot be computed now."""
    try:
        return standing_is_due(study)
    except LayersError:
        return False


def map_configuration(access: Access, study: Study) -> dict[str, Any]:
    """Configuration of the study page's map: base map, layers read and result layers."""
    shown = kinds_shown(access, study)
    kinds = tuple(kind for kind in visible_kinds(access) if kind.basemap or kind in shown)
    results = [kind.slug for kind in outputs_seen(access, study)]
    return configuration(city(), kinds) | {
        "study": {
            "slug": study.slug,
            "results": results,
            "shown": [kind.slug for kind in shown],
            "page": reverse("study", args=[study.slug]),
            "around": extent_in_degrees(access, study),
        }
    }


def trial_form(access: Access, study: Study, typed: Mapping[str, Any], *, checked: bool = True) -> list[Asked]:
    """The parameters the visitor may change, with the typed or else the published values."""
    usual = {one.name: one.default for one in study.parameters} | StandingParameters.of(study.slug)
    fields = []
    for one in study.parameters:
        if not access.reaches(one.level):
            continue
        text = str(typed.get(one.name, "")) if one.name in typed else number(float(usual[one.name]))
        fields.append(Asked(one, text, number(float(usual[one.name])), range_of(one), _wrong(one, text, checked)))
    return fields


def _wrong(one: Number, text: str, checked: bool) -> str:
    if not checked:
        return ""
    try:
        one.parsed(text)
    except BadParameter:
        return gettext("Write a number within {range}.").format(range=range_of(one))
    return ""
