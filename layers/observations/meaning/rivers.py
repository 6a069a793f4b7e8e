"""State of a river gauge from its warning and alarm level, with hysteresis, over a series and value by value.

Each threshold is on from the first value at or above it (a tie goes to the higher state). It goes off at the value at
which the level has stayed `hysteresis_cm` below it, or deeper, for `hysteresis_s`; a value nearer to the threshold
begins that time anew. The state is that of the highest threshold that is on, so a level that falls below both for
long enough goes from alarm to normal at once. Rule of the project, no standard.

Two values further apart than `gap_s` have a gap between them: the state is unknown from `gap_s` after the first one,
and the second one is judged without memory, hysteresis included.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadMeasure, RulesInvalid
from layers.observations.columns import Integers, Numbers, Times
from layers.observations.meaning.meanings import (
    UNKNOWN,
    Grade,
    Meaning,
    Rule,
    amount,
    duration,
    filled,
    joined,
)
from layers.observations.meaning.rules import FOLDER, grades, rule, rule_file
from layers.text import Text

NORMAL, WARNING, ALARM = 0, 1, 2
NO_STATE = -1
States = NDArray[np.int8]
_MICROSECONDS = 1_000_000
_DECIMALS = 6
"""Levels are compared in millionths of a centimetre, free of the noise of binary fractions."""


@dataclass(frozen=True, slots=True)
class RiverRule:
    """The project's rule for all gauges, as in `rivers.toml`; times in seconds, levels in centimetres."""

    hysteresis_cm: float
    hysteresis_s: float
    gap_s: float
    gap_intervals: float
    rate_window_s: float
    rate_alarm_cm: float
    rate_alarm_window_s: float
    rule: Rule
    states: tuple[Grade, ...]
    rates: tuple[Grade, ...]


@lru_cache(maxsize=4)
def river_rule(folder: Path = FOLDER) -> RiverRule:
    """The rule of a folder, for gauges with values every ten minutes. Raises RulesInvalid."""
    raw = rule_file(folder / "rivers.toml")
    try:
        minutes = ("hysteresis_min", "gap_min", "rate_window_min")
        hysteresis_s, gap_s, window_s = (60.0 * raw[name] for name in minutes)
        gaps = (gap_s, float(raw["gap_intervals"]))
        alarm = (float(raw["rate_alarm_cm"]), 60.0 * raw["rate_alarm_window_min"])
        kinds = (grades(raw["classes"]), grades(raw["rates"]))
        return RiverRule(float(raw["hysteresis_cm"]), hysteresis_s, *gaps, window_s, *alarm, rule(raw), *kinds)
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"{folder / 'rivers.toml'}: missing or wrong entry {fault}.") from fault


def for_interval(rule_: RiverRule, interval_s: float) -> RiverRule:
    """The rule for a gauge with another interval: its gap is at least `gap_intervals` intervals."""
    return replace(rule_, gap_s=max(rule_.gap_s, rule_.gap_intervals * interval_s))


