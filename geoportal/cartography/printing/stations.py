"""Live stations of a sheet: the symbols of their states, as the web map draws them, with values and signs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from django.utils.safestring import SafeString, mark_safe
from shapely import LineString, Polygon, affinity
from shapely.geometry.base import BaseGeometry

from geoportal.cartography.printing.colors import Color, color_of
from geoportal.cartography.printing.ground import AROUND_MM, MM_PER_PX, POINTS_PER_MM, Ground
from geoportal.cartography.printing.paint import BOLD, Words
from geoportal.cartography.printing.surfaces.surface import Surface
from geoportal.cartography.printing.surfaces.svg import PX_PER_POINT, SvgCanvas
from geoportal.wording.live import station_signs, station_value
from layers.observations.live.judging import StationState, states_of
from layers.observations.meaning.meanings import UNKNOWN, Meaning, Shape
from layers.reading.selection import Selection
from layers.schema.live import type_titles
from layers.text import Text

SIZE = 28
"""Pixels of a symbol's box, as in `static/js/map/state-symbols.js`; the outlines are the same."""
_DISC = shapely.Point(14, 14).buffer(8)
OUTLINES: dict[Shape, BaseGeometry] = {
    Shape.CIRCLE: _DISC,
    Shape.SQUARE: shapely.box(7, 7, 21, 21),
    Shape.DIAMOND: Polygon([(14, 4.5), (23.5, 14), (14, 23.5), (4.5, 14)]),
    Shape.TRIANGLE: Polygon([(14, 5), (23.5, 22), (4.5, 22)]),
    Shape.HEXAGON: Polygon([(14, 4.5), (22.2, 9.25), (22.2, 18.75), (14, 23.5), (5.8, 18.75), (5.8, 9.25)]),
    Shape.STAR: Polygon(
        [(14, 3.6), (17, 10.2), (24.2, 11), (18.8, 15.8), (20.3, 22.9), (14, 19.3), (7.7, 22.9), (9.2, 15.8)]
        + [(3.8, 11), (11, 10.2)]
    ),
    Shape.RING: _DISC.difference(shapely.Point(14, 14).buffer(3.5)),
}
AROUND, DEAD = shapely.Point(14, 14).buffer(12), shapely.Point(14, 14).buffer(9.5)
CROSS = (LineString([(9.5, 9.5), (18.5, 18.5)]), LineString([(18.5, 9.5), (9.5, 18.5)]))
EQUAL = (LineString([(10.5, 12), (17.5, 12)]), LineString([(10.5, 16.2), (17.5, 16.2)]))
EDGE, PAPER, GREY = color_of("#1c2826"), color_of("#ffffffe6"), color_of(UNKNOWN.colour)
"""`map-ink` and `map-paper` of the light theme; the ring of a dead station."""
OLD = 0.45
"""Opacity of the colour of a stale value."""
WORDS_PX, AROUND_EM = 13, 1.3


@dataclass(frozen=True, slots=True)
class Look:
    """A state as drawn: its class, and the code of its freshness."""

    meaning: Meaning
    fresh: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A station at a place in PDF points; `value` has its signs, "" for none."""

    look: Look
    place: tuple[float, float]
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the legend: a state as drawn, or a sign that stands beside values."""

    text: str
    look: Look | None = None
    sign: str = ""

    @property
    def symbol(self) -> SafeString:
        """The state as an SVG element."""
        return mark_safe(symbol_svg(self.look) if self.look else "")  # noqa: S308  # made of numbers only


@dataclass(frozen=True, slots=True)
class Stations:
    """The live stations on a sheet, the worst last, with their legend."""

    placed: tuple[Placed, ...]
    legend: tuple[Row, ...]
    synthetic: bool


def stations_on(selection: Selection, ground: Ground, moment: datetime) -> Stations:
    """The stations of a selection within an extent, in their states at a moment (aware)."""
    around = shapely.box(*ground.box(AROUND_MM))
    rows = selection.rows().values_list("feature_id", "geom")
    there = {key: (geom.x, geom.y) for key, geom in rows if around.covers(shapely.Point(geom.x, geom.y))}
    states = states_of(selection.kind, there, moment)
    ordered = sorted(states.items(), key=lambda one: -1 if one[1].meaning.index is None else one[1].meaning.index)
    places = ground.on_paper(np.array([there[key] for key, _ in ordered]).reshape(-1, 2)).tolist()
    placed = tuple(
        Placed(_look(state), (x, y), "" if state.freshness.code == "dead" else station_value(state))
        for (_, state), (x, y) in zip(ordered, places, strict=True)
    )
    shown = [state for _, state in reversed(ordered)]
    return Stations(
        placed, tuple(_legend(shown, type_titles(selection.kind))), any(one.station.synthetic for one in shown)
    )


