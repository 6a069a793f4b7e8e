"""Directions against the oracles of domain.md 6.1 and 6.2, and against properties that hold for all of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.photos import headings
from tests.tiers import examples

DEGREES = st.floats(0, 359.999)


def test_headings_average_across_north() -> None:
    assert headings.circular_mean([350, 10, 20]) == pytest.approx(6.705, abs=5e-4)
    assert headings.circular_mean([349.06, 11.19, 1.47]) == pytest.approx(0.5789, abs=5e-4)
    assert headings.circular_mean([349, 11, 1]) == pytest.approx(0.3375, abs=5e-4)


def test_directions_that_cancel_out_have_no_mean() -> None:
    assert math.isnan(headings.circular_mean([0, 180]))
    assert math.isnan(headings.circular_mean([]))
    assert headings.circular_mean([math.nan, 90]) == pytest.approx(90)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.floats(-60, 60), min_size=1, max_size=8), DEGREES)
def test_the_mean_turns_with_its_headings(offsets: list[float], turn: float) -> None:
    still = headings.circular_mean(offsets)
    turned = headings.circular_mean([one + turn for one in offsets])
    assert 0 <= turned < 360
    assert abs(headings.difference(turned, still + turn)) < 1e-6


def test_magnetic_headings_get_the_declination() -> None:
    found = headings.true_heading([120.0, 120.0, 357.0], [True, False, True], 6.0)
    assert found.tolist() == [126.0, 120.0, 3.0]


def test_field_of_view() -> None:
    assert headings.hfov_deg(26) == pytest.approx(69.390, abs=5e-4)
    assert headings.hfov_deg(26, portrait=True) == pytest.approx(49.55, abs=5e-3)
    assert headings.hfov_deg(0) is None
    assert headings.hfov_deg(None) is None


def test_bearing_of_a_pixel_of_a_flat_picture() -> None:
    assert headings.focal_px(4000, 66) == pytest.approx(3079.730, abs=5e-4)
    assert float(headings.bearing_of_column(350, 66, 4000, 3000)) == pytest.approx(7.98881, abs=5e-6)
    assert float(headings.bearing_of_column(350, 66, 4000, 4000)) == pytest.approx(23.0)


def test_bearing_and_pitch_of_a_pixel_of_a_panorama() -> None:
    assert headings.bearing_of_panorama(30, 8000, [6000, 0]).tolist() == [120.0, 210.0]
    assert float(headings.bearing_of_panorama(30, 8000, 1000, left=2000)) == 345.0
    assert float(headings.pitch_of_panorama(4000, 1500)) == 22.5
    assert float(headings.pitch_of_panorama(4000, 500, top=1000)) == 22.5


@settings(max_examples=examples(200), deadline=None)
@given(DEGREES, DEGREES, st.floats(0, 3000))
def test_a_column_looks_along_the_bearing_it_was_found_for(heading: float, bearing: float, left: float) -> None:
    column = headings.column_of_panorama(heading, 8000, bearing, left)
    assert abs(headings.difference(headings.bearing_of_panorama(heading, 8000, column, left), bearing)) < 1e-6


def test_a_course_is_a_heading_from_walking_pace_on() -> None:
    found = headings.course_heading(np.array([350.0, 350.0, 350.0]), np.array([1.49, 1.5, np.nan]), 20.0)
    assert np.array_equal(found, [np.nan, 10.0, np.nan], equal_nan=True)


def test_photos_look_to_the_next_one_and_the_last_as_the_one_before() -> None:
    lat, lon = np.array([50.0, 50.0001, 50.0001]), np.array([20.0, 20.0, 20.0001])
    found = headings.neighbour_heading(lat, lon, np.full(3, np.nan), 0.0)
    assert found == pytest.approx([0.0, 90.0, 90.0], abs=1e-3)
    turned = headings.neighbour_heading(lat, lon, np.full(3, np.nan), -90.0)
    assert headings.difference(turned, [270.0, 0.0, 0.0]) == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)


def test_short_far_and_slow_ways_show_no_heading() -> None:
    step = 1 / 111_250  # degrees of latitude in a metre, near 50 degrees
    lon, time = np.full(3, 20.0), np.array([0.0, 1.0, 2.0])
    for metres, seconds, trusted in (
        (0.9, 0.1, False),
        (101, 1, False),
        (14, 10, False),
        (16, 10, True),
        (99, 1, True),
    ):
        lat = 50.0 + np.array([0.0, metres, 2 * metres]) * step
        found = headings.neighbour_heading(lat, lon, time * seconds, 0.0)
        assert bool(np.isfinite(found).all()) is trusted, (metres, seconds)
        assert trusted or np.isnan(found).all()


def test_one_photo_has_no_neighbour() -> None:
    assert np.isnan(headings.neighbour_heading(np.array([50.0]), np.array([20.0]), np.array([0.0]), 0.0)).all()
