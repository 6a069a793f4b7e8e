"""Printing: `POST /print/` returns a sheet, `GET /print/frame.json` the ground it would cover."""

import threading
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from geoportal.accounts.rights import access_of
from geoportal.api.errors import answer, faults_answered
from geoportal.cartography.printing.contents import ground_of
from geoportal.cartography.printing.errors import PrintBusy
from geoportal.cartography.printing.order import Order, read_order
from geoportal.cartography.printing.sheet import Printed, print_sheet
from geoportal.http.posted import NULL, Types, posted

MOST_BYTES = 1_000_000
RETRY_SECONDS = 10
ORDERED: dict[str, Types] = {"language": (str, NULL)}
"""The other members are checked by `read_order`, whose faults are in the language of the order."""
_turns = threading.BoundedSemaphore(settings.PRINTS_AT_ONCE)


@csrf_exempt  # Printing changes nothing, and other sites' forms cannot send JSON.
@require_POST
@faults_answered
def sheet(request: HttpRequest) -> HttpResponse:
    """`POST /print/`: a PDF of the order in the JSON body; 400 with one line where invalid, 503 when busy."""
    raw = posted(request, ORDERED, most=MOST_BYTES)
    with override(_language(raw)):
        try:
            printed = _in_turn(read_order(access_of(request), raw))
        except PrintBusy as fault:
            busy = answer(fault)
            busy["Retry-After"] = str(RETRY_SECONDS)
            return busy
    response = HttpResponse(printed.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{printed.file_name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@faults_answered
def frame(request: HttpRequest) -> JsonResponse:
    """`GET /print/frame.json?paper=&orientation=&scale=&center=lon,lat`: the corners of such a sheet's map."""
    asked: dict[str, Any] = {name: request.GET[name] for name in ("paper", "orientation") if name in request.GET}
    asked["scale"] = _number(request.GET.get("scale", ""))
    asked["center"] = [_number(part) for part in request.GET.get("center", "").split(",")]
    ground = ground_of(read_order(access_of(request), asked))
    corners = [[round(longitude, 7), round(latitude, 7)] for longitude, latitude in ground.corners()]
    response = JsonResponse({"scale": ground.scale, "corners": corners})
    response["Cache-Control"] = "no-cache"
    return response


def _language(raw: dict[str, Any]) -> str:
    """The language given in the order, else that of the visitor."""
    asked = raw.get("language")
    return asked if asked in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


def _in_turn(order: Order) -> Printed:
    """Print with a free slot. Raises PrintBusy where none becomes free in time."""
    if not _turns.acquire(timeout=settings.PRINT_WAIT_SECONDS):
        raise PrintBusy(
            gettext("Other maps are being printed; try again in {seconds} seconds.").format(seconds=RETRY_SECONDS)
        )
    try:
        return print_sheet(order)
    finally:
        _turns.release()


def _number(text: str) -> float | str:
    """A number where the text is one; else the text, which `read_order` refuses."""
    try:
        return float(text)
    except ValueError:
        return text
