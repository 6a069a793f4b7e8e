"""The page of a released picture, for everybody and without scripts: the picture, its data, its links."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.photos.document import document
from geoportal.photos.sight import sight_of
from geoportal.web.uploads.pages import private
from geoportal.wording.values import in_words
from layers.kinds import KINDS


@require_safe
def picture(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """`/pictures/{key}/`: a released picture; also for those who see raw ones, as everybody sees it."""
    sight = sight_of(Visitor(access=visitor_of(request).access))
    shot = sight.shot(key)
    if shot is None:
        raise Http404("There is no such picture.")
    found = document(sight, shot)
    return private(render(request, "photos/picture.html", _context(found, shot.row)))


def _context(found: dict[str, Any], row: Any) -> dict[str, Any]:
    kind = KINDS["street_photos_released"]
    shown = ("photo_run", "number", "taken_at", "heading_deg", "hfov_deg", "projection", "author")
    values = [(kind.field(name), getattr(row, name)) for name in shown]
    facts = [(str(field.title), in_words(field, value)) for field, value in values if value is not None]
    place = (f"{found['lat']:.6f}", f"{found['lon']:.6f}")
    view = f"/?photo={found['key']}#map=18/{place[0]}/{place[1]}&layers=street_photos_released"
    image = found["files"].get("screen") or found["files"].get("full")
    return {"picture": found, "image": image, "facts": facts, "place": ", ".join(place), "map": view, "kind": kind}
