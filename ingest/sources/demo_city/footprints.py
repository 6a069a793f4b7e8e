"""Ground plans of buildings on their lots: square to the street, set back from it, inside the lot."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from ingest.sources.demo_city.ground import Ground, rng_for
from ingest.sources.demo_city.lots import USE, USES, Lots
from ingest.sources.demo_city.streets import Streets

# A plan is a ring in units of the building's width and depth; the front runs along y = 0.
PLANS = {
    "rect": ((0, 0), (1, 0), (1, 1), (0, 1)),
    "l": ((0, 0), (1, 0), (1, 1), (0.56, 1), (0.56, 0.62), (0, 0.62)),
    "j": ((0, 0), (1, 0), (1, 0.62), (0.44, 0.62), (0.44, 1), (0, 1)),
    "t": ((0, 0), (1, 0), (1, 0.6), (0.7, 0.6), (0.7, 1), (0.3, 1), (0.3, 0.6), (0, 0.6)),
    "u": ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.5), (0.3, 0.5), (0.3, 1), (0, 1)),
    "z": ((0, 0), (0.55, 0), (0.55, 0.3), (1, 0.3), (1, 1), (0.45, 1), (0.45, 0.7), (0, 0.7)),
}
PLAN_NAMES = tuple(PLANS)


@dataclass(frozen=True, slots=True)
class Type:
    """How buildings of a use stand: width, depth and setback ranges in metres, plans with shares, share of lots."""

    width: tuple[float, float]
    depth: tuple[float, float]
    setback: tuple[float, float]
    side: float
    plans: tuple[tuple[str, float], ...]
    built: float
    full_width: bool = False
    turned: float = 0.0


TYPES = {
    "centre": Type(
        (14, 24), (11, 24), (0.3, 1.0), 0.1, (("rect", 4), ("l", 3), ("j", 2), ("u", 2), ("t", 1)), 0.9, True
    ),
    "flats": Type((26, 62), (10.5, 14), (7, 16), 3.0, (("rect", 7), ("z", 1), ("l", 1)), 0.85, turned=0.35),
    "detached": Type((8.5, 14), (8, 12.5), (4, 9), 2.5, (("rect", 6), ("l", 2), ("j", 2), ("t", 1)), 0.93),
    "terrace": Type((6, 10), (9.5, 12), (4, 5), 0.06, (("rect", 1),), 0.97, True),
    "rural": Type((9, 14), (8, 12), (6, 20), 3.0, (("rect", 7), ("l", 2), ("j", 1), ("t", 1)), 0.75, turned=0.25),
    "industry": Type((22, 62), (16, 55), (8, 20), 4.0, (("rect", 7), ("l", 2), ("j", 1), ("z", 1)), 0.85, turned=0.2),
    "service": Type((16, 42), (14, 32), (5, 16), 3.0, (("rect", 6), ("l", 2), ("j", 1), ("t", 1)), 0.85),
    "school": Type((40, 75), (22, 48), (10, 22), 5.0, (("u", 2), ("l", 1), ("t", 1), ("j", 1)), 0.95),
    "garages": Type((24, 34), (5.5, 6), (1, 4), 0.5, (("rect", 1),), 0.9, True),
}
SHED_SHARE = {
    "detached": 0.62,
    "rural": 0.85,
    "terrace": 0.12,
    "centre": 0.3,
    "industry": 0.75,
    "service": 0.3,
    "flats": 0.25,
}
SHED = {"industry": ((10, 26), (8, 20)), "rural": ((6, 15), (5, 10)), "flats": ((5, 9), (5, 7))}
SHRINK = (1.0, 0.9, 0.8, 0.68, 0.56)


@dataclass(frozen=True)
class Footprints:
    """Buildings: shape, lot, type (index into USES), whether it stands in the back, entrance point and segment."""

    shape: np.ndarray
    lot: np.ndarray
    use: np.ndarray
    is_shed: np.ndarray
    entrance: np.ndarray
    segment: np.ndarray


@dataclass(frozen=True)
class Frames:
    """A street's view of lots: origin on the street's axis, along and inward directions, half the street's land."""

    origin: np.ndarray
    along: np.ndarray
    inward: np.ndarray
    half: np.ndarray

    def place(self, at: np.ndarray) -> np.ndarray:
        """Local (along, inward) coordinates (n, k, 2) on the ground."""
        return self.origin[:, None] + at[..., :1] * self.along[:, None] + at[..., 1:] * self.inward[:, None]

    def only(self, rows: np.ndarray) -> "Frames":
        """The frames of some lots."""
        return Frames(self.origin[rows], self.along[rows], self.inward[rows], self.half[rows])


