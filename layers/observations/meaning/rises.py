"""How fast a river rises: rate over a window, alarm of a fast rise, time until a threshold."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadMeasure
from layers.observations.columns import Numbers, Times
from layers.observations.meaning.meanings import UNKNOWN, Meaning, amount, duration, filled, joined
from layers.observations.meaning.rivers import Gauge, RiverRule, river_rule
from layers.text import Text

Method = Literal["least_squares", "endpoints"]
_DECIMALS = 6
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Rise:
    """A rate of rise in cm/h, negative where the river falls, from `count` values over `span_s` seconds."""

    cm_h: float
    count: int
    span_s: float
    window_s: float
    method: Method

    @property
    def text(self) -> Text:
        """The rate in words with method, window and count of values."""
        method = _METHODS[self.method]
        parts = {"rate": amount(self.cm_h, "cm/h", 1), "method": method, "window": duration(self.window_s)}
        return filled(_RISE, **parts, n=self.count)


def rate_of_rise(
    times: Times, levels_cm: Numbers, until: np.datetime64, window_s: float, method: Method = "least_squares"
) -> Rise | None:
    """The rate over the window that ends at a moment, both ends included; None with fewer than two values in it.

    `times` (n,) in UTC, rising; `levels_cm` (n,), NaN for no value. `endpoints` is (last - first) / time between
    them, `least_squares` the slope of the straight line with the smallest squares of deviations. Example: 262 cm and
    three hours later 286 cm is 8 cm/h either way. Raises BadMeasure where times do not rise.
    """
    seconds, levels = _within(times, levels_cm, until, window_s)
    if len(levels) < 2:
        return None
    span_s = float(seconds[-1] - seconds[0])
    if method == "endpoints":
        slope = (levels[-1] - levels[0]) / span_s
    else:
        apart = seconds - seconds.mean()
        slope = float(np.dot(apart, levels - levels.mean()) / np.dot(apart, apart))
    return Rise(round(float(slope) * _HOUR_S, _DECIMALS), len(levels), span_s, window_s, method)


def _within(times: Times, levels_cm: Numbers, until: np.datetime64, window_s: float) -> tuple[Numbers, Numbers]:
    """Seconds after the first, and levels, of the finite values in a window."""
    moments = _checked(times)
    end = until.astype("datetime64[us]")
    begin = end - np.timedelta64(round(window_s * 1e6), "us")
    chosen = (moments >= begin) & (moments <= end) & np.isfinite(levels_cm)
    moments, levels = moments[chosen], levels_cm[chosen]
    if not len(levels):
        return np.empty(0), levels
    return (moments - moments[0]).astype(np.int64) / 1e6, levels


def _checked(times: Times) -> Times:
    moments = times.astype("datetime64[us]")
    if (moments[1:] <= moments[:-1]).any():
        raise BadMeasure("The times of a gauge must rise, each once.")
    return moments


def hours_until(threshold_cm: float, level_cm: float, cm_h: float | None) -> float | None:
    """Hours until a threshold is reached at this rate; 0 where it is reached, None where the river does not rise.

    Example: 286 cm rising by 8 cm/h reaches 300 cm in 1.75 h.
    """
    if level_cm >= threshold_cm:
        return 0.0
    if cm_h is None or not cm_h > 0:
        return None
    return (threshold_cm - level_cm) / cm_h


def outlook(gauge: Gauge, level_cm: float, rise: Rise | None) -> Text:
    """When the next threshold above a level is reached at this rate, in words; empty above all thresholds."""
    above = [one for one in gauge.thresholds if one[1] > level_cm]
    if not above:
        return Text("", "")
    state, threshold = above[0]
    hours = hours_until(threshold, level_cm, rise.cm_h if rise else None)
    name, limit = gauge.rule.states[state].name, amount(threshold, "cm", 1)
    if hours is None or rise is None:
        return filled(_NOT_RISING, name=name, limit=limit)
    return filled(_OUTLOOK, name=name, limit=limit, time=duration(hours * _HOUR_S), rate=amount(rise.cm_h, "cm/h", 1))


def rises_cm(times: Times, levels_cm: Numbers, window_s: float) -> Numbers:
    """For each value (n,) how far it is above the lowest value of the window that ends with it; NaN for no value.

    Window ends are included. Raises BadMeasure where times do not rise.
    """
    moments = _checked(times).astype(np.int64).tolist()
    levels = levels_cm.tolist()
    found = np.full(len(levels), np.nan)
    lowest: deque[int] = deque()  # places of values that are below all later ones of the window
    for at, level in enumerate(levels):
        if not np.isfinite(level):
            continue
        while lowest and levels[lowest[-1]] >= level:
            lowest.pop()
        lowest.append(at)
        while moments[at] - moments[lowest[0]] > window_s * 1e6:
            lowest.popleft()
        found[at] = round(level - levels[lowest[0]], _DECIMALS)
    return found


def rate_alarms(times: Times, levels_cm: Numbers, rule: RiverRule | None = None) -> NDArray[np.bool_]:
    """Whether each value (n,) fires the alarm of a fast rise: at least 15 cm in 30 min by the project's rule."""
    rule = rule or river_rule()
    return np.nan_to_num(rises_cm(times, levels_cm, rule.rate_alarm_window_s), nan=-np.inf) >= rule.rate_alarm_cm


def rise_meaning(times: Times, levels_cm: Numbers, rule: RiverRule | None = None) -> Meaning:
    """Whether the last value fires the alarm of a fast rise, with the rate over the rule's window in words."""
    rule = rule or river_rule()
    there = np.isfinite(levels_cm)
    moments, levels = times[there], levels_cm[there]
    if len(levels) < 2:
        return UNKNOWN.because(_TOO_FEW, rule.rule)
    window_us = round(rule.rate_alarm_window_s * 1e6)
    inside = _checked(moments) >= moments[-1] - np.timedelta64(window_us, "us")
    rise_cm = round(float(levels[-1] - levels[inside].min()), _DECIMALS)
    window, limit = duration(rule.rate_alarm_window_s), amount(rule.rate_alarm_cm, "cm", 1)
    reason = filled(_ALARM, rise=amount(rise_cm, "cm", 1), window=window, limit=limit)
    rate = rate_of_rise(moments, levels, moments[-1], rule.rate_window_s)
    grade = rule.rates[int(rise_cm >= rule.rate_alarm_cm)]
    return grade.because(joined([reason, rate.text if rate else Text("", "")]), rule.rule)


_METHODS: dict[Method, Text] = {
    "least_squares": Text("najmniejsze kwadraty", "least squares"),
    "endpoints": Text("ostatnia minus pierwsza", "last minus first"),
}
_RISE = Text("{rate}, {method}, okno {window}, wartości: {n}", "{rate}, {method}, window {window}, values: {n}")
_ALARM = Text("wzrost o {rise} w {window}, próg {limit}", "rise of {rise} in {window}, limit {limit}")
_OUTLOOK = Text("{name} ({limit}) za {time}, jeśli dalej {rate}", "{name} ({limit}) in {time} at {rate}")
_NOT_RISING = Text("{name} ({limit}): woda nie przybiera", "{name} ({limit}): not rising")
_TOO_FEW = Text("mniej niż dwie wartości", "fewer than two values")
