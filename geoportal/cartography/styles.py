"""MapLibre styles of the layers and of the whole map, as static/js/map/style.js and base-map.js draw them.

Other programs (QGIS, another site's map) can draw the city as the portal does. A style refers to the layers' TileJSON
and is made from the kinds' declarations; it contains no data of the layers.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from geoportal.cartography.levels import SLOTS, kind_level, slot_level
from layers.city import city
from layers.schema.kind import LayerKind, in_theme, themed
from layers.tiles.vector import tile_layers

Theme = Literal["light", "dark"]
Layer = dict[str, Any]
GROUND = themed("#f4f2ec", "#1b2322")
SOLID_SHARE = 0.5
_FONTS = {"Noto Sans": 500, "Noto Sans Bold": 600}
_SCRIPTS = {
    "latin": ["U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+02C6", "U+02DA", "U+02DC", "U+2000-206F"],
    "latin-ext": ["U+0100-02BA", "U+02BD-02C5", "U+02C7-02CC", "U+02CE-02D7", "U+02DD-02FF", "U+1E00-1E9F"],
}
_MERGED = ["to-boolean", ["get", "merged"]]
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def layer_style(kind: LayerKind, theme: Theme, root: str, fonts: str) -> dict[str, Any]:
    """The style of one layer without a base map. `root` is the portal's address, `fonts` that of the font files."""
    return _style(str(kind.title), theme, root, fonts, [kind], kind_layers(kind, theme))


def map_style(kinds: Sequence[LayerKind], theme: Theme, root: str, fonts: str) -> dict[str, Any]:
    """The style of the whole map: the base map, and the layers shown by default."""
    levels: list[list[Layer]] = [[], [], []]
    names: list[Layer] = []
    for slot, layer in _base(kinds, theme):
        (names if slot == "label" else levels[slot_level(slot)]).append(layer)
    shown = [kind for kind in kinds if kind.visible]
    for kind in reversed(stack(shown)):
        for layer in kind_layers(kind, theme):
            (names if layer["type"] == "symbol" else levels[kind_level(kind)]).append(layer)
    drawn = [kind for kind in kinds if kind.basemap or kind.visible]
    return _style(str(city().name), theme, root, fonts, drawn, [*levels[0], *levels[1], *levels[2], *names])


def stack(kinds: Iterable[LayerKind]) -> list[LayerKind]:
    """Kinds in drawing order, topmost first: points, lines, buildings and the like, areas."""

    return sorted(kinds, key=lambda kind: (kind.shape == "POINT", kind_level(kind), kind.order), reverse=True)


def kind_layers(kind: LayerKind, theme: Theme) -> list[Layer]:
    """The style layers of a kind whose layer is shown, lowest first."""
    made: list[Layer] = []
    for number, part in enumerate(kind.style):
        layer = _named(kind, f"{kind.slug}-{number}", in_theme(part, theme))
        if theme == "dark":
            layer["paint"] = _dark(kind, layer)
        alone = kind.merge_small and layer["type"] == "fill"
        made += [_built_up(layer), layer | {"filter": ["!", _MERGED]}] if alone else [layer]
    return made


def _base(kinds: Sequence[LayerKind], theme: Theme) -> list[tuple[str, Layer]]:
    """The base map's style layers with their slots, lowest first; labels of larger features win collisions."""
    parts = []
    for kind in kinds:
        for number, part in enumerate(kind.basemap):
            styled = dict(in_theme(part, theme))
            slot = styled.pop("slot")
            order = -kind.order if slot == "label" else kind.order
            parts.append((SLOTS.index(slot), order, slot, _named(kind, f"base-{kind.slug}-{number}", styled)))
    parts.sort(key=lambda part: part[:2])
    return [(slot, layer) for _, _, slot, layer in parts]


def _named(kind: LayerKind, name: str, part: Layer) -> Layer:
    """A style layer with its id, source and font; labels use the tile's label layer where there is one."""
    layer = {"id": name, "source": kind.slug, "source-layer": kind.slug, **part}
    if layer["type"] != "symbol":
        return layer
    labels = f"{kind.slug}_labels"
    layer["source-layer"] = labels if labels in tile_layers(kind) else kind.slug
    return layer | {"layout": {"text-font": ["Noto Sans"], **layer.get("layout", {})}}


def _built_up(layer: Layer) -> Layer:
    """Paler at low zooms, where tiles have built-up areas in place of small buildings."""
    paint = {name: value for name, value in layer["paint"].items() if name != "fill-outline-color"}
    soft = {**paint, "fill-antialias": False, "fill-opacity": 0.6}
    return layer | {"id": f"{layer['id']}-built-up", "filter": _MERGED, "paint": soft}


def _dark(kind: LayerKind, layer: Layer) -> dict[str, Any]:
    """A style layer for the dark theme: lighter labels, fills mixed with the background."""
    paint = dict(layer.get("paint", {}))
    if layer["type"] == "symbol":
        lighter = _mixed(paint["text-color"], "#ffffff", 0.6)
        return paint | {"text-color": lighter, "text-halo-color": GROUND["dark"]}
    if layer["type"] != "fill" or not kind.merge_small:
        return paint
    return paint | {"fill-color": _mixed(paint["fill-color"], GROUND["dark"], 1 - SOLID_SHARE)}


def _mixed(value: Any, other: str, share: float) -> Any:
    if isinstance(value, list | tuple):
        return [_mixed(one, other, share) for one in value]
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        return value
    both = [(int(value[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{int(mine * (1 - share) + its * share + 0.5):02x}" for mine, its in both)


def _style(
    name: str, theme: Theme, root: str, fonts: str, kinds: Iterable[LayerKind], layers: Iterable[Layer]
) -> dict[str, Any]:
    longitude, latitude, zoom = city().view
    ground = {"id": "ground", "type": "background", "paint": {"background-color": GROUND[theme]}}
    return {
        "version": 8,
        "name": name,
        "center": [longitude, latitude],
        "zoom": zoom,
        "font-faces": {font: _files(weight, fonts) for font, weight in _FONTS.items()},
        "sources": {kind.slug: {"type": "vector", "url": f"{root}tiles/{kind.slug}.json"} for kind in kinds},
        "layers": [ground, *layers],
    }


def _files(weight: int, fonts: str) -> list[dict[str, Any]]:
    return [
        {"url": f"{fonts}noto-sans-{script}-{weight}-normal.woff2", "unicode-range": ranges}
        for script, ranges in _SCRIPTS.items()
    ]
