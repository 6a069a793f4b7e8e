"""Ground plans of buildings within their lots: set back from the street, most of them parallel to it."""

from dataclasses import dataclass, fields

import numpy as np
import shapely
from shapely import STRtree

from ingest.sources.demo_city.building_types import PLAN_NAMES, PLANS, drawn, drawn_plans, drawn_turns, numbers
from ingest.sources.demo_city.ground import Ground, rng_for
from ingest.sources.demo_city.lots import Lots
from ingest.sources.demo_city.streets import Streets

ATTEMPTS = ((1.0, False), (0.85, False), (0.85, True), (0.72, True), (0.85, True), (0.7, True), (0.55, True))
"""Size, and whether square to the street; from the fifth on in the middle of the lot."""
MIDDLE_FROM = 4
LEAST_SIDE_M = 4.0


@dataclass(frozen=True)
class Footprints:
    """Buildings: shape, lot, type (index into USES), whether it stands in the back, entrance point and segment."""

    shape: np.ndarray
    lot: np.ndarray
    use: np.ndarray
    is_shed: np.ndarray
    entrance: np.ndarray
    segment: np.ndarray

    def only(self, rows: np.ndarray) -> "Footprints":
        """Some of the buildings, in the given order."""
        return Footprints(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Frames:
    """Local coordinate systems of lots at their street: origin on the street's axis, along and inward directions.

    `low` and `high` are each lot's extent (along, inward) in its system.
    """

    origin: np.ndarray
    along: np.ndarray
    inward: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def place(self, at: np.ndarray) -> np.ndarray:
        """Local (along, inward) coordinates (n, k, 2) converted to the storage system."""
        return self.origin[:, None] + at[..., :1] * self.along[:, None] + at[..., 1:] * self.inward[:, None]

    def only(self, rows: np.ndarray) -> "Frames":
        """The frames of some lots."""
        return Frames(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Boxes:
    """Buildings in local coordinates: left, right, front, back (n, 4), rotation in radians and plan."""

    sides: np.ndarray
    turn: np.ndarray
    plan: np.ndarray

    def local(self, rows: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Local coordinates (n, k, 2) of points given in units of width and depth (k, 2) or (n, k, 2)."""
        sides, turn = self.sides[rows], self.turn[rows]
        size = np.stack([sides[:, 1] - sides[:, 0], sides[:, 3] - sides[:, 2]], axis=1)[:, None]
        middle = np.stack([sides[:, :2].mean(axis=1), sides[:, 2:].mean(axis=1)], axis=1)[:, None]
        from_middle = (np.asarray(unit, dtype=float) - 0.5) * size
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        x, y = from_middle[..., 0], from_middle[..., 1]
        return middle + np.stack([x * cos - y * sin, x * sin + y * cos], axis=2)


def build_footprints(ground: Ground, lots: Lots, streets: Streets, wanted: int) -> Footprints:
    """At most `wanted` buildings: random main buildings by lot, then sheds behind them."""
    rng, fit = rng_for(ground.seed, "footprints"), max(ground.scale, 1.0) ** -0.25
    share = np.where(lots.reaches, numbers("built", lots.use), numbers("behind", lots.use))
    chosen = np.flatnonzero(rng.random(len(lots.use)) < share)
    frames = _frames(lots, chosen)
    shape, row, boxes = _main(lots, frames, chosen, streets, fit, rng)
    doors = frames.only(row).place(boxes.local(row, _door(boxes.sides[row])))[:, 0]
    main = _gathered(lots, chosen[row], shape, doors, is_shed=False)
    sheds, shed_row = _sheds(lots, frames.only(row), main, boxes.sides[row], streets, fit, rng)
    back = _gathered(lots, main.lot[shed_row], sheds, doors[shed_row], is_shed=True)
    both = Footprints(
        *(np.concatenate([getattr(main, field.name), getattr(back, field.name)]) for field in fields(main))
    )
    return _thinned(both, lots, wanted, rng)


def _gathered(lots: Lots, lot: np.ndarray, shape: np.ndarray, doors: np.ndarray, *, is_shed: bool) -> Footprints:
    return Footprints(shape, lot, lots.use[lot], np.full(len(lot), is_shed), doors, lots.segment[lot])


def _door(sides: np.ndarray) -> np.ndarray:
    """The middle of the front, 0.6 m inside, in units of width and depth (n, 1, 2)."""
    depth = sides[:, 3] - sides[:, 2]
    return np.stack([np.full(len(sides), 0.5), 0.6 / depth], axis=1)[:, None]


def _frames(lots: Lots, chosen: np.ndarray) -> Frames:
    front, shape = lots.front[chosen], lots.shape[chosen]
    middle = shapely.get_coordinates(shapely.centroid(shape))
    along = front[:, 1] - front[:, 0]
    along = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    origin = front[:, 0] + along * ((middle - front[:, 0]) * along).sum(1)[:, None]
    inward = np.column_stack([-along[:, 1], along[:, 0]])
    inward *= np.where(((middle - origin) * inward).sum(1) < 0, -1.0, 1.0)[:, None]
    at, owner = shapely.get_coordinates(shape, return_index=True)
    away = at - origin[owner]
    reach = np.column_stack([(away * along[owner]).sum(1), (away * inward[owner]).sum(1)])
    first = np.searchsorted(owner, np.arange(len(shape)))
    low, high = np.minimum.reduceat(reach, first, axis=0), np.maximum.reduceat(reach, first, axis=0)
    return Frames(origin, along, inward, low, high)


def _main(
    lots: Lots, frames: Frames, chosen: np.ndarray, streets: Streets, fit: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Boxes]:
    """Main buildings that fit, the row of each in `chosen`, and the boxes of all rows."""
    use = lots.use[chosen]
    side = numbers("side", use) * fit
    width, depth = _sizes(use, frames.high[:, 0] - frames.low[:, 0] - 2 * side, fit, rng)
    setback = drawn("setback", use, fit, rng)
    free = np.maximum(frames.high[:, 0] - frames.low[:, 0] - width, 0)
    middle = (frames.low[:, 0] + frames.high[:, 0]) / 2 + rng.normal(0, 0.08, len(use)) * free
    centre = _local_centres(lots.shape[chosen], frames)
    boxes = Boxes(np.zeros((len(use), 4)), drawn_turns(use, rng), drawn_plans(use, rng))
    shapes = np.full(len(use), None, dtype=object)
    inner = shapely.buffer(lots.shape[chosen], -np.minimum(side, 1.0), quad_segs=1, join_style="mitre")
    left = np.arange(len(use))
    for attempt, (factor, is_square) in enumerate(ATTEMPTS):
        wide, deep = width[left] * factor, depth[left] * max(factor, 0.75)
        front, across = np.maximum(frames.low[left, 1], 0.5) + setback[left] * factor, middle[left]
        if attempt >= MIDDLE_FROM:
            front, across = np.minimum(front, centre[left, 1] - deep / 2), centre[left, 0]
            front = np.maximum(front, centre[left, 1] - deep * 0.8)
        boxes.turn[left] *= 0.3 if is_square else 1.0
        boxes.sides[left] = np.column_stack([across - wide / 2, across + wide / 2, front, front + deep])
        tried = _drawn_shapes(frames, boxes, left)
        fits = shapely.contains_properly(inner[left], tried) & (np.minimum(wide, deep) > LEAST_SIDE_M)
        shapes[left[fits]] = tried[fits]
        left = left[~fits]
    row = np.flatnonzero(shapely.is_geometry(shapes))
    row = row[_clear(shapes[row], streets)]
    return shapes[row], row, boxes


def _local_centres(shape: np.ndarray, frames: Frames) -> np.ndarray:
    """A point well inside each lot, in local coordinates."""
    away = shapely.get_coordinates(shapely.point_on_surface(shape)) - frames.origin
    return np.column_stack([(away * frames.along).sum(1), (away * frames.inward).sum(1)])


def _sizes(use: np.ndarray, room: np.ndarray, fit: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Width and depth of each main building, no wider than its lot has room for."""
    width, depth = drawn("width", use, fit, rng), drawn("depth", use, fit, rng)
    turned = rng.random(len(use)) < numbers("turned", use)
    width, depth = np.where(turned, depth, width), np.where(turned, width, depth)
    full = numbers("full_width", use) > 0
    return np.where(full, np.clip(room, 5.0, width * 2.2), np.minimum(width, room)), depth


def _drawn_shapes(frames: Frames, boxes: Boxes, rows: np.ndarray) -> np.ndarray:
    """The ground plans of some rows, rounded to the centimetre."""
    shapes = np.full(len(rows), None, dtype=object)
    for code, name in enumerate(PLAN_NAMES):
        here = np.flatnonzero(boxes.plan[rows] == code)
        if len(here):
            local = boxes.local(rows[here], np.array(PLANS[name]))
            shapes[here] = shapely.polygons(frames.only(rows[here]).place(local).round(2))
    return shapes


def _clear(shapes: np.ndarray, streets: Streets) -> np.ndarray:
    """A mask of the buildings that overlap no carriageway."""
    roads = shapely.buffer(streets.lines, streets.width / 2 + 0.5, quad_segs=3)
    hit, _ = STRtree(roads).query(shapes, predicate="intersects")
    clear = np.ones(len(shapes), dtype=bool)
    clear[hit] = False
    return clear


def _sheds(
    lots: Lots,
    frames: Frames,
    main: Footprints,
    sides: np.ndarray,
    streets: Streets,
    fit: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Garages, barns and halls in the back of a lot, clear of the main building, and the main building's row."""
    rows = np.flatnonzero(rng.random(len(main.lot)) < numbers("shed", main.use))
    frames, use = frames.only(rows), main.use[rows]
    width, depth = drawn("shed_width", use, fit, rng), drawn("shed_depth", use, fit, rng)
    at_left, gap = rng.random(len(rows)) < 0.5, rng.uniform(3.0, 9.0, len(rows))
    turn = np.where(rng.random(len(rows)) < 0.4, rng.uniform(-0.7, 0.7, len(rows)), rng.normal(0, 0.02, len(rows)))
    boxes = Boxes(np.zeros((len(rows), 4)), turn, np.zeros(len(rows), dtype=int))
    shapes = np.full(len(rows), None, dtype=object)
    inner = shapely.buffer(lots.shape[main.lot[rows]], -0.4, quad_segs=1, join_style="mitre")
    left = np.arange(len(rows))
    for attempt in range(4):
        inset, wide = 0.8 + 1.3 * attempt, width[left] * (1 - 0.06 * attempt)
        start = np.where(at_left[left], frames.low[left, 0] + inset, frames.high[left, 0] - inset - wide)
        front = sides[rows[left], 3] + gap[left] / (1 + attempt)
        boxes.sides[left] = np.column_stack([start, start + wide, front, front + depth[left]])
        tried = _drawn_shapes(frames, boxes, left)
        fits = shapely.contains_properly(inner[left], tried)
        fits &= shapely.distance(tried, main.shape[rows[left]]) > 1.0
        shapes[left[fits]] = tried[fits]
        left = left[~fits]
    found = np.flatnonzero(shapely.is_geometry(shapes))
    found = found[_clear(shapes[found], streets)]
    return shapes[found], rows[found]


def _thinned(every: Footprints, lots: Lots, wanted: int, rng: np.random.Generator) -> Footprints:
    """At most `wanted` buildings, in the order of the lots; sheds and rear houses are dropped first."""
    rank = rng.random(len(every.lot)) + 0.3 * every.is_shed + 0.3 * ~lots.reaches[every.lot]
    keep = np.sort(np.argsort(rank, kind="stable")[:wanted])
    return every.only(keep[np.lexsort((every.is_shed[keep], every.lot[keep]))])
