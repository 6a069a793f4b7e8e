"""Draws the map's frame, the grid of the city's coordinate system with its coordinates, and the watermark."""

import math
from collections.abc import Iterator

import numpy as np
import shapely
from django.utils.formats import number_format

from geoportal.cartography.printing.colors import WHITE, Color
from geoportal.cartography.printing.fonts import Letter, set_straight, text_width
from geoportal.cartography.printing.ground import POINTS_PER_MM, Ground, axis_names
from geoportal.cartography.printing.paper import COORDINATES_MM
from geoportal.cartography.printing.surfaces.surface import Surface
from layers.crs import storage_srid

INK = Color(0.11, 0.16, 0.15)
NOTHING = Color(1, 1, 1, 0)
APART_MM = 50.0
"""Least distance of two grid lines on paper."""
TICK_MM = 1.6
CROSS_MM = 2.0
NUMBERS_MM = 2.1
"""Size of the coordinates' digits."""
WATERMARK = Color(0.35, 0.2, 0.1, 0.18)


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`. Example: 130 gives 200."""
    power: float = 10 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


def draw_grid(canvas: Surface, ground: Ground) -> None:
    """Crosses of the grid on the map."""
    west, south, east, north = ground.box()
    step = round_step(APART_MM / ground.mm_per_m)
    arm = CROSS_MM / ground.mm_per_m
    crosses = [
        cross
        for x in _multiples(west, east, step)
        for y in _multiples(south, north, step)
        for cross in (((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm)))
    ]
    if crosses:
        lines = ground.drawn(np.array([shapely.LineString(cross) for cross in crosses]))
        canvas.stroke(lines, WHITE.faded(0.6), 0.45)
        canvas.stroke(lines, INK, 0.14)


def draw_frame(canvas: Surface, ground: Ground) -> None:
    """The frame, ticks of the grid, and their coordinates."""
    inner = ground.drawn(np.array([shapely.box(*ground.box())]))
    outer = ground.drawn(np.array([shapely.box(*ground.box(COORDINATES_MM))]))
    canvas.stroke(inner, INK, 0.3, join="miter")
    canvas.stroke(outer, INK, 0.15, join="miter")
    west, south, east, north = ground.box()
    step = round_step(APART_MM / ground.mm_per_m)
    tick = TICK_MM / ground.mm_per_m
    ticks = [
        ((x, edge), (x, edge + out * tick))
        for x in _multiples(west, east, step)
        for edge, out in ((south, -1), (north, 1))
    ]
    ticks += [
        ((edge, y), (edge + out * tick, y))
        for y in _multiples(south, north, step)
        for edge, out in ((west, -1), (east, 1))
    ]
    if ticks:
        canvas.stroke(ground.drawn(np.array([shapely.LineString(tick) for tick in ticks])), INK, 0.2)
        canvas.words(_coordinates(ground, step), NUMBERS_MM * POINTS_PER_MM, INK, NOTHING, 0)


def draw_watermark(canvas: Surface, ground: Ground, text: str) -> None:
    """A text from corner to corner of the map, thrice, faint enough to read what is beneath."""
    frame = ground.paper.map
    wide = 0.62 * frame.width * POINTS_PER_MM
    size = wide / text_width(text, 600)
    centre = ground.on_paper(np.array(ground.centre))
    angle = math.atan2(frame.height, frame.width) * 0.6
    cos, sin = math.cos(angle), math.sin(angle)
    letters: list[Letter] = []
    for row in (-1, 0, 1):
        middle = centre + np.array([0, row * frame.height * POINTS_PER_MM / 3])
        start = middle - np.array([cos, sin]) * wide / 2
        letters += set_straight(text, 600, (float(start[0]), float(start[1])), size, cos=cos, sin=sin)
    canvas.words(letters, size, WATERMARK, NOTHING, 0)


def _coordinates(ground: Ground, step: float) -> Iterator[Letter]:
    west, south, east, north = ground.box()
    easting, northing = axis_names(storage_srid())
    size = NUMBERS_MM * POINTS_PER_MM
    away = (COORDINATES_MM - TICK_MM) / 2 + TICK_MM
    for x in _multiples(west, east, step):
        for edge, out in ((south, -1), (north, 1)):
            yield from _number(f"{easting} {_written(x)}", ground, (x, edge), (0, out * away), size, vertical=False)
    for y in _multiples(south, north, step):
        for edge, out in ((west, -1), (east, 1)):
            yield from _number(f"{northing} {_written(y)}", ground, (edge, y), (out * away, 0), size, vertical=True)


def _number(
    text: str,
    ground: Ground,
    place: tuple[float, float],
    away_mm: tuple[float, float],
    size: float,
    *,
    vertical: bool,
) -> list[Letter]:
    """A coordinate centred beside its tick; none where it would reach over the frame's corner."""
    half = text_width(text, 400) * size / 2
    x, y = ground.on_paper(np.array(place)) + np.array(away_mm) * POINTS_PER_MM
    west, south = ground.on_paper(np.array(ground.box()[:2]))
    east, north = ground.on_paper(np.array(ground.box()[2:]))
    along, low, high = (y, south, north) if vertical else (x, west, east)
    if not low + half <= along <= high - half:
        return []
    drop = 0.36 * size
    if vertical:
        return set_straight(text, 400, (float(x) + drop, float(y) - half), size, cos=0.0, sin=1.0)
    return set_straight(text, 400, (float(x) - half, float(y) - drop), size)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _written(metres: float) -> str:
    return number_format(round(metres), use_l10n=True, force_grouping=True).replace("\xa0", " ")
