"""Breaks of a chart's lines: a gap stands exactly where the next value is further away than 1.5 intervals."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.observations.live.charting import Points, with_gaps
from tests.tiers import examples


def points(seconds: list[int]) -> Points:
    """Instants with the values 0, 1, 2 …"""
    starts: Any = np.array(seconds, "datetime64[s]").astype("datetime64[us]")
    size = len(seconds)
    zeros, no = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    values = np.arange(size, dtype=float)
    none = np.full(size, np.nan)
    return Points(starts, starts, values, zeros, zeros.astype(np.int16), zeros, none, none, none, no, no)


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 40_000), unique=True, max_size=40).map(sorted), st.sampled_from([0, 60, 600, 3600]))
def test_a_gap_stands_between_values_further_apart_and_nowhere_else(seconds: list[int], interval_s: int):
    found = with_gaps(points(seconds), interval_s)
    stored = found.stored
    assert stored.starts.astype("datetime64[s]").astype(int).tolist() == seconds
    assert stored.values.tolist() == list(range(len(seconds)))
    expected = [
        one + interval_s
        for one, after in zip(seconds, seconds[1:], strict=False)
        if interval_s and after - one > 1.5 * interval_s
    ]
    assert found.starts[found.gaps].astype("datetime64[s]").astype(int).tolist() == expected
    assert np.isnan(found.values[found.gaps]).all()
    assert (np.diff(found.starts) > np.timedelta64(0)).all()
