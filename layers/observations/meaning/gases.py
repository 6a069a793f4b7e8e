"""Carbon monoxide and methane in homes: thresholds of alarms (`structures.toml`).

A class here does not replace the alarm in the home, whose thresholds are those of its maker.
"""

from pathlib import Path

import numpy as np

from layers.errors import BadMeasure
from layers.observations.columns import Numbers, Times
from layers.observations.meaning.meanings import UNKNOWN, Meaning, amount, duration, filled, joined
from layers.observations.meaning.rules import FOLDER
from layers.observations.meaning.structures import Scale, scale
from layers.text import Text

BELOW, RAISED, ALARM = 0, 1, 2


def carbon_monoxide(times: Times, ppm: Numbers, folder: Path = FOLDER) -> Meaning:
    """The class of the last value of a series: below the thresholds, raised (not yet for long enough), or alarm.

    `times` (n,) in UTC, rising; `ppm` (n,) parts per million, NaN for no value. Alarm at 50 ppm for 60 minutes,
    100 ppm for 10, 300 ppm at once (EN 50291, the shortest of its times); values at a threshold count. The time runs
    from the first of the values that follow each other at or above the threshold, with no gap above 25 minutes.
    Unknown without values. Raises BadMeasure where times do not rise.
    """
    by = scale("co", folder)
    if (times[1:] <= times[:-1]).any():
        raise BadMeasure("The times of a series must rise, each once.")
    there = np.isfinite(ppm)
    moments, values = times[there].astype("datetime64[us]").astype(np.int64) / 1e6, ppm[there]
    if not len(values):
        return UNKNOWN.because(Text("brak wartości", "no value"), by.rule)
    found, parts = BELOW, [filled(_VALUE, value=amount(float(values[-1]), by.unit, 1))]
    for level, minutes in by.numbers["levels"]:
        if values[-1] < level:
            break
        for_s = _exposure_s(moments, values, level, 60 * by.numbers["gap_min"])
        found = max(found, ALARM if for_s >= 60 * minutes else RAISED)
        parts.append(_exposed(by, level, minutes, for_s))
    if len(parts) == 1:
        level, minutes = by.numbers["levels"][0]
        parts.append(filled(_LOWEST, level=amount(level, by.unit), limit=duration(60 * minutes)))
    return by.grades[found].because(joined([*parts, by.rule.label]), by.rule)


def _exposure_s(moments: Numbers, values: Numbers, level: float, gap_s: float) -> float:
    """For how many seconds the values up to the last one are at or above a level without a gap."""
    breaks = (values < level) | (np.diff(moments, append=moments[-1]) > gap_s)
    last = np.flatnonzero(breaks)
    first = int(last[-1]) + 1 if len(last) else 0
    return float(moments[-1] - moments[first])


def _exposed(by: Scale, level: float, minutes: float, for_s: float) -> Text:
    limit = duration(60 * minutes) if minutes else Text("od razu", "at once")
    return filled(_EXPOSED, level=amount(level, by.unit), time=duration(for_s), limit=limit)


def methane(percent_lel: float, folder: Path = FOLDER) -> Meaning:
    """The class of methane in percent of the lower explosive limit: alarms are set between 10 and 20 %.

    A value at a threshold is in the higher class. Unknown for NaN.
    """
    by = scale("methane", folder)
    if not np.isfinite(percent_lel):
        return UNKNOWN.because(Text("brak wartości", "no value"), by.rule)
    at = int(np.searchsorted(by.numbers["at_least"], percent_lel, side="right"))
    low, high = by.numbers["at_least"]
    reason = filled(_METHANE, value=amount(percent_lel, by.unit), low=low, high=high)
    return by.grades[at].because(joined([reason, by.rule.label]), by.rule)


_VALUE = Text("{value}", "{value}")
_EXPOSED = Text(
    "co najmniej {level} od {time}, alarm po: {limit}", "at least {level} for {time}, alarm after: {limit}"
)
_LOWEST = Text("najniższy próg {level} przez {limit}", "lowest threshold {level} for {limit}")
_METHANE = Text("{value} DGW, alarmy od {low} do {high} % DGW", "{value} LEL, alarms between {low} and {high}% LEL")
