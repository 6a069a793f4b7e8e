"""The last pages of an upload: its dry run, storing, and result."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.uploads.errors import KindForbidden, UnknownUpload
from geoportal.uploads.files import Upload, owned
from geoportal.uploads.rejections import as_csv, lines, rejections_of, titles_of
from geoportal.uploads.storing import layer_left, remove_left, settle, store, undo
from geoportal.uploads.targets import NEW
from geoportal.uploads.words import sentence
from geoportal.web.faults import faults_shown
from geoportal.web.uploads.pages import map_configuration, private, state_of
from geoportal.wording.values import number
from layers.errors import LayersError, UnknownKind
from layers.jobs.queue import cancel, is_open
from layers.kinds import KINDS
from layers.runs.models import Run
from layers.schema.kind import LayerKind

SHOWN = 50
LISTED = 20
"""Most differences listed as text; the map shows more."""
COUNTS = ("added", "changed", "ended", "unchanged", "rejected", "warnings")


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def upload_trial(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/uploads/{token}/trial/`: what storing would change; POST stores the upload."""
    visitor = visitor_of(request)
    upload = owned(visitor.user, token)
    settle(upload)
    if upload.run is not None:
        return redirect("upload-result", token)
    trial = upload.result_of("trial")
    if trial is None and upload.trying_since is None:
        return redirect("upload", token)
    fault = None
    if request.method == "POST" and trial:
        try:
            store(upload, visitor)
            return redirect("upload-result", token)
        except LayersError as refused:
            fault = {"fault": type(refused).__name__, "message": str(refused)}
    status = 409 if fault else 200
    return private(render(request, "uploads/trial.html", _trial(request, visitor, upload, fault), status=status))


def _trial(request: HttpRequest, visitor: Visitor, upload: Upload, fault: dict[str, str] | None) -> dict[str, Any]:
    trial = upload.result_of("trial") or {}
    wrong = fault or (trial if "fault" in trial else None)
    kind = KINDS.get(upload.target.get("kind", ""))
    rejections = lines(trial.get("rejections", [])[:SHOWN], titles_of(upload, kind))
    first = trial.get("first", [])
    return {
        "upload": upload,
        "waiting": not trial,
        "fault": sentence(wrong["fault"], wrong["message"]) if wrong else "",
        "detail": wrong["message"] if wrong else "",
        "may_store": bool(trial) and "fault" not in trial,
        "counts": counts(trial.get("counts", {})),
        "first": [_difference(one) for one in first[:LISTED]],
        "more": max(0, sum(trial.get("counts", {}).get(one, 0) for one in COUNTS[:3]) - min(len(first), LISTED)),
        "mapped": bool(first),
        "rejections": rejections,
        "rejected": number(len(trial.get("rejections", []))),
        "title": kind.title if kind else upload.target.get("title_pl", ""),
        "is_new": upload.target.get("kind") == NEW,
        "configuration": map_configuration(visitor),
    }


def counts(found: dict[str, int]) -> list[dict[str, Any]]:
    """Counts of a run with their titles."""
    words = {
        "added": gettext("objects added"),
        "changed": gettext("objects changed"),
        "ended": gettext("objects ended"),
        "unchanged": gettext("objects unchanged"),
        "rejected": gettext("objects rejected"),
        "warnings": gettext("values left out"),
    }
    return [{"name": one, "title": words[one], "number": number(found.get(one, 0))} for one in COUNTS]


