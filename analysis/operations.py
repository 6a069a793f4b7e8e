"""Spatial and numeric steps that studies share: pure functions of arrays and frames, metres throughout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    import pandas as pd


def overlaps(subjects: np.ndarray, zones: np.ndarray) -> pd.DataFrame:
    """Pairs of a subject and a zone that intersect, with the area of their intersection.

    Both are arrays of polygons in one metric system. Returns columns `subject`, `zone` (positions) and `area` (m²),
    ordered by subject, then zone. Pairs that only touch have area 0.

    The subjects are in the tree and each zone is prepared once: a zone has thousands of vertices, a building five. No
    intersection is computed for a subject within a zone (measured: intersections take most of the time).

    >>> overlaps(np.array([shapely.box(0, 0, 10, 12)]), np.array([shapely.box(-5, -5, 4, 20)])).area.tolist()
    [48.0]
    """
    import pandas as pd

    tree = shapely.STRtree(subjects)
    zone, subject = tree.query(zones, predicate="intersects")
    inside_zone, inside_subject = tree.query(zones, predicate="contains")
    inside = np.isin(zone * (len(subjects) + 1) + subject, inside_zone * (len(subjects) + 1) + inside_subject)
    area = np.empty(len(zone))
    area[inside] = shapely.area(subjects[subject[inside]])
    area[~inside] = shapely.area(shapely.intersection(subjects[subject[~inside]], zones[zone[~inside]]))
    pairs = pd.DataFrame({"subject": subject, "zone": zone, "area": area})
    return pairs.sort_values(["subject", "zone"], ignore_index=True)


def within_reach(points: np.ndarray, shapes: np.ndarray, reach_m: float) -> pd.DataFrame:
    """Pairs of a shape and a point in it or at most `reach_m` metres away: columns `shape`, `point` (positions)."""
    import pandas as pd

    point, shape = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=reach_m)
    return pd.DataFrame({"shape": shape, "point": point}).sort_values(["shape", "point"], ignore_index=True)


def interpolated(depths_m: np.ndarray, knots: Sequence[Sequence[float]]) -> np.ndarray:
    """Factors at depths (m) on a curve of (depth, factor) knots: linear between knots, constant beyond the last.

    >>> interpolated(np.array([0.25]), [(0, 0), (0.5, 0.25)]).tolist()
    [0.125]
    """
    at, factor = np.asarray(knots, dtype=float).T
    return np.interp(depths_m, at, factor)


def expected_annual_damage(damage: Sequence[np.ndarray], probabilities: Sequence[float]) -> np.ndarray:
    """Expected damage a year by the trapezoid over probability, plus the tail beyond the rarest event.

    `damage` holds an array for each probability, from the most frequent to the rarest:
    sum((p_i - p_i+1) * (D_i + D_i+1) / 2) + p_min * D_pmin.

    >>> expected_annual_damage([np.array([0.0]), np.array([132_000.0]), np.array([204_000.0])], [0.1, 0.01, 0.002])
    array([7692.])
    """
    total = probabilities[-1] * damage[-1]
    for at in range(len(damage) - 1):
        total = total + (probabilities[at] - probabilities[at + 1]) * (damage[at] + damage[at + 1]) / 2
    return np.asarray(total)


def cell_of(points: np.ndarray, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of the square that each point is in; squares start at the origin of the metric system."""
    xy = shapely.get_coordinates(points)
    return np.floor(xy[:, 0] / cell_m).astype(int), np.floor(xy[:, 1] / cell_m).astype(int)


def cells_touched(shapes: Sequence[BaseGeometry], cell_m: float) -> BaseGeometry:
    """The union of the squares that any of the shapes intersects."""
    cells: list[BaseGeometry] = []
    for shape in shapes:
        if shape.is_empty:
            continue
        west, south, east, north = np.floor(np.array(shape.bounds) / cell_m).astype(int)
        columns, rows = np.meshgrid(np.arange(west - 1, east + 2), np.arange(south - 1, north + 2))
        x, y = columns.ravel() * cell_m, rows.ravel() * cell_m
        boxes = shapely.box(x, y, x + cell_m, y + cell_m)
        shapely.prepare(shape)
        cells.extend(boxes[shapely.intersects(shape, boxes)])
    return shapely.union_all(cells)
