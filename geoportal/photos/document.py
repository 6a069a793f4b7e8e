"""A street photo as JSON for the viewer: place, time, direction, its files, its neighbours, and its text in words."""

from typing import Any

from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.photos.sight import SPHERE, Shot, Sight, degrees
from geoportal.wording.features import feature_title
from geoportal.wording.values import NO_BREAK, day, moment, number
from layers.access.rules import licence, may_see
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.media.models import Medium, Variant
from layers.places.figures import DIRECTIONS
from layers.reading.selection import Selection

ADDRESS_WITHIN_M = 100.0
SHOWABLE = ("image/jpeg", "image/png", "image/webp")
"""Types of originals that browsers show."""
INTERNAL = "LicenseRef-internal"
REMOVAL = "/pictures/{key}/removal/"


def document(sight: Sight, shot: Shot) -> dict[str, Any]:
    """What the viewer needs of one picture; `here` are pictures at the same place by run, this one among them."""
    row, medium = shot.row, shot.medium
    previous, following = sight.beside(row)
    author = _author(sight, row)
    return {
        "key": str(sight.key_of(medium)),
        "released_key": str(medium.released_key) if _released(medium) else None,
        "state": medium.get_state_display() if sight.raw else None,
        "taken_at": row.taken_at.isoformat() if row.taken_at else None,
        "heading_deg": row.heading_deg,
        "hfov_deg": row.hfov_deg,
        "projection": row.projection,
        "spherical": row.projection == SPHERE,
        "lon": shot.lon,
        "lat": shot.lat,
        "run": row.photo_run,
        "number": row.number,
        "previous": previous,
        "next": following,
        "width": medium.width,
        "height": medium.height,
        "pano": medium.facts.get("pano") if row.projection == SPHERE else None,
        **files(sight, medium),
        "author": author,
        "licence": _licence(sight),
        "synthetic": medium.synthetic,
        "links": _links(sight, medium, row),
        "here": _here(sight, row),
        "words": words(sight, shot),
    }


def files(sight: Sight, medium: Medium) -> dict[str, Any]:
    """Addresses of the picture's files by name, and the levels of its tiles."""
    side = Variant.Side.RAW if sight.raw else Variant.Side.BLURRED
    found = {one.name: one for one in medium.variants.all() if one.side == side}
    base = f"/media/{medium.key}/raw/" if sight.raw else f"/pictures/{medium.released_key}/"
    end = "" if sight.raw else ".jpg"
    addresses = {name: f"{base}{name}{end}" for name in ("thumbnail", "screen", "full") if name in found}
    original = found.get(Variant.Name.ORIGINAL)
    if original is not None and original.media_type in SHOWABLE:
        addresses.setdefault("full", f"{base}original")
    tiles = found.get(Variant.Name.TILES)
    levels = {"address": f"{base}tiles/", "levels": tiles.details.get("levels", [])} if tiles else None
    return {"files": addresses, "tiles": levels}


def _released(medium: Medium) -> bool:
    return medium.state == Medium.State.RELEASED


def _links(sight: Sight, medium: Medium, row: Any) -> dict[str, str]:
    links = {}
    if _released(medium):
        links["page"] = reverse("picture", args=[medium.released_key])
        links["removal"] = REMOVAL.format(key=medium.released_key)
    if sight.raw:
        links["run"] = reverse("photo-run", args=[row.photo_run])
    return links


def _licence(sight: Sight) -> str:
    return licence(sight.kind, sight.chosen.shown) if sight.chosen else sight.kind.source.licence


def _author(sight: Sight, row: Any) -> str | None:
    if not sight.raw:
        return str(row.author) if row.author else None
    runs = KINDS["photo_runs"]
    shown = VERSIONS.serving(runs) if may_see(sight.visitor.access, runs) else None
    if shown is None:
        return None
    tracks = Selection(sight.visitor.access, runs, shown).rows().filter(source_id=row.photo_run)
    return tracks.values_list("author", flat=True).first()


def _here(sight: Sight, row: Any) -> list[dict[str, Any]]:
    others = [_other(one, one.away.m) for one in sight.alike(row)]
    here = [*others, _other(row, 0.0)]
    return sorted(here, key=lambda one: (one["taken_at"] is None, one["taken_at"] or "", one["run"]))


def _other(row: Any, away: float) -> dict[str, Any]:
    lon, lat = degrees(row.geom)
    return {
        "key": row.picture,
        "run": row.photo_run,
        "taken_at": row.taken_at.isoformat() if row.taken_at else None,
        "day": day(row.taken_at) if row.taken_at else gettext("day unknown"),
        "heading_deg": row.heading_deg,
        "projection": row.projection,
        "distance_m": round(away, 1),
        "lon": lon,
        "lat": lat,
    }


def words(sight: Sight, shot: Shot) -> dict[str, str]:
    """The picture in words: where (the nearest address), which way it looks, when, and all of it as one text."""
    place, direction, when = _place(sight, shot), _direction(shot.row), _when(shot.row)
    what = gettext("Spherical photo") if shot.row.projection == SPHERE else gettext("Photo")
    return {
        "place": place,
        "direction": direction,
        "when": when,
        "text": f"{what}: {place}, {direction}, {when}.",
        "licence": gettext("for internal use only") if _licence(sight) == INTERNAL else _licence(sight),
    }


def _place(sight: Sight, shot: Shot) -> str:
    """The nearest address within 100 m that the visitor may see, else the coordinates."""
    kind, access = KINDS["addresses"], sight.visitor.access
    shown = VERSIONS.serving(kind) if may_see(access, kind) else None
    if shown is not None:
        close = Selection(access, kind, shown).rows().filter(geom__dwithin=(shot.row.geom, ADDRESS_WITHIN_M))
        near = close.annotate(away=Distance("geom", shot.row.geom)).order_by(GeometryDistance("geom", shot.row.geom))
        if (found := near.first()) is not None:
            title, away = feature_title(access, kind, found), f"{number(round(found.away.m))}{NO_BREAK}m"
            return gettext("{away} from {address}").format(away=away, address=title)
    return f"{shot.lat:.5f}, {shot.lon:.5f}"


def _direction(row: Any) -> str:
    if row.heading_deg is None:
        return gettext("direction unknown")
    return gettext("looking {direction}").format(direction=DIRECTIONS[round(row.heading_deg / 45) % 8])


def _when(row: Any) -> str:
    return moment(row.taken_at) if row.taken_at else gettext("time unknown")
