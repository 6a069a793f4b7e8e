"""The terrain of a demo city: outline, rivers, woods, elevation, and the character of its parts."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from ingest.sources.demo_city.invented import TABLES, invented_table
from ingest.sources.demo_city.table import CityTable, RiverAxis
from layers.city import City
from layers.crs import WGS84, reproject

CHARACTERS = ("centre", "flats", "detached", "rural", "industry", "field")
CENTRE_RADIUS_M = 850.0
INDUSTRY_REACH_M = 260.0
VILLAGE_RADIUS_M = 520.0


def points_at(places: np.ndarray) -> np.ndarray:
    """Points at (n, 2) places."""
    return np.asarray(shapely.points(places), dtype=object)


def rng_for(seed: int, name: str) -> np.random.Generator:
    """A random generator for each part, so that a change in one part does not change the others."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def smooth_line(points: np.ndarray, step: float = 25.0) -> np.ndarray:
    """Points of a Catmull-Rom curve through the given points, about `step` metres apart."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        count = max(2, int(np.hypot(*(end - start)) / step))
        t = (np.arange(count) / count)[:, None]
        pieces.append(
            0.5
            * (
                2 * start
                + (end - before) * t
                + (2 * before - 5 * start + 4 * end - after) * t**2
                + (3 * start - before - 3 * end + after) * t**3
            )
        )
    return np.vstack([*pieces, points[-1:]])


def wander(line: np.ndarray, rng: np.random.Generator, reach: float, length: float) -> np.ndarray:
    """The line with a smooth sideways displacement; its ends are fixed."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    swing = np.zeros(len(line))
    for part in (1.0, 0.45, 0.2):
        swing += part * np.sin(2 * np.pi * along / (length * part) + rng.uniform(0, 2 * np.pi))
    swing *= reach / 1.65 * np.clip(np.minimum(along, along[-1] - along) / 150.0, 0, 1)
    slope = np.gradient(line, axis=0)
    normal = np.column_stack([-slope[:, 1], slope[:, 0]]) / np.maximum(np.hypot(*slope.T), 1e-9)[:, None]
    return line + normal * swing[:, None]


@dataclass(frozen=True)
class Ground:
    """The terrain before anything is built, in the storage system, in metres."""

    city: City
    table: CityTable
    seed: int
    scale: float
    outline: Polygon
    centre: np.ndarray
    rivers: tuple[tuple[RiverAxis, LineString], ...]
    woods: tuple[tuple[str, str, Polygon], ...]
    seeds: np.ndarray
    industry: tuple[LineString, ...]
    waves: np.ndarray

    def noise(self, points: np.ndarray, wavelength: float, first: int = 0) -> np.ndarray:
        """Smooth noise of about -1 to 1 with the given wavelength in metres."""
        turned = points @ self.waves[first : first + 5, :2].T * (2 * np.pi / wavelength)
        return np.sin(turned + self.waves[first : first + 5, 2]).sum(axis=1) / 2.5

    def reach(self, points: np.ndarray) -> np.ndarray:
        """Distance from the city's centre in metres, with random variation."""
        return np.hypot(*(points - self.centre).T) * (1 + 0.12 * self.noise(points, 2500.0))

    def district(self, points: np.ndarray) -> np.ndarray:
        """Index of the district each point belongs to."""
        moved = points + 120.0 * np.column_stack([self.noise(points, 1400.0, 1), self.noise(points, 1400.0, 3)])
        _, near = STRtree(points_at(self.seeds)).query_nearest(points_at(moved), all_matches=False)
        return near

    def character(self, points: np.ndarray) -> np.ndarray:
        """Index into CHARACTERS at each point."""
        code = {name: index for index, name in enumerate(CHARACTERS)}
        own = np.array([code[one.character] for one in self.table.districts])
        found = own[self.district(points)]
        reach = self.reach(points)
        edge = 2100.0 * np.sqrt(self.outline.area / 1.1e8) * max(self.scale, 0.2) ** 0.3
        wild = self.noise(points, 1900.0, 2)
        village = np.hypot(*(points - self.seeds[self.district(points)]).T) < VILLAGE_RADIUS_M
        more = max(self.scale - 1.0, 0.0)
        found[(found == code["rural"]) & (self.noise(points, 1200.0, 1) < 0.5 * more - 1.0)] = code["detached"]
        outside = (
            np.isin(found, (code["rural"], code["detached"])) & (reach > edge) & (wild > 0.2 * more - 0.12) & ~village
        )
        found[outside] = code["field"]
        plants = shapely.distance(points_at(points)[:, None], np.array(self.industry)).min(axis=1)
        found[(plants < INDUSTRY_REACH_M * (1 + 0.5 * wild)) & (reach > 1300)] = code["industry"]
        found[reach < CENTRE_RADIUS_M * np.sqrt(self.outline.area / 1.1e8)] = code["centre"]
        return found

    def elevation(self, points: np.ndarray) -> np.ndarray:
        """Height of the ground in metres: valleys along the rivers, ridges between them."""
        located = points_at(points)
        heights = np.full(len(points), np.inf)
        for axis, line in self.rivers:
            away = shapely.distance(located, line)
            bed = self.bed_level(axis, line, np.asarray(shapely.line_locate_point(line, located)))
            heights = np.minimum(heights, bed + 1.2 + 24.0 * (1 - np.exp(-away / 900.0)) + away * 0.008)
        ridge = sum(
            55.0 * np.exp(-((shapely.distance(located, wood.centroid) / 700.0) ** 2))
            for _, kind, wood in self.woods
            if kind == "forest"
        )
        heights = np.where(np.isfinite(heights), heights, self.table.lowest_m + 20.0)
        return heights + ridge + 2.0 * self.noise(points, 800.0, 4)

    def bed_level(self, axis: RiverAxis, line: LineString, along: np.ndarray) -> np.ndarray:
        """Height of the river bed at a distance from the upper end; rivers fall towards the lowest point."""
        slope = 0.0035 if axis.width_m < 8 else 0.0018
        return self.table.lowest_m + 4.0 + slope * (line.length - along)


