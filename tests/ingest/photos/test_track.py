"""Photos on a GPX track, against the oracle of domain.md 6.3, and the offset of the camera's clock."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.photos.headings import courses
from ingest.photos.track import Track, correlate, estimate_offset
from tests.tiers import examples

ORACLE = Track.of([{"time": [0, 10], "lat": [50.8700, 50.8704], "lon": [20.6300, 20.6310], "ele": [250, None]}])


def wandering(seconds: int = 600, seed: int = 1) -> Track:
    """A drive of 8 m/s with turns, a point every second."""
    course = np.cumsum(np.random.default_rng(seed).normal(0, 4, seconds))
    lat = 50.87 + np.cumsum(8 * np.cos(np.radians(course))) / 111_250
    lon = 20.63 + np.cumsum(8 * np.sin(np.radians(course))) / 70_390
    return Track(1.7e9 + np.arange(seconds, dtype=float), lat, lon, np.full(seconds, 250.0))


def test_a_photo_between_two_points() -> None:
    found = correlate(ORACLE, np.array([7.0]))
    assert [round(float(one[0]), 7) for one in (found.lat, found.lon)] == [50.87028, 20.6307]
    assert float(found.course[0]) == pytest.approx(57.701, abs=5e-4)
    assert float(found.speed_m_s[0]) == pytest.approx(8.328, abs=5e-4)
    _, leg = courses(ORACLE.lat[:1], ORACLE.lon[:1], ORACLE.lat[1:], ORACLE.lon[1:])
    assert float(leg[0]) == pytest.approx(83.279, abs=5e-4)


def test_times_outside_the_track_and_unknown_ones_have_no_place() -> None:
    found = correlate(ORACLE, np.array([-0.1, 0.0, 10.0, 10.1, np.nan]))
    assert found.on.tolist() == [False, True, True, False, False]
    assert np.isnan(found.lat).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize(("seconds", "degrees", "on"), [(10, 0.0008, True), (11, 0.0001, False), (10, 0.001, False)])
def test_wide_gaps_have_no_place(seconds: float, degrees: float, on: bool) -> None:
    track = Track.of([{"time": [0, seconds], "lat": [50, 50 + degrees], "lon": [20, 20], "ele": [None, None]}])
    assert correlate(track, np.array([5.0])).on.tolist() == [on]


def test_the_date_line_is_crossed_the_short_way() -> None:
    track = Track.of([{"time": [0, 10], "lat": [0, 0], "lon": [179.9998, -179.9998], "ele": [None, None]}])
    assert abs(float(correlate(track, np.array([5.0])).lon[0])) == pytest.approx(180)


def test_tracks_of_several_files_are_one_in_the_order_of_time() -> None:
    later: dict[str, list[Any]] = {"time": [20, 30], "lat": [2, 3], "lon": [2, 3], "ele": [None, None]}
    earlier: dict[str, list[Any]] = {
        "time": [0, 10, 20],
        "lat": [0, 1, 9],
        "lon": [0, 1, 9],
        "ele": [None, None, None],
    }
    joined = Track.of([later, earlier])
    assert (joined.time.tolist(), joined.lat.tolist()) == ([0, 10, 20, 30], [0, 1, 2, 3])
    assert len(Track.of([])) == 0


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.floats(0, 599), min_size=1, max_size=30), st.integers(0, 50))
def test_places_lie_on_the_leg_of_their_time(times: list[float], seed: int) -> None:
    track = wandering(seed=seed)
    at = 1.7e9 + np.array(times)
    found = correlate(track, at)
    assert found.on.all()
    assert found.lat == pytest.approx(np.interp(at, track.time, track.lat), abs=1e-9)
    assert found.lon == pytest.approx(np.interp(at, track.time, track.lon), abs=1e-9)
    assert found.speed_m_s == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("offset", [-47.3, -1.0, 0.0, 18.0, 95.5])
def test_the_offset_of_the_clock_is_found_with_its_gain(offset: float) -> None:
    track = wandering()
    true = 1.7e9 + np.arange(150.0, 450.0, 2.5)
    noise = np.random.default_rng(5).normal(0, 2, (2, len(true)))
    where = correlate(track, true)
    found = estimate_offset(true - offset, where.lat + noise[0] / 111_250, where.lon + noise[1] / 70_390, track)
    assert found is not None
    assert found.offset_s == pytest.approx(offset, abs=0.3)
    assert found.photos == len(true)
    assert found.after_m < 4
    assert found.before_m >= found.after_m
    assert offset == 0 or found.before_m > min(100, 8 * abs(offset)) / 3


def test_no_offset_without_positions_movement_or_track() -> None:
    track, times = wandering(), 1.7e9 + np.arange(100.0, 200.0)
    unknown = np.full(len(times), np.nan)
    assert estimate_offset(times, unknown, unknown, track) is None
    still = Track(track.time, np.full(600, 50.87), np.full(600, 20.63), track.ele)
    assert estimate_offset(times + 200, np.full(100, 50.87), np.full(100, 20.63), still) is None
    assert estimate_offset(times, track.lat[100:200], track.lon[100:200], Track.of([])) is None
    assert estimate_offset(times[:2], track.lat[:2], track.lon[:2], track) is None
