"""The report of a study: the page, its map as a sandboxed document of its own, and the PDF."""

from functools import lru_cache
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from analysis.errors import UnknownResult
from analysis.studies import study_of
from analysis.study import Study
from geoportal.accounts.rights import access_of
from geoportal.http.middleware import content_security_policy
from geoportal.web.faults import faults_shown
from geoportal.web.studies.pages import result_context
from geoportal.web.studies.words import assumptions, inputs
from geoportal.wording.studies import Published, outputs_seen, published, visible_study
from layers.access.rules import Access

ONE_AT_A_TIME = Lock()
"""Concurrent requests wait for a report being made instead of making it again."""
KEPT_REPORTS = 8
"""Maps and PDFs cached in memory, by study, run, language and rights: they take a second each."""
FRAME_POLICY = (
    "default-src 'none'; sandbox allow-scripts; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""CSP of the map document: folium writes inline scripts and styles; the sandbox removes the portal's origin."""


@require_safe
@faults_shown
def study_report(request: HttpRequest, study: str) -> HttpResponseBase:
    """`/studies/{study}/report/`."""
    asked, result = _result(request, study)
    response = render(request, "studies/report.html", report_context(access_of(request), asked, result))
    policy = content_security_policy() + "; frame-src 'self'"
    response.headers["Content-Security-Policy"] = policy
    return response


@require_safe
@faults_shown
def study_report_map(request: HttpRequest, study: str) -> HttpResponseBase:
    """The report's map, for the report's iframe only."""
    asked, result = _result(request, study)
    with ONE_AT_A_TIME:
        made = _map(access_of(request), asked.slug, result.run.pk, get_language() or "pl")
    response = HttpResponse(made.html)
    response.headers["Content-Security-Policy"] = FRAME_POLICY.format(hashes=" ".join(made.script_hashes))
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
@faults_shown
def study_pdf(request: HttpRequest, study: str) -> HttpResponseBase:
    """`/studies/{study}/report.pdf`: the report as tagged PDF."""
    from geoportal.reports.study.paper import file_name

    asked, result = _result(request, study)
    address = request.build_absolute_uri(f"/studies/{asked.slug}/")
    with ONE_AT_A_TIME:
        made = _paper(access_of(request), asked.slug, result.run.pk, get_language() or "pl", address)
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(result)}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


def report_context(access: Access, study: Study, result: Published) -> dict[str, Any]:
    """The template context of page and PDF."""
    usual = {one.name: one.default for one in study.parameters} | result.run.parameters
    return result_context(result) | {
        "study": study,
        "result": result,
        "kinds": outputs_seen(access, study),
        "rules": result.run.details.get("rules"),
        "assumptions": assumptions(study, result.run.parameters, usual),
        "inputs": inputs(access, result.run),
    }


def _result(request: HttpRequest, slug: str) -> tuple[Study, Published]:
    study = visible_study(request, slug)
    result = published(study)
    if result is None:
        raise UnknownResult(f"The study {slug} has not been computed yet.")
    return study, result


@lru_cache(maxsize=KEPT_REPORTS)
def _map(access: Access, slug: str, run: int, language: str) -> Any:
    """The map of a run's result, cached by run, language and rights."""
    from geoportal.reports.study.chart import report_map

    return report_map(access, _again(slug), language)


@lru_cache(maxsize=KEPT_REPORTS)
def _paper(access: Access, slug: str, run: int, language: str, address: str) -> bytes:
    from geoportal.reports.study.paper import pdf

    result = _again(slug)
    return pdf(access, result, report_context(access, result.study, result) | {"address": address})


def _again(slug: str) -> Published:
    found = published(study_of(slug))
    assert found is not None
    return found
