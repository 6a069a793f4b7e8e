"""The map of a sheet: base map, layers, chosen objects and drawn shapes, one over the other, words on top."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoportal.cartography.printing.colors import WHITE, Color, color_of
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.drawn import Drawn
from geoportal.cartography.printing.expressions import Scene
from geoportal.cartography.printing.features import Features, read, read_chosen
from geoportal.cartography.printing.frame import draw_frame, draw_grid, draw_watermark
from geoportal.cartography.printing.ground import AROUND_MM, POINTS_PER_MM, Ground
from geoportal.cartography.printing.lettering import Lettering, inner_points
from geoportal.cartography.printing.paint import (
    OUTLINE_MM,
    Dot,
    Fill,
    Layer,
    Line,
    Paint,
    Words,
    fields_used,
    painted,
    shown_at,
)
from geoportal.cartography.printing.stations import Stations, covered, draw_symbol, symbol_px, value_words
from geoportal.cartography.printing.surfaces.surface import Surface
from layers.reading.selection import Selection

GROUND_COLOR = color_of("#f4f2ec")
MARK = color_of("#c2185b")
"""Of chosen objects, as on the screen."""
RING_MM = 3.6
"""Radius of the ring around a chosen live station."""
SHAPE_COLORS = {
    number: color_of(text) for number, text in enumerate(("#7b1fa2", "#1565c0", "#2e7d32", "#b4530b", "#212121"), 1)
}
"""Of drawn shapes, as the screen has them by day."""
GEOMETRY_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "MULTILINESTRING": "LineString",
    "MULTIPOLYGON": "Polygon",
}


@dataclass(frozen=True, slots=True)
class Stratum:
    """A kind's features of a selection, drawn by these style layers; live stations as their states instead."""

    selection: Selection
    style: tuple[Layer, ...]
    opacity: float = 1.0
    stations: Stations | None = None