def build_footprints(ground: Ground, lots: Lots, streets: Streets, wanted: int) -> Footprints:
    """At most `wanted` buildings: main buildings by chance of their lot, then sheds behind them."""
    rng = rng_for(ground.seed, "footprints")
    built = np.array([TYPES[name].built if name in TYPES else 0.0 for name in USES])
    chosen = np.flatnonzero((lots.segment >= 0) & (rng.random(len(lots.use)) < built[lots.use]))
    frames = _frames(lots, streets, chosen)
    shape, lot, local = _main(lots, frames, chosen, rng)
    keep = _clear(shape, streets)
    shape, lot, local = shape[keep], lot[keep], local[keep]
    row = np.searchsorted(chosen, lot)
    sheds, shed_row = _sheds(lots, frames.only(row), lot, local, shape, rng)
    clear = _clear(sheds, streets)
    sheds, shed_row = sheds[clear], shed_row[clear]
    doors = frames.only(row).place(np.column_stack([local[:, :2].mean(axis=1), local[:, 2] + 0.6])[:, None])[:, 0]
    everything = Footprints(
        shape=np.concatenate([shape, sheds]),
        lot=np.concatenate([lot, lot[shed_row]]),
        use=np.concatenate([lots.use[lot], lots.use[lot][shed_row]]),
        is_shed=np.arange(len(shape) + len(sheds)) >= len(shape),
        entrance=np.concatenate([doors, doors[shed_row]]),
        segment=np.concatenate([lots.segment[lot], lots.segment[lot][shed_row]]),
    )
    return _thinned(everything, wanted, rng)


def _frames(lots: Lots, streets: Streets, chosen: np.ndarray) -> Frames:
    front, middle = lots.front[chosen], shapely.get_coordinates(shapely.centroid(lots.shape[chosen]))
    along = front[:, 1] - front[:, 0]
    along = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    origin = front[:, 0] + along * ((middle - front[:, 0]) * along).sum(1)[:, None]
    inward = np.column_stack([-along[:, 1], along[:, 0]])
    inward *= np.where(((middle - origin) * inward).sum(1) < 0, -1.0, 1.0)[:, None]
    return Frames(origin, along, inward, streets.half_reserve[lots.segment[chosen]])


def _drawn(use: np.ndarray, field: str, rng: np.random.Generator) -> np.ndarray:
    """A value for each lot from its type's range."""
    low = np.array([getattr(TYPES[name], field)[0] if name in TYPES else 0 for name in USES])[use]
    high = np.array([getattr(TYPES[name], field)[1] if name in TYPES else 0 for name in USES])[use]
    return low + (high - low) * rng.beta(1.6, 2.2, len(use))


def _flag(use: np.ndarray, field: str) -> np.ndarray:
    return np.array([float(getattr(TYPES[name], field)) if name in TYPES else 0.0 for name in USES])[use]