def _difference(one: dict[str, Any]) -> dict[str, Any]:
    words = {"added": gettext("new"), "changed": gettext("changed"), "ended": gettext("ended")}
    english = (get_language() or "pl").startswith("en")
    fields = [{"title": en if english else pl, "old": old, "new": new} for pl, en, old, new in one["fields"]]
    return {**one, "said": words[one["what"]], "fields": fields}


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def upload_result(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/uploads/{token}/result/`: the progress of storing, or its result; POST cancels or undoes it."""
    visitor = visitor_of(request)
    upload = owned(visitor.user, token)
    settle(upload)
    if upload.run is None:
        return redirect("upload-trial" if upload.result_of("trial") else "upload", token)
    fault = ""
    if request.method == "POST":
        fault = _done(request, upload, visitor)
        if not fault:
            return redirect("upload-result", token)
    return private(
        render(request, "uploads/result.html", _result(upload, visitor, fault), status=409 if fault else 200)
    )


def _done(request: HttpRequest, upload: Upload, visitor: Visitor) -> str:
    """Cancel or undo; returns the error message, "" on success."""
    run = upload.run
    if run is not None and request.POST.get("do") == "cancel":
        cancel(run)
        return ""
    try:
        if request.POST.get("do") == "remove-layer":
            remove_left(upload, visitor)
        else:
            undo(upload, visitor)
    except (KindForbidden, UnknownKind):
        raise
    except LayersError as refused:
        return sentence(type(refused).__name__, str(refused))
    return ""


def _result(upload: Upload, visitor: Visitor, fault: str) -> dict[str, Any]:
    run = upload.run
    assert run is not None
    slug = run.parameters.get("kind", "")
    kind = KINDS.get(slug)
    rejections = rejections_of(upload)
    changed = run.details.get("kinds", {}).get(slug, {})
    undone = run.undone_by.filter(status=Run.Status.COMMITTED).exists()
    return {
        "upload": upload,
        "run": run,
        "open": is_open(run),
        "stored": run.status == Run.Status.COMMITTED,
        "undone": undone,
        "layer_left": undone and layer_left(upload, visitor),
        "fault": fault,
        "line": line_of(run),
        "state": state_of(upload),
        "kind": kind,
        "map": _map_address(kind) if kind else "",
        "counts": counts({**changed, "unchanged": run.unchanged, "rejected": run.rejected, "warnings": run.warnings}),
        "rejections": lines(rejections[:SHOWN], titles_of(upload, kind)),
        "rejected": number(len(rejections)),
    }


def _map_address(kind: LayerKind) -> str:
    return f"/#layers={kind.slug}"


def line_of(run: Run) -> str:
    """The progress of a run in one line."""
    if run.cancel_requested and is_open(run):
        return gettext("Being cancelled")
    words = {
        Run.Status.QUEUED: gettext("Waiting for its turn"),
        Run.Status.RUNNING: gettext("Objects read so far: {n}").format(n=number(run.progress_done)),
        Run.Status.INTERRUPTED: gettext("It was interrupted and is taken up again within a minute."),
    }
    return words.get(Run.Status(run.status), "")


@require_safe
@faults_shown
def upload_state(request: HttpRequest, token: str) -> HttpResponseBase:
    """The progress of the dry run or the storing, for the page's polling."""
    upload = owned(visitor_of(request).user, token)
    run = upload.run
    if run is None:
        return private(
            JsonResponse({"ended": upload.result_of("trial") is not None, "line": "", "done": 0, "total": None})
        )
    state = {"ended": not is_open(run), "line": line_of(run)}
    return private(JsonResponse(state | {"done": run.progress_done, "total": run.progress_total}))


@require_safe
@faults_shown
def upload_shapes(request: HttpRequest, token: str, what: str) -> HttpResponseBase:
    """The first features of the file, or those that the dry run would change, as GeoJSON."""
    upload = owned(visitor_of(request).user, token)
    found = upload.result_of(what) if what in ("shapes", "differences") else None
    if found is None:
        raise UnknownUpload("There are no such shapes.")
    return private(JsonResponse(found, content_type="application/geo+json"))


@require_safe
@faults_shown
def upload_rejections(request: HttpRequest, token: str) -> HttpResponseBase:
    """The rejections of the run or of the dry run as CSV."""
    upload = owned(visitor_of(request).user, token)
    slug = upload.run.parameters.get("kind", "") if upload.run else upload.target.get("kind", "")
    found = lines(rejections_of(upload), titles_of(upload, KINDS.get(slug)))
    response = HttpResponse(as_csv(found), content_type="text/csv; charset=utf-8")
    name = f"{gettext('rejections')}-{upload.name.partition('.')[0]}.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return private(response)