@dataclass(frozen=True, slots=True)
class Gauge:
    """Thresholds of a gauge in centimetres above its zero, None where there is none, and the rule.

    Raises BadMeasure where the alarm level is not above the warning level. Without both, all states are unknown.
    """

    warning_cm: float | None
    alarm_cm: float | None
    rule: RiverRule = field(default_factory=river_rule)

    def __post_init__(self) -> None:
        if self.warning_cm is not None and self.alarm_cm is not None and self.alarm_cm <= self.warning_cm:
            raise BadMeasure(f"The alarm level {self.alarm_cm} is not above the warning level {self.warning_cm}.")

    @property
    def thresholds(self) -> tuple[tuple[int, float], ...]:
        """The state that begins at each threshold, and the threshold, rising."""
        both = ((WARNING, self.warning_cm), (ALARM, self.alarm_cm))
        return tuple((state, level) for state, level in both if level is not None)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a gauge's state depends on after a value: its time (microseconds since 1970) and level, and of each
    threshold whether it is on and since when the level stays below it by the hysteresis, None where it does not.
    """

    at_us: int | None = None
    level_cm: float = float("nan")
    on: tuple[bool, ...] = ()
    below_since_us: tuple[int | None, ...] = ()

    def state(self, gauge: Gauge) -> int:
        """NORMAL, WARNING or ALARM after the value; NO_STATE without a value or without thresholds."""
        if self.at_us is None or not self.on:
            return NO_STATE
        reached = [state for (state, _), on in zip(gauge.thresholds, self.on, strict=True) if on]
        return max(reached, default=NORMAL)


START = Memory()


def step(gauge: Gauge, before: Memory, at_us: int, level_cm: float) -> Memory:
    """The memory after a value that follows the one of `before` in time. Level in centimetres, finite."""
    rule_, level = gauge.rule, round(level_cm, _DECIMALS)
    apart = before.at_us is None or at_us - before.at_us > rule_.gap_s * _MICROSECONDS
    on: list[bool] = []
    below: list[int | None] = []
    for place, (_, threshold) in enumerate(gauge.thresholds):
        was_on, since = (False, None) if apart else (before.on[place], before.below_since_us[place])
        is_below = level <= round(threshold - rule_.hysteresis_cm, _DECIMALS)
        since = (at_us if since is None else since) if is_below else None
        stayed = since is not None and at_us - since >= rule_.hysteresis_s * _MICROSECONDS
        on.append(level >= threshold or (was_on and not stayed))
        below.append(since)
    return Memory(at_us, level_cm, tuple(on), tuple(below))


def replay(gauge: Gauge, times: Times, levels_cm: Numbers, before: Memory = START) -> list[Memory]:
    """The memory after each value, for values that follow `before`: a whole series, or its end after a correction.

    `times` (n,) in UTC, rising; `levels_cm` (n,) finite. Raises BadMeasure where times do not rise.
    """
    at_us = times.astype("datetime64[us]").astype(np.int64).tolist()
    if any(
        later <= sooner for sooner, later in pairwise([*([] if before.at_us is None else [before.at_us]), *at_us])
    ):
        raise BadMeasure("The times of a gauge must rise, each once.")
    found: list[Memory] = []
    for at, level in zip(at_us, levels_cm.tolist(), strict=True):
        before = step(gauge, before, at, level)
        found.append(before)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """A series of a gauge replayed at once, each column (n,): the same as `replay`, without a step for each value.

    `last_over` has for each threshold the place of the value that reached it last, -1 where the threshold is off;
    `below_since` the place since which the level stays below it by the hysteresis, -1 where it does not.
    """

    gauge: Gauge
    at_us: Integers
    levels_cm: Numbers
    last_over: tuple[Integers, ...]
    below_since: tuple[Integers, ...]

    def memory(self, place: int) -> Memory:
        """The memory after one of the values."""
        on = tuple(bool(one[place] >= 0) for one in self.last_over)
        since = [int(one[place]) for one in self.below_since]
        below = tuple(int(self.at_us[one]) if one >= 0 else None for one in since)
        return Memory(int(self.at_us[place]), float(self.levels_cm[place]), on, below)


def replayed(gauge: Gauge, times: Times, levels_cm: Numbers) -> Replayed:
    """A series (n,) of finite levels with rising times in UTC. Raises BadMeasure where times do not rise."""
    at_us, levels = times.astype("datetime64[us]").astype(np.int64), np.round(levels_cm, _DECIMALS)
    steps = np.diff(at_us)
    if (steps <= 0).any():
        raise BadMeasure("The times of a gauge must rise, each once.")
    begins = np.concatenate((np.ones(min(len(levels), 1), np.bool_), steps > gauge.rule.gap_s * _MICROSECONDS))
    found = [_replayed(gauge.rule, at_us, levels, begins, threshold) for _, threshold in gauge.thresholds]
    return Replayed(gauge, at_us, levels_cm, tuple(one for one, _ in found), tuple(one for _, one in found))


def _replayed(
    rule_: RiverRule, at_us: Integers, levels: Numbers, begins: NDArray[np.bool_], threshold: float
) -> tuple[Integers, Integers]:
    """`last_over` and `below_since` of a threshold; `begins` is true where a value has no memory of those before."""
    places = np.arange(len(levels))
    below = levels <= round(threshold - rule_.hysteresis_cm, _DECIMALS)
    first_below = below & ~np.concatenate((np.zeros(min(len(levels), 1), np.bool_), below[:-1]))
    since = np.maximum.accumulate(np.where(first_below | begins, places, 0))
    stayed = below & (at_us - at_us[since] >= rule_.hysteresis_s * _MICROSECONDS)
    last_over = np.maximum.accumulate(np.where(levels >= threshold, places, -1))
    last_off = np.maximum.accumulate(np.where(stayed | begins, places, -1))
    return np.where(last_over >= last_off, last_over, -1), np.where(below, since, -1)


def states(gauge: Gauge, times: Times, levels_cm: Numbers) -> States:
    """The state after each value (n,) of a series; NO_STATE for NaN and infinity, which count as no value.

    The same as the states of `replay`, for all values at once. Raises BadMeasure where times do not rise.
    """
    there = np.isfinite(levels_cm)
    found = np.full(len(times), NO_STATE, np.int8)
    series = replayed(gauge, times[there], levels_cm[there])
    if gauge.thresholds:
        reached = np.zeros(len(series.at_us), np.int8)
        for (state, _), last_over in zip(gauge.thresholds, series.last_over, strict=True):
            reached[last_over >= 0] = state
        found[there] = reached
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A state that begins at a moment in UTC, `datetime64[us]`; NO_STATE where a gap begins."""

    at: np.datetime64
    state: int


def changes(gauge: Gauge, memories: Sequence[Memory]) -> list[Change]:
    """When the state changed, in order of time, the beginnings of gaps included."""
    found: list[Change] = []
    gap_us = round(gauge.rule.gap_s * _MICROSECONDS)
    last = NO_STATE
    for before, one in pairwise([START, *memories]):
        moments = [(one.at_us, one.state(gauge))]
        if before.at_us is not None and one.at_us is not None and one.at_us - before.at_us > gap_us:
            moments.insert(0, (before.at_us + gap_us, NO_STATE))
        for at_us, state in moments:
            if at_us is not None and state != last:
                found.append(Change(np.datetime64(at_us, "us"), state))
                last = state
    return found


