"""Freshness of the latest value: live, stale, dead by interval and age; stuck by its flag."""

import numpy as np
import pytest

from layers.observations.meaning.doubts import RANGE_FLAG, STUCK_FLAG, usable
from layers.observations.meaning.freshness import DEAD, LIVE, STALE, STUCK, freshness
from layers.observations.quality import Flag
from tests.layers.observations.meaning.series import NAN, numbers


@pytest.mark.parametrize(
    ("age_s", "state"),
    [(0, LIVE), (1800, LIVE), (1801, STALE), (14_400, STALE), (14_401, DEAD), (1e9, DEAD), (-600, LIVE)],
)
def test_a_value_every_ten_minutes_is_live_for_half_an_hour_and_dead_after_four(age_s: float, state: int) -> None:
    assert freshness(age_s, 600).index == state


def test_the_limits_grow_with_the_interval() -> None:
    assert [freshness(age, 3600).index for age in (10_800, 10_801, 86_400, 86_401)] == [LIVE, STALE, STALE, DEAD]


def test_a_live_value_with_the_flag_is_stuck_and_an_old_one_stays_old() -> None:
    flags = Flag.STUCK | Flag.STEP
    assert [freshness(age, 600, flags).index for age in (0, 1801, 14_401)] == [STUCK, STALE, DEAD]
    assert freshness(0, 600, Flag.STEP | Flag.SPIKE | Flag.RANGE).index == LIVE
    assert "equal values in a row" in freshness(0, 600, flags).reason.en


def test_the_flags_are_those_of_quality_control() -> None:
    assert (Flag.RANGE, Flag.STUCK) == (RANGE_FLAG, STUCK_FLAG)


def test_values_outside_the_range_and_excluded_ones_are_not_usable_and_other_flags_are() -> None:
    flags = np.array([0, Flag.RANGE, Flag.STUCK | Flag.STEP | Flag.SPIKE, Flag.RANGE | Flag.STUCK, 0], np.int16)
    values, excluded = numbers([1, 2, 3, 4, 5]), np.array([False, False, False, False, True])
    assert np.isfinite(usable(values, flags)).tolist() == [True, False, True, False, True]
    assert np.isfinite(usable(values, flags, excluded)).tolist() == [True, False, True, False, False]
    assert usable(values, flags).tolist()[2] == 3


def test_no_value_at_all_is_dead() -> None:
    assert freshness(None, 600).index == DEAD and freshness(NAN, 600).index == DEAD


def test_an_unknown_interval_or_a_far_future_is_unknown_with_the_reason() -> None:
    assert freshness(60, 0).index is None and "interval not known" in freshness(60, 0).reason.en
    ahead = freshness(-660, 600)
    assert ahead.index is None and "from the future, 11\u00a0min ahead" in ahead.reason.en


def test_the_reason_has_age_interval_and_limits() -> None:
    reason = freshness(2700, 600).reason
    assert reason.pl.startswith("ostatnia wartość sprzed 45\u00a0min; odstęp 10\u00a0min")
    assert "live up to 30\u00a0min, dead after 4\u00a0h" in reason.en
