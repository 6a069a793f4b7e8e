"""A small map of a place as SVG, drawn from the stored geometry in the city's coordinate system, north up.

Colours and widths are attributes of the drawing, so that it looks alike on the page, in print and in the PDF.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.utils.html import escape
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geoportal.wording.values import number
from layers.access.rules import Access, may_see
from layers.crs import storage_srid
from layers.kinds import KINDS
from layers.places.place import Place
from layers.reading.selection import select

WIDTH, HEIGHT = 720, 400
SMALLEST_M = 300.0
"""Width of the map of a point or a small parcel."""
MARGIN = 1.25
"""How much larger than the place the map is."""
BUILDINGS_UP_TO_M = 1_900.0
PARCELS_UP_TO_M = 800.0
DISTRICT_NAMES_FROM_M = 1_500.0
STREET_NAMES_UP_TO_M = 2_600.0
MOST_NAMES = 9
PAPER, INK, WATER, GREEN = "#f7f5f0", "#3b4644", "#a9cde0", "#cfe2c3"
BUILDING, BUILDING_EDGE, PARCEL, DISTRICT = "#ddd2c0", "#b9ab93", "#c9b894", "#8d7c9c"
PLACE = "#b3134f"
ROAD_EDGE, ROAD, MAIN_ROAD = "#cfc7b8", "#ffffff", "#fbe3b0"
ROAD_M = {"motorway": 16, "expressway": 14, "main": 11, "collector": 9, "local": 6.5, "internal": 4}
"""Widths in metres; other ways are drawn as paths."""
BIG_ROADS = {"motorway", "expressway", "main"}
BAR_STEPS_M = (20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass
class Sheet:
    """The map being drawn: `west`, `north` and `scale` (units a metre) lead from metres to the drawing."""

    west: float
    north: float
    scale: float
    parts: list[str] = field(default_factory=list)

    @property
    def width_m(self) -> float:
        """How much ground it shows from west to east."""
        return WIDTH / self.scale

    @property
    def frame(self) -> BaseGeometry:
        """The ground it shows."""
        return shapely.box(self.west, self.north - HEIGHT / self.scale, self.west + self.width_m, self.north)

    def moved(self, shapes: Any) -> Any:
        """Geometries in units of the drawing, without detail that cannot be seen."""
        turn = np.array([self.scale, -self.scale])
        placed = shapely.transform(shapes, lambda positions: (positions - [self.west, self.north]) * turn)
        return shapely.simplify(placed, 0.35)

    def path(self, shapes: Any, **look: object) -> None:
        """Draw areas or lines of one look."""
        data = "".join(_data(shape) for shape in np.atleast_1d(self.moved(shapes)))
        if data:
            self.parts.append(f'<path d="{data}"{_attributes(look)}/>')

    def words(self, x: float, y: float, text: str, turn: float = 0.0, **look: object) -> None:
        """Write a name with a light edge."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle"'
        turned = f' transform="rotate({turn:.1f} {x:.1f} {y:.1f})"' if turn else ""
        edge = f'fill="{PAPER}" stroke="{PAPER}" stroke-width="3" stroke-linejoin="round"'
        for colour in (edge, f'fill="{look.pop("fill", INK)}"'):
            self.parts.append(f"<text {place}{turned} {colour}{_attributes(look)}>{escape(text)}</text>")


def place_map(access: Access, place: Place, title: str, at: str = "") -> str:
    """The map of a place as an SVG element, described by `title`."""
    sheet = _sheet(place)
    sheet.parts.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>')
    _ground(sheet, access, at)
    roads = _rows(sheet, access, "roads", ("road_class", "name"), at)
    _roads(sheet, roads)
    _districts(sheet, access, at)
    _mark(sheet, place)
    _street_names(sheet, roads)
    _bar(sheet)
    _north(sheet)
    return (
        f'<svg class="place-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="Noto Sans, Noto Sans Ext, sans-serif" font-size="11">'
        f"<title>{escape(title)}</title>{''.join(sheet.parts)}</svg>"
    )


def _sheet(place: Place) -> Sheet:
    west, south, east, north = place.geometry.bounds
    wide = max((east - west) * MARGIN, (north - south) * MARGIN * WIDTH / HEIGHT, SMALLEST_M)
    scale = WIDTH / wide
    return Sheet((west + east - wide) / 2, (south + north + HEIGHT / scale) / 2, scale)


