"""Blocks between the streets, and the lots they are divided into, perpendicular to their street."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from ingest.sources.demo_city.arrangement import Arrangement
from ingest.sources.demo_city.ground import CHARACTERS, Ground, rng_for
from ingest.sources.demo_city.streets import Streets, street_tree

USES = (
    *("centre", "flats", "detached", "terrace", "rural", "industry", "service", "school", "garages"),
    *("field", "forest", "reserve", "park", "meadow", "cemetery", "allotments", "sports", "grass"),
)
USE = {name: index for index, name in enumerate(USES)}
LOT_M = {
    "centre": (20.0, 36.0),
    "flats": (62.0, 58.0),
    "detached": (19.5, 36.0),
    "terrace": (9.5, 32.0),
    "rural": (21.0, 80.0),
    "industry": (70.0, 85.0),
    "service": (46.0, 55.0),
    "school": (120.0, 110.0),
    "garages": (34.0, 18.0),
    "field": (120.0, 260.0),
}
WHOLE_M = (1e9, 1e9)
SHARES = (
    ("flats", "detached", 0.0, 0.14, 0),
    ("flats", "service", 0.14, 0.22, 3e3),
    ("flats", "school", 0.22, 0.28, 9e3),
    ("flats", "garages", 0.28, 0.32, 2e3),
    ("flats", "park", 0.32, 0.36, 4e3),
    ("flats", "sports", 0.36, 0.38, 6e3),
    ("detached", "terrace", 0.0, 0.08, 2e3),
    ("detached", "flats", 0.08, 0.15, 9e3),
    ("detached", "service", 0.20, 0.25, 2e3),
    ("detached", "school", 0.25, 0.275, 9e3),
    ("detached", "allotments", 0.275, 0.30, 1e4),
    ("detached", "sports", 0.30, 0.315, 8e3),
    ("centre", "service", 0.0, 0.14, 0),
    ("centre", "school", 0.14, 0.18, 8e3),
    ("centre", "park", 0.18, 0.23, 0),
    ("industry", "service", 0.0, 0.16, 0),
    ("industry", "garages", 0.16, 0.19, 2e3),
    ("industry", "grass", 0.19, 0.25, 0),
    ("rural", "field", 0.0, 0.22, 3e4),
    ("rural", "allotments", 0.22, 0.25, 2e4),
    ("rural", "cemetery", 0.25, 0.262, 2e4),
    ("detached", "cemetery", 0.315, 0.33, 1e4),
    ("rural", "cemetery", 0.262, 0.3, 1e4),
)
"""By character: the other uses of blocks by range of a random number, with their minimum area in m²."""
REAR_WIDTH = 2.2
"""Width of a lot without a street, relative to others."""


@dataclass(frozen=True)
class Blocks:
    """Land between the streets. `face` is the mesh's face, `use` an index into USES."""

    land: np.ndarray
    face: np.ndarray
    use: np.ndarray


@dataclass(frozen=True)
class Lots:
    """Lots. `segment` is the nearest street segment, `front` its straight piece; `reaches`: the lot touches it."""

    shape: np.ndarray
    block: np.ndarray
    use: np.ndarray
    segment: np.ndarray
    front: np.ndarray
    reaches: np.ndarray


def water_land(ground: Ground) -> np.ndarray:
    """The rivers' beds as polygons, with their banks."""
    return np.array([line.buffer(axis.width_m / 2 + 1.5) for axis, line in ground.rivers], dtype=object)


def build_blocks(ground: Ground, arrangement: Arrangement, faces: np.ndarray, streets: Streets) -> Blocks:
    """The part of each face that is neither street land nor water."""
    taken = np.concatenate([shapely.buffer(streets.lines, streets.half_reserve, quad_segs=3), water_land(ground)])
    owner, cutter = STRtree(taken).query(faces, predicate="intersects")
    order = np.argsort(owner, kind="stable")
    owner, cutter = owner[order], cutter[order]
    bounds = np.searchsorted(owner, np.arange(len(faces) + 1))
    cut = np.array([shapely.union_all(taken[cutter[a:b]]) for a, b in zip(bounds, bounds[1:], strict=False)])
    parts, face = shapely.get_parts(shapely.difference(faces, cut), return_index=True)
    wide = shapely.area(parts) > 60.0
    parts, face = parts[wide], face[wide]
    return Blocks(parts, face, _block_uses(ground, np.array(arrangement.zones)[face], parts))


