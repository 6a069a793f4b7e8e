"""Rates of rise, alarm of a fast rise and time to a threshold: the oracles of domain.md 2.4."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import BadMeasure
from layers.observations.meaning.rises import (
    Method,
    hours_until,
    outlook,
    rate_alarms,
    rate_of_rise,
    rise_meaning,
    rises_cm,
)
from layers.observations.meaning.rivers import Gauge
from tests.layers.observations.meaning.series import NAN, moments, numbers
from tests.tiers import examples

START = "2026-03-01T00:00"
THREE_HOURS_S = 10_800
METHODS: tuple[Method, ...] = ("least_squares", "endpoints")


@pytest.mark.parametrize("method", METHODS)
def test_oracle_of_the_rate_is_8_cm_an_hour(method: Method) -> None:
    times = moments(START, [0, 180])
    found = rate_of_rise(times, numbers([262, 286]), times[-1], THREE_HOURS_S, method)
    assert found is not None
    assert (found.cm_h, found.count, found.span_s) == (8.0, 2, 10_800)
    assert "8\u00a0cm/h" in found.text.pl and "window 3\u00a0h, values: 2" in found.text.en


def test_oracle_of_the_time_to_a_threshold_is_an_hour_and_three_quarters() -> None:
    assert hours_until(300, 286, 8.0) == 1.75


def test_the_outlook_names_the_next_threshold_with_time_and_rate() -> None:
    gauge, times = Gauge(250, 300), moments(START, [0, 180])
    rise = rate_of_rise(times, numbers([262, 286]), times[-1], THREE_HOURS_S)
    assert outlook(gauge, 286, rise).en == "alarm state (300\u00a0cm) in 1.75\u00a0h at 8\u00a0cm/h"
    assert outlook(gauge, 100, rise).pl.startswith("stan ostrzegawczy (250\u00a0cm) za 18,75\u00a0h")
    falls = rate_of_rise(times, numbers([290, 286]), times[-1], THREE_HOURS_S)
    assert outlook(gauge, 286, falls).pl == "stan alarmowy (300\u00a0cm): woda nie przybiera"
    assert outlook(gauge, 286, None).en == "alarm state (300\u00a0cm): not rising"
    assert outlook(gauge, 300, rise).en == "" and outlook(Gauge(None, None), 5, rise).en == ""


def test_a_river_that_does_not_rise_has_no_time_to_a_threshold_and_a_reached_one_is_zero() -> None:
    assert [hours_until(300, 286, rate) for rate in (0.0, -3.0, None, NAN)] == [None] * 4
    assert hours_until(300, 300, -3.0) == 0.0


@pytest.mark.parametrize(("last", "fires"), [(255, True), (254, False)])
def test_oracle_of_the_rate_alarm(last: float, fires: bool) -> None:
    times, levels = moments(START, [0, 10, 20, 30]), numbers([240, 244, 249, last])
    assert rate_alarms(times, levels).tolist() == [False, False, False, fires]
    found = rise_meaning(times, levels)
    assert (found.index, found.code) == ((1, "fast_rise") if fires else (0, "steady"))
    assert "limit 15\u00a0cm" in found.reason.en and "okno 3\u00a0h" in found.reason.pl


def test_two_values_have_a_meaning_and_missing_ones_fire_nothing() -> None:
    found = rise_meaning(moments(START, [0, 10, 30]), numbers([240, NAN, 255]))
    assert found.code == "fast_rise" and "30\u00a0cm/h, least squares, window 3\u00a0h, values: 2" in found.reason.en
    longer = rise_meaning(moments(START, [0, 60, 120]), numbers([100, 100, 130]))
    assert "15\u00a0cm/h, least squares, window 3\u00a0h, values: 3" in longer.reason.en
    assert rate_alarms(moments(START, [0, 10]), numbers([240, NAN])).tolist() == [False, False]


def test_the_window_of_the_alarm_includes_its_beginning_and_nothing_before() -> None:
    assert rate_alarms(moments(START, [0, 31]), numbers([240, 300])).tolist() == [False, False]
    assert rate_alarms(moments(START, [0, 30]), numbers([240.1, 255.1])).tolist() == [False, True]
    assert rises_cm(moments(START, [0, 10, 20]), numbers([50, 40, 45]), 1800).tolist() == [0, 0, 5]


def test_the_two_methods_differ_where_the_rise_is_not_straight() -> None:
    times, levels = moments(START, [0, 60, 120, 180]), numbers([100, 100, 100, 130])
    rates = [rate_of_rise(times, levels, times[-1], THREE_HOURS_S, method) for method in METHODS]
    assert [one.cm_h for one in rates if one] == [9.0, 10.0]


def test_values_outside_the_window_after_its_end_or_missing_do_not_count() -> None:
    times = moments(START, [0, 60, 120, 180, 240])
    levels = numbers([500, 10, NAN, 20, 900])
    found = rate_of_rise(times, levels, times[3], 7200, "endpoints")
    assert found is not None and (found.cm_h, found.count) == (5.0, 2)


def test_fewer_than_two_values_have_no_rate() -> None:
    one = moments(START, [0])
    assert rate_of_rise(one, numbers([5]), one[0], 3600) is None
    assert rate_of_rise(one[:0], numbers([]), one[0], 3600) is None
    assert rate_of_rise(moments(START, [0, 10]), numbers([5, NAN]), moments(START, [10])[0], 3600) is None
    assert rise_meaning(one, numbers([5])).index is None
    assert len(rate_alarms(one[:0], numbers([]))) == 0


def test_times_that_do_not_rise_are_refused() -> None:
    with pytest.raises(BadMeasure, match="rise"):
        rate_of_rise(moments(START, [10, 0]), numbers([1, 2]), np.datetime64(START), 3600)
    with pytest.raises(BadMeasure, match="rise"):
        rises_cm(moments(START, [0, 0]), numbers([1, 2]), 3600)


SERIES = st.dictionaries(st.integers(0, 300), st.integers(0, 4000).map(lambda n: n / 10), min_size=1, max_size=40)


@settings(max_examples=examples(200), deadline=None)
@given(SERIES, st.sampled_from([600, 1800, 10_800]))
def test_rises_and_rates_equal_a_plain_look_over_the_window(series: dict[int, float], window_s: int) -> None:
    minutes = sorted(series)
    times, levels = moments(START, minutes), numbers([series[at] for at in minutes])
    found = rises_cm(times, levels, window_s)
    for at, minute in enumerate(minutes):
        inside = [one for one in minutes if minute - window_s / 60 <= one <= minute]
        assert found[at] == pytest.approx(series[minute] - min(series[one] for one in inside), abs=1e-6)
        rates = [rate_of_rise(times, levels, times[at], window_s, method) for method in METHODS]
        if len(inside) < 2:
            assert rates == [None, None]
            continue
        slope = np.polyfit(np.array(inside) / 60, [series[one] for one in inside], 1)[0]
        ends = (series[inside[-1]] - series[inside[0]]) / ((inside[-1] - inside[0]) / 60)
        assert [one.cm_h for one in rates if one] == [
            pytest.approx(slope, rel=1e-6, abs=1e-4),
            pytest.approx(ends, abs=1e-5),
        ]


@settings(max_examples=examples(50), deadline=None)
@given(st.floats(-50, 50), st.floats(0, 400), st.integers(2, 20))
def test_a_straight_line_has_its_slope_by_both_methods(cm_h: float, first: float, count: int) -> None:
    minutes = list(range(0, 10 * count, 10))
    times, levels = moments(START, minutes), numbers([first + cm_h * at / 60 for at in minutes])
    for method in METHODS:
        found = rate_of_rise(times, levels, times[-1], 36_000, method)
        assert found is not None and found.cm_h == pytest.approx(cm_h, abs=1e-5)
