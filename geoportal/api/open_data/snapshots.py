"""Dated snapshots: their list and their files."""

from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import visible_kind
from geoportal.api.errors import faults_answered, problem
from geoportal.http.ranges import file_answer
from geoportal.wording.snapshots import as_json, file_address, snapshot_of
from layers.snapshots.models import open_snapshots


@require_safe
@faults_answered
def snapshot_list(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/open-data/{layer}/snapshots.json`: the stored snapshots, newest first."""
    kind = visible_kind(request, layer)
    base = request.build_absolute_uri("/")
    answer = JsonResponse({"layer": kind.slug, "snapshots": [as_json(one, base) for one in open_snapshots(kind)]})
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
@faults_answered
def snapshot_file(request: HttpRequest, layer: str, day: str, name: str) -> HttpResponseBase:
    """`/open-data/{layer}/snapshots/{day}/{name}`: a file of a snapshot; ranges and conditional requests work."""
    kind = visible_kind(request, layer)
    snapshot = snapshot_of(kind, day)
    file = next((one for one in snapshot.files.all() if one.name == name), None) if snapshot else None
    if snapshot is None or file is None:
        return _unknown(layer)
    try:
        answer = file_answer(request, file.path(), f'"{file.sha256}"', snapshot.taken_at, file.format.media_type)
    except OSError:  # replaced at this moment by a newer snapshot of the day
        return _unknown(layer)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["Cache-Control"] = "public, no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Length, Content-Range, ETag"
    return answer


@require_safe
@faults_answered
def latest_file(request: HttpRequest, layer: str, ending: str) -> HttpResponseBase:
    """`/open-data/{layer}/snapshots/latest.{ending}`: redirects to the file of the newest snapshot."""
    snapshot = snapshot_of(visible_kind(request, layer), "latest")
    file = next((one for one in snapshot.files.all() if one.ending == ending), None) if snapshot else None
    if snapshot is None or file is None:
        return _unknown(layer)
    answer = HttpResponseRedirect(file_address(snapshot, file))
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _unknown(layer: str) -> HttpResponseBase:
    address = f"/open-data/{layer}/snapshots.json"
    return problem(404, f"Layer {layer[:60]} has no such snapshot; those that are kept are listed at {address}.")
