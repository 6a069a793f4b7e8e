"""The files of street photos: raw ones for the ability `photos`, released ones for everybody.

This is the only way out of contents of `layers.media`. A released picture is addressed by its public key and served
from its blurred variants only; without a release there is no such address. Public answers are revalidated after
PUBLIC_SECONDS, so that a picture that is hidden on request leaves the caches of browsers and proxies.
"""

import zipfile
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from geoportal.accounts.audit import record_look
from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import problem
from geoportal.http.ranges import file_answer
from layers.media.models import Medium, Variant, released_or_none

PUBLIC_SECONDS = 30
PUBLIC_NAMES = (Variant.Name.FULL, Variant.Name.SCREEN, Variant.Name.THUMBNAIL)


@require_safe
def raw_picture(request: HttpRequest, key: UUID, side: str, name: str) -> HttpResponseBase:
    """`/media/{key}/{side}/{name}`: a file of a picture as it was taken, or its blurred variant before release."""
    medium = Medium.objects.filter(key=key).first()
    variant = medium.variant(side, name) if medium else None
    answer = _file(request, variant, f'"{key}-{side}-{name}"') if variant else None
    if medium is None or answer is None:
        return _unknown()
    if side == Variant.Side.RAW:
        record_look(visitor_of(request), str(key), request.get_full_path())
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def raw_tile(request: HttpRequest, key: UUID, side: str, level: int, column: int, row: int) -> HttpResponseBase:
    """`/media/{key}/{side}/tiles/{level}/{column}_{row}.jpg`: a tile of a spherical picture."""
    medium = Medium.objects.filter(key=key).first()
    content = _tile(medium.variant(side, Variant.Name.TILES) if medium else None, level, column, row)
    if medium is None or content is None:
        return _unknown()
    if side == Variant.Side.RAW:
        record_look(visitor_of(request), str(key), request.get_full_path())
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


@require_safe
def released_picture(request: HttpRequest, key: UUID, name: str) -> HttpResponseBase:
    """`/pictures/{key}/{name}.jpg`: a file of a released picture: full, screen or thumbnail."""
    medium = released_or_none(key)
    variant = medium.variant(Variant.Side.BLURRED, name) if medium and name in PUBLIC_NAMES else None
    answer = _file(request, variant, f'"{key}-{name}"') if variant else None
    return _unknown() if answer is None else _public(answer)


@require_safe
def released_tile(request: HttpRequest, key: UUID, level: int, column: int, row: int) -> HttpResponseBase:
    """`/pictures/{key}/tiles/{level}/{column}_{row}.jpg`: a tile of a released spherical picture."""
    medium = released_or_none(key)
    variant = medium.variant(Variant.Side.BLURRED, Variant.Name.TILES) if medium else None
    content = _tile(variant, level, column, row)
    return _unknown() if content is None else _public(HttpResponse(content, content_type="image/jpeg"))


def _file(request: HttpRequest, variant: Variant, etag: str) -> HttpResponseBase | None:
    try:
        return file_answer(request, variant.path(), etag, variant.made_at, variant.media_type)
    except OSError:  # forgotten at this moment
        return None


def _tile(variant: Variant | None, level: int, column: int, row: int) -> bytes | None:
    if variant is None:
        return None
    try:
        with zipfile.ZipFile(variant.path()) as archive:
            return archive.read(f"{level}/{column}_{row}.jpg")
    except (OSError, KeyError, zipfile.BadZipFile):
        return None


def _public(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}, must-revalidate"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _unknown() -> HttpResponseBase:
    return problem(404, "There is no such picture.")
