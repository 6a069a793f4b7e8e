"""Flood exposure: which buildings water reaches in each scenario, how deep, who lives there, what it costs.

A building is exposed when a tenth of its footprint or its entrance lies in a flood zone. Depth is the middle of the
zone's depth class, weighted by area where a footprint lies in several. Loss = footprint x maximum damage x JRC's
depth-damage factor (Huizinga et al. 2017, JRC105688). The expected annual damage is the trapezoid over probability
plus the tail.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from analysis.operations import (
    cell_of,
    cells_touched,
    expected_annual_damage,
    interpolated,
    overlaps,
    within_reach,
)
from analysis.study import Changed, Inputs, Parameters, Rules
from layers.record import Record

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

CELL_M = 250.0
REACH_M = 1.0
"""An address point belongs to a building when it is inside or at most this far from it. A project rule."""
EQUAL = 1e-9
"""Tolerance of the comparison with the threshold, for floating-point areas."""
SCENARIOS = ("p10", "p1", "p02", "embankment")
"""From the most frequent flood to the rarest."""


def compute(inputs: Inputs, parameters: Parameters, rules: Rules) -> dict[str, list[Record]]:
    """Records of the exposed buildings, and of the public squares that sum them up."""
    buildings = _buildings(inputs.frames["buildings"], rules)
    exposures = {
        scenario: _exposure(buildings, inputs, scenario, rules, float(parameters["exposed_share"]))
        for scenario in SCENARIOS
    }
    table = _losses(buildings, exposures, parameters, rules)
    return {"flood_exposure": _records(table), "flood_exposure_grid": _squares(table, inputs.area, rules)}


def _buildings(frame: geopandas.GeoDataFrame, rules: Rules) -> geopandas.GeoDataFrame:
    frame = frame.copy()
    known = rules["damage_class"]
    frame["damage_class"] = [known.get(use or "unknown", known["unknown"]) for use in frame["use_class"]]
    frame["footprint_m2"] = frame.geometry.area
    return frame


def _exposure(
    buildings: geopandas.GeoDataFrame, inputs: Inputs, scenario: str, rules: Rules, least_share: float
) -> pd.DataFrame:
    """Share in water and depth (m, NaN where no zone has one) of the buildings exposed in a scenario, by position."""
    import pandas as pd

    zones = inputs.frames["flood_zones"]
    zones = zones[zones["scenario"] == scenario]
    shapes, waters = buildings.geometry.to_numpy(), zones.geometry.to_numpy()
    depths = rules["class_depth_m"]
    midpoint = np.array([depths.get(f"{depth:.0f}", np.nan) for depth in zones["depth_class"]], dtype=float)
    pairs = _without_double_counting(overlaps(shapes, waters), shapes, waters, midpoint)
    pairs["depth"] = midpoint[pairs["zone"]]
    entrances = _entrances(buildings, inputs.frames["addresses"], waters, midpoint)
    wet = pairs.groupby("subject")["area"].sum()
    share = (wet / buildings["footprint_m2"].to_numpy()[wet.index]).clip(upper=1.0)
    exposed = share.index[share >= least_share - EQUAL].union(entrances.index)
    measured = pairs[pairs["depth"].notna() & (pairs["area"] > 0)]
    weight = measured.groupby("subject")["area"].sum()
    depth = (measured["area"] * measured["depth"]).groupby(measured["subject"]).sum() / weight
    found = pd.DataFrame({"share": share.reindex(exposed).fillna(0.0), "depth": depth.reindex(exposed)})
    return found.assign(depth=found["depth"].fillna(entrances.reindex(exposed)))


def _without_double_counting(
    pairs: pd.DataFrame, shapes: np.ndarray, waters: np.ndarray, midpoint: np.ndarray
) -> pd.DataFrame:
    """Where several zones of a scenario cover one building, each spot counts once, for the deepest of them."""
    order = np.where(np.isnan(midpoint), -1.0, midpoint)
    area, subject, zone = (pairs[name].to_numpy(copy=True) for name in ("area", "subject", "zone"))
    edges = np.append(np.flatnonzero(np.diff(subject, prepend=-1)), len(subject))
    for start, end in itertools.pairwise(edges):
        wet = [at for at in range(start, end) if area[at] > 0]
        if len(wet) < 2:
            continue
        dry: BaseGeometry = shapes[subject[start]]
        for at in sorted(wet, key=lambda one: -order[zone[one]]):
            water = waters[zone[at]]
            area[at] = dry.intersection(water).area
            dry = dry.difference(water)
    return pairs.assign(area=area)


def _entrances(
    buildings: geopandas.GeoDataFrame,
    addresses: geopandas.GeoDataFrame,
    waters: np.ndarray,
    midpoint: np.ndarray,
) -> pd.Series:
    """Water depth at the entrances of buildings with one in the water, by position: the deepest, NaN if unknown."""
    import pandas as pd

    points = addresses.geometry.to_numpy()
    zone, point = shapely.STRtree(points).query(waters, predicate="intersects")
    wet = pd.DataFrame({"point": point, "depth": midpoint[zone]})
    owned = within_reach(points, buildings.geometry.to_numpy(), REACH_M)
    return owned.merge(wet, on="point").groupby("shape")["depth"].max()


def _losses(
    buildings: geopandas.GeoDataFrame, exposures: dict[str, pd.DataFrame], parameters: Parameters, rules: Rules
) -> geopandas.GeoDataFrame:
    """The exposed buildings with share, depth and loss of each scenario (NaN where it does not reach them)."""
    table = buildings.copy()
    most = table["damage_class"].map({name: parameters[f"max_damage_{name}_pln_m2"] for name in rules["curves"]})
    for scenario, exposure in exposures.items():
        by_position = exposure.reindex(np.arange(len(table)))
        table[f"share_{scenario}"] = by_position["share"].to_numpy()
        table[f"depth_{scenario}_m"] = by_position["depth"].to_numpy()
        factor = np.full(len(table), np.nan)
        for name, knots in rules["curves"].items():
            which = (table["damage_class"] == name).to_numpy()
            factor[which] = interpolated(by_position["depth"].to_numpy()[which], knots)
        table[f"loss_{scenario}_pln"] = table["footprint_m2"] * most * factor
    table["ead_pln"] = _annual(table, rules)
    return table[table[[f"share_{scenario}" for scenario in SCENARIOS]].notna().any(axis=1)]


def _annual(table: pd.DataFrame, rules: Rules) -> np.ndarray:
    """Expected annual damage; a scenario that does not reach a building costs nothing, an unknown depth is NaN."""
    chance = sorted(rules["probability"].items(), key=lambda one: -one[1])
    damage = [
        np.where(table[f"share_{scenario}"].isna(), 0.0, table[f"loss_{scenario}_pln"]) for scenario, _ in chance
    ]
    return expected_annual_damage(damage, [probability for _, probability in chance])


def _records(table: geopandas.GeoDataFrame) -> list[Record]:
    import pandas as pd

    columns = [f"{name}_{scenario}{unit}" for scenario in SCENARIOS for name, unit in _MEASURES]
    plain = ["use_class", "damage_class", "residents", "footprint_m2", "ead_pln", *columns]
    records = []
    for identity, row, shape in zip(table.index, table[plain].to_dict("records"), table.geometry, strict=True):
        values = {name: None if pd.isna(value) else value for name, value in row.items()}
        reached = [scenario for scenario in SCENARIOS if values[f"share_{scenario}"] is not None]
        deep = all(values[f"depth_{scenario}_m"] is not None for scenario in reached)
        values |= {
            "building_id": identity,
            "first_scenario": reached[0],
            "method": "class_midpoint" if deep else "no_depth",
        }
        records.append(Record(str(identity), shape, values))
    return records


_MEASURES = (("share", ""), ("depth", "_m"), ("loss", "_pln"))


def _squares(table: geopandas.GeoDataFrame, area: BaseGeometry | None, rules: Rules) -> list[Record]:
    """Records of the squares with a public figure; a building counts in the square of its point on surface."""
    column, row = cell_of(shapely.point_on_surface(table.geometry.to_numpy()), CELL_M)
    records = []
    for (x, y), group in table.groupby([column, row]):
        square = shapely.box(x * CELL_M, y * CELL_M, (x + 1) * CELL_M, (y + 1) * CELL_M)
        if area is not None and not area.contains(square.centroid):
            continue
        values = _public_figures(group, rules["public"])
        if values:
            records.append(Record(f"{x}_{y}", MultiPolygon([square]), values))
    return records


def _public_figures(group: pd.DataFrame, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Public figures of a square: none is of fewer than ten buildings or ten people, alone or by a difference."""

    reached = {scenario: group[f"share_{scenario}"].notna() for scenario in SCENARIOS}
    reached["ead"] = reached["p10"] | reached["p1"] | reached["p02"]
    people = group["residents"].fillna(0.0)

    def enough(which: pd.Series) -> bool:
        return bool(which.sum() >= rules["least_buildings"] and people[which].sum() >= rules["least_people"])

    published: list[str] = []
    values: dict[str, Any] = {}
    for name in sorted(reached, key=lambda one: -int(reached[one].sum())):
        which = reached[name]
        apart = (which ^ reached[other] for other in published)
        if not enough(which) or not all(enough(one) or not one.any() for one in apart):
            continue
        published.append(name)
        if name == "ead":
            values["ead_pln"] = _rounded(group["ead_pln"], rules["round_ead_pln"])
        else:
            values[f"buildings_{name}"] = int(which.sum())
            values[f"people_{name}"] = int(_rounded(people[which], rules["round_people"]))
            values[f"loss_{name}_pln"] = _rounded(group.loc[which, f"loss_{name}_pln"], rules["round_loss_pln"])
    return values


