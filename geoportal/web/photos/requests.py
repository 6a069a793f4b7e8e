"""Answering requests for the removal of pictures."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from geoportal.accounts.visitors import visitor_of
from geoportal.wording.values import moment, number
from layers.errors import DecisionRefused
from layers.media.models import RemovalRequest, Variant
from layers.media.removal import answer_request

SHOWN = 50
LONGEST_ANSWER = 4000


@require_http_methods(["GET", "HEAD", "POST"])
def photo_requests(request: HttpRequest) -> HttpResponseBase:
    """`/photos/requests/`: the open requests, the oldest first; POST grants or refuses one."""
    return _answered(request) if request.method == "POST" else _listed(request)


def _answered(request: HttpRequest) -> HttpResponseBase:
    asked = RemovalRequest.objects.filter(reference=request.POST.get("reference", "").replace("\0", "")).first()
    if asked is None:
        raise Http404("There is no such request.")
    verdict, answer = request.POST.get("verdict", ""), request.POST.get("answer", "").replace("\0", "").strip()
    if asked.state != RemovalRequest.State.OPEN:
        return _listed(request, _already(asked), 409)
    if verdict not in ("grant", "refuse") or not answer or len(answer) > LONGEST_ANSWER:
        fault = gettext(
            "Choose remove or leave, and write an answer: the person reads it under the reference number."
        )
        return _listed(request, fault, 400, asked.reference)
    grant, erase = verdict == "grant", request.POST.get("erase") == "yes"
    try:
        answer_request(asked, grant, answer, visitor_of(request).name, erase_raw=grant and erase)
    except DecisionRefused:
        asked.refresh_from_db()
        return _listed(request, _already(asked), 409)
    messages.success(request, gettext("Request {reference} is answered.").format(reference=asked.reference))
    return redirect("photo-requests")


def _already(asked: RemovalRequest) -> str:
    return gettext("Request {reference} has been answered by {account} meanwhile: {state}.").format(
        reference=asked.reference, account=asked.account, state=asked.get_state_display()
    )


def _listed(request: HttpRequest, fault: str = "", status: int = 200, faulty: str = "") -> HttpResponseBase:
    waiting = RemovalRequest.objects.filter(state=RemovalRequest.State.OPEN)
    shown = waiting.select_related("medium").prefetch_related("medium__variants").order_by("pk")[:SHOWN]
    rows = [_row(one) for one in shown]
    count = waiting.count()
    context = {
        "requests": rows,
        "count": number(count),
        "more": number(count - len(rows)) if count > len(rows) else "",
        "fault": fault,
        "faulty": faulty,
        "typed": request.POST.get("answer", "") if faulty else "",
        "longest": LONGEST_ANSWER,
    }
    answer = render(request, "photos/requests.html", context, status=status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _row(asked: RemovalRequest) -> dict[str, Any]:
    has = {(one.side, one.name) for one in asked.medium.variants.all()}
    return {
        "asked": asked,
        "reason": asked.get_reason_display(),
        "when": moment(asked.created_at),
        "state": asked.medium.get_state_display(),
        "shown": (Variant.Side.BLURRED, Variant.Name.SCREEN) in has,
        "raw": (Variant.Side.RAW, Variant.Name.SCREEN) in has,
    }
