"""The map page: the layer list in HTML, and the configuration of the map's scripts."""

import math
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.cartography.printing.offer import offer
from geoportal.cartography.styles import stack
from geoportal.http.import_map import import_map
from geoportal.photos.sight import kind_of_sight
from geoportal.web.map.live_words import live_configuration
from geoportal.web.words import script_words
from layers.access.rules import visible_kinds
from layers.city import BaseMap, City, city
from layers.crs import WEB_MERCATOR, system_name
from layers.exports import LIVE
from layers.schema.kind import LayerKind, Preset

METRES_PER_DEGREE = 111_320
"""Metres of a degree of latitude, and of longitude on the equator; precise enough for the map's bounds."""

HEADING = "heading_deg"
"""The field of the direction in which a picture was taken; points with it are drawn as arrows."""

DOWNLOADS = tuple((one.ending, one.title) for one in LIVE)
"""Formats of live downloads: (ending, name)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the layer list with its kinds."""

    title: str
    kinds: tuple[LayerKind, ...]


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The city map with its layer list. Needs no database, so that it opens in any state of the data."""
    kinds = tuple(visible_kinds(access_of(request)))
    here = city()
    context = {
        "city": here,
        "themes": themes(kinds),
        "stack": stack(kinds),
        "today": now().astimezone(here.timezone).date().isoformat(),
        "downloads": DOWNLOADS,
        "configuration": configuration(here, kinds) | {"photos": photos(visitor_of(request), kinds)},
        "import_map": import_map(),
    }
    return render(request, "map/page.html", context)


def photos(visitor: Visitor, kinds: tuple[LayerKind, ...]) -> dict[str, str] | None:
    """The layer of street photos whose pictures the visitor may open; None where it is closed to the visitor."""
    layer = kind_of_sight(visitor)
    return {"layer": layer.slug} if layer in kinds else None


def themes(kinds: tuple[LayerKind, ...]) -> list[Theme]:
    """Kinds by theme, both in the order of their declaration."""
    groups: dict[str, list[LayerKind]] = {}
    for kind in kinds:
        groups.setdefault(str(kind.theme), []).append(kind)
    return [Theme(title, tuple(members)) for title, members in groups.items()]


def configuration(here: City, kinds: tuple[LayerKind, ...]) -> dict[str, Any]:
    """Configuration of the map page's scripts: city, layers and texts in the active language."""
    longitude, latitude, zoom = here.view
    return {
        "language": get_language() or "pl",
        "view": {"center": [longitude, latitude], "zoom": zoom},
        "bounds": bounds(here),
        "city": {"slug": here.slug, "name": str(here.name), "center": [longitude, latitude]},
        "system": system_name(here.srid),
        "base_maps": [offered(one) for one in here.base_maps],
        "kinds": [drawn(kind) for kind in kinds],
        "order": [kind.slug for kind in stack(kinds)],
        "live": live_configuration(here, kinds),
        "print": offer(),
        "words": script_words(),
    }


def bounds(here: City) -> list[float]:
    """West, south, east, north of the city's outline with its padding, in degrees."""
    west, south, east, north = here.outline.bounds
    high = here.outline_padding_m / METRES_PER_DEGREE
    wide = high / math.cos(math.radians((south + north) / 2))
    return [west - wide, south - high, east + wide, north + high]


def drawn(kind: LayerKind) -> dict[str, Any]:
    """A kind's configuration for the map. Features of `solid` kinds stand on the ground and are drawn over areas."""
    return {
        "slug": kind.slug,
        "title": str(kind.title),
        "singular": str(kind.singular),
        "order": kind.order,
        "shape": kind.shape,
        "solid": kind.merge_small,
        "style": kind.style,
        "basemap": kind.basemap,
        "visible": kind.visible,
        "name_field": kind.name_field,
        "live": bool(kind.live),
        "heading": HEADING if HEADING in kind.field_names else None,
        "presets": [{"title": str(one.title), "filter": equals(one)} for one in kind.presets],
    }


def equals(preset: Preset) -> dict[str, Any]:
    """The filter of a preset as CQL2-JSON."""
    return {"op": "=", "args": [{"property": preset.field}, preset.value]}


def offered(base_map: BaseMap) -> dict[str, str]:
    """An external base map's configuration for the map."""
    return {
        "id": base_map.id,
        "title": str(base_map.title),
        "url": tile_address(base_map),
        "attribution": base_map.attribution,
    }


def tile_address(base_map: BaseMap) -> str:
    """The base map's address template of 256-pixel tiles for MapLibre."""
    if base_map.kind == "wms":
        join = "&" if "?" in base_map.url else "?"
        return f"{base_map.url}{join}BBOX={{bbox-epsg-{WEB_MERCATOR}}}&WIDTH=256&HEIGHT=256"
    names = {"{TileMatrix}": "{z}", "{TileRow}": "{y}", "{TileCol}": "{x}"}
    return re.sub(r"\{\w+\}", lambda found: names.get(found[0], found[0]), base_map.url)
