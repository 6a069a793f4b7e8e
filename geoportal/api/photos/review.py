"""The review of photos for its page: the next picture, one picture by its key, and decisions."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_http_methods, require_safe

from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import faults_answered, problem
from geoportal.http.errors import BadQuery
from geoportal.http.posted import NULL, Types, posted
from geoportal.photos.queue import document, file_of, last_decided, next_file, open_elsewhere
from geoportal.photos.verdicts import record_verdict
from layers.media.models import Medium

VERDICT: dict[str, Types] = {
    "verdict": (str,),
    "reason": (str, NULL),
    "boxes": (list, NULL),
    "seen": (str, NULL),
    "of": (str, NULL),
}


@require_safe
@faults_answered
def next_picture(request: HttpRequest) -> JsonResponse:
    """`/photos/review/next.json?run=&after=`: the next picture to review, or `{"picture": null}`."""
    elsewhere = open_elsewhere(visitor_of(request).name)
    found = next_file(_run(request), _key(request.GET.get("after", "")), elsewhere)
    return _private(JsonResponse({"picture": document(found) if found else None}))


@require_safe
@faults_answered
def last_picture(request: HttpRequest) -> JsonResponse:
    """`/photos/review/last.json?run=`: the picture of the account's last decision that still holds, or null."""
    found = last_decided(visitor_of(request).name, _run(request))
    return _private(JsonResponse({"picture": document(found) if found else None}))


def _run(request: HttpRequest) -> str:
    return request.GET.get("run", "").replace("\0", "")


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadQuery(f"after={text[:40]}: the key of a picture is needed.") from None


@require_http_methods(["GET", "HEAD", "POST"])
@faults_answered
def review_picture(request: HttpRequest, key: UUID) -> JsonResponse:
    """`/photos/review/{key}.json`: a picture with regions; POST `{verdict, reason, boxes, seen}` decides about it."""
    medium = Medium.objects.filter(key=key, purpose=Medium.Purpose.STREET_PHOTO).first()
    file = file_of(medium) if medium else None
    if medium is None or file is None:
        return _private(problem(404, "There is no such picture."))
    if request.method == "POST":
        file.medium = record_verdict(medium, posted(request, VERDICT), visitor_of(request).name)
    return _private(JsonResponse({"picture": document(file)}))


def _private(answer: JsonResponse) -> JsonResponse:
    answer["Cache-Control"] = "private, no-store"
    return answer
