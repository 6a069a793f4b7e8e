"""States of gauges with hysteresis: the oracles of domain.md 2.4, gaps, any order of arrival."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import BadMeasure
from layers.observations.meaning.rivers import (
    ALARM,
    NO_STATE,
    NORMAL,
    WARNING,
    Gauge,
    GaugeStates,
    Memory,
    changes,
    for_interval,
    gauge_meaning,
    replay,
    replayed,
    river_rule,
    states,
)
from tests.layers.observations.meaning.series import NAN, moments, numbers
from tests.tiers import examples

START = "2026-03-01T00:00"
GAUGE = Gauge(250, 300)


def ten_minutes(levels: Sequence[float], gauge: Gauge = GAUGE) -> list[int]:
    """The state after each of values every ten minutes."""
    return states(gauge, moments(START, range(0, 10 * len(levels), 10)), numbers(levels)).tolist()


def test_oracle_of_hysteresis() -> None:
    """Alarm 300, values every 10 min 299, 301, 297, 294 (seven times): alarm at minute 10, warning at minute 90."""
    levels = [299, 301, 297, *[294] * 7]
    found = ten_minutes(levels)
    assert found == [WARNING, *[ALARM] * 8, WARNING]
    memories = replay(GAUGE, moments(START, range(0, 100, 10)), numbers(levels))
    minutes = [int((one.at - np.datetime64(START)) / np.timedelta64(1, "m")) for one in changes(GAUGE, memories)]
    assert list(zip(minutes, [one.state for one in changes(GAUGE, memories)], strict=True)) == [
        (0, WARNING), (10, ALARM), (90, WARNING)
    ]  # fmt: skip


def test_a_tie_goes_to_the_higher_state() -> None:
    assert ten_minutes([249.9, 250, 299.9, 300]) == [NORMAL, WARNING, WARNING, ALARM]


def test_exactly_five_centimetres_below_counts_and_less_begins_anew() -> None:
    assert ten_minutes([300, *[295] * 7])[-1] == WARNING
    assert ten_minutes([300, *[295.1] * 20])[-1] == ALARM
    assert ten_minutes([300, *[295] * 6, 295.1, *[295] * 6]) == [ALARM] * 14
    assert ten_minutes([300, *[295] * 6, 295.1, *[295] * 7])[-1] == WARNING


def test_binary_fractions_do_not_shift_a_threshold() -> None:
    gauge = Gauge(None, 100.3)
    assert ten_minutes([100.3, *[95.3] * 7], gauge)[-1] == NORMAL
    assert ten_minutes([0.1 + 0.2], Gauge(0.3, None)) == [WARNING]


def test_a_level_far_below_both_thresholds_goes_from_alarm_to_normal_at_once() -> None:
    assert ten_minutes([301, *[100] * 7]) == [*[ALARM] * 7, NORMAL]


def test_a_gauge_with_one_threshold_has_its_state_and_one_without_has_none() -> None:
    assert ten_minutes([299, 301], Gauge(None, 300)) == [NORMAL, ALARM]
    assert ten_minutes([299, 301], Gauge(300, None)) == [NORMAL, WARNING]
    assert ten_minutes([299, 301], Gauge(None, None)) == [NO_STATE, NO_STATE]
    with pytest.raises(BadMeasure, match="not above"):
        Gauge(300, 300)


def test_nan_is_no_value_and_empty_series_have_no_states() -> None:
    assert ten_minutes([301, NAN, 294, np.inf]) == [ALARM, NO_STATE, ALARM, NO_STATE]
    assert ten_minutes([]) == []
    assert ten_minutes([310]) == [ALARM]


def test_after_a_gap_a_gauge_is_unknown_and_starts_anew() -> None:
    """60 minutes without a value are no gap yet, 61 are; then 299 is a warning, whatever was before."""
    assert states(GAUGE, moments(START, [0, 60]), numbers([301, 299])).tolist() == [ALARM, ALARM]
    assert states(GAUGE, moments(START, [0, 61]), numbers([301, 299])).tolist() == [ALARM, WARNING]
    found = changes(GAUGE, replay(GAUGE, moments(START, [0, 90]), numbers([301, 301])))
    assert [(str(one.at)[11:16], one.state) for one in found] == [
        ("00:00", ALARM), ("01:00", NO_STATE), ("01:30", ALARM)
    ]  # fmt: skip


def test_a_gauge_of_hours_may_miss_two_values() -> None:
    hourly = replace(GAUGE, rule=for_interval(river_rule(), 3600))
    assert states(hourly, moments(START, [0, 180]), numbers([301, 299])).tolist() == [ALARM, ALARM]
    assert for_interval(river_rule(), 600).gap_s == 3600


def test_the_meaning_has_level_thresholds_and_why_the_state_lasts() -> None:
    gauge = GaugeStates(GAUGE)
    gauge.put(moments(START, [0, 10]), numbers([301, 297]))
    found = gauge.at(np.datetime64("2026-03-01T00:15"))
    assert (found.index, found.code, found.shape) == (ALARM, "alarm", "hexagon")
    assert "poziom 297\u00a0cm; ostrzegawczy 250\u00a0cm; alarmowy 300\u00a0cm" in found.reason.pl
    assert "at least 5\u00a0cm below the threshold for 1\u00a0h" in found.reason.en
    assert "lasts" not in gauge.at(np.datetime64("2026-03-01T00:05")).reason.en


def test_the_meaning_of_a_silent_gauge_or_one_without_thresholds_is_unknown_with_the_reason() -> None:
    gauge = GaugeStates(GAUGE)
    gauge.put(moments(START, [0]), numbers([301]))
    assert gauge.at(np.datetime64("2026-03-01T01:00")).index == ALARM
    assert gauge.at(np.datetime64("2026-03-01T01:01")).index is None
    silent = gauge.at(np.datetime64("2026-03-01T01:30"))
    assert (silent.index, silent.shape) == (None, "ring") and "no value for 1.5\u00a0h" in silent.reason.en
    assert GaugeStates(GAUGE).at(np.datetime64(START)).index is None
    free = GaugeStates(Gauge(None, None))
    free.put(moments(START, [0]), numbers([301]))
    assert "no thresholds" in free.at(np.datetime64(START)).reason.en
    assert gauge_meaning(GAUGE, Memory(), np.datetime64(START)).index is None


def test_times_that_do_not_rise_and_values_before_the_memory_are_refused() -> None:
    with pytest.raises(BadMeasure, match="rise"):
        states(GAUGE, moments(START, [10, 10]), numbers([1, 2]))
    (memory,) = replay(GAUGE, moments(START, [10]), numbers([301]))
    with pytest.raises(BadMeasure, match="rise"):
        replay(GAUGE, moments(START, [10]), numbers([301]), memory)
    with pytest.raises(BadMeasure, match="earlier"):
        GaugeStates(GAUGE, memory).put(moments(START, [5]), numbers([301]))


THRESHOLDS = {WARNING: 20.0, ALARM: 30.0}
SMALL = Gauge(20, 30)
MINUTES = st.integers(0, 60).map(lambda n: 10 * n)
LEVELS = st.sampled_from([5.0, 14.9, 15.0, 15.1, 19.9, 20.0, 24.9, 25.0, 25.1, 29.0, 30.0, 40.0])


def plain(series: dict[int, float]) -> list[int]:
    """The state after each value by the rule as it is written, looking back over all values before each.

    A threshold is on where some value since the last gap reached it, and no hour of values 5 cm below ended since.
    """
    minutes = sorted(series)
    found = []
    for last, now in enumerate(minutes):
        begin = max([at for at in range(1, last + 1) if minutes[at] - minutes[at - 1] > 60], default=0)
        state = NORMAL
        for reached, threshold in THRESHOLDS.items():
            over = [at for at in range(begin, last + 1) if series[minutes[at]] >= threshold]
            if over and not _stayed_below(series, minutes[over[-1] + 1 : last + 1], threshold - 5):
                state = reached
        found.append(state)
        assert now == minutes[last]
    return found


def _stayed_below(series: dict[int, float], minutes: list[int], deep: float) -> bool:
    """Whether some values that follow each other span an hour and are all as deep."""
    return any(
        minutes[end] - minutes[begin] >= 60 and all(series[at] <= deep for at in minutes[begin : end + 1])
        for begin in range(len(minutes))
        for end in range(begin, len(minutes))
    )


ARRIVALS = st.lists(st.tuples(MINUTES, st.one_of(LEVELS, st.just(NAN))), max_size=60)


@settings(max_examples=examples(300), deadline=None)
@given(ARRIVALS, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_late_repeated_corrected_and_removed_values_give_the_states_of_a_plain_replay(
    arrivals: list[tuple[int, float]], sizes: list[int]
) -> None:
    gauge, rest, turn = GaugeStates(SMALL), list(arrivals), 0
    while rest:
        size = sizes[turn % len(sizes)]
        batch, rest, turn = rest[:size], rest[size:], turn + 1
        gauge.put(moments(START, [one[0] for one in batch]), numbers([one[1] for one in batch]))
    series = {minute: level for minute, level in dict(arrivals).items() if np.isfinite(level)}
    times = moments(START, sorted(series))
    levels = numbers([series[at] for at in sorted(series)])
    assert list(gauge.memories) == replay(SMALL, times, levels)
    assert [one.state(SMALL) for one in gauge.memories] == states(SMALL, times, levels).tolist() == plain(series)
    at_once = replayed(SMALL, times, levels)
    assert [at_once.memory(place) for place in range(len(times))] == list(gauge.memories)


@settings(max_examples=examples(100), deadline=None)
@given(st.dictionaries(MINUTES, LEVELS, min_size=2, max_size=40), st.data())
def test_a_replay_from_any_memory_equals_the_end_of_the_whole(series: dict[int, float], data: st.DataObject) -> None:
    times, levels = moments(START, sorted(series)), numbers([series[at] for at in sorted(series)])
    whole = replay(SMALL, times, levels)
    cut = data.draw(st.integers(1, len(series) - 1))
    assert replay(SMALL, times[cut:], levels[cut:], whole[cut - 1]) == whole[cut:]


@settings(max_examples=examples(100), deadline=None)
@given(st.dictionaries(MINUTES, LEVELS, max_size=40))
def test_changes_are_the_states_without_repetition(series: dict[int, float]) -> None:
    times, levels = moments(START, sorted(series)), numbers([series[at] for at in sorted(series)])
    memories = replay(SMALL, times, levels)
    found = changes(SMALL, memories)
    assert all(a.state != b.state and a.at < b.at for a, b in zip(found, found[1:], strict=False))
    for memory, moment in zip(memories, times, strict=True):
        assert [one.state for one in found if one.at <= moment][-1] == memory.state(SMALL)
