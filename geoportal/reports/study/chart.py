"""The map of a study's report: which layers it shows, in the colours of their kinds, and the texts of its popups."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from django.templatetags.static import static
from django.utils.translation import gettext

from analysis.reporting.report import Assets, Drawn, MapDocument, Sheet, map_document
from geoportal.cartography.levels import SLOTS
from geoportal.cartography.printing.contents import base_map
from geoportal.cartography.printing.drawing import GEOMETRY_TYPES
from geoportal.cartography.printing.expressions import Scene, evaluate
from geoportal.cartography.printing.ground import MM_PER_PX
from geoportal.cartography.printing.paint import Fill, Layer, Line, Paint, fields_used, painted, shown_at
from geoportal.wording.studies import Published, areas_read, extent_in_degrees, kinds_shown, outputs_seen
from geoportal.wording.values import in_words
from layers.access.rules import Access, fields_for
from layers.crs import WGS84, reproject, storage_srid
from layers.reading.frames import frame
from layers.reading.selection import Selection, select
from layers.schema.kind import LayerKind

ZOOM = 13.0
"""Styles are evaluated for this zoom."""
FINE_M, COARSE_M = 1.5, 6.0
"""Tolerance of simplification in metres: of results, and of the base map around them."""
STYLES = ("vendor/leaflet/leaflet.css", "css/page/tokens.css", "css/studies/frame.css")
CONTEXT_ZOOM = 11.0
"""The surroundings of a result are drawn as the base map at this zoom, without its labels."""
THINNEST_MM = 0.6 * MM_PER_PX
"""Lines that the base map draws thinner are left out: most of the streets, which would only make the map heavy."""


def report_map(access: Access, result: Published, language: str) -> MapDocument:
    """The map document of a published result for a visitor's level."""
    study = result.study
    made = outputs_seen(access, study)
    sheets = [*_context(access), *(_sheet(access, kind, read=True) for kind in areas_read(access, study))]
    results = [_sheet(access, kind, read=False) for kind in made]
    legend = [
        (str(kind.title), [(line.color, str(line.title)) for line in kind.legend])
        for kind in kinds_shown(access, study)
    ]
    return map_document(
        [*sheets, *results],
        legend,
        extent_in_degrees(access, study),
        title=str(made[0].title),
        language=language,
        note=_note(result),
        zoom_words=(gettext("Zoom in"), gettext("Zoom out")),
        assets=Assets(static("vendor/leaflet/leaflet.js"), tuple(static(name) for name in STYLES)),
    )


def _note(result: Published) -> str:
    if result.synthetic:
        return gettext("Invented data; figures are estimates.")
    return gettext("Figures are estimates.")


def preset_filter(kind: LayerKind) -> str:
    """The filter by which a kind is drawn where nothing is chosen, as CQL2."""
    if not kind.presets:
        return ""
    first = kind.presets[0]
    return json.dumps({"op": "=", "args": [{"property": first.field}, first.value]})


def _sheet(access: Access, kind: LayerKind, *, read: bool) -> Sheet:
    """The features of a kind in its own colours; a result's have their figures as popups."""
    chosen = select(access, kind, filter=preset_filter(kind))
    fill: Any = next((part["paint"] for part in kind.style if part["type"] == "fill"), {})
    line: Any = next((part["paint"] for part in kind.style if part["type"] == "line"), {})
    drawn = [] if chosen is None else list(_features(access, chosen, fill, line, popups=not read))
    return Sheet(str(kind.title), drawn, opacity=float(fill.get("fill-opacity", 1)), width=0.0 if read else 0.8)


def _features(access: Access, chosen: Selection, fill: Any, line: Any, *, popups: bool) -> Iterator[Drawn]:
    fields = fields_for(access, chosen.kind)
    found = frame(chosen, [field.name for field in fields])
    shapes = _degrees(shapely.simplify(found.geometry.to_numpy(), FINE_M))
    for shape, values in zip(shapes, found.drop(columns="geometry").to_dict("records"), strict=True):
        known = {name: None if value != value else value for name, value in values.items()}
        scene = Scene(ZOOM, "Polygon", known)
        facts = ((str(field.title), in_words(field, _whole(known[field.name]))) for field in fields) if popups else ()
        yield Drawn(
            json.loads(shapely.to_geojson(shape)),
            evaluate(fill.get("fill-color", ""), scene),
            evaluate(line.get("line-color", ""), scene) if popups else "",
            tuple((title, words) for title, words in facts if words),
        )


def _whole(value: Any) -> Any:
    """Counts come from frames as 12.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _context(access: Access) -> Iterator[Sheet]:
    """The city's base map around a result, lowest first, without objects that are too small for its zoom."""
    base = base_map(access, "")
    for slot in SLOTS:
        for stratum in base[slot]:
            kind = stratum.selection.kind
            layers = [layer for layer in stratum.style if layer["type"] != "symbol" and shown_at(layer, CONTEXT_ZOOM)]
            if layers and not kind.merge_small:
                yield from _around(stratum.selection, layers)


def _around(selection: Selection, layers: list[Layer]) -> Iterator[Sheet]:
    """The features of a kind as these style layers draw them; each look is a sheet, because a sheet has one width."""
    kind = selection.kind
    names = {field.name for field in fields_for(selection.access, kind)}
    columns = sorted(names.intersection(name for layer in layers for name in fields_used(layer)))
    found = frame(selection, columns)
    shapes = _degrees(shapely.simplify(found.geometry.to_numpy(), COARSE_M))
    scenes = [
        Scene(CONTEXT_ZOOM, GEOMETRY_TYPES[kind.shape], values)
        for values in found.drop(columns="geometry").to_dict("records")
    ]
    for layer in layers:
        looks: dict[Paint, list[Drawn]] = {}
        for shape, scene in zip(shapes, scenes, strict=True):
            paint = painted(layer, scene)
            if isinstance(paint, Fill) or (isinstance(paint, Line) and paint.width >= THINNEST_MM):
                looks.setdefault(paint, []).append(_drawn(shape, paint))
        for paint, drawn in looks.items():
            width = paint.width / MM_PER_PX if isinstance(paint, Line) else 0.0
            yield Sheet(str(kind.title), drawn, opacity=paint.color.alpha, width=width)


def _drawn(shape: Any, paint: Fill | Line) -> Drawn:
    color = paint.color.hex
    fill, line = (color, "") if isinstance(paint, Fill) else ("", color)
    return Drawn(json.loads(shapely.to_geojson(shape)), fill, line)


def _degrees(shapes: np.ndarray) -> np.ndarray:
    """Shapes in degrees, to 10 cm."""
    moved = reproject(shapes, storage_srid(), WGS84)
    rounded: np.ndarray = shapely.transform(moved, lambda positions: np.round(positions, 6))
    return rounded
