"""The page of one run of photos: its report, its corrections, taking it back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.uploads.words import sentence
from geoportal.web.faults import faults_shown
from geoportal.web.photos.forms import CORRECTIONS, FIELDS, corrections_of, wrong_number
from geoportal.web.photos.orders import SOURCES, correct
from geoportal.web.photos.pages import line_of, rows, run_tracks, state_of
from geoportal.web.photos.words import flag, report_words
from geoportal.web.uploads.pages import private
from geoportal.wording.values import moment, number
from ingest.errors import BadOption
from layers.errors import DecisionRefused, LayersError, RollbackRefused
from layers.jobs.queue import is_open
from layers.media.models import Decision, Medium, PhotoRun, RunFile
from layers.media.publication import without_place
from layers.media.review import decide
from layers.runs.models import Run
from layers.store.rollback import rollback_run

MOST_RUNS = 500
"""Runs of all drives among which those of one are looked for."""
SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def photo_run(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/photos/runs/{slug}/`: the report; POST corrects the clock or the mounting angle, or takes a run back."""
    run = _run(slug)
    visitor = visitor_of(request)
    fault = _done(request, run, visitor) if request.method == "POST" else ""
    if request.method == "POST" and not fault:
        return redirect("photo-run", slug)
    context = _context(PhotoRun.objects.get(pk=run.pk), visitor, fault)
    return private(render(request, "photos/run.html", context, status=409 if fault else 200))


@require_safe
def photo_run_state(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The progress of the latest run of that drive, for the page's polling."""
    found = history(_run(slug))
    return private(
        JsonResponse(state_of(found[0]) if found else {"ended": True, "line": "", "done": 0, "total": None})
    )


def _run(slug: str) -> PhotoRun:
    run = PhotoRun.objects.filter(slug=slug).first()
    if run is None:
        raise Http404("There is no such run of photos.")
    return run


def _done(request: HttpRequest, run: PhotoRun, visitor: Visitor) -> str:
    """Carry out what the form asks; returns why it was refused, "" on success."""
    try:
        if request.POST.get("do") == "back":
            rollback_run(_own(run, request.POST.get("run", "")), account=visitor.name)
            return ""
        if request.POST.get("do") == "reopen":
            decide(_picture(run, request.POST.get("picture", "")), Decision.Verdict.UNDO, visitor.name)
            return ""
        changes = corrections_of(request.POST)
        if (wrong := wrong_number(changes)) is not None:
            return gettext("“{field}” must be a number.").format(field=wrong.title)
        if any(is_open(one) for one in history(run)[:5]):
            return gettext("The run is being indexed already. Wait until it has ended.")
        correct(run, changes, visitor.name)
    except RollbackRefused as refused:
        return _not_taken_back(refused)
    except (BadOption, LayersError) as refused:
        return sentence(type(refused).__name__, str(refused))
    return ""


def _picture(run: PhotoRun, key: str) -> Medium:
    """The picture of this run with that key. Raises DecisionRefused."""
    found = next(
        (one.medium for one in run.files.select_related("medium") if one.medium and str(one.medium.key) == key), None
    )
    if found is None:
        raise DecisionRefused("The run has no such picture.")
    return found


def _own(run: PhotoRun, text: str) -> int:
    """The key of a run of this drive. Raises RollbackRefused."""
    known = {one.pk for one in history(run)}
    if not text.isdigit() or int(text) not in known:
        raise RollbackRefused("Nothing was stored that could be undone.", [])
    return int(text)


def _not_taken_back(fault: RollbackRefused) -> str:
    if "are public" in str(fault):
        return gettext("Pictures of this run are public. Take their release back first.")
    return sentence("RollbackRefused", str(fault))


def history(run: PhotoRun) -> list[Run]:
    """The runs that indexed this drive, latest first."""
    found = Run.objects.filter(
        source=SOURCES[run.synthetic],
        kind=Run.Kind.INGEST,
        created_at__gte=run.created_at - timedelta(days=1),
    )
    latest = found.select_related("dataset").prefetch_related("undone_by").order_by("-pk")[:MOST_RUNS]
    return [one for one in latest if _slug(one) == run.slug]


def _slug(run: Run) -> str:
    from ingest.photos.storing import run_slug  # it loads Arrow

    try:
        return run_slug(run.parameters, Path(run.input_name) if run.input_name else None)
    except BadOption:
        return ""


def _context(run: PhotoRun, visitor: Visitor, fault: str) -> dict[str, Any]:
    runs = history(run)
    working = runs[0] if runs and is_open(runs[0]) else None
    files = run.files.filter(medium=None).order_by("number")
    placeless = without_place(run)
    return {
        "photo_run": run,
        "row": next((one for one in rows(visitor) if one["slug"] == run.slug), {}),
        "track": next((one for one in run_tracks(visitor) if one.source_id == run.slug), None),
        "report": report_words(run.report),
        "unusable": [{"name": one.name, "reason": flag(one.reason), "message": one.message} for one in files[:SHOWN]],
        "placeless": [_placeless(one) for one in placeless[:SHOWN]],
        "placeless_count": number(len(placeless)),
        "archive": next((one.input_name for one in runs if one.input_name), ""),
        "fields": [
            {"field": one, "value": run.profile.get(one.name, "")} for one in FIELDS if one.name in CORRECTIONS
        ],
        "history": [_past(one) for one in runs],
        "working": working,
        "line": line_of(working) if working else "",
        "fault": fault,
    }


def _placeless(file: RunFile) -> dict[str, Any]:
    """A picture without a place: its name, what became of it, and whether that can be taken back."""
    medium = file.medium
    assert medium is not None
    approved = medium.approved_at is not None and medium.state in (Medium.State.RAW, Medium.State.BLURRED)
    return {
        "key": str(medium.key),
        "name": file.name,
        "approved": approved,
        "state": gettext("approved, waits for a place") if approved else str(medium.get_state_display()),
    }


def _past(run: Run) -> dict[str, Any]:
    undone = any(one.status == Run.Status.COMMITTED for one in run.undone_by.all())
    stored = run.status == Run.Status.COMMITTED
    return {
        "pk": run.pk,
        "when": moment(run.created_at),
        "account": run.account,
        "what": gettext("indexed again") if not run.input_name else gettext("brought in"),
        "clock": _amount(run.parameters.get("clock_offset", "")),
        "mount": _amount(run.parameters.get("mount_offset", "")),
        "stored": number(run.stored),
        "state": gettext("taken back") if undone else run.get_status_display(),
        "may_go_back": stored and not undone,
    }


def _amount(text: str) -> str:
    """A number of an option in the reader's language; the text itself where it is none."""
    try:
        return number(float(text.replace(",", "."))) if text else ""
    except ValueError:
        return text
