"""Spatial and numeric steps, against the oracles of the fact sheet and against plain shapely."""

import doctest

import numpy as np
import pytest
import shapely
from shapely import Point, Polygon, box

from analysis import operations
from analysis.operations import cells_touched, expected_annual_damage, interpolated, overlaps, within_reach
from analysis.studies.flood_exposure import STUDY
from analysis.study import rules_of

CURVES = rules_of(STUDY)["curves"]


def test_the_examples_of_the_docstrings_hold():
    assert doctest.testmod(operations).failed == 0


@pytest.mark.parametrize(
    ("curve", "factors"),
    [
        ("residential", [0.15, 0.34, 0.44, 0.675]),
        ("commercial", [0.09, 0.24, 0.36, 0.65]),
        ("industrial", [0.09, 0.222, 0.322, 0.61]),
    ],
)
def test_damage_factors_are_those_of_the_fact_sheet(curve, factors):
    found = interpolated(np.array([0.3, 0.8, 1.2, 2.5]), CURVES[curve])
    assert found == pytest.approx(factors, abs=1e-12)


def test_a_curve_is_flat_beyond_its_ends():
    assert interpolated(np.array([-1.0, 0.0, 6.0, 40.0]), CURVES["residential"]).tolist() == [0, 0, 1, 1]


def test_the_expected_annual_damage_is_that_of_the_fact_sheet():
    damage = [np.array([value]) for value in (0.0, 132_000.0, 204_000.0)]
    assert expected_annual_damage(damage, [0.1, 0.01, 0.002]) == pytest.approx([7692.0])


def test_the_share_of_a_footprint_in_the_water_is_that_of_the_fact_sheet():
    pairs = overlaps(np.array([box(0, 0, 10, 12)]), np.array([box(-5, -5, 4, 20)]))
    assert pairs["area"].tolist() == pytest.approx([0.40 * 120])


def test_overlaps_are_what_every_pair_alone_gives():
    random = np.random.default_rng(7)
    corners = random.uniform(0, 400, (120, 2))
    houses = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 12, corners[:, 1] + 9)
    zones = shapely.buffer(shapely.points(random.uniform(0, 400, (9, 2))), random.uniform(20, 90, 9))
    expected = {
        (house, zone): houses[house].intersection(zones[zone]).area
        for house in range(120)
        for zone in range(9)
        if houses[house].intersects(zones[zone])
    }
    found = overlaps(houses, zones)
    assert dict(zip(zip(found["subject"], found["zone"], strict=True), found["area"], strict=True)) == pytest.approx(
        expected, rel=1e-9
    )


def test_overlaps_of_nothing_are_empty():
    none = np.array([], dtype=object)
    for subjects, zones in ((none, none), (np.array([box(0, 0, 1, 1)]), none), (none, np.array([box(0, 0, 1, 1)]))):
        assert overlaps(subjects, zones).empty


def test_reach_counts_the_edge():
    found = within_reach(np.array([Point(11, 5), Point(11.01, 5), Point(5, 5)]), np.array([box(0, 0, 10, 10)]), 1.0)
    assert found["point"].tolist() == [0, 2]


def test_cells_touched_are_whole_squares_with_those_that_share_an_edge():
    ring = Polygon([(10, 10), (40, 10), (40, 40), (10, 40)])
    assert cells_touched([ring], 50).equals(box(0, 0, 50, 50))
    assert cells_touched([box(50, 10, 60, 20)], 50).equals(box(0, 0, 100, 50))
    assert cells_touched([], 50).is_empty
