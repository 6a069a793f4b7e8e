"""`/live/{kind}.json?after=SEQ` and `/live/{kind}/last-48-hours.json`."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import visible_kind
from geoportal.api.errors import faults_answered
from geoportal.live.document import Body, LiveDocument
from geoportal.live.history import LiveHistory
from layers.access.rules import level_of, record_read
from layers.errors import BadMoment, UnknownKind
from layers.kinds import KINDS
from layers.schema.kind import LayerKind

HIGHEST_SEQ = 2**63


@lru_cache
def document_of(slug: str) -> LiveDocument:
    """The document of a kind in this process."""
    return LiveDocument(KINDS[slug])


@lru_cache
def history_of(slug: str) -> LiveHistory:
    """The two days of a kind in this process."""
    return LiveHistory(KINDS[slug])


@require_safe
@faults_answered
def live_values(request: HttpRequest, layer: str) -> HttpResponse:
    """`/live/{kind}.json`: all stations; with `after`, the `seq` of the last document, those that changed since, or
    304 where none did."""
    kind = _live_kind(request, layer)
    body = document_of(kind.slug).answer(_after(request.GET.get("after")))
    headers = _headers(kind)
    if body is None:
        return HttpResponseNotModified(headers=headers)
    record_read(kind)
    return _sent(request, body, headers)


@require_safe
@faults_answered
def last_hours(request: HttpRequest, layer: str) -> HttpResponse:
    """`/live/{kind}/last-48-hours.json`: states at each half hour."""
    kind = _live_kind(request, layer)
    record_read(kind)
    return _sent(request, history_of(kind.slug).answer(), _headers(kind))


def _live_kind(request: HttpRequest, layer: str) -> LayerKind:
    kind = visible_kind(request, layer)
    if not kind.live:
        raise UnknownKind(f"Layer {kind.slug} has no live values.")
    return kind


def _after(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or int(text[:20]) >= HIGHEST_SEQ:
        raise BadMoment(f"after={text[:40]} is no number of a batch; expected the “seq” of the last document.")
    return int(text)


def _headers(kind: LayerKind) -> dict[str, str]:
    public = level_of(kind) == "public"
    headers = {"Cache-Control": "no-cache" if public else "private, no-store", "Vary": "Accept-Encoding, Cookie"}
    return headers | ({"Access-Control-Allow-Origin": "*"} if public else {})


def _sent(request: HttpRequest, body: Body, headers: dict[str, str]) -> HttpResponse:
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(body.zipped, content_type="application/json", headers=headers)
    return HttpResponse(body.plain, content_type="application/json", headers=headers)
