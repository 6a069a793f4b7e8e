"""Preview image of an open layer, drawn from its features in the colours of the map, north up.

All previews show the same extent, the city's, so that they can be compared.
"""

from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw
from shapely import Polygon

from geoportal.cartography.printing.colors import Color
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.drawing import GEOMETRY_TYPES
from geoportal.cartography.printing.expressions import Scene
from geoportal.cartography.printing.ground import MM_PER_PX
from geoportal.cartography.printing.paint import Dot, Fill, Layer, Line, Paint, fields_used, painted, shown_at
from layers.access.rules import ANONYMOUS, Serving, fields_for
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.reading.selection import Selection
from layers.reading.time_limits import in_time
from layers.schema.kind import LayerKind

WIDTH, HEIGHT = 480, 270
FINE = 2
"""Factor of supersampling, which smooths the edges."""
MOST = 40_000
"""Most features drawn; of more, a random sample."""
ZOOM = 13
"""Zoom for which styles are evaluated; at the zoom of the whole city they would show almost nothing."""
SECONDS = 8.0
PAPER, TOWN, EDGE = "#f7f5f0", "#ffffff", "#cfc9bd"

Groups = dict[tuple[Any, ...], np.ndarray]


def version_of(kind: LayerKind, shown: Serving) -> str:
    """The version of the layer in the image; part of its address."""
    return f"{shown.dataset_id}-{VERSIONS.layer(kind, shown.dataset_id)}"


def preview(kind: LayerKind, shown: Serving) -> bytes:
    """The image as PNG, cached until the next change. Raises BadPrint when the database is too slow."""
    return _drawn(kind.slug, shown, version_of(kind, shown))


@lru_cache(maxsize=64)
def _drawn(slug: str, shown: Serving, version: str) -> bytes:
    kind = KINDS[slug]
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    frame = Frame()
    (town,) = frame.pixels(np.array([frame.outline.exterior]))
    ImageDraw.Draw(picture).polygon(town, fill=TOWN, outline=EDGE, width=FINE)
    layers = [one for one in kind.style if one["type"] != "symbol" and shown_at(one, _zoom(kind))]
    names = sorted({name for layer in layers for name in fields_used(layer)} & _allowed(kind))
    groups = _read(Selection(ANONYMOUS, kind, shown), names, frame)
    for layer in layers:
        _draw(picture, layer, kind, groups, names, frame)
    out = BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


