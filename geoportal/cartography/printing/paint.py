"""Evaluates a kind's MapLibre style layers for a feature's properties, with sizes in millimetres of paper."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from geoportal.cartography.printing.colors import WHITE, Color, color_of
from geoportal.cartography.printing.errors import UnknownStyle
from geoportal.cartography.printing.expressions import Scene, check, evaluate, properties_of
from geoportal.cartography.printing.ground import MM_PER_PX

Layer = dict[str, Any]

LISTS = {"text-font"}
"""Style properties whose value is a list of names, not an expression."""
KNOWN = {
    "fill": {"fill-color", "fill-opacity", "fill-outline-color", "fill-antialias", "fill-sort-key"},
    "line": {
        "line-color",
        "line-opacity",
        "line-width",
        "line-dasharray",
        "line-cap",
        "line-join",
        "line-sort-key",
    },
    "circle": {
        "circle-color",
        "circle-opacity",
        "circle-radius",
        "circle-stroke-color",
        "circle-stroke-opacity",
        "circle-stroke-width",
        "circle-sort-key",
    },
    "symbol": {
        "symbol-placement",
        "symbol-sort-key",
        "symbol-spacing",
        "text-anchor",
        "text-color",
        "text-field",
        "text-font",
        "text-halo-blur",
        "text-halo-color",
        "text-halo-width",
        "text-justify",
        "text-letter-spacing",
        "text-max-angle",
        "text-max-width",
        "text-offset",
        "text-opacity",
        "text-optional",
        "text-padding",
        "text-rotation-alignment",
        "text-size",
        "text-transform",
    },
}
"""Style properties that printing draws or may ignore on paper; any other raises UnknownStyle."""
CASES: dict[str, Callable[[str], str]] = {"uppercase": str.upper, "lowercase": str.lower, "none": str}
REGULAR, BOLD = 500, 600
"""Font weights of the map's labels."""
OUTLINE_MM = 0.12
"""Width of fills' outlines: MapLibre's is one device pixel."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled area."""

    color: Color
    outline: Color | None


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line; `dash` in millimetres."""

    color: Color
    width: float
    dash: tuple[float, ...] = ()
    cap: str = "butt"
    join: str = "miter"
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle with an outline."""

    color: Color
    radius: float
    rim: Color
    rim_width: float


@dataclass(frozen=True, slots=True)
class Words:
    """A label. `offset` and `width` are in em; `upright` labels follow no line.

    `around` is the distance in em at which the label of a point stands right, left, above or below of it, wherever
    there is room; 0 for one that stands at its anchor only.
    """

    text: str
    size: float
    color: Color
    halo: Color
    halo_width: float
    weight: int = REGULAR
    along: bool = False
    upright: bool = False
    spacing: float = 0.0
    anchor: str = "center"
    offset: tuple[float, float] = (0.0, 0.0)
    width: float = 10.0
    around: float = 0.0
    apart: float = 250 * MM_PER_PX
    rank: float = 0.0


Paint = Fill | Line | Dot | Words


def shown_at(layer: Layer, zoom: float) -> bool:
    """Whether a style layer is drawn at that zoom."""
    return bool(layer.get("minzoom", 0) <= zoom < layer.get("maxzoom", 99))


def values(layer: Layer) -> dict[str, Any]:
    """The layout and paint properties of a style layer. Raises UnknownStyle for unsupported ones."""
    given = {**layer.get("layout", {}), **layer.get("paint", {})}
    given.pop("visibility", None)
    strange = given.keys() - KNOWN.get(layer["type"], set())
    if layer["type"] not in KNOWN or strange:
        raise UnknownStyle(f"Printing does not draw {layer['type']} with {', '.join(sorted(strange))}.")
    return given


def fields_used(layer: Layer) -> Iterator[str]:
    """Names of the feature properties that a style layer reads."""
    yield from properties_of(layer.get("filter"))
    for name, value in values(layer).items():
        if name not in LISTS:
            yield from properties_of(value)


def _plain(value: Any) -> bool:
    """Whether a style property's value is an array of numbers, like an offset, which is no expression."""
    return isinstance(value, list | tuple) and all(isinstance(part, int | float) for part in value)


def check_layer(layer: Layer) -> None:
    """Raises UnknownStyle where printing cannot draw a style layer exactly for every feature."""
    if "filter" in layer:
        check(layer["filter"])
    for name, value in values(layer).items():
        if name not in LISTS and not _plain(value):
            check(value)


def painted(layer: Layer, scene: Scene) -> Paint | None:
    """The paint of a style layer for a feature; None where its filter excludes it or nothing is visible."""
    if "filter" in layer and not evaluate(layer["filter"], scene):
        return None
    given = values(layer)

    def value(name: str, default: Any = None) -> Any:
        found = given.get(name)
        found = found if name in LISTS or _plain(found) else evaluate(found, scene)
        return default if found is None else found

    return PAINTS[layer["type"]](value)


def _fill(value: Any) -> Fill | None:
    opacity = value("fill-opacity", 1)
    color = color_of(value("fill-color", "#000000")).faded(opacity)
    outline = value("fill-outline-color")
    edge = color_of(outline).faded(opacity) if outline else None
    return Fill(color, edge if edge and edge.alpha else None) if color.alpha else None


def _line(value: Any) -> Line | None:
    color = color_of(value("line-color", "#000000")).faded(value("line-opacity", 1))
    width = value("line-width", 1) * MM_PER_PX
    if not color.alpha or width <= 0:
        return None
    dash = tuple(part * width for part in value("line-dasharray", ()))
    rank = value("line-sort-key", 0)
    return Line(color, width, dash, value("line-cap", "butt"), value("line-join", "miter"), rank)


def _dot(value: Any) -> Dot:
    rim = color_of(value("circle-stroke-color", "#000000")).faded(value("circle-stroke-opacity", 1))
    color = color_of(value("circle-color", "#000000")).faded(value("circle-opacity", 1))
    radius, rim_width = (value(name, default) * MM_PER_PX for name, default in _DOT)
    return Dot(color, radius, rim, rim_width)


_DOT = (("circle-radius", 5), ("circle-stroke-width", 0))


def _words(value: Any) -> Words | None:
    text = str(value("text-field", "")).strip()
    color = color_of(value("text-color", "#000000")).faded(value("text-opacity", 1))
    if not text or not color.alpha:
        return None
    change = CASES[value("text-transform", "none")]
    east, south = value("text-offset", (0, 0))
    return Words(
        text=change(text),
        size=value("text-size", 16) * MM_PER_PX,
        color=color,
        halo=color_of(value("text-halo-color", WHITE)),
        halo_width=value("text-halo-width", 0) * MM_PER_PX,
        weight=BOLD if any("Bold" in font for font in value("text-font", ())) else REGULAR,
        upright=value("text-rotation-alignment", "auto") == "viewport",
        along=value("symbol-placement", "point") in ("line", "line-center"),
        spacing=value("text-letter-spacing", 0),
        anchor=value("text-anchor", "center"),
        offset=(east, south),
        width=value("text-max-width", 10),
        apart=value("symbol-spacing", 250) * MM_PER_PX,
        rank=value("symbol-sort-key", 0),
    )


PAINTS: dict[str, Callable[[Any], Paint | None]] = {"fill": _fill, "line": _line, "circle": _dot, "symbol": _words}
