"""The flood study's join against shapely's STRtree with prepared geometries, on the same data in the same run.

Baselines: (1) which building meets which zone (tree of buildings, zones prepared, "intersects"); (2) the same, and
the area of every pair's intersection, which is the study's question. Also the whole study, and one after one edit.
Alternating rounds, medians.

Needs: none.
"""

from functools import partial

from tests.benchmarks import setting

setting.guard()

import numpy as np  # noqa: E402
import shapely  # noqa: E402

from analysis.operations import overlaps  # noqa: E402
from analysis.running.runner import StudyOrder, run_study  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.record import Record  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402


def pairs(houses: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """The first baseline: positions of zones and houses that meet."""
    return shapely.STRtree(houses).query(zones, predicate="intersects")


def areas(houses: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """The second baseline: the area of each pair."""
    zone, house = pairs(houses, zones)
    return np.asarray(shapely.area(shapely.intersection(houses[house], zones[zone])))


def bring_in(kind: str, records: list[Record]) -> None:
    """Store records in the bench's dataset."""
    with writing(setting.new_run()) as writer:
        writer.write(kind_of(kind), records)


def study_times(records: dict[str, list[Record]]) -> tuple[float, float]:
    """Seconds of the whole study, and of the study after one building changed."""
    setting.empty_layers()
    for kind, found in records.items():
        bring_in(kind, found)
    order = StudyOrder("flood_exposure")
    whole = setting.timed(lambda: run_study(order))
    first = records["buildings"][0]
    assert first.geometry is not None
    moved = shapely.transform(first.geometry, lambda xy: xy + 1.0)
    bring_in("buildings", [Record(first.source_id, moved, first.values)])
    return whole, setting.timed(lambda: run_study(order))


def main() -> None:
    """Measure, and print ratios beside their targets."""
    arguments = setting.parsed(setting.options(__doc__, scale=6, rounds=5))
    report = Report("joins")
    records = setting.layers_of(("buildings", "flood_zones", "addresses"), arguments.scale)
    houses = np.array([one.geometry for one in records["buildings"]])
    zones = np.array([one.geometry for one in records["flood_zones"]])
    ours, first, second = [], [], []
    for _ in range(arguments.rounds):
        first.append(setting.timed(partial(pairs, houses, zones)))
        second.append(setting.timed(partial(areas, houses, zones)))
        ours.append(setting.timed(partial(overlaps, houses, zones)))
    found = overlaps(houses, zones)
    assert len(found) == len(pairs(houses, zones)[0])
    assert np.isclose(found["area"].sum(), areas(houses, zones).sum())
    join, base, full = (setting.median(one) for one in (ours, first, second))
    print(
        f"{len(houses)} buildings, {len(zones)} zones, {len(found)} pairs: pairs {base:.3f} s, pairs and areas by "
        f"STRtree {full:.3f} s, the study's join {join:.3f} s (medians of {arguments.rounds})"
    )
    report.add("the study's join / STRtree, pairs and areas", join / full, at_most=1.2)
    report.add("the study's join / STRtree, pairs alone", join / base)
    whole, edit = study_times(records)
    report.add("whole study, s", whole)
    report.add("study after one edit, s", edit)
    report.print()


if __name__ == "__main__":
    main()
