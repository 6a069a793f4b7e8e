"""Parsing of a print order from JSON: paper, place, layers, drawn shapes, chosen features."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from shapely import Point

from geoportal.cartography.printing.drawn import Drawn, read_drawn
from geoportal.cartography.printing.errors import BadPrint
from geoportal.cartography.printing.ground import LARGEST, SMALLEST
from geoportal.cartography.printing.paper import ORIENTATIONS, PAPERS, SIZES_MM, Paper
from layers.access.rules import Access, may_see
from layers.crs import WGS84, padded_outline, storage_srid, transformer
from layers.kinds import KINDS
from layers.schema.kind import LayerKind

MOST_TITLE = 120
MOST_LAYERS = 30
MOST_CHOSEN = 200


@dataclass(frozen=True, slots=True)
class OrderedLayer:
    """A layer of the sheet; `filter` is CQL2 text or JSON, "" for all of its features."""

    kind: LayerKind
    opacity: float = 1.0
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A print order. `layers` are topmost first; `centre` is in the storage CRS; None means to fit."""

    access: Access
    title: str
    paper: Paper
    layers: tuple[OrderedLayer, ...]
    base: bool
    at: str
    scale: int | None
    centre: tuple[float, float] | None
    drawn: tuple[Drawn, ...]
    chosen: dict[str, tuple[UUID, ...]]


def read_order(access: Access, raw: dict[str, Any]) -> Order:
    """The order of a JSON object. Raises BadPrint with the fault in the visitor's language."""
    return Order(
        access=access,
        title=_title(raw),
        paper=_paper(raw),
        layers=tuple(_layer(access, one) for one in _layers(raw)),
        base=_of_type(raw, "base", bool, False),
        at=_of_type(raw, "at", str, ""),
        scale=_scale(raw),
        centre=_centre(raw),
        drawn=read_drawn(raw.get("shapes")),
        chosen=_chosen(access, raw),
    )


def _wrong(name: str) -> BadPrint:
    return BadPrint(gettext("“{name}” has a value that cannot be printed.").format(name=name))


def _of_type(raw: dict[str, Any], name: str, kind: type[Any], default: Any) -> Any:
    value = raw.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _wrong(name)
    return value


def _list(raw: dict[str, Any], name: str, most: int, refusal: str) -> list[Any]:
    values: list[Any] = _of_type(raw, name, list, [])
    if len(values) > most:
        raise BadPrint(refusal.format(most=most))
    return values


def _title(raw: dict[str, Any]) -> str:
    title = " ".join(_of_type(raw, "title", str, "").split())
    if len(title) > MOST_TITLE:
        raise BadPrint(gettext("The title is longer than {most} characters.").format(most=MOST_TITLE))
    if not title.isprintable():
        raise _wrong("title")
    return title


def _paper(raw: dict[str, Any]) -> Paper:
    paper = PAPERS.get((_of_type(raw, "paper", str, "A4"), _of_type(raw, "orientation", str, "landscape")))
    if paper is None:
        known = ", ".join([*SIZES_MM, *ORIENTATIONS])
        raise BadPrint(gettext("There is no such paper; known are: {known}.").format(known=known))
    return paper


def _layers(raw: dict[str, Any]) -> list[Any]:
    return _list(raw, "layers", MOST_LAYERS, gettext("A sheet shows at most {most} layers."))


def _layer(access: Access, raw: Any) -> OrderedLayer:
    if not isinstance(raw, dict):
        raise _wrong("layers")
    opacity = _of_type(raw, "opacity", int | float, 1)  # type: ignore[arg-type]  # isinstance takes unions
    if isinstance(opacity, bool) or not 0 <= opacity <= 1:
        raise BadPrint(gettext("Opacity is a number from 0 to 1."))
    kind = _kind(access, raw.get("slug"))
    return OrderedLayer(kind, float(opacity), _filter(kind, raw))


def _filter(kind: LayerKind, raw: dict[str, Any]) -> str:
    """The filter given (null for none); where absent, the kind's default filter on the map."""
    if "filter" not in raw:
        return f"{kind.presets[0].field} = '{kind.presets[0].value}'" if kind.presets else ""
    given = raw["filter"] or ""
    chosen = json.dumps(given) if isinstance(given, dict) else given
    if not isinstance(chosen, str):
        raise _wrong("filter")
    return chosen


def _kind(access: Access, slug: Any) -> LayerKind:
    """The kind with that slug. Raises BadPrint, also for a kind that the visitor may not see."""
    kind = KINDS.get(slug) if isinstance(slug, str) else None
    if kind is None or not may_see(access, kind):
        raise BadPrint(gettext("There is no layer “{layer}”.").format(layer=str(slug)[:60]))
    return kind


def _scale(raw: dict[str, Any]) -> int | None:
    scale = raw.get("scale")
    if scale is None:
        return None
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not LARGEST <= scale <= SMALLEST:
        raise BadPrint(
            gettext("The scale lies between 1:{largest} and 1:{smallest}.").format(largest=LARGEST, smallest=SMALLEST)
        )
    return round(scale)


def _centre(raw: dict[str, Any]) -> tuple[float, float] | None:
    centre = raw.get("center")
    if centre is None:
        return None
    if not isinstance(centre, list) or len(centre) != 2 or not all(map(_is_degree, centre)):
        raise _wrong("center")
    x, y = transformer(WGS84, storage_srid()).transform(*centre)
    if not padded_outline(storage_srid()).contains(Point(x, y)):
        raise BadPrint(gettext("The middle of the sheet lies outside the city."))
    return x, y


def _is_degree(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -180 <= value <= 180


def _chosen(access: Access, raw: dict[str, Any]) -> dict[str, tuple[UUID, ...]]:
    chosen: dict[str, tuple[UUID, ...]] = {}
    refusal = gettext("A sheet shows at most {most} chosen objects.")
    for text in _list(raw, "pick", MOST_CHOSEN, refusal):
        slug, _, key = text.partition("/") if isinstance(text, str) else ("", "", "")
        try:
            identity = UUID(key)
        except ValueError:
            raise _wrong("pick") from None
        kind = _kind(access, slug)
        chosen[kind.slug] = (*chosen.get(kind.slug, ()), identity)
    return chosen
