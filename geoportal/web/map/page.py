"""The map page: the layer list, readable before any script runs, and what the browser needs to draw the city."""

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
from geoportal.cartography.printing.offer import offer
from geoportal.cartography.styles import stack
from geoportal.web.words import script_words
from layers.access.rules import visible_kinds
from layers.city import BaseMap, City, city
from layers.crs import WEB_MERCATOR, system_name
from layers.exports import LIVE
from layers.schema.kind import LayerKind, Preset

METRES_PER_DEGREE = 111_320
"""Of latitude, and of longitude on the equator. Good enough to keep a map from being dragged out of its city."""

DOWNLOADS = tuple((one.ending, one.title) for one in LIVE)
"""Formats of live downloads: (ending, name)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of the layer list."""

    title: str
    kinds: tuple[LayerKind, ...]


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The city map with its layer list. It needs no database: the page opens whatever state the data are in."""
    kinds = tuple(visible_kinds(access_of(request)))
    here = city()
    context = {
        "city": here,
        "themes": themes(kinds),
        "stack": stack(kinds),
        "today": now().astimezone(here.timezone).date().isoformat(),
        "downloads": DOWNLOADS,
        "configuration": configuration(here, kinds),
    }
    return render(request, "map/page.html", context)


def themes(kinds: tuple[LayerKind, ...]) -> list[Theme]:
    """Kinds by theme; themes and kinds in the order in which the city declares them."""
    groups: dict[str, list[LayerKind]] = {}
    for kind in kinds:
        groups.setdefault(str(kind.theme), []).append(kind)
    return [Theme(title, tuple(members)) for title, members in groups.items()]


def configuration(here: City, kinds: tuple[LayerKind, ...]) -> dict[str, Any]:
    """What the scripts of the map page read: city, layers and words, in the active language."""
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
    """What the map needs to know of a kind. `solid` things stand on the ground and hide what is beneath them."""
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
        "presets": [{"title": str(one.title), "filter": equals(one)} for one in kind.presets],
    }


def equals(preset: Preset) -> dict[str, Any]:
    """The filter of a preset as CQL2-JSON."""
    return {"op": "=", "args": [{"property": preset.field}, preset.value]}


def offered(base_map: BaseMap) -> dict[str, str]:
    """A base map from elsewhere as the map draws it."""
    return {
        "id": base_map.id,
        "title": str(base_map.title),
        "url": tile_address(base_map),
        "attribution": base_map.attribution,
    }


def tile_address(base_map: BaseMap) -> str:
    """The address of a tile of 256 pixels as MapLibre writes it."""
    if base_map.kind == "wms":
        join = "&" if "?" in base_map.url else "?"
        return f"{base_map.url}{join}BBOX={{bbox-epsg-{WEB_MERCATOR}}}&WIDTH=256&HEIGHT=256"
    names = {"{TileMatrix}": "{z}", "{TileRow}": "{y}", "{TileCol}": "{x}"}
    return re.sub(r"\{\w+\}", lambda found: names.get(found[0], found[0]), base_map.url)