class GaugeStates:
    """The state of a gauge, value by value, whatever the order in which values arrive.

    A late value, a correction or a removal replays from its time on, and only until the memory is what it was; the
    result equals `replay` of the series as it is then. A repeated value changes nothing.
    """

    def __init__(self, gauge: Gauge, before: Memory = START) -> None:
        """`before`: the memory after the last value that is not given again."""
        self.gauge = gauge
        self._before = before
        self._times: list[int] = []
        self._memories: list[Memory] = []

    @property
    def memories(self) -> tuple[Memory, ...]:
        """The memory after each value, in the order of time."""
        return tuple(self._memories)

    def put(self, times: Times, levels_cm: Numbers) -> None:
        """Take in values (n,) in any order, the last one where a time repeats. NaN and infinity remove the value.

        Raises BadMeasure for values before the memory that it began with.
        """
        for at, level in zip(
            times.astype("datetime64[us]").astype(np.int64).tolist(), levels_cm.tolist(), strict=True
        ):
            self._put(at, level)

    def _put(self, at_us: int, level_cm: float) -> None:
        if self._before.at_us is not None and at_us <= self._before.at_us:
            raise BadMeasure("A value before the memory that the gauge began with; replay from an earlier one.")
        place = bisect_left(self._times, at_us)
        present = place < len(self._times) and self._times[place] == at_us
        if present and self._memories[place].level_cm == level_cm:
            return
        if not np.isfinite(level_cm):
            if present:
                del self._times[place], self._memories[place]
            self._follow(place)
            return
        before = self._memories[place - 1] if place else self._before
        memory = step(self.gauge, before, at_us, level_cm)
        if present:
            self._memories[place] = memory
        else:
            self._times.insert(place, at_us)
            self._memories.insert(place, memory)
        self._follow(place + 1)

    def _follow(self, place: int) -> None:
        """Replay from a place until nothing changes any more."""
        for at in range(place, len(self._times)):
            before = self._memories[at - 1] if at else self._before
            memory = step(self.gauge, before, self._times[at], self._memories[at].level_cm)
            if memory == self._memories[at]:
                return
            self._memories[at] = memory

    def at(self, moment: np.datetime64) -> Meaning:
        """What the gauge shows at a moment in UTC."""
        moment_us = int(moment.astype("datetime64[us]").astype(np.int64))
        place = bisect_left(self._times, moment_us + 1)
        return gauge_meaning(self.gauge, self._memories[place - 1] if place else self._before, moment)


def gauge_meaning(gauge: Gauge, memory: Memory, moment: np.datetime64) -> Meaning:
    """The state at a moment in UTC, not before the last value; unknown after a gap, or without thresholds."""
    if memory.at_us is None:
        return UNKNOWN.because(_NO_VALUE, gauge.rule.rule)
    age_s = (int(moment.astype("datetime64[us]").astype(np.int64)) - memory.at_us) / _MICROSECONDS
    level = filled(_LEVEL, level=amount(memory.level_cm, "cm", 1))
    named = ((_WARNING, gauge.warning_cm), (_ALARM, gauge.alarm_cm))
    limits = [filled(name, limit=amount(limit, "cm", 1)) for name, limit in named if limit is not None]
    state = memory.state(gauge)
    if age_s > gauge.rule.gap_s:
        gap = filled(_GAP, age=duration(age_s), limit=duration(gauge.rule.gap_s))
        return UNKNOWN.because(joined([gap, level, *limits]), gauge.rule.rule)
    if state == NO_STATE:
        return UNKNOWN.because(joined([_NO_LIMITS, level]), gauge.rule.rule)
    still = _hysteresis(gauge, memory, state)
    return gauge.rule.states[state].because(joined([level, *limits, still]), gauge.rule.rule)


def _hysteresis(gauge: Gauge, memory: Memory, state: int) -> Text:
    """Why the state is higher than the level alone would give, empty where it is not."""
    threshold = dict(gauge.thresholds).get(state)
    if threshold is None or memory.level_cm >= threshold:
        return Text("", "")
    below = amount(gauge.rule.hysteresis_cm, "cm")
    return filled(_STILL, below=below, time=duration(gauge.rule.hysteresis_s))


_LEVEL = Text("poziom {level}", "level {level}")
_WARNING = Text("ostrzegawczy {limit}", "warning {limit}")
_ALARM = Text("alarmowy {limit}", "alarm {limit}")
_NO_VALUE = Text("brak wartości", "no value")
_NO_LIMITS = Text("wodowskaz nie ma progów", "the gauge has no thresholds")
_GAP = Text("brak wartości od {age}, dłużej niż {limit}", "no value for {age}, longer than {limit}")
_STILL = Text(
    "stan trwa, aż poziom przez {time} będzie co najmniej {below} poniżej progu",
    "the state lasts until the level has been at least {below} below the threshold for {time}",
)
