"""Flood exposure of hand-made houses: which are exposed, how deep, at what cost, and which figures are public."""

from typing import Any

import geopandas
import pytest
from shapely import MultiPolygon, Point, box
from shapely.geometry.base import BaseGeometry

from analysis.studies.flood_exposure import STUDY
from analysis.studies.flood_exposure.compute import CELL_M, affected
from analysis.study import Changed, Inputs, rules_of
from layers.record import Record

RULES = rules_of(STUDY)
DEFAULTS = STUDY.parameters_from({})
X, Y = 7_474_000.0, 5_637_250.0
"""A corner of a square of 250 m."""


def house(west: float = 0, south: float = 0, east: float = 10, north: float = 12) -> MultiPolygon:
    return MultiPolygon([box(X + west, Y + south, X + east, Y + north)])


def zone(west: float, south: float, east: float, north: float) -> BaseGeometry:
    return box(X + west, Y + south, X + east, Y + north)


def inputs(houses: list[tuple], zones: list[tuple], addresses: list[Point] | None = None, area: Any = None) -> Inputs:
    """Houses are (shape, use, residents), zones (shape, scenario, depth class)."""
    frames = {
        "buildings": geopandas.GeoDataFrame(
            {"use_class": [h[1] for h in houses], "residents": [h[2] for h in houses]},
            geometry=[h[0] for h in houses],
            index=[f"h{at:03}" for at in range(len(houses))],
        ),
        "flood_zones": geopandas.GeoDataFrame(
            {"scenario": [z[1] for z in zones], "depth_class": [z[2] for z in zones]}, geometry=[z[0] for z in zones]
        ),
        "addresses": geopandas.GeoDataFrame(geometry=addresses or []),
    }
    return Inputs(frames, area)


