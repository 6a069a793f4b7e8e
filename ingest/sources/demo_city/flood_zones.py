"""Flood zones: the flooded area of each scenario along the named rivers.

Every short segment of a river has a half width for each scenario and depth; the widths increase from p10 over p1 to
p02, so a rarer flood always covers a more frequent one. Depth classes are rings, divided into reaches with one water
level each.
"""

from datetime import date

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from ingest.source import Reading
from ingest.sources.demo_city.ground import Ground, multi, rng_for
from ingest.sources.demo_city.reading import SURVEYED, numbered, reading
from ingest.sources.demo_city.table import RiverAxis
from ingest.sources.demo_city.town import Town

PIECE_M = 30.0
REACH_M = 1000.0
# Half widths in metres at which the water is at least of class 1, 2, 3, 4, for a river 10 m wide; then the rise.
SPREAD_M = {
    "p10": ((52.0, 26.0, 9.0), 2.6),
    "p1": ((105.0, 62.0, 22.0), 3.5),
    "p02": ((165.0, 102.0, 46.0, 10.0), 4.6),
}


def make(town: Town) -> Reading:
    """One record for a scenario, river, reach and depth class."""
    ground, rng = town.ground, rng_for(town.seed, "flood")
    rivers = [(axis, line, _swell(axis, line, rng)) for axis, line in ground.rivers if axis.waterway_class == "river"]
    shapes, rows = [], []
    for scenario, (spread, rise) in SPREAD_M.items():
        taken: BaseGeometry = Polygon()
        for axis, line, swell in rivers:
            extents = [_extent(line, swell * half) for half in spread]
            for reach, area in enumerate(_reaches(line, swell * spread[0])):
                level = _level(ground, axis, line, reach, rise)
                for depth, shape in enumerate(_rings(extents, area, taken, ground), start=1):
                    if shape.area > 40.0:
                        shapes.append(multi(shape))
                        rows.append((scenario, depth, level, axis.name))
            taken = taken.union(extents[0])
    return reading(
        "flood_zones",
        numbered("flood-zone", len(rows)),
        shapes,
        {
            "scenario": [row[0] for row in rows],
            "depth_class": [row[1] for row in rows],
            "velocity_class": [max(1, row[1] - (index % 3 == 0)) for index, row in enumerate(rows)],
            "water_level_m": [row[2] for row in rows],
            "vertical_datum": [SURVEYED] * len(rows),
            "river": [row[3] for row in rows],
            "valid_from": [date(2020, 10, 22)] * len(rows),
        },
    )


def _swell(axis: RiverAxis, line: LineString, rng: np.random.Generator) -> np.ndarray:
    """Width of the valley floor at each segment of the river, relative to that of a river 10 m wide."""
    at = np.arange(0, line.length, PIECE_M)
    wave = sum(
        size * np.sin(2 * np.pi * at / length + rng.uniform(0, 2 * np.pi))
        for size, length in ((0.28, 1900.0), (0.2, 800.0), (0.1, 330.0))
    )
    return np.sqrt(axis.width_m / 10.0) * (1.0 + wave) * (0.75 + 0.5 * at / line.length)


def _pieces(line: LineString, count: int) -> np.ndarray:
    ends = np.minimum(np.arange(count + 1) * PIECE_M, line.length)
    at = shapely.get_coordinates(shapely.line_interpolate_point(line, ends))
    return np.asarray(shapely.linestrings(np.stack([at[:-1], at[1:]], axis=1)))


def _extent(line: LineString, half_widths: np.ndarray) -> BaseGeometry:
    return shapely.union_all(shapely.buffer(_pieces(line, len(half_widths)), half_widths, quad_segs=6))


def _reaches(line: LineString, half_widths: np.ndarray) -> list[BaseGeometry]:
    """The river's widest extent divided into reaches; an overlap belongs to the upper one."""
    pieces = shapely.buffer(_pieces(line, len(half_widths)), half_widths + 1.0, quad_segs=6)
    step = max(1, round(REACH_M / PIECE_M))
    taken: BaseGeometry = Polygon()
    reaches: list[BaseGeometry] = []
    for first in range(0, len(pieces), step):
        whole = shapely.union_all(pieces[first : first + step])
        reaches.append(whole.difference(taken))
        taken = taken.union(whole)
    return reaches


def _rings(extents: list, area: BaseGeometry, taken: BaseGeometry, ground: Ground) -> list[BaseGeometry]:
    """The part of each depth class in a reach, without the water of earlier rivers."""
    rings: list[BaseGeometry] = []
    for number, extent in enumerate(extents):
        ring = extent.difference(extents[number + 1]) if number + 1 < len(extents) else extent
        ring = ring.intersection(area).difference(taken).intersection(ground.outline)
        rings.append(multi(ring))
    return rings


def _level(ground: Ground, axis: RiverAxis, line: LineString, reach: int, rise: float) -> float:
    """Water level in the middle of a reach."""
    middle = np.array([min((reach + 0.5) * REACH_M, line.length)])
    return round(float(ground.bed_level(axis, line, middle)[0]) + rise, 2)
