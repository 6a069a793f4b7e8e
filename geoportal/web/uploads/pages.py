"""The first pages of an upload: choosing a file, its inspection, choosing the target."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.uploads.errors import BadUpload
from geoportal.uploads.files import KEPT_FOR, PHOTOS, Upload, keep, owned
from geoportal.uploads.inspection import look
from geoportal.uploads.storing import remove, settle
from geoportal.uploads.targets import NEW, allowed_kind, city_kinds, is_planners, planners_kinds
from geoportal.uploads.trying import set_target, try_out
from geoportal.uploads.words import sentence
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import configuration
from geoportal.web.uploads.forms import COLORS, MODES, TYPES, form_fault, reading_of, suggested_map, target_of
from geoportal.wording.values import moment, number
from layers.access.rules import visible_kinds
from layers.city import city
from layers.crs import PL_1992, PL_2000_ZONES, WEB_MERCATOR, WGS84, system_name
from layers.errors import LayersError
from layers.jobs.queue import is_open
from layers.planner.declarations import LICENCES, SHAPES
from layers.runs.models import Run
from layers.schema.kind import LayerKind

MEGABYTE = 1_000_000
FORM_BYTES = 100_000
"""Bytes allowed for a form besides its files."""
PRIVATE = "private, no-store"
SYSTEMS = (PL_1992, *PL_2000_ZONES, WGS84, WEB_MERCATOR)


@csrf_exempt
def uploads(request: HttpRequest) -> HttpResponseBase:
    """`/uploads/`: one's own uploads; POST with files makes a new one. Too large bodies are refused unread."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_BYTES + FORM_BYTES:
        return _listed(request, sentence("BadUpload", "the limit is"), 413)
    return _uploads(request)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def _uploads(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _listed(request)
    try:
        upload = keep(visitor_of(request).user, request.FILES.getlist("file"))
    except BadUpload as fault:
        return _listed(request, sentence("BadUpload", str(fault)), 400)
    try:
        look(upload)
    except LayersError as fault:
        if type(fault).__name__ != "CrsUnknown":
            upload.delete_files()
            upload.delete()
            return _listed(request, sentence(type(fault).__name__, str(fault)), 400, str(fault))
        upload.store_result("fault", {"fault": type(fault).__name__, "message": str(fault)})
    return redirect("upload", upload.token)


def _listed(request: HttpRequest, fault: str = "", status: int = 200, detail: str = "") -> HttpResponseBase:
    visitor = visitor_of(request)
    mine = Upload.objects.filter(user=visitor.user).exclude(reading__has_key=PHOTOS)
    found = mine.select_related("run").order_by("-created_at")[:30]
    context = {
        "uploads": [_row(one) for one in found],
        "fault": fault,
        "detail": detail,
        "most": number(settings.UPLOAD_BYTES // MEGABYTE),
        "days": KEPT_FOR.days,
        "edits": visitor.can("edit"),
        "layers": planners_kinds(visitor),
    }
    return private(render(request, "uploads/list.html", context, status=status))


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Set Cache-Control: private, no-store on a response, and return it."""
    response.headers["Cache-Control"] = PRIVATE
    return response


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "upload": upload,
        "when": moment(upload.created_at),
        "size": size_of(upload),
        "state": state_of(upload),
        "stored": upload.run is not None,
    }


def size_of(upload: Upload) -> str:
    """A file's size as text."""
    if upload.size < MEGABYTE:
        return f"{number(max(1, round(upload.size / 1000)))} kB"
    return f"{number(round(upload.size / MEGABYTE, 1))} MB"


def state_of(upload: Upload) -> str:
    """The state of an upload as text."""
    run = upload.run
    if run is None:
        return gettext("not stored yet") if upload.has_files else gettext("gone")
    if run.status == Run.Status.COMMITTED:
        undone = run.undone_by.filter(status=Run.Status.COMMITTED).exists()
        return gettext("undone") if undone else gettext("stored")
    return gettext("being stored") if is_open(run) else gettext("not stored")


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def upload_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/uploads/{token}/`: the file's content and the form of its target; POST changes the reading options."""
    visitor = visitor_of(request)
    upload = owned(visitor.user, token)
    settle(upload)
    if upload.run is not None:
        return redirect("upload-result", token)
    if request.method == "POST":
        upload.reading = reading_of(request.POST)
        upload.save(update_fields=["reading"])
        upload.forget("fault")
        try:
            look(upload)
        except LayersError as fault:
            upload.store_result("fault", {"fault": type(fault).__name__, "message": str(fault)})
        return redirect("upload", token)
    return private(render(request, "uploads/look.html", look_context(request, visitor, upload)))


def look_context(request: HttpRequest, visitor: Visitor, upload: Upload, fault: str = "") -> dict[str, Any]:
    """The context of the second step's page."""
    found, refused = upload.result_of("look"), upload.result_of("fault")
    into = request.POST.get("kind") or request.GET.get("into") or upload.target.get("kind") or NEW
    context: dict[str, Any] = {
        "upload": upload,
        "look": found,
        "size": size_of(upload),
        "fault": fault or (sentence(refused["fault"], refused["message"]) if refused else ""),
        "detail": "" if fault or not refused else refused["message"],
        "systems": [(f"EPSG:{one}", f"{system_name(one)} (EPSG:{one})") for one in SYSTEMS],
        "configuration": map_configuration(visitor),
        "edits": visitor.can("edit"),
        "mine": planners_kinds(visitor),
        "kinds": city_kinds(visitor),
        "into": into,
        "modes": MODES.items(),
    }
    if found and found["layer"]:
        context |= {"features": number(found["features"]), "system_found": _system_words(found["system_found"])}
        context["system"] = _system_name(found["system"])
        context |= (
            _new_context(upload, found) if into == NEW else _kind_context(allowed_kind(visitor, into), upload, found)
        )
    return context


def map_configuration(visitor: Visitor) -> dict[str, Any]:
    """Configuration of the map on uploads' pages."""
    kinds = tuple(kind for kind in visible_kinds(visitor.access) if kind.basemap)
    return configuration(city(), kinds) | {"language": get_language() or "pl"}


def _system_name(code: str) -> str:
    """The title of a CRS with its EPSG code."""
    digits = code.rpartition(":")[2]
    name = system_name(int(digits)) if code.startswith("EPSG:") and digits.isdigit() else code
    return name if name == code else f"{name} ({code})"


def _system_words(how: str) -> str:
    return {
        "given": gettext("chosen by you"),
        "stated": gettext("stated in the file"),
        "rule": gettext("GeoJSON is always in this system"),
        "inferred": gettext("found from the numbers: in no other system do they lie in the city"),
    }[how]


def _new_context(upload: Upload, found: dict[str, Any]) -> dict[str, Any]:
    chosen = upload.target if upload.target.get("kind") == NEW else {}
    kept = {one["column"]: one for one in chosen.get("fields", [])}
    rows = [
        {
            "column": column,
            "used": column["name"] in kept if chosen else not column["empty"],
            "title": kept.get(column["name"], {}).get("title_pl") or guess["title"],
            "type": kept.get(column["name"], {}).get("type") or guess["type"],
            "unit": kept.get(column["name"], {}).get("unit", ""),
            "codes": "; ".join(
                f"{code} = {title}" for code, title in kept.get(column["name"], {}).get("codes", {}).items()
            ),
        }
        for column, guess in zip(found["columns"], found["fields"], strict=True)
    ]
    naming = next((one["column"] for one in found["fields"] if one["name"] == found["naming"]), "")
    return {
        "fields": rows,
        "types": TYPES.items(),
        "shapes": [(slug, title) for slug, (title, _, _) in SHAPES.items()],
        "licences": list(LICENCES),
        "colors": COLORS,
        "naming": naming,
        "new": {"title_pl": found["title"].replace("_", " "), "shape": found["shape"], "color": COLORS[0], **chosen},
    }


def _kind_context(kind: LayerKind, upload: Upload, found: dict[str, Any]) -> dict[str, Any]:
    chosen = upload.target if upload.target.get("kind") == kind.slug else {}
    suggested = chosen.get("map") or suggested_map(kind, found)
    rows = [{"field": field, "column": suggested.get(field.name, "")} for field in kind.fields]
    stem = upload.name.partition(".")[0]
    return {"kind": kind, "fields": rows, "planners": is_planners(kind), "new": {"dataset": stem, **chosen}}


@require_POST
@faults_shown
def upload_target(request: HttpRequest, token: str) -> HttpResponseBase:
    """Set the upload's target and start its dry run."""
    visitor = visitor_of(request)
    upload = owned(visitor.user, token)
    found = upload.result_of("look")
    if upload.run is not None or not found or not found["layer"]:
        return redirect("upload", token)
    try:
        target = target_of(request.POST, upload, found, visitor)
    except BadUpload as fault:
        context = look_context(request, visitor, upload, form_fault(str(fault)))
        return private(render(request, "uploads/look.html", context, status=400))
    set_target(upload, target)
    try_out(upload)
    return redirect("upload-trial", token)


@require_POST
@faults_shown
def upload_remove(request: HttpRequest, token: str) -> HttpResponseBase:
    """Delete an upload that was not stored."""
    upload = owned(visitor_of(request).user, token)
    try:
        remove(upload)
    except BadUpload as fault:
        return _listed(request, sentence("BadUpload", str(fault)), 409)
    return redirect("uploads")
