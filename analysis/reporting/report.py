"""The map of a study's report, made with folium: an HTML document of its own that loads only local files.

folium writes inline scripts: the view must serve the document in a sandboxed frame, with a Content-Security-Policy
that allows exactly the scripts whose hashes are returned here. Of folium's libraries only Leaflet is used.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import folium
from branca.element import Element
from folium.template import Template

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
DEEPEST_ZOOM = 17
ZOOM_BAN = re.compile(r",\s*maximum-scale=1\.0,\s*user-scalable=no")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A feature of the map: geometry as GeoJSON in degrees, colours, and the text of its popup ("": no popup)."""

    geometry: dict[str, Any]
    fill: str
    line: str
    popup: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Features drawn together, lowest sheet first."""

    name: str
    drawn: Sequence[Drawn]
    opacity: float = 1.0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Assets:
    """URLs of Leaflet's script, and of the style sheets in their order."""

    script: str
    styles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MapDocument:
    """A page of HTML and the hashes of its inline scripts, as a Content-Security-Policy names them."""

    html: str
    script_hashes: tuple[str, ...]


def map_document(
    sheets: Sequence[Sheet],
    legend: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    bounds: Sequence[float],
    *,
    title: str,
    language: str,
    note: str,
    zoom_words: tuple[str, str],
    assets: Assets,
) -> MapDocument:
    """A map of these sheets that fits `bounds` (west, south, east, north). `legend`: (title, [(colour, words)]).

    `zoom_words` are the labels of the buttons that zoom in and out.
    """
    west, south, east, north = bounds
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        control_scale=True,
        zoom_control=False,
        maxZoom=DEEPEST_ZOOM,
        minZoom=9,
        attributionControl=False,
    )
    made.default_js = [("leaflet", assets.script)]
    made.default_css = [(address, address) for address in assets.styles]
    for sheet in sheets:
        if sheet.drawn:
            _layer(sheet).add_to(made)
    _ZoomButtons(*zoom_words).add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    figure: Any = made.get_root()
    figure.title = escape(title)
    figure.html.add_child(Element(_legend(legend, note)))
    html = _accessible(figure.render(), language)
    return MapDocument(html, tuple(_hash(found) for found in INLINE.findall(html)))


class _ZoomButtons(folium.MacroElement):
    """Leaflet's zoom buttons with labels in the language of the page, which folium does not set."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.control.zoom({{ this.words|tojson }}).addTo({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, closer: str, farther: str) -> None:
        super().__init__()
        self._name = "ZoomButtons"
        self.words = {"zoomInTitle": closer, "zoomOutTitle": farther}


def _layer(sheet: Sheet) -> folium.GeoJson:
    features = [
        {
            "type": "Feature",
            "geometry": one.geometry,
            "properties": {"fill": one.fill, "line": one.line, "said": _popup(one.popup)},
        }
        for one in sheet.drawn
    ]
    opacity, width = sheet.opacity, sheet.width
    has_popups = any(one.popup for one in sheet.drawn)
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=sheet.name,
        style_function=lambda feature: {
            "fillColor": feature["properties"]["fill"] or "none",
            "fillOpacity": opacity if feature["properties"]["fill"] else 0,
            "color": feature["properties"]["line"] or "none",
            "weight": width if feature["properties"]["line"] else 0,
        },
        popup=folium.GeoJsonPopup(["said"], labels=False, close_button=False) if has_popups else None,
        interactive=has_popups,
        smooth_factor=1,
    )


def _accessible(html: str, language: str) -> str:
    """folium's page with `lang` and a main landmark, and without the viewport setting that forbids zooming."""
    html = html.replace("<html>", f'<html lang="{escape(language)}">', 1)
    html = html.replace("<body>", "<body><main>", 1).replace("</body>", "</main></body>", 1)
    return ZOOM_BAN.sub("", html, count=1)


def _popup(rows: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f"<dt>{escape(title)}</dt><dd>{escape(words)}</dd>" for title, words in rows)
    return f"<dl>{lines}</dl>" if rows else ""


def _legend(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], note: str) -> str:
    parts = "".join(
        f"<h{level}>{escape(title)}</h{level}><ul>{''.join(_line(color, words) for color, words in lines)}</ul>"
        for level, (title, lines) in zip((1, *[2] * len(groups)), groups, strict=False)
    )
    return f'<div class="report-legend">{parts}<p>{escape(note)}</p></div>'


def _line(color: str, words: str) -> str:
    square = f'<rect x="1" y="1" width="16" height="12" rx="2" fill="{escape(color)}" stroke="#00000040"/>'
    return f'<li><svg width="18" height="14" aria-hidden="true">{square}</svg>{escape(words)}</li>'


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