def _block_uses(ground: Ground, zones: np.ndarray, land: np.ndarray) -> np.ndarray:
    """The use of each block: by its district's character, with a share of the other uses a district needs."""
    rng = rng_for(ground.seed, "blocks")
    places = shapely.get_coordinates(shapely.point_on_surface(land))
    character = np.array(CHARACTERS)[ground.character(places)]
    use = np.array([USE[name] for name in character])
    chance, area = rng.random(len(land)), shapely.area(land)
    size = area * max(ground.scale, 0.2) ** 0.5
    for name, other, low, high, least in SHARES:
        use[(character == name) & (chance >= low) & (chance < high) & (size > least)] = USE[other]
    for name, other, most in (("terrace", "detached", 4e4), ("service", "flats", 7e4), ("school", "flats", 6e4)):
        use[(use == USE[name]) & (size > most)] = USE[other]
    use[(use == USE["garages"]) & (size > 1.5e4)] = USE["service"]
    vast = (("cemetery", 1.6e5), ("allotments", 2.5e5), ("park", 1.5e5), ("sports", 1e5), ("grass", 3e5))
    for name, most in vast:
        use[(use == USE[name]) & (area > most)] = USE["field"]
    use[zones == -2] = USE["meadow"]
    for index, (_, kind, _) in enumerate(ground.woods):
        use[zones == index] = USE[kind]
    return use


def build_lots(ground: Ground, blocks: Blocks, streets: Streets) -> Lots:
    """Divide every block into lots; all parts of all blocks are halved together, level by level."""
    rng = rng_for(ground.seed, "lots")
    fit = max(ground.scale, 1.0) ** -0.28
    sizes = np.array([LOT_M.get(name, WHOLE_M) for name in USES]) * fit
    tree, pieces, owner = street_tree(streets)
    shape, block = blocks.land, np.arange(len(blocks.land))
    done: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(18):
        if not len(shape):
            break
        wanted = sizes[blocks.use[block]] * rng.uniform(0.85, 1.2, len(shape))[:, None]
        nearest = _nearest(tree, shape)
        away = (
            shapely.distance(shape, shapely.linestrings(pieces[nearest])) > streets.half_reserve[owner[nearest]] + 6
        )
        wanted[:, 0] *= np.where(away, REAR_WIDTH, 1.0)
        to_cut, through, direction = _cuts(shape, wanted, pieces[nearest], rng)
        done.append((shape[~to_cut], block[~to_cut]))
        shape, block = _halved(shape[to_cut], block[to_cut], through[to_cut], direction[to_cut])
    done.append((shape, block))
    shape, block = (np.concatenate(column) for column in zip(*done, strict=True))
    order = np.lexsort((*shapely.get_coordinates(shapely.centroid(shape)).T, block))
    shape, block = shape[order], block[order]
    front = _nearest(tree, shape)
    near = shapely.distance(shape, shapely.linestrings(pieces[front])) < streets.half_reserve[owner[front]] + 1.0
    return Lots(shape, block, blocks.use[block], owner[front], pieces[front], near)


def _nearest(tree: STRtree, shapes: np.ndarray) -> np.ndarray:
    """The straight piece of street nearest to the middle of each shape."""
    asked, found = tree.query_nearest(shapely.centroid(shapes), all_matches=False)
    nearest = np.zeros(len(shapes), dtype=int)
    nearest[asked] = found
    return nearest


def _cuts(
    shape: np.ndarray, wanted: np.ndarray, front: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mask of the shapes that are too large, a point on each cut, and its direction."""
    along = front[:, 1] - front[:, 0]
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    low, high = _spans(shape, along, across)
    span = high - low
    frontage = span[:, 0] / wanted[:, 0]
    depth = span[:, 1] / wanted[:, 1]
    by_depth = (depth > 1.55) & (depth > frontage * 0.3)
    to_cut = (by_depth | (frontage > 1.5)) & (shapely.area(shape) > 0.9 * wanted.prod(axis=1))
    lots = np.maximum(np.round(frontage), 2)
    share = np.floor(lots / 2) / lots + rng.uniform(-0.06, 0.06, len(shape))
    share = np.where(by_depth, 0.5 + 0.2 * (share - 0.5), share)
    axis = by_depth.astype(int)
    rows = np.arange(len(shape))
    at = low[rows, axis] + span[rows, axis] * share
    normal = np.where(by_depth[:, None], across, along)
    return to_cut, normal * at[:, None], np.where(by_depth[:, None], along, across)


def _spans(shape: np.ndarray, along: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest coordinate of each shape along its two directions (n, 2)."""
    at, owner = shapely.get_coordinates(shape, return_index=True)
    reach = np.column_stack([(at * along[owner]).sum(1), (at * across[owner]).sum(1)])
    first = np.searchsorted(owner, np.arange(len(shape)))
    return np.minimum.reduceat(reach, first, axis=0), np.maximum.reduceat(reach, first, axis=0)


def _halved(
    shape: np.ndarray, block: np.ndarray, through: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both sides of each cut, as single polygons."""
    if not len(shape):
        return shape, block
    middle = shapely.get_coordinates(shapely.centroid(shape))
    bounds = shapely.bounds(shape)
    far = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])[:, None] * 2 + 10
    through = through + direction * ((middle - through) * direction).sum(1)[:, None]
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    start, end = (through - direction * far).round(3), (through + direction * far).round(3)
    halves = [
        shapely.intersection(shape, shapely.polygons(np.stack([start, end, end + side, start + side], axis=1)))
        for side in (normal * far, -normal * far)
    ]
    parts, index = shapely.get_parts(np.concatenate(halves), return_index=True)
    keep = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 2.0)
    return parts[keep], np.concatenate([block, block])[index[keep]]