def _main(
    lots: Lots, frames: Frames, chosen: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Main buildings that fit; local gives (left, right, front, back) of each in its street's view."""
    use = lots.use[chosen]
    width, depth = _drawn(use, "width", rng), _drawn(use, "depth", rng)
    turned = rng.random(len(use)) < _flag(use, "turned")
    width, depth = np.where(turned, depth, width), np.where(turned, width, depth)
    setback, plan, side = _drawn(use, "setback", rng), _plans(use, rng), _flag(use, "side")
    left, right = _lot_span(lots.shape[chosen], frames)
    full = _flag(use, "full_width") > 0
    width = np.where(
        full, np.clip(right - left - 2 * side, 5.0, width * 2.2), np.minimum(width, right - left - 2 * side)
    )
    middle = (left + right) / 2 + np.where(full, 0.0, rng.normal(0, 0.06, len(use)) * (right - left - width))
    shapes = np.full(len(chosen), None, dtype=object)
    local = np.zeros((len(chosen), 4))
    open_rows = np.arange(len(chosen))
    inner = shapely.buffer(lots.shape[chosen], -np.minimum(side, 1.0), quad_segs=1, join_style="mitre")
    for factor in SHRINK:
        wide, deep = width[open_rows] * factor, depth[open_rows] * max(factor, 0.75)
        front = frames.half[open_rows] + setback[open_rows] * factor
        box = np.column_stack([middle[open_rows] - wide / 2, middle[open_rows] + wide / 2, front, front + deep])
        tried = _drawn_plan(frames.only(open_rows), box, plan[open_rows])
        fits = shapely.contains_properly(inner[open_rows], tried) & (np.minimum(wide, deep) > 4.5)
        shapes[open_rows[fits]], local[open_rows[fits]] = tried[fits], box[fits]
        open_rows = open_rows[~fits]
        if not len(open_rows):
            break
    found = np.array([shape is not None for shape in shapes], dtype=bool)
    return shapes[found], chosen[found], local[found]


def _lot_span(shape: np.ndarray, frames: Frames) -> tuple[np.ndarray, np.ndarray]:
    at, owner = shapely.get_coordinates(shape, return_index=True)
    reach = ((at - frames.origin[owner]) * frames.along[owner]).sum(1)
    first = np.searchsorted(owner, np.arange(len(shape)))
    return np.minimum.reduceat(reach, first), np.maximum.reduceat(reach, first)


def _plans(use: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    plan = np.zeros(len(use), dtype=int)
    chance = rng.random(len(use))
    for name, kind in TYPES.items():
        shares = np.cumsum([weight for _, weight in kind.plans])
        codes = np.array([PLAN_NAMES.index(one) for one, _ in kind.plans])
        rows = use == USE[name]
        plan[rows] = codes[np.searchsorted(shares / shares[-1], chance[rows], side="right")]
    return plan


def _drawn_plan(frames: Frames, box: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """The plan's ring inside each box, on the ground, rounded to the centimetre."""
    shapes = np.full(len(box), None, dtype=object)
    for code, name in enumerate(PLAN_NAMES):
        rows = np.flatnonzero(plan == code)
        if len(rows):
            unit = np.array(PLANS[name], dtype=float)
            one = box[rows]
            x = one[:, :1] + (one[:, 1:2] - one[:, :1]) * unit[:, 0]
            y = one[:, 2:3] + (one[:, 3:4] - one[:, 2:3]) * unit[:, 1]
            shapes[rows] = shapely.polygons(frames.only(rows).place(np.stack([x, y], axis=2)).round(2))
    return shapes


def _clear(shapes: np.ndarray, streets: Streets) -> np.ndarray:
    """Buildings off every carriageway."""
    if not len(shapes):
        return np.zeros(0, dtype=bool)
    roads = shapely.buffer(streets.lines, streets.width / 2 + 0.5, quad_segs=3)
    hit, _ = STRtree(roads).query(shapes, predicate="intersects")
    clear = np.ones(len(shapes), dtype=bool)
    clear[hit] = False
    return clear


def _sheds(
    lots: Lots, frames: Frames, lot: np.ndarray, local: np.ndarray, main: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Garages, barns and halls in the back of a lot, clear of the main building."""
    names = np.array(USES)[lots.use[lot]]
    share = np.array([SHED_SHARE.get(name, 0.0) for name in names])
    rows = np.flatnonzero(rng.random(len(lot)) < share)
    if not len(rows):
        return np.zeros(0, dtype=object), rows
    ranges = np.array([SHED.get(name, ((3.2, 7.5), (4.2, 7.5))) for name in names[rows]])
    size = ranges[..., 0] + (ranges[..., 1] - ranges[..., 0]) * rng.beta(1.4, 2.0, (len(rows), 2))
    left, right = _lot_span(lots.shape[lot[rows]], frames.only(rows))
    side = rng.random(len(rows)) < 0.5
    gap = rng.uniform(3.0, 9.0, len(rows))
    shapes = np.full(len(rows), None, dtype=object)
    inner = shapely.buffer(lots.shape[lot[rows]], -0.4, quad_segs=1, join_style="mitre")
    for attempt in range(4):
        open_rows = np.flatnonzero(np.array([shape is None for shape in shapes]))
        inset = 0.8 + 1.3 * attempt
        wide = size[open_rows, 0] * (1 - 0.1 * attempt)
        start = np.where(side[open_rows], left[open_rows] + inset, right[open_rows] - inset - wide)
        front = local[rows[open_rows], 3] + gap[open_rows] / (1 + attempt)
        box = np.column_stack([start, start + wide, front, front + size[open_rows, 1]])
        tried = _drawn_plan(frames.only(rows[open_rows]), box, np.zeros(len(open_rows), dtype=int))
        fits = shapely.contains_properly(inner[open_rows], tried)
        fits &= shapely.distance(tried, main[rows[open_rows]]) > 1.0
        shapes[open_rows[fits]] = tried[fits]
    found = np.array([shape is not None for shape in shapes])
    return shapes[found], rows[found]


def _thinned(all_of_them: Footprints, wanted: int, rng: np.random.Generator) -> Footprints:
    """As many as wanted, in the order of the lots; too many are left out by chance, sheds twice as often."""
    count = len(all_of_them.lot)
    rank = rng.random(count) + 0.25 * all_of_them.is_shed
    keep = np.sort(np.argsort(rank, kind="stable")[:wanted])
    keep = keep[np.lexsort((all_of_them.is_shed[keep], all_of_them.lot[keep]))]
    return Footprints(
        all_of_them.shape[keep],
        all_of_them.lot[keep],
        all_of_them.use[keep],
        all_of_them.is_shed[keep],
        all_of_them.entrance[keep],
        all_of_them.segment[keep],
    )
