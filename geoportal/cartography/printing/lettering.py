"""Label placement: along streets and waters, within areas, beside points; by priority, without overlaps."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geoportal.cartography.printing.fonts import Letter, set_straight, text_width
from geoportal.cartography.printing.ground import POINTS_PER_MM
from geoportal.cartography.printing.paint import Words

ASCENT, DESCENT = 0.76, 0.22
"""Ascent and descent of Noto Sans with Polish diacritics, in em."""
LEADING = 1.2
STRAY = 0.3
"""Most deviation of a line from the straight beneath its label, in em."""
PADDING_MM = 0.5
LEAST_PT2 = 4.0
"""Least size of a labelled area: about 0.7 mm by 0.7 mm."""
APART_MM, NUMBERS_APART_MM = 15.0, 4.0
"""Least distance of two equal labels: two platforms of a stop, an area of two layers, are labelled once."""


@dataclass(frozen=True, slots=True)
class Label:
    """A placed text."""

    words: Words
    letters: list[Letter]


@dataclass
class Lettering:
    """Places texts in order within the frame (PDF points); a text that would overlap another is left out."""

    frame: Polygon
    taken: list[Polygon] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    _middles: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def along(self, words: Words, lines: np.ndarray) -> None:
        """Label lines, once every `apart` of their length, where they are straight enough."""
        joined = shapely.line_merge(shapely.union_all(shapely.get_parts(lines)))
        parts = [part for part in shapely.get_parts(shapely.intersection(joined, self.frame)) if part.length]
        parts.sort(key=lambda part: -part.length)
        if words.upright:
            self.at(words, _middles(parts, words.apart * POINTS_PER_MM))
            return
        for part in parts:
            for start, end in _stretches(part, words):
                self._on_stretch(words, start, end)

    def at(self, words: Words, places: Iterable[tuple[float, float]]) -> None:
        """Label points, or points within areas."""
        lines = _wrapped(words)
        size = words.size * POINTS_PER_MM
        looks = [replace(words, anchor=anchor, offset=offset) for anchor, offset in _sides(words)]
        for place in places:
            any(self._block(look, lines, size, place) for look in looks)

    def reserve(self, areas: Iterable[Polygon]) -> None:
        """Place no text on these areas."""
        self.taken += areas

    def _block(self, words: Words, lines: list[str], size: float, place: tuple[float, float]) -> bool:
        """Place a text at a position; whether there was room."""
        widths = [text_width(line, words.weight, words.spacing) * size for line in lines]
        wide, high = max(widths), (LEADING * (len(lines) - 1) + ASCENT + DESCENT) * size
        x = place[0] + words.offset[0] * size
        y = place[1] - words.offset[1] * size
        left, top = _corner(words.anchor, x, y, wide, high)
        if not self._free(words, (left + wide / 2, top - high / 2), shapely.box(left, top - high, left + wide, top)):
            return False
        letters: list[Letter] = []
        for number, (line, width) in enumerate(zip(lines, widths, strict=True)):
            start = (left + (wide - width) / 2, top - (ASCENT + LEADING * number) * size)
            letters += set_straight(line, words.weight, start, size, spacing=words.spacing)
        self.labels.append(Label(words, letters))
        return True

    def _on_stretch(self, words: Words, start: np.ndarray, end: np.ndarray) -> None:
        if end[0] < start[0]:
            start, end = end, start
        size = words.size * POINTS_PER_MM
        cos, sin = (end - start) / math.dist(start, end)
        wide = text_width(words.text, words.weight, words.spacing) * size
        middle = (start + end) / 2
        low = -0.36 * size
        corner = middle - np.array([cos, sin]) * wide / 2 + np.array([-sin, cos]) * low
        along, up = np.array([cos, sin]) * wide, np.array([-sin, cos]) * (ASCENT - 0.04) * size
        area = Polygon([corner, corner + along, corner + along + up, corner + up])
        if self._free(words, (middle[0], middle[1]), area):
            place = (float(corner[0]), float(corner[1]))
            letters = set_straight(
                words.text, words.weight, place, size, cos=float(cos), sin=float(sin), spacing=words.spacing
            )
            self.labels.append(Label(words, letters))

    def _free(self, words: Words, middle: tuple[float, float], area: Polygon) -> bool:
        """Whether the area is free; reserves it if so."""
        apart = words.apart if words.along else APART_MM if len(words.text) > len("12/14a") else NUMBERS_APART_MM
        same = self._middles.setdefault(words.text, [])
        if any(math.dist(middle, other) < apart * POINTS_PER_MM for other in same):
            return False
        if not shapely.contains_properly(self.frame, area):
            return False
        padded = area.buffer(PADDING_MM * POINTS_PER_MM, join_style="mitre")
        if self.taken and shapely.intersects(np.array(self.taken), padded).any():
            return False
        self.taken.append(padded)
        same.append(middle)
        return True


def _sides(words: Words) -> list[tuple[str, tuple[float, float]]]:
    """Anchors of a text and their offsets in em, those first that are tried first."""
    if not words.around:
        return [(words.anchor, words.offset)]
    far = words.around
    return [("left", (far, 0)), ("right", (-far, 0)), ("top", (0, far)), ("bottom", (0, -far))]


def _middles(lines: list[LineString], apart: float) -> list[tuple[float, float]]:
    """Positions along lines, one in the middle of each section of that length."""
    places = []
    for line in lines:
        count = max(1, int(line.length / apart))
        shares = (np.arange(count) + 0.5) / count
        places += shapely.get_coordinates(shapely.line_interpolate_point(line, shares, True)).tolist()
    return [(x, y) for x, y in places]


def inner_points(areas: np.ndarray, frame: Polygon) -> list[tuple[float, float]]:
    """A point within the part of each area inside the frame, the largest area first."""
    shown: list[BaseGeometry] = []
    for area in areas:
        whole = shapely.intersection(area if area.is_valid else shapely.make_valid(area), frame)
        parts = [part for part in shapely.get_parts(shapely.get_parts(whole)) if part.area > LEAST_PT2]
        if parts:
            shown.append(max(parts, key=lambda part: part.area))
    shown.sort(key=lambda part: -part.area)
    return [_middle(part) for part in shown]


def _middle(area: BaseGeometry) -> tuple[float, float]:
    """The centroid of an area where it is inside, else a point inside."""
    centre = area.centroid
    point = centre if area.contains(centre) else area.point_on_surface()
    return point.x, point.y


def _corner(anchor: str, x: float, y: float, wide: float, high: float) -> tuple[float, float]:
    """The upper left corner of a text whose anchor is at a position."""
    left = x if "left" in anchor else x - wide if "right" in anchor else x - wide / 2
    top = y if "top" in anchor else y + high if "bottom" in anchor else y + high / 2
    return left, top


def _wrapped(words: Words) -> list[str]:
    """A text broken into lines of at most its width, as even as possible."""
    whole = text_width(words.text, words.weight, words.spacing)
    count = max(1, math.ceil(whole / max(words.width, 1)))
    even = _broken(words, whole / count * 1.15)
    return even if len(even) <= count else _broken(words, words.width * 1.1)


def _broken(words: Words, most: float) -> list[str]:
    """A text broken into lines of at most that width, at least one word in each."""
    parts = words.text.split()
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} {part}"
        if text_width(longer, words.weight, words.spacing) <= most:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _stretches(line: LineString, words: Words) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions of a line's labels: straight stretches as long as the text, near the middle of each section."""
    size = words.size * POINTS_PER_MM
    wide = (text_width(words.text, words.weight, words.spacing) + 0.5) * size
    if line.length < wide:
        return []
    count = max(1, int(line.length / (words.apart * POINTS_PER_MM)))
    share = line.length / count
    found = []
    for number in range(count):
        best = _straightest(line, number * share, (number + 1) * share, wide)
        if best is not None and best[0] <= STRAY * size:
            found.append(best[1:])
    return found


def _straightest(
    line: LineString, low: float, high: float, wide: float
) -> tuple[float, np.ndarray, np.ndarray] | None:
    """The straightest stretch of that width between two distances along a line."""
    tries = np.linspace(low, high - wide, max(1, min(9, int((high - low - wide) / (wide / 2)) + 1)))
    tries = tries[np.argsort(np.abs(tries + wide / 2 - (low + high) / 2), kind="stable")]
    best = None
    for start in tries:
        if start < 0 or start + wide > line.length + 1e-6:
            continue
        places = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(start, start + wide, 9)))
        chord = places[-1] - places[0]
        length = math.hypot(*chord)
        if length < 0.9 * wide:
            continue
        away = places - places[0]
        stray = float(np.abs(away[:, 0] * chord[1] - away[:, 1] * chord[0]).max() / length)
        if best is None or stray < best[0] - 0.1:
            best = (stray, places[0], places[-1])
        if stray < 0.3:
            break
    return best