def _rows(
    sheet: Sheet, access: Access, slug: str, columns: tuple[str, ...], at: str
) -> list[tuple[BaseGeometry, tuple[Any, ...]]]:
    """What of a kind lies on the map: geometry cut to it, and columns."""
    kind = KINDS.get(slug)
    chosen = select(access, kind, at=at) if kind is not None and may_see(access, kind) else None
    if chosen is None or kind is None:
        return []
    where, values = chosen.where()
    table = connection.ops.quote_name(kind.model._meta.db_table)
    names = "".join(f", {connection.ops.quote_name(name)}" for name in columns)
    frame = sheet.frame.buffer(10 / sheet.scale, join_style="mitre").bounds
    box = "ST_MakeEnvelope(%s, %s, %s, %s, %s)"
    sql = f"SELECT ST_AsBinary(ST_ClipByBox2D(geom, {box})){names} FROM {table} WHERE {where} AND geom && {box}"
    corners = [*frame, storage_srid()]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*corners, *values, *corners])
        found = cursor.fetchall()
    cut = [(shapely.from_wkb(bytes(row[0])), row[1:]) for row in found if row[0] is not None]
    return [one for one in cut if not one[0].is_empty]


def _shapes(rows: list[tuple[BaseGeometry, tuple[Any, ...]]]) -> list[BaseGeometry]:
    return [shape for shape, _ in rows]


def _ground(sheet: Sheet, access: Access, at: str) -> None:
    sheet.path(_shapes(_rows(sheet, access, "green", (), at)), fill=GREEN, fill_rule="evenodd")
    river = max(1.4, 6 * sheet.scale)
    rivers = _shapes(_rows(sheet, access, "rivers", (), at))
    sheet.path(rivers, fill="none", stroke=WATER, stroke_width=f"{river:.1f}", stroke_linecap="round")
    if sheet.width_m <= PARCELS_UP_TO_M:
        sheet.path(_shapes(_rows(sheet, access, "parcels", (), at)), fill="none", stroke=PARCEL, stroke_width=0.6)
    if sheet.width_m <= BUILDINGS_UP_TO_M:
        houses = _shapes(_rows(sheet, access, "buildings", (), at))
        sheet.path(houses, fill=BUILDING, stroke=BUILDING_EDGE, stroke_width=0.5)


def _roads(sheet: Sheet, rows: list[tuple[BaseGeometry, tuple[Any, ...]]]) -> None:
    """Ways by class, the least important first: all edges beneath all surfaces, so that crossings are open."""
    paths = [shape for shape, (code, _) in rows if code not in ROAD_M]
    sheet.path(paths, fill="none", stroke=ROAD_EDGE, stroke_width=1, stroke_dasharray="3 2")
    classes = [code for code in reversed(ROAD_M) if any(row[1][0] == code for row in rows)]
    for edge in (True, False):
        for code in classes:
            width = max(ROAD_M[code] * sheet.scale, 2.2 if code in BIG_ROADS else 1.0)
            colour = ROAD_EDGE if edge else MAIN_ROAD if code in BIG_ROADS else ROAD
            sheet.path(
                [shape for shape, (own, _) in rows if own == code],
                fill="none",
                stroke=colour,
                stroke_width=f"{width + (1.2 if edge else 0):.1f}",
                stroke_linecap="round",
                stroke_linejoin="round",
            )


def _districts(sheet: Sheet, access: Access, at: str) -> None:
    rows = _rows(sheet, access, "districts", ("name",), at)
    edges = [shape.boundary.intersection(sheet.frame) for shape in _shapes(rows)]
    lines = shapely.union_all(edges) if edges else shapely.LineString()
    sheet.path([lines], fill="none", stroke=DISTRICT, stroke_width=1.2, stroke_dasharray="7 3 2 3")
    if sheet.width_m < DISTRICT_NAMES_FROM_M:
        return
    for shape, (name,) in rows:
        seen = sheet.moved(shape.intersection(sheet.frame))
        if name and seen.area > 9_000:
            middle = shapely.maximum_inscribed_circle(seen).coords[0] if seen.geom_type == "Polygon" else None
            x, y = middle or seen.representative_point().coords[0]
            half = 3.6 * len(name)
            x = min(max(x, half), WIDTH - half)
            sheet.words(x, y, name, fill="#5b4a6d", font_size=12, font_weight=600)


def _mark(sheet: Sheet, place: Place) -> None:
    """The place itself, above everything but words."""
    if place.is_point:
        x, y = sheet.moved(place.geometry).coords[0]
        spot = f'cx="{x:.1f}" cy="{y:.1f}"'
        sheet.parts.append(f'<circle {spot} r="16" fill="{PLACE}" fill-opacity="0.15"/>')
        sheet.parts.append(f'<circle {spot} r="6" fill="{PLACE}" stroke="#ffffff" stroke-width="2"/>')
        return
    fill = PLACE if place.is_area else "none"
    sheet.path([place.geometry], fill="none", stroke="#ffffff", stroke_width=5, stroke_linejoin="round")
    sheet.path(
        [place.geometry],
        fill=fill,
        fill_opacity=0.1,
        fill_rule="evenodd",
        stroke=PLACE,
        stroke_width=2.4,
        stroke_linejoin="round",
    )