def _look(state: StationState) -> Look:
    return Look(state.meaning, state.freshness.code)


def _legend(states: Sequence[StationState], titles: Mapping[str, Text]) -> Iterable[Row]:
    """Each state once, by type where there are several; then what makes values old, then the signs beside values."""
    rows: dict[tuple[str, str], Row] = {}
    several = len({one.station.type for one in states}) > 1
    named = {one.station.type: str(titles.get(one.station.type, "")) for one in states if several}
    for one in sorted(states, key=lambda one: named.get(one.station.type, "")):
        if one.freshness.code != "dead":
            text = ": ".join(filter(None, (named.get(one.station.type), str(one.meaning.name))))
            rows.setdefault((text, one.meaning.colour), Row(text, Look(one.meaning, "live")))
    for one in states:
        if one.freshness.code in ("stuck", "stale", "dead"):
            sign = UNKNOWN.because(one.freshness.reason, one.freshness.rule)
            rows.setdefault(("", one.freshness.code), Row(str(one.freshness.name), Look(sign, one.freshness.code)))
    for sign_, text in (pair for one in states if station_value(one) for pair in station_signs(one)):
        rows.setdefault((sign_, ""), Row(text, sign=sign_))
    return rows.values()


def draw_symbol(surface: Surface, look: Look, place: tuple[float, float], size_px: float, opacity: float) -> None:
    """Draw a state around a place, its box so many pixels wide."""
    scale = size_px / SIZE

    def line(parts: Iterable[BaseGeometry], color: Color, width_px: float, dash: tuple[float, ...] = ()) -> None:
        drawn = _at(parts, place, scale)
        widths = [one * scale * MM_PER_PX for one in (width_px, *dash)]
        surface.stroke(drawn, color.faded(opacity), widths[0], dash=widths[1:], cap="round", join="round")

    def fill(part: BaseGeometry, color: Color) -> None:
        surface.fill(_at([part], place, scale), color.faded(opacity))

    if look.fresh == "dead":
        fill(DEAD, PAPER)
        line([DEAD], PAPER, 5.5)
        line([DEAD], GREY, 3)
        line(CROSS, EDGE, 2.4)
        return
    outline = OUTLINES[look.meaning.shape]
    line([outline], PAPER, 4.5)
    fill(outline, color_of(look.meaning.colour).faded(OLD if look.fresh == "stale" else 1))
    line([outline], EDGE, 1.5)
    if look.fresh == "stale":
        line([AROUND], PAPER, 4)
        line([AROUND], EDGE, 1.8, (3.5, 3))
    if look.fresh == "stuck":
        line(EQUAL, color_of(look.meaning.ink), 2.2)


def _at(parts: Iterable[BaseGeometry], place: tuple[float, float], scale: float) -> np.ndarray:
    """Parts of a symbol, whose y axis points down, around a place in PDF points."""
    unit = scale * MM_PER_PX * POINTS_PER_MM
    matrix = (unit, 0, 0, -unit, place[0] - unit * SIZE / 2, place[1] + unit * SIZE / 2)
    return np.array([affinity.affine_transform(one, matrix) for one in parts], dtype=object)


def symbol_px(zoom: float) -> float:
    """The width of symbols at a zoom, as on the web map."""
    return SIZE * float(np.interp(zoom, (10, 14), (0.7, 1.0)))


def value_words(value: str) -> Words:
    """A value beside its symbol."""
    size = WORDS_PX * MM_PER_PX
    return Words(value, size, EDGE, PAPER, 1.8 * MM_PER_PX, weight=BOLD, width=16, around=AROUND_EM)


def covered(place: tuple[float, float], size_px: float) -> Polygon:
    """What a symbol covers, in PDF points: no word stands there."""
    half = size_px * MM_PER_PX * POINTS_PER_MM / 2 * 0.8
    x, y = place
    return shapely.box(x - half, y - half, x + half, y + half)


def symbol_svg(look: Look) -> str:
    """The symbol as an SVG element, for the legend of a sheet."""
    surface = SvgCanvas(SIZE / PX_PER_POINT, "symbol")
    middle = SIZE / PX_PER_POINT / 2
    draw_symbol(surface, look, (middle, middle), SIZE, 1)
    return f'<svg viewBox="0 0 {SIZE} {SIZE}" class="symbol">{"".join(surface.parts)}</svg>'