def _rounded(values: pd.Series, step: float) -> float:
    return float(np.floor(values.sum() / step + 0.5) * step)


def affected(changes: Sequence[Changed], parameters: Parameters) -> BaseGeometry:
    """The squares that a changed building, zone or address touched before or touches now."""
    shapes = [shape for change in changes for shape in (change.old, change.new) if shape is not None]
    return cells_touched([shape.buffer(REACH_M) for shape in shapes], CELL_M)


def totals_values(rules: Rules) -> dict[str, Any]:
    """Parameters of `totals.sql`: the depths in metres between the classes, halfway between their middles."""
    depths = sorted(rules["class_depth_m"].values())
    return {"edges": [(low + high) / 2 for low, high in itertools.pairwise(depths)]}


def summarise(groups: Sequence[Mapping[str, Any]], rules: Rules) -> dict[str, Any]:
    """Buildings, people and loss by scenario, by use and by depth, and the expected annual damage.

    `groups` are the rows of `totals.sql`. People are rounded to 0.1, money to 1 zł.
    """
    scenarios = {}
    for name in SCENARIOS:
        reached = [one for one in groups if one["scenario"] == name]
        uses = sorted({one["use_class"] for one in reached} - {None})
        scenarios[name] = {
            **_totals(reached),
            "by_use": {use: _totals([one for one in reached if one["use_class"] == use]) for use in uses},
            "by_depth": {
                str(depth): sum(one["buildings"] for one in reached if one["depth_class"] == depth)
                for depth in range(1, len(rules["class_depth_m"]) + 1)
            },
        }
    annual = _totals([one for one in groups if one["scenario"] == "ead"])
    return {"scenarios": scenarios, "ead_pln": annual["loss_pln"]}


def _totals(groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "buildings": sum(one["buildings"] for one in groups),
        "people": round(float(sum(one["people"] for one in groups)), 1),
        "loss_pln": round(sum(one["loss_pln"] for one in groups)),
    }
