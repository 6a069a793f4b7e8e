"""Asking for the removal of a released picture, without an account: the form, the answer, the public figures."""

from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from geoportal.http.sender import sender_mark
from geoportal.wording.values import moment, number
from layers.errors import DecisionRefused
from layers.media.models import Medium, RemovalRequest, released_or_none
from layers.media.removal import (
    LONGEST_MESSAGE,
    MOST_A_DAY,
    REFERENCE_LENGTH,
    median_days_to_answer,
    new_reference,
    removal_figures,
    request_removal,
)

LONGEST_CONTACT = 200


@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """`/pictures/{key}/removal/`: the form; POST records the request and hides the picture."""
    reference = _reference(request, key)
    if reference and (sent := RemovalRequest.objects.filter(reference=reference).first()):
        return redirect("removal-request", sent.reference)
    medium = released_or_none(key)
    if medium is None:
        raise Http404("There is no such picture.")
    if request.method != "POST":
        return _form(request, medium)
    given = {name: _text(request, name) for name in ("reason", "message", "contact")}
    if fault := _fault(given):
        return _form(request, medium, given, fault)
    try:
        made = request_removal(medium, **given, visitor=sender_mark(request), reference=reference)
    except DecisionRefused:  # hidden meanwhile: from now on an unknown picture
        raise Http404("There is no such picture.") from None
    return redirect("removal-request", made.reference)


def _signer(key: UUID) -> Signer:
    return Signer(salt=f"geoportal.web.photos.removal {key}")


def _reference(request: HttpRequest, key: UUID) -> str:
    """The reference that the form of this picture brought along, so that a form sent twice is one request."""
    try:
        return _signer(key).unsign(request.POST.get("reference", ""))
    except BadSignature:
        return ""


def _text(request: HttpRequest, name: str) -> str:
    """A posted text with the line ends of a text file."""
    return request.POST.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()


def _fault(given: dict[str, str]) -> str:
    if given["reason"] not in RemovalRequest.Reason.values:
        return gettext("Choose one of the reasons.")
    if len(given["message"]) > LONGEST_MESSAGE or len(given["contact"]) > LONGEST_CONTACT:
        return gettext("The text is too long: at most {message} letters, and {contact} for the contact.").format(
            message=number(LONGEST_MESSAGE), contact=LONGEST_CONTACT
        )
    return ""


def _form(
    request: HttpRequest, medium: Medium, given: dict[str, str] | None = None, fault: str = ""
) -> HttpResponseBase:
    context = {
        "picture": medium.released_key,
        "reference": _signer(medium.released_key).sign(new_reference()) if medium.released_key else "",
        "given": given or {},
        "reasons": RemovalRequest.Reason.choices,
        "fault": fault,
        "longest_message": LONGEST_MESSAGE,
        "longest_contact": LONGEST_CONTACT,
        "most": MOST_A_DAY,
    }
    return _unlisted(render(request, "photos/removal.html", context, status=400 if fault else 200))


@require_safe
def removal_request(request: HttpRequest, reference: str) -> HttpResponseBase:
    """`/pictures/requests/{reference}/`: the state of a request and its answer; neither picture nor contact."""
    found = _request_of(reference)
    if found is None:
        raise Http404("There is no such request.")
    return _unlisted(render(request, "photos/removal_request.html", _described(found)))


def _request_of(reference: str) -> RemovalRequest | None:
    """The request with that number, however its letters are written."""
    wanted = reference.upper() if len(reference) == REFERENCE_LENGTH else ""
    return RemovalRequest.objects.filter(reference=wanted.replace("\0", "")).first()


def _described(found: RemovalRequest) -> dict[str, Any]:
    return {
        "asked": found,
        "open": found.state == RemovalRequest.State.OPEN,
        "reason": found.get_reason_display(),
        "state": found.get_state_display(),
        "asked_at": moment(found.created_at),
        "answered_at": moment(found.answered_at) if found.answered_at else "",
        "next": _next(found),
    }


def _next(found: RemovalRequest) -> str:
    """What has happened to the picture, in one sentence."""
    if found.state == RemovalRequest.State.GRANTED:
        return gettext("The picture has been removed for good.")
    if found.state == RemovalRequest.State.REFUSED:
        return gettext("The picture stays public, for the reason in the answer.")
    if found.hid:
        return gettext("The picture is hidden from everybody. A person looks at it and decides.")
    return gettext(
        "The picture stays visible until a person has decided: somebody decided about it for this reason before, "
        "or very many requests came from you today."
    )


@require_safe
def removals(request: HttpRequest) -> HttpResponseBase:
    """`/pictures/removals/`: how many requests there were, and how they were answered; `?reference=` opens one."""
    wanted = "".join(request.GET.get("reference", "").split())
    found = _request_of(wanted) if wanted else None
    if found is not None:
        return redirect("removal-request", found.reference)
    figures = {name: number(count) for name, count in removal_figures().items()}
    days = median_days_to_answer()
    context = {"figures": figures, "days": None if days is None else number(round(days, 1)), "wanted": wanted}
    return render(request, "photos/removals.html", context, status=404 if wanted else 200)


def _unlisted(answer: HttpResponseBase) -> HttpResponseBase:
    """The answer for nobody but its reader: not stored by caches, not listed by search engines."""
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