def _street_names(sheet: Sheet, rows: list[tuple[BaseGeometry, tuple[Any, ...]]]) -> None:
    """Names along the longest straight stretches, important streets first, none over another."""
    if sheet.width_m > STREET_NAMES_UP_TO_M:
        return
    order = list(ROAD_M)
    streets: dict[str, tuple[int, float, tuple[float, float, float]]] = {}
    for shape, (code, name) in rows:
        if not name or code not in ROAD_M:
            continue
        length, spot = _stretch(sheet, shape)
        rank = (order.index(code), -length, spot)
        if length >= 5.6 * len(name) and (name not in streets or rank < streets[name]):
            streets[name] = rank
    taken: list[BaseGeometry] = []
    for name, (_, _, (x, y, turn)) in sorted(streets.items(), key=lambda item: item[1][:2]):
        half = 2.9 * len(name) + 4
        room = shapely.affinity.rotate(shapely.box(x - half, y - 9, x + half, y + 7), turn, origin=(x, y))
        inside = shapely.box(4, 4, WIDTH - 4, HEIGHT - 34).covers(room)
        if len(taken) < MOST_NAMES and inside and not any(room.intersects(other) for other in taken):
            taken.append(room)
            sheet.words(x, y + 3.6, name, turn, font_size=10)


def _stretch(sheet: Sheet, shape: BaseGeometry) -> tuple[float, tuple[float, float, float]]:
    """The longest straight stretch of a street: its length, its middle and the turn that keeps words upright."""
    longest, spot = 0.0, (0.0, 0.0, 0.0)
    for line in shapely.get_parts(shapely.simplify(sheet.moved(shape), 3)):
        corners = shapely.get_coordinates(line)
        for (x1, y1), (x2, y2) in zip(corners, corners[1:], strict=False):
            length = float(np.hypot(x2 - x1, y2 - y1))
            if length > longest:
                turn = float(np.degrees(np.arctan2(y2 - y1, x2 - x1)))
                longest, spot = length, ((x1 + x2) / 2, (y1 + y2) / 2, (turn + 90) % 180 - 90)
    return longest, spot


def _bar(sheet: Sheet) -> None:
    """A scale bar of a round length, about a sixth of the map."""
    metres = max((step for step in BAR_STEPS_M if step * sheet.scale <= WIDTH / 5), default=BAR_STEPS_M[0])
    long = metres * sheet.scale
    text = f"{number(metres / 1000)} km" if metres >= 1000 else f"{metres} m"
    top = HEIGHT - 14
    plate = f'<rect x="8" y="{HEIGHT - 32}" width="{long + 16:.1f}" height="24" rx="3"'
    back = f'{plate} fill="#ffffff" fill-opacity="0.88"/>'
    line = f'<path d="M16 {top - 5}V{top}H{16 + long:.1f}V{top - 5}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
    words = (
        f'<text x="{16 + long / 2:.1f}" y="{top - 5}" text-anchor="middle" fill="{INK}" font-size="10">{text}</text>'
    )
    sheet.parts += [back, line, words]


def _north(sheet: Sheet) -> None:
    x, y = WIDTH - 24, 14
    sheet.parts.append(f'<circle cx="{x}" cy="{y + 12}" r="17" fill="#ffffff" fill-opacity="0.88"/>')
    sheet.parts.append(f'<path d="M{x} {y - 1}l5 14-5-3.2-5 3.2z" fill="{INK}"/>')
    middle = f'x="{x}" y="{y + 24}" text-anchor="middle"'
    sheet.parts.append(f'<text class="place-map-north" {middle} fill="{INK}" font-size="10">N</text>')


def _attributes(look: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in look.items())


def _data(shape: BaseGeometry) -> str:
    """Path data of a geometry; points have none."""
    if shape.geom_type in ("Point", "MultiPoint") or shape.is_empty:
        return ""
    if hasattr(shape, "geoms"):
        return "".join(_data(part) for part in shape.geoms)
    if isinstance(shape, Polygon):
        return "".join(f"{_run(ring)}Z" for ring in (shape.exterior, *shape.interiors))
    return _run(shape)


def _run(line: BaseGeometry) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line))