def computed(*given: Any, parameters: dict | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    records = STUDY.compute(inputs(*given, **more), DEFAULTS | (parameters or {}), RULES)
    return {record.source_id: dict(record.values) for record in records["flood_exposure"]}


def squares(houses: list[tuple], zones: list[tuple], **more: Any) -> list[Record]:
    return STUDY.compute(inputs(houses, zones, **more), DEFAULTS, RULES)["flood_exposure_grid"]


def test_the_house_of_the_fact_sheet():
    """120 m2, residential, 2,500 zł/m2; share 0.40; at class 2 (1.25 m) the factor is 0.45, the loss 135,000."""
    found = computed([(house(), "residential", 3.0)], [(zone(-5, -5, 4, 20), "p1", 2)])
    assert found["h000"]["share_p1"] == pytest.approx(0.40)
    assert found["h000"]["depth_p1_m"] == 1.25
    assert found["h000"]["loss_p1_pln"] == pytest.approx(120 * 2500 * 0.45)
    assert found["h000"]["share_p10"] is None and found["h000"]["loss_p10_pln"] is None
    assert found["h000"]["first_scenario"] == "p1"


def test_a_depth_of_1_2_m_costs_132_000():
    """The oracle's depth, reached as the mean of class 2 (1.25 m) on 95 and class 1 (0.25 m) on 5 hundredths."""
    found = computed(
        [(house(), "residential", 3.0)], [(zone(0, 0, 9.5, 12), "p1", 2), (zone(9.5, 0, 10, 12), "p1", 1)]
    )
    assert found["h000"]["depth_p1_m"] == pytest.approx(1.2)
    assert found["h000"]["loss_p1_pln"] == pytest.approx(132_000)


def test_the_expected_annual_damage_adds_up_over_scenarios():
    """p1 as above (132,000); p02 at class 3 (3 m): 0.75 of 300,000 = 225,000. By hand: 5,940 + 1,428 + 450."""
    zones = [(zone(0, 0, 9.5, 12), "p1", 2), (zone(9.5, 0, 10, 12), "p1", 1), (zone(0, 0, 10, 12), "p02", 3)]
    assert computed([(house(), "residential", 3.0)], zones)["h000"]["ead_pln"] == pytest.approx(7818)


@pytest.mark.parametrize(("east", "exposed"), [(1.0, True), (0.99, False)])
def test_a_tenth_of_the_footprint_is_the_threshold(east, exposed):
    found = computed([(house(), "residential", 1.0)], [(zone(-50, -5, east, 20), "p1", 1)])
    assert bool(found) is exposed


def test_the_threshold_is_a_parameter():
    given = [(house(), "residential", 1.0)], [(zone(-5, -5, 4, 20), "p1", 2)]
    assert computed(*given, parameters={"exposed_share": 0.4})
    assert not computed(*given, parameters={"exposed_share": 0.41})


@pytest.mark.parametrize(("away", "exposed"), [(0.0, True), (1.0, True), (1.1, False)])
def test_an_entrance_in_the_water_counts(away, exposed):
    """The zone ends a metre and more outside; the address point stands in it, `away` from the wall."""
    address = Point(X - away, Y + 6)
    found = computed([(house(), "residential", 1.0)], [(zone(-9, 5, -away, 7), "p1", 2)], [address])
    assert bool(found) is exposed
    if exposed:
        assert found["h000"]["share_p1"] == 0.0
        assert found["h000"]["depth_p1_m"] == 1.25


def test_zones_that_overlap_count_once_for_the_deepest():
    """Class 1 everywhere, class 3 (3 m) on the western half: share 1, depth (0.5 x 3 + 0.5 x 0.25) = 1.625 m."""
    zones = [(zone(-5, -5, 50, 50), "p1", 1), (zone(-5, -5, 5, 50), "p1", 3)]
    found = computed([(house(), "residential", 1.0)], zones)["h000"]
    assert found["share_p1"] == pytest.approx(1.0)
    assert found["depth_p1_m"] == pytest.approx(1.625)


def test_a_zone_without_depth_gives_exposure_without_loss():
    found = computed([(house(), "residential", 1.0)], [(zone(-5, -5, 50, 50), "p1", float("nan"))])["h000"]
    assert (found["share_p1"], found["depth_p1_m"], found["loss_p1_pln"], found["ead_pln"]) == (1.0, None, None, None)
    assert found["method"] == "no_depth"


@pytest.mark.parametrize(
    ("use", "factor"),
    [("residential_multi", 0.45), ("office", 0.375), ("storage", 0.335), (None, 0.375), ("agricultural", 0.335)],
)
def test_each_use_takes_its_curve(use, factor):
    """At 1.25 m, halfway between the knots at 1 and 1.5 m."""
    found = computed([(house(), use, None)], [(zone(-5, -5, 50, 50), "p1", 2)])["h000"]
    assert found["loss_p1_pln"] == pytest.approx(120 * 2500 * factor)


def test_an_embankment_failure_has_no_probability():
    found = computed([(house(), "residential", 1.0)], [(zone(-5, -5, 50, 50), "embankment", 4)])["h000"]
    assert found["loss_embankment_pln"] == pytest.approx(120 * 2500 * 0.95)
    assert found["ead_pln"] == 0.0
    assert found["first_scenario"] == "embankment"


def row_of(count: int, residents: float, south: float = 0) -> list[tuple]:
    """Houses of 10 x 10 m side by side in one square."""
    return [(house(12 * at, south, 12 * at + 10, south + 10), "residential", residents) for at in range(count)]


FLOOD = (zone(-5, -5, 245, 245), "p1", 2)


def test_a_square_says_buildings_people_and_loss_rounded():
    """12 houses of 100 m2 with 2.5 people: 30 people; 12 x 100 x 2,500 x 0.45 = 1,350,000 zł.

    A year: 0.09 x 675,000 + 0.008 x 675,000 (nothing in the p02 water) = 66,150 zł, written in thousands.
    """
    (square,) = squares(row_of(12, 2.5), [FLOOD])
    expected = {"buildings_p1": 12, "people_p1": 30, "loss_p1_pln": 1_350_000, "ead_pln": 66_000}
    assert dict(square.values) == expected
    assert square.geometry is not None and square.geometry.area == CELL_M**2


@pytest.mark.parametrize(("count", "residents"), [(9, 5.0), (12, 0.8)])
def test_a_square_with_few_buildings_or_people_is_left_out(count, residents):
    assert squares(row_of(count, residents), [FLOOD]) == []


def test_a_scenario_whose_difference_would_tell_of_a_few_is_left_out():
    """12 houses in the 500-year water, 11 of them in the 100-year one: the twelfth alone must not be shown."""
    rare = (zone(-5, -5, 245, 245), "p02", 2)
    common = (zone(-5, -5, 131, 245), "p1", 2)
    (square,) = squares(row_of(12, 5.0), [rare, common])
    assert square.values["buildings_p02"] == 12
    assert "buildings_p1" not in square.values
    (square,) = squares(row_of(12, 5.0) + row_of(11, 5.0, 20), [rare, (zone(-5, -5, 245, 15), "p1", 2)])
    assert (square.values["buildings_p02"], square.values["buildings_p1"]) == (23, 12)


def test_a_building_counts_in_the_one_square_that_holds_its_point():
    houses = [(house(238 + 0.001 * at, 12 * at, 252, 12 * at + 10), "residential", 5.0) for at in range(12)]
    (square,) = squares(houses, [(zone(-5, -5, 500, 245), "p1", 2)])
    assert square.geometry is not None and square.geometry.bounds[0] == X


def test_only_squares_of_the_area_are_given():
    flood = (zone(-5, -5, 600, 245), "p1", 2)
    both = row_of(12, 5.0) + [(house(300 + 12 * at, 0, 310 + 12 * at, 10), "residential", 5.0) for at in range(12)]
    assert len(squares(both, [flood])) == 2
    assert len(squares(both, [flood], area=zone(0, 0, 250, 250))) == 1


def test_a_change_affects_the_squares_it_touches_before_and_after():
    moved = Changed("buildings", house(), house(600, 0, 610, 10))
    area = affected([moved], DEFAULTS)
    assert area.contains(house()) and area.contains(house(600, 0, 610, 10))
    assert not area.intersects(zone(260, 260, 490, 490))


def test_nothing_in_gives_nothing_out():
    assert computed([], []) == {}
    assert computed([(house(), "residential", 1.0)], []) == {}
    assert computed([], [FLOOD]) == {}