def build_ground(city: City, seed: int, scale: float) -> Ground:
    """The terrain of a city, from its profile and its table."""
    table = TABLES.get(city.slug) or invented_table(city.outline)
    rng = rng_for(seed, "ground")
    outline = metric(city, [city.outline])[0]
    waves = np.column_stack([rng.normal(size=(10, 2)) * 0.6, rng.uniform(0, 2 * np.pi, 10)])
    return Ground(
        city=city,
        table=table,
        seed=seed,
        scale=scale,
        outline=shapely.set_precision(outline, 0.01),
        centre=shapely.get_coordinates(metric(city, [Point(table.centre)]))[0],
        rivers=tuple(_rivers(city, table, outline, rng)),
        woods=tuple(_woods(city, table, outline, rng)),
        seeds=shapely.get_coordinates(metric(city, [Point(one.lon, one.lat) for one in table.districts])),
        industry=tuple(metric(city, [LineString(line) for line in table.industry])),
        waves=waves,
    )


def metric(city: City, geometries: list) -> np.ndarray:
    """Geometries in lon, lat in the city's storage system."""
    return reproject(np.array(geometries, dtype=object), WGS84, city.srid)


def _rivers(
    city: City, table: CityTable, outline: Polygon, rng: np.random.Generator
) -> list[tuple[RiverAxis, LineString]]:
    """Smooth axes clipped to the outline, then streams that run into the rivers from both sides."""
    named = []
    for axis, line in zip(table.rivers, metric(city, [LineString(r.axis) for r in table.rivers]), strict=True):
        curve = wander(smooth_line(shapely.get_coordinates(line)), rng, 45.0, 900.0)
        clipped = longest_line(shapely.intersection(LineString(curve), outline))
        if clipped is not None and clipped.length > 300:
            named.append((axis, clipped))
    return named + _streams(named, outline, rng)


def _streams(named: list, outline: Polygon, rng: np.random.Generator) -> list:
    streams: list[tuple[RiverAxis, LineString]] = []
    for _ in range(40):
        if not named or len(streams) == 7:
            break
        _, river = named[rng.integers(len(named))]
        along = rng.uniform(0.1, 0.9) * river.length
        mouth, ahead = river.interpolate(along), river.interpolate(along + 5)
        turn = np.arctan2(ahead.y - mouth.y, ahead.x - mouth.x) + rng.choice([-1, 1]) * rng.uniform(1.9, 2.5)
        length = rng.uniform(900, 2000)
        steps = np.linspace(1, 0, 6)[:, None] * length
        path = np.array([[mouth.x, mouth.y]]) + steps * [[np.cos(turn), np.sin(turn)]]
        line = LineString(wander(smooth_line(path), rng, 70.0, 600.0))
        others = [other for _, other in named if other is not river] + [other for _, other in streams]
        free = all(line.distance(other) > 250 for other in others)
        if free and outline.buffer(-100).contains(Point(line.coords[0])) and outline.contains(line):
            axis = RiverAxis(f"Potok {STREAM_NAMES[len(streams)]}", 2.0, (), "stream")
            streams.append((axis, line))
    return streams


STREAM_NAMES = ("Olszowy", "Kamienny", "Leśny", "Dębowy", "Chmielny", "Zielony", "Wierzbowy")


def _woods(
    city: City, table: CityTable, outline: Polygon, rng: np.random.Generator
) -> Iterator[tuple[str, str, Polygon]]:
    """Woods as ellipses with an uneven edge; an overlap belongs to the larger one."""
    taken: BaseGeometry = Polygon()
    middles = shapely.get_coordinates(metric(city, [Point(one.lon, one.lat) for one in table.woods]))
    for wood, middle in zip(table.woods, middles, strict=True):
        turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        uneven = np.ones(len(turn)) + sum(
            size * np.sin(count * turn + rng.uniform(0, 2 * np.pi))
            for count, size in ((2, 0.1), (3, 0.09), (5, 0.06), (8, 0.03))
        )
        ellipse = np.column_stack([np.cos(turn), np.sin(turn)]) * wood.half_axes_m * uneven[:, None]
        angle = np.radians(wood.turn_deg)
        rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        whole = Polygon(ellipse @ rotation + middle).buffer(0).intersection(outline)
        shape = largest_polygon(whole.difference(taken))
        if shape is not None and shape.area > 5000:
            taken = taken.union(shape.buffer(30))
            yield wood.name, wood.green_class, shape


def longest_line(geometry: shapely.Geometry) -> LineString | None:
    """The longest line of a geometry, None if it has none."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, LineString) and part.length > 0]
    return max(parts, key=lambda part: part.length) if parts else None


def largest_polygon(geometry: shapely.Geometry) -> Polygon | None:
    """The largest polygon of a geometry, None if it has none."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and not part.is_empty]
    return max(parts, key=lambda part: part.area) if parts else None


def multi(geometry: shapely.Geometry) -> MultiPolygon:
    """The polygons of a geometry as one multipolygon."""
    return MultiPolygon([part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and part.area > 0])
