"""The list of runs of photos with the form that brings one in, and the page of such an order."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.uploads.errors import BadUpload
from geoportal.uploads.files import PHOTOS, Upload, owned_photos
from geoportal.uploads.words import sentence
from geoportal.web.faults import faults_shown
from geoportal.web.photos.forms import FIELDS, TRUST, options_of, wrong_number
from geoportal.web.photos.inbox import items
from geoportal.web.photos.orders import order, remove, settle, store, try_out
from geoportal.web.photos.words import flag, report_words
from geoportal.web.uploads.pages import FORM_BYTES, MEGABYTE, private, size_of
from geoportal.wording.features import whereabouts
from geoportal.wording.values import day, number
from ingest.errors import BadOption
from layers.access.rules import may_see
from layers.errors import LayersError
from layers.feed.versions import VERSIONS
from layers.jobs.queue import cancel, is_open
from layers.kinds import KINDS
from layers.media.models import Medium, PhotoRun
from layers.reading.selection import Selection
from layers.runs.models import Run

SHOWN = 50


@csrf_exempt
def photos(request: HttpRequest) -> HttpResponseBase:
    """`/photos/`: the runs; POST brings one in. Too large bodies are refused unread."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_BYTES + FORM_BYTES:
        return _listed(request, sentence("BadUpload", "the limit is"), 413)
    return _photos(request)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def _photos(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _listed(request)
    options = options_of(request.POST)
    if (wrong := wrong_number(options)) is not None:
        return _listed(request, gettext("“{field}” must be a number.").format(field=wrong.title), 400)
    item = request.POST.get("item", "").replace("\0", "")
    try:
        made = order(visitor_of(request).user, request.FILES.getlist("file"), item, options)
    except (BadUpload, BadOption) as fault:
        return _listed(request, order_fault(fault), 400)
    try_out(made)
    return redirect("photo-order", made.token)


def order_fault(fault: LayersError) -> str:
    """Why an order cannot be carried out, in one sentence."""
    texts = (
        ("Choose either", gettext("Choose either a file or something from the inbox.")),
        ("One zip", gettext("Send one zip archive with the photos.")),
        ("The inbox", gettext("The inbox has no such folder or archive any more.")),
        ("no photos", gettext("There are no photos in it: expected JPEG, HEIC, PNG, WebP or TIFF files.")),
        ("has no name", gettext("Give the run a short name of letters and digits.")),
    )
    found = next((words for begin, words in texts if begin in str(fault)), "")
    return found or sentence(type(fault).__name__, str(fault))


def _listed(request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponseBase:
    visitor = visitor_of(request)
    orders = Upload.objects.filter(user=visitor.user, reading__has_key=PHOTOS, run=None).order_by("-created_at")[:10]
    context = {
        "runs": rows(visitor),
        "orders": orders,
        "items": [{"name": one.name, "size": _size(one.size)} for one in items()],
        "fields": [{"field": one, "value": request.POST.get(one.name, "")} for one in FIELDS],
        "trust": [{"name": name, "title": title} for name, title in TRUST.items()],
        "most": number(settings.UPLOAD_BYTES // MEGABYTE),
        "inbox": settings.PHOTO_INBOX,
        "fault": fault,
    }
    return private(render(request, "photos/list.html", context, status=status))


def _size(size: int) -> str:
    return f"{number(max(0.1, round(size / MEGABYTE, 1)))} MB"


def rows(visitor: Visitor) -> list[dict[str, Any]]:
    """The runs of photos, the latest first, with their days and counts; two queries."""
    state = "files__medium__state"
    found = PhotoRun.objects.annotate(
        usable=Count("files", filter=Q(files__medium__isnull=False)),
        waiting=Count("files", filter=Q(**{state: Medium.State.RAW, "files__medium__approved_at": None})),
        released=Count("files", filter=Q(**{state: Medium.State.RELEASED})),
    )
    tracks = {one.source_id: one for one in run_tracks(visitor)}
    made = [_row(one, tracks.get(one.slug)) for one in found]
    real = any(one["on_map"] and not one["synthetic"] for one in made)
    for one in made:
        one["retired"] = real and one["synthetic"] and not one["on_map"]
    return sorted(made, key=lambda one: (one["taken_on"] is not None, one["taken_on"], one["slug"]), reverse=True)


def run_tracks(visitor: Visitor) -> list[Any]:
    """The rows of `photo_runs` that the visitor may see."""
    kind = KINDS["photo_runs"]
    VERSIONS.refresh(force=True)  # a run that was stored a moment ago is on the page that follows
    shown = VERSIONS.serving(kind) if may_see(visitor.access, kind) else None
    return list(Selection(visitor.access, kind, shown).rows()) if shown else []


def _row(run: Any, track: Any) -> dict[str, Any]:
    taken = track.taken_on if track else None
    return {
        "slug": run.slug,
        "name": (track.name if track else None) or run.profile.get("name") or run.slug,
        "taken_on": taken,
        "day": day(taken) if taken else gettext("day unknown"),
        "on_map": track is not None,
        "photos": number(run.usable),
        "located": number(run.report.get("located", 0)),
        "waiting": number(run.waiting) if run.waiting else "",
        "reviewed": number(run.usable - run.waiting),
        "released": number(run.released),
        "synthetic": run.synthetic,
        "map": map_address(track) if track else "",
    }


def map_address(track: Any) -> str:
    """The map on the line of a run, with its photos."""
    lon, lat = whereabouts(track)["center"] or (0, 0)
    return f"/#map=16/{lat}/{lon}&layers=street_photos,photo_runs&pick=photo_runs/{track.feature_id}"


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def photo_order(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/photos/orders/{token}/`: what bringing the run in would do; POST stores, cancels or removes the order."""
    visitor = visitor_of(request)
    upload = owned_photos(visitor.user, token)
    settle(upload)
    fault = ""
    if request.method == "POST":
        try:
            return _done(upload, request.POST.get("do", ""), visitor)
        except LayersError as refused:
            fault = order_fault(refused)
            upload.refresh_from_db()
    if upload.run is not None and upload.run.status == Run.Status.COMMITTED:
        return redirect("photo-run", upload.reading[PHOTOS]["options"]["run"])
    return private(render(request, "photos/order.html", _order(upload, fault), status=409 if fault else 200))


def _done(upload: Upload, do: str, visitor: Visitor) -> HttpResponseBase:
    if do == "remove" and upload.run is None:
        remove(upload)
        return redirect("photos")
    if do == "cancel" and upload.run is not None:
        cancel(upload.run)
    elif do == "store":
        store(upload, visitor.name)
    return redirect("photo-order", upload.token)


def _order(upload: Upload, fault: str) -> dict[str, Any]:
    trial, run = upload.result_of("trial"), upload.run
    wrong = trial if trial and "fault" in trial else None
    rejections = trial.get("rejections", []) if trial else []
    counts = (trial or {}).get("counts", {}).get("street_photos", {})
    return {
        "upload": upload,
        "size": size_of(upload),
        "name": upload.reading[PHOTOS]["options"].get("name") or upload.reading[PHOTOS]["options"]["run"],
        "run": run,
        "waiting": trial is None or (run is not None and is_open(run)),
        "line": line_of(run),
        "fault": fault or (_trial_fault(wrong) if wrong else ""),
        "detail": wrong["message"] if wrong else "",
        "may_store": bool(trial) and wrong is None and run is None,
        "report": report_words((trial or {}).get("report", {})),
        "added": number(counts.get("added", 0)),
        "unchanged": number(counts.get("unchanged", 0)),
        "rejections": [{"id": one["id"], "reason": flag(one["reason"])} for one in rejections[:SHOWN]],
        "rejected": number(len(rejections)),
    }


def _trial_fault(wrong: dict[str, str]) -> str:
    if "no photos" in wrong["message"]:
        return gettext("There are no photos in it: expected JPEG, HEIC, PNG, WebP or TIFF files.")
    return sentence(wrong["fault"], wrong["message"])


def line_of(run: Run | None) -> str:
    """The progress of a run of photos in one line."""
    if run is None:
        return gettext("The photos are being read. You may close this page and come back.")
    if run.cancel_requested:
        return gettext("Being cancelled")
    if run.status == Run.Status.RUNNING:
        return gettext("Photos so far: {n}").format(n=number(run.progress_done))
    return gettext("Waiting for its turn")


@require_safe
@faults_shown
def photo_order_state(request: HttpRequest, token: str) -> HttpResponseBase:
    """The progress of an order, for the page's polling."""
    upload = owned_photos(visitor_of(request).user, token)
    if upload.run is None:
        ended = upload.result_of("trial") is not None
        return private(JsonResponse({"ended": ended, "line": "", "done": 0, "total": None}))
    return private(JsonResponse(state_of(upload.run)))


def state_of(run: Run) -> dict[str, Any]:
    """The progress of a run as JSON."""
    progress = {"done": run.progress_done, "total": run.progress_total}
    return {"ended": not is_open(run), "line": line_of(run), **progress}
