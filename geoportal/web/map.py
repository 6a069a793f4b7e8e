"""The map page: the layer list, readable before any script runs, and what the browser needs to draw the city."""

import math
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoportal.web.words import script_words
from layers.access import ANONYMOUS, visible_kinds
from layers.city import City, city
from layers.kind import LayerKind

METRES_PER_DEGREE = 111_320
"""Of latitude, and of longitude on the equator. Good enough to keep a map from being dragged out of its city."""

DOWNLOADS = (("geojson", "GeoJSON"), ("gpkg", "GeoPackage"), ("csv", "CSV"))


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of the layer list."""

    title: str
    kinds: tuple[LayerKind, ...]


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The city map with its layer list. Asks no database: the page opens whatever state the data are in."""
    kinds = tuple(visible_kinds(ANONYMOUS))
    here = city()
    context = {
        "city": here,
        "themes": themes(kinds),
        "downloads": DOWNLOADS,
        "configuration": configuration(here, kinds),
    }
    return render(request, "map.html", context)


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
        "kinds": [drawn(kind) for kind in kinds],
        "words": script_words(),
    }


def bounds(here: City) -> list[float]:
    """West, south, east, north of the city's outline with its padding, in degrees."""
    west, south, east, north = here.outline.bounds
    high = here.outline_padding_m / METRES_PER_DEGREE
    wide = high / math.cos(math.radians((south + north) / 2))
    return [west - wide, south - high, east + wide, north + high]


def drawn(kind: LayerKind) -> dict[str, Any]:
    """What the map needs to know of a kind. `solid` things stand on the ground and hide roads beneath them."""
    return {
        "slug": kind.slug,
        "singular": str(kind.singular),
        "order": kind.order,
        "shape": kind.shape,
        "solid": kind.merge_small,
        "style": kind.style,
    }
