"""Parameters of buildings by use: sizes, setbacks, ground plans, buildings behind them."""

from dataclasses import dataclass

import numpy as np

from ingest.sources.demo_city.lots import USE, USES

Range = tuple[float, float]

PLANS: dict[str, tuple[Range, ...]] = {
    "rect": ((0, 0), (1, 0), (1, 1), (0, 1)),
    "l": ((0, 0), (1, 0), (1, 1), (0.56, 1), (0.56, 0.62), (0, 0.62)),
    "j": ((0, 0), (1, 0), (1, 0.62), (0.44, 0.62), (0.44, 1), (0, 1)),
    "t": ((0, 0), (1, 0), (1, 0.6), (0.7, 0.6), (0.7, 1), (0.3, 1), (0.3, 0.6), (0, 0.6)),
    "u": ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.5), (0.3, 0.5), (0.3, 1), (0, 1)),
    "z": ((0, 0), (0.55, 0), (0.55, 0.3), (1, 0.3), (1, 1), (0.45, 1), (0.45, 0.7), (0, 0.7)),
}
"""Rings in units of the building's width and depth; the front runs along y = 0."""
PLAN_NAMES = tuple(PLANS)


@dataclass(frozen=True, slots=True)
class BuildingType:
    """Ranges in metres, shares from 0 to 1.

    `built` is the share of lots at a street with a main building, `behind` that of lots no street reaches;
    `turned` the share of buildings that show their short side to the street, `loose` the share that is
    not square to it; `shed` the share of main buildings with another behind them.
    """

    width: Range
    depth: Range
    setback: Range
    side: float
    plans: tuple[tuple[str, int], ...]
    built: float
    behind: float = 0.0
    full_width: bool = False
    turned: float = 0.0
    loose: float = 0.0
    shed: float = 0.0
    shed_width: Range = (4.6, 8.0)
    shed_depth: Range = (4.5, 7.6)


TYPES = {
    "centre": BuildingType(
        width=(14, 26),
        depth=(11, 26),
        setback=(0.3, 1.0),
        side=0.1,
        plans=(("rect", 4), ("l", 3), ("j", 2), ("u", 2), ("t", 1)),
        built=0.92,
        behind=0.2,
        full_width=True,
        loose=0.04,
        shed=0.25,
    ),
    "flats": BuildingType(
        width=(24, 64),
        depth=(10.5, 14.5),
        setback=(4, 15),
        side=3.0,
        plans=(("rect", 7), ("z", 1), ("l", 1)),
        built=0.85,
        behind=0.5,
        turned=0.38,
        loose=0.2,
        shed=0.12,
    ),
    "detached": BuildingType(
        width=(10, 19),
        depth=(9.5, 18),
        setback=(0.8, 5.5),
        side=1.2,
        plans=(("rect", 6), ("l", 2), ("j", 2), ("t", 1)),
        built=0.98,
        behind=0.5,
        turned=0.34,
        loose=0.55,
        shed=0.36,
    ),
    "terrace": BuildingType(
        width=(8, 13),
        depth=(9, 14),
        setback=(0.8, 2),
        side=0.06,
        plans=(("rect", 1),),
        built=0.97,
        full_width=True,
        shed=0.1,
    ),
    "rural": BuildingType(
        width=(9.5, 19),
        depth=(9, 18),
        setback=(1, 14),
        side=2.5,
        plans=(("rect", 7), ("l", 2), ("j", 1), ("t", 1)),
        built=0.9,
        behind=0.03,
        turned=0.1,
        loose=0.55,
        shed=0.55,
        shed_width=(6, 14),
        shed_depth=(5, 10),
    ),
    "industry": BuildingType(
        width=(20, 62),
        depth=(16, 58),
        setback=(5, 18),
        side=4.0,
        plans=(("rect", 7), ("l", 2), ("j", 1), ("z", 1)),
        built=0.85,
        behind=0.5,
        turned=0.2,
        loose=0.12,
        shed=0.6,
        shed_width=(9, 26),
        shed_depth=(7, 20),
    ),
    "service": BuildingType(
        width=(15, 42),
        depth=(14, 36),
        setback=(2, 12),
        side=3.0,
        plans=(("rect", 6), ("l", 2), ("j", 1), ("t", 1)),
        built=0.85,
        behind=0.4,
        turned=0.2,
        loose=0.15,
        shed=0.2,
    ),
    "school": BuildingType(
        width=(40, 75),
        depth=(22, 48),
        setback=(8, 22),
        side=5.0,
        plans=(("u", 2), ("l", 1), ("t", 1), ("j", 1)),
        built=0.95,
        behind=0.5,
        turned=0.3,
        loose=0.1,
    ),
    "garages": BuildingType(
        width=(24, 34), depth=(5.5, 6), setback=(1, 4), side=0.5, plans=(("rect", 1),), built=0.9, full_width=True
    ),
}


def numbers(name: str, use: np.ndarray) -> np.ndarray:
    """The attribute `name` of each use's type, 0 where nothing is built."""
    return np.array([float(getattr(TYPES[one], name)) if one in TYPES else 0.0 for one in USES])[use]


def drawn(name: str, use: np.ndarray, fit: float, rng: np.random.Generator) -> np.ndarray:
    """A random value from the type's range for each use, small ones more often, multiplied by `fit`."""
    ranges = np.array([getattr(TYPES[one], name) if one in TYPES else (0.0, 0.0) for one in USES])[use]
    return fit * (ranges[:, 0] + (ranges[:, 1] - ranges[:, 0]) * rng.beta(1.6, 2.2, len(use)))


def drawn_plans(use: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An index into PLAN_NAMES for each use."""
    plan = np.zeros(len(use), dtype=int)
    chance = rng.random(len(use))
    for name, kind in TYPES.items():
        shares = np.cumsum([weight for _, weight in kind.plans])
        codes = np.array([PLAN_NAMES.index(one) for one, _ in kind.plans])
        rows = use == USE[name]
        plan[rows] = codes[np.searchsorted(shares / shares[-1], chance[rows], side="right")]
    return plan


def drawn_turns(use: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random rotation of each building against its street, in radians: mostly about a degree, of some much more."""
    slight = rng.normal(0, np.radians(2.6), len(use)) * (numbers("full_width", use) == 0)
    return np.where(rng.random(len(use)) < numbers("loose", use), rng.uniform(-0.78, 0.78, len(use)), slight)
