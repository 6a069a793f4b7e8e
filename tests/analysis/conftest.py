"""A city of a few hundred invented houses along a river, brought in by the real store, and ways to change it."""

import numpy as np
import pytest
from shapely import MultiPolygon, Polygon, box

from analysis.running.runner import StudyOrder, run_study
from layers.kinds import KINDS
from layers.record import Record
from layers.runs.models import Run
from layers.store.writer import writing
from tests.databases import MadeOnce
from tests.factories import load, new_run, place

USES = ["residential", "residential_multi", "commercial", "industrial", None]


def multi(shape: Polygon) -> MultiPolygon:
    return MultiPolygon([shape])


def at(west: float, south: float, east: float, north: float) -> Polygon:
    """A rectangle by metres from the market square."""
    low, high = place(west, south), place(east, north)
    return box(low.x, low.y, high.x, high.y)


class Town:
    """Records of a town by id, and what was brought in of it."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.houses = {f"h{number}": self.house() for number in range(150)}
        self.zones: dict[str, Record] = {}
        for scenario, half in (("p10", 25), ("p1", 70), ("p02", 130)):
            for reach in range(4):
                for depth, share in ((1, 1.0), (2, 0.5)):
                    name = f"{scenario}-{reach}-{depth}"
                    self.zones[name] = self.zone(name, scenario, depth, reach, half * share)
        self.addresses = {f"a{number}": self.address(f"a{number}") for number in range(60)}

    def house(self, name: str = "") -> Record:
        west, south = self.random.uniform(-700, 700), self.random.uniform(-220, 220)
        wide, deep = self.random.uniform(6, 22, 2)
        use = USES[self.random.integers(len(USES))]
        people = None if self.random.random() < 0.2 else round(float(self.random.uniform(0, 30)), 1)
        values = {"use_class": use, "residents": people}
        return Record(name, multi(at(west, south, west + wide, south + deep)), values)

    def zone(self, name: str, scenario: str, depth: int, reach: int, half: float) -> Record:
        west = -800 + 400 * reach
        shape = at(west, -half, west + 400, half)
        return Record(name, multi(shape), {"scenario": scenario, "depth_class": depth})

    def address(self, name: str) -> Record:
        east, north = self.random.uniform(-700, 700), self.random.uniform(-200, 200)
        return Record(name, place(east, north), {})

    def bring_in(self) -> None:
        load("buildings", [named(one, name) for name, one in self.houses.items()])
        load("flood_zones", list(self.zones.values()))
        load("addresses", list(self.addresses.values()))


def named(record: Record, name: str) -> Record:
    return Record(name, record.geometry, record.values)


def remove(kind: str, keep: list[Record]) -> None:
    """Write a snapshot of the records in `keep`, which closes all others."""
    run = new_run()
    with writing(run) as writer:
        writer.write(KINDS[kind], keep, mode="snapshot", allow_close=1.0)


def study(**how: object) -> Run:
    return run_study(StudyOrder("flood_exposure", **how))  # type: ignore[arg-type]


def stored(kind: str, dataset: str = "flood_exposure") -> dict[str, tuple]:
    """The current rows of a result kind: all values, and the shape."""
    rows = KINDS[kind].model._default_manager.filter(dataset__slug=dataset, recorded_to__isnull=True)
    names = KINDS[kind].field_names
    return {row.source_id: (*(getattr(row, name) for name in names), row.geom.wkb) for row in rows}  # type: ignore[attr-defined]


@MadeOnce
def store_town() -> None:
    Town(3).bring_in()


@pytest.fixture
def town(db: None) -> Town:
    store_town()
    return Town(3)