@dataclass
class Drawing:
    """A map being drawn on a piece of ground."""

    ground: Ground
    deadline: Deadline
    canvas: Surface
    _words: list[tuple[Words, np.ndarray, str]] = field(default_factory=list)
    _covered: list[shapely.Polygon] = field(default_factory=list)

    def begin(self) -> None:
        """The bare ground."""
        frame = self._frame
        self.canvas.save()
        self.canvas.clip(*frame.bounds)
        self.canvas.fill(np.array([frame]), GROUND_COLOR)

    def draw(self, strata: Iterable[Stratum]) -> None:
        """Strata, lowest first; their words wait until `finish`. Features of several strata are read once."""
        pairs = [(one, [layer for layer in one.style if shown_at(layer, self.ground.zoom)]) for one in strata]
        shown = [(stratum, layers) for stratum, layers in pairs if layers or stratum.stations]
        left = Counter(stratum.selection for stratum, _ in shown)
        names: dict[Selection, set[str]] = {}
        for stratum, layers in shown:
            names.setdefault(stratum.selection, set()).update(*map(fields_used, layers))
        found: dict[Selection, Features] = {}
        for stratum, layers in shown:
            selection = stratum.selection
            if stratum.stations:
                self._stations(stratum.stations, stratum.opacity)
            if layers and selection not in found:
                found[selection] = read(selection, names[selection], self.ground, self.deadline)
            for layer in layers:
                self._draw(layer, _bordered(layer, found[selection]), stratum)
            left[selection] -= 1
            if not left[selection]:
                found.pop(selection, None)

    def _stations(self, stations: Stations, opacity: float) -> None:
        size_px = symbol_px(self.ground.zoom)
        for one in stations.placed:
            draw_symbol(self.canvas, one.look, one.place, size_px, opacity)
            self._covered.append(covered(one.place, size_px))
            if one.value:
                self._words.append((value_words(one.value), shapely.points([one.place]), "Point"))

    def mark(self, chosen: Iterable[tuple[Selection, Any]]) -> None:
        """Mark chosen objects: pairs of a selection and identities."""
        for selection, ids in chosen:
            found = read_chosen(selection, ids, self.ground, self.deadline)
            if selection.kind.live and selection.at is None:  # a disc would cover the station's state
                found = shapely.boundary(shapely.buffer(found, RING_MM * POINTS_PER_MM))
            self._marked(found, MARK)

    def mark_place(self, place: BaseGeometry) -> None:
        """Mark a geometry of the storage system as a chosen object."""
        around = shapely.box(*self.ground.box(AROUND_MM))
        self._marked(self.ground.drawn(np.array([shapely.intersection(place, around)])), MARK)

    def shapes(self, drawn: Iterable[Drawn]) -> None:
        """The visitor's own shapes with their labels."""
        around = shapely.box(*self.ground.box(AROUND_MM))
        for shape in drawn:
            geometry = shape.geometry if shape.geometry.is_valid else shapely.make_valid(shape.geometry)
            shown = self.ground.drawn(np.array([shapely.intersection(geometry, around)]))
            if shapely.is_empty(shown).all():
                continue
            color = SHAPE_COLORS[shape.color]
            self._marked(shown, color)
            if shape.label:
                words = Words(shape.label, 3.0, color, WHITE, 0.5, width=16)
                self._words.append((words, shown, "Shape"))

    def finish(self, watermark: str) -> None:
        """Words, grid, watermark ("" for none) and the frame."""
        self.name()
        draw_grid(self.canvas, self.ground)
        if watermark:
            draw_watermark(self.canvas, self.ground, watermark)
        self.canvas.restore()
        draw_frame(self.canvas, self.ground)

    def name(self) -> None:
        """The words of all that was drawn, those of what was drawn last first."""
        lettering = Lettering(self._frame)
        lettering.reserve(self._covered)
        self._words.reverse()
        for words, geometries, kind in sorted(self._words, key=lambda one: one[0].rank):
            self.deadline.left_s()
            self._name(lettering, words, geometries, kind)
        for label in lettering.labels:
            words = label.words
            self.canvas.words(label.letters, words.size * POINTS_PER_MM, words.color, words.halo, words.halo_width)

    @property
    def _frame(self) -> Any:
        return self.ground.drawn(np.array([shapely.box(*self.ground.box())]))[0]

    def _draw(self, layer: Layer, found: Features, stratum: Stratum) -> None:
        kind = GEOMETRY_TYPES[stratum.selection.kind.shape]
        looks: dict[Paint, list[np.ndarray]] = {}
        for values, geometries in found.groups.items():
            scene = Scene(self.ground.zoom, kind, dict(zip(found.names, values, strict=True)))
            paint = painted(layer, scene)
            if paint is not None:
                looks.setdefault(paint, []).append(geometries)
        for paint in sorted(looks, key=_weight):
            geometries = np.concatenate(looks[paint])
            if isinstance(paint, Words):
                self._words.append((paint, geometries, kind))
            else:
                self._paint(paint, geometries, stratum.opacity)

    def _paint(self, paint: Fill | Line | Dot, geometries: np.ndarray, opacity: float) -> None:
        if isinstance(paint, Fill):
            self.canvas.fill(geometries, paint.color.faded(opacity))
            if paint.outline:
                self.canvas.stroke(geometries, paint.outline.faded(opacity), OUTLINE_MM, join="round")
        elif isinstance(paint, Line):
            self.canvas.stroke(
                geometries, paint.color.faded(opacity), paint.width, dash=paint.dash, cap=paint.cap, join=paint.join
            )
        else:
            places = shapely.get_coordinates(geometries)
            self.canvas.dots(places, paint.rim.faded(opacity), 2 * (paint.radius + paint.rim_width))
            self.canvas.dots(places, paint.color.faded(opacity), 2 * paint.radius)

    def _marked(self, geometries: np.ndarray, mark: Color) -> None:
        """A mark that is seen on every ground: a coloured line with a white rim, areas tinted."""
        self.canvas.fill(geometries, mark.faded(0.14))
        for color, width in ((WHITE, 1.2), (mark, 0.6)):
            self.canvas.stroke(geometries, color, width, cap="butt", join="round")
        places = _points(geometries)
        self.canvas.dots(places, WHITE, 3.2)
        self.canvas.dots(places, mark, 2.4)

    def _name(self, lettering: Lettering, words: Words, geometries: np.ndarray, kind: str) -> None:
        if words.along and kind != "Point":
            lettering.along(words, geometries if kind == "LineString" else shapely.boundary(geometries))
        elif kind == "Polygon":
            lettering.at(words, inner_points(geometries, self._frame))
        else:
            lettering.at(words, _PLACES[kind](geometries))


def _weight(paint: Paint) -> tuple[float, float]:
    """The style's own order, then narrow lines first: where a lane meets a main road, the main road lies on top."""
    return (paint.rank, paint.width) if isinstance(paint, Line) else (0.0, 0.0)


def _bordered(layer: Layer, found: Features) -> Features:
    """For a layer of borders, each border once: dashes of two neighbours would fill each other's gaps."""
    if not layer.get("source-layer", "").endswith("_borders"):
        return found
    edges = [shapely.boundary(group) for group in found.groups.values()]
    once = [shapely.line_merge(shapely.union_all(np.concatenate(edges)))] if edges else []
    return Features((), {(): np.array(once, dtype=object)} if once else {})


def _points(geometries: np.ndarray) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(geometries))
    return shapely.get_coordinates(parts[shapely.get_type_id(parts) == 0])


def _coordinates(geometries: np.ndarray) -> list[tuple[float, float]]:
    return [(x, y) for x, y in shapely.get_coordinates(geometries).tolist()]


def _beside(geometries: np.ndarray) -> list[tuple[float, float]]:
    """Where a drawn shape's label stands: above the middle of a line or point, within an area."""
    points = shapely.point_on_surface(geometries)
    middles = shapely.get_coordinates(points).tolist()
    areal = shapely.get_dimensions(geometries) == 2
    return [(x, y if area else y + 8) for (x, y), area in zip(middles, areal, strict=True)]


_PLACES: dict[str, Callable[[np.ndarray], list[tuple[float, float]]]] = {
    "Point": _coordinates,
    "LineString": lambda lines: _coordinates(shapely.line_interpolate_point(shapely.get_parts(lines), 0.5, True)),
    "Shape": _beside,
}
