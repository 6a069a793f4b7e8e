"""The map of a place as SVG: the city's base map with the place marked, drawn as maps are printed, north up."""

from django.conf import settings
from django.utils.html import escape

from geoportal.cartography.printing.contents import base_map, stacked
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.drawing import Drawing, Stratum
from geoportal.cartography.printing.errors import BadPrint
from geoportal.cartography.printing.ground import MM_PER_PX, POINTS_PER_MM, Ground
from geoportal.cartography.printing.paper import Area, Layout
from geoportal.cartography.printing.scale_bar import scale_bar
from geoportal.cartography.printing.surfaces.svg import SvgCanvas
from layers.access.rules import Access, visible_kinds
from layers.errors import TooSlow
from layers.places.place import Place
from layers.places.report import TOO_SLOW
from layers.reading.selection import select

WIDTH, HEIGHT = 720, 400
"""Pixels."""
SMALLEST_M = 300.0
"""Width of the map of a point or a small parcel."""
MARGIN = 1.25
"""How much larger than the place the map is."""
SMALL_OBJECTS_FROM_ZOOM = 14.0
"""Below this zoom objects of `merge_small` kinds are too small to be seen one by one, and are left out."""
INK = "#3b4644"
BAR_SHARE = 0.2
"""Greatest length of the scale bar as a share of the map's width."""
_WIDTH_MM, _HEIGHT_MM = WIDTH * MM_PER_PX, HEIGHT * MM_PER_PX
_LAYOUT = Layout(_WIDTH_MM, _HEIGHT_MM, Area(0, 0, _WIDTH_MM, _HEIGHT_MM))


def place_map(access: Access, place: Place, title: str, at: str = "") -> str:
    """The map of a place as an SVG element, described by `title`. Raises TooSlow."""
    ground = _ground(place)
    canvas = SvgCanvas(_HEIGHT_MM * POINTS_PER_MM, "place-map")
    drawing = Drawing(ground, Deadline(settings.PRINT_SECONDS), canvas)
    try:
        drawing.begin()
        drawing.draw(_strata(access, ground, at))
        drawing.mark_place(place.geometry)
        drawing.name()
    except BadPrint as fault:
        raise TooSlow(str(TOO_SLOW)) from fault
    canvas.restore()
    parts = [*canvas.parts, *_bar(ground), *_north()]
    return (
        f'<svg class="place-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="Noto Sans, Noto Sans Ext, sans-serif" font-size="11">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _ground(place: Place) -> Ground:
    west, south, east, north = place.geometry.bounds
    wide = max((east - west) * MARGIN, (north - south) * MARGIN * WIDTH / HEIGHT, SMALLEST_M)
    return Ground(_LAYOUT, ((west + east) / 2, (south + north) / 2), wide * 1000 / _WIDTH_MM)


def _strata(access: Access, ground: Ground, at: str) -> list[Stratum]:
    """The base map, and the layers that declare themselves part of this map, lowest first."""
    seen = [kind for kind in visible_kinds(access) if kind.place_map_zoom and ground.zoom >= kind.place_map_zoom]
    chosen = [select(access, kind, at=at) for kind in seen]
    layers = [Stratum(selection, selection.kind.style) for selection in chosen if selection is not None]
    strata = stacked(base_map(access, at), layers)
    small = ground.zoom < SMALL_OBJECTS_FROM_ZOOM
    return [one for one in strata if not (small and one.selection.kind.merge_small)]


def _bar(ground: Ground) -> list[str]:
    """The scale bar in the lower left corner."""
    bar = scale_bar(ground, _WIDTH_MM * BAR_SHARE, kilometres_from_m=1000)
    long = bar.width / MM_PER_PX
    top = HEIGHT - 14
    plate = f'<rect x="8" y="{HEIGHT - 32}" width="{long + 16:.1f}" height="24" rx="3"'
    back = f'{plate} fill="#ffffff" fill-opacity="0.88"/>'
    line = f'<path d="M16 {top - 5}V{top}H{16 + long:.1f}V{top - 5}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
    middle = f'x="{16 + long / 2:.1f}" y="{top - 5}" text-anchor="middle"'
    words = f'<text {middle} fill="{INK}" font-size="10">{bar.length}</text>'
    return [back, line, words]


def _north() -> list[str]:
    x, y = WIDTH - 24, 14
    circle = f'<circle cx="{x}" cy="{y + 12}" r="17" fill="#ffffff" fill-opacity="0.88"/>'
    arrow = f'<path d="M{x} {y - 1}l5 14-5-3.2-5 3.2z" fill="{INK}"/>'
    middle = f'x="{x}" y="{y + 24}" text-anchor="middle"'
    return [circle, arrow, f'<text class="place-map-north" {middle} fill="{INK}" font-size="10">N</text>']