class Frame:
    """The extent drawn: the bounding box of the city in the aspect ratio of the image."""

    def __init__(self) -> None:
        self.outline: Polygon = reproject(np.array([city().outline]), WGS84, storage_srid())[0]
        west, south, east, north = self.outline.bounds
        self.metres = 1.06 * max((east - west) / (WIDTH * FINE), (north - south) / (HEIGHT * FINE))
        """Metres per supersampled pixel."""
        self.west = (west + east) / 2 - self.metres * WIDTH * FINE / 2
        self.north = (south + north) / 2 + self.metres * HEIGHT * FINE / 2

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the storage CRS."""
        return (
            self.west,
            self.north - self.metres * HEIGHT * FINE,
            self.west + self.metres * WIDTH * FINE,
            self.north,
        )

    def pixels(self, lines: np.ndarray) -> list[list[float]]:
        """The supersampled pixel coordinates of each line or point: x, y, x, y…"""
        places, numbers = shapely.get_coordinates(lines, return_index=True)
        flat = ((places - (self.west, self.north)) / (self.metres, -self.metres)).ravel().tolist()
        ends = np.searchsorted(numbers, np.arange(len(lines) + 1)) * 2
        return [flat[start:end] for start, end in zip(ends[:-1], ends[1:], strict=True)]


def _zoom(kind: LayerKind) -> float:
    return max(ZOOM, kind.min_zoom)


def _allowed(kind: LayerKind) -> set[str]:
    return {field.name for field in fields_for(ANONYMOUS, kind)}


def _read(selection: Selection, names: list[str], frame: Frame) -> Groups:
    """Features grouped by the values that their style depends on."""
    where, values = selection.where()
    columns = "".join(f"{name}, " for name in names)
    sql = (
        f"SELECT {columns}ST_AsBinary(ST_Simplify(geom, %s, true)) FROM {selection.kind.model._meta.db_table} "
        f"WHERE {where} AND geom && ST_MakeEnvelope(%s, %s, %s, %s, %s) ORDER BY feature_id LIMIT {MOST}"
    )
    deadline = Deadline(SECONDS)
    found: dict[tuple[Any, ...], list[bytes]] = {}
    with in_time(deadline.left_s(), deadline.error()) as cursor:
        cursor.execute(sql, [frame.metres, *values, *frame.box, storage_srid()])
        for *looks, wkb in cursor.fetchall():
            found.setdefault(tuple(looks), []).append(bytes(wkb))
    return {looks: shapely.get_parts(shapely.from_wkb(np.array(wkb, dtype=object))) for looks, wkb in found.items()}


def _draw(
    picture: Image.Image, layer: Layer, kind: LayerKind, groups: Groups, names: list[str], frame: Frame
) -> None:
    """Draw one style layer over the image."""
    looks: dict[Paint, list[np.ndarray]] = {}
    for values, parts in groups.items():
        scene = Scene(_zoom(kind), GEOMETRY_TYPES[kind.shape], dict(zip(names, values, strict=True)))
        paint = painted(layer, scene)
        if paint is not None:
            looks.setdefault(paint, []).append(parts)
    for paint, found in looks.items():
        _paint(picture, paint, np.concatenate(found), frame)


def _paint(picture: Image.Image, paint: Paint, parts: np.ndarray, frame: Frame) -> None:
    if isinstance(paint, Fill):
        _over(picture, paint.color, lambda draw: _areas(draw, parts, frame))
    elif isinstance(paint, Line):
        width = max(1, round(paint.width / MM_PER_PX * FINE / 2))
        _over(picture, paint.color, lambda draw: _lines(draw, parts, width, frame))
    elif isinstance(paint, Dot):
        rim, inner = (max(1.0, mm / MM_PER_PX * FINE / 2) for mm in (paint.radius + paint.rim_width, paint.radius))
        _over(picture, paint.rim, lambda draw: _dots(draw, parts, rim, frame))
        _over(picture, paint.color, lambda draw: _dots(draw, parts, inner, frame))


def _over(picture: Image.Image, color: Color, draw: Any) -> None:
    """Blend a colour into the image through the mask that `draw` fills."""
    mask = Image.new("L", picture.size)
    draw(ImageDraw.Draw(mask))
    solid = tuple(round(255 * part) for part in (color.red, color.green, color.blue))
    picture.paste(Image.new("RGB", picture.size, solid), mask=mask.point(lambda value: round(value * color.alpha)))


def _areas(draw: ImageDraw.ImageDraw, parts: np.ndarray, frame: Frame) -> None:
    for ring in frame.pixels(shapely.get_exterior_ring(parts)):
        draw.polygon(ring, fill=255)
    with_holes = parts[shapely.get_num_interior_rings(parts) > 0]
    for hole in frame.pixels(np.array([hole for part in with_holes for hole in part.interiors], dtype=object)):
        draw.polygon(hole, fill=0)


def _lines(draw: ImageDraw.ImageDraw, parts: np.ndarray, width: int, frame: Frame) -> None:
    areas = len(parts) and parts[0].geom_type == "Polygon"
    for line in frame.pixels(shapely.get_exterior_ring(parts) if areas else parts):
        draw.line(line, fill=255, width=width)


def _dots(draw: ImageDraw.ImageDraw, parts: np.ndarray, radius: float, frame: Frame) -> None:
    for x, y in frame.pixels(parts):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
