"""How fresh the latest value of a datastream is: live, stuck, stale or dead, by the project's rule."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from layers.errors import RulesInvalid
from layers.observations.meaning.doubts import STUCK_FLAG
from layers.observations.meaning.meanings import (
    UNKNOWN,
    Grade,
    Meaning,
    Rule,
    duration,
    filled,
    joined,
    rounded_duration,
)
from layers.observations.meaning.rules import FOLDER, grades, rule, rule_file
from layers.text import Text

LIVE, STUCK, STALE, DEAD = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class FreshnessRule:
    """A value is live up to `live_intervals` intervals of its datastream, dead beyond `dead_intervals`."""

    live_intervals: float
    dead_intervals: float
    rule: Rule
    grades: tuple[Grade, ...]


@lru_cache(maxsize=4)
def freshness_rule(folder: Path = FOLDER) -> FreshnessRule:
    """The rule of a folder. Raises RulesInvalid."""
    raw = rule_file(folder / "freshness.toml")
    try:
        return FreshnessRule(raw["live_intervals"], raw["dead_intervals"], rule(raw), grades(raw["classes"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"{folder / 'freshness.toml'}: missing or wrong entry {fault}.") from fault


def freshness(age_s: float | None, interval_s: float, flags: int = 0, found: FreshnessRule | None = None) -> Meaning:
    """How fresh a value is, `age_s` seconds after the end of its phenomenon time (None: there is no value: dead).

    `interval_s` is that of the datastream; 0 is unknown, and then so is the freshness. A value from the future is
    live up to one interval, which a clock may be off, and unknown beyond. `flags` are those of the value: a live one
    with the flag of equal values in a row is stuck; a stale or dead one stays so.
    """
    by = found or freshness_rule()
    if age_s is None or np.isnan(age_s):
        return by.grades[DEAD].because(_NEVER, by.rule)
    if interval_s <= 0:
        return _UNKNOWN.because(joined([_aged(age_s), _NO_INTERVAL]), by.rule)
    interval = filled(_INTERVAL, interval=duration(interval_s))
    if age_s < -interval_s:
        return _UNKNOWN.because(joined([filled(_FUTURE, time=duration(-age_s)), interval]), by.rule)
    live_s, dead_s = by.live_intervals * interval_s, by.dead_intervals * interval_s
    state = LIVE if age_s <= live_s else STALE if age_s <= dead_s else DEAD
    stuck = state == LIVE and bool(flags & STUCK_FLAG)
    limit = filled(_LIMITS, live=duration(live_s), dead=duration(dead_s))
    parts = [_aged(age_s), interval, limit, _STUCK if stuck else Text("", "")]
    return by.grades[STUCK if stuck else state].because(joined(parts), by.rule)


def _aged(age_s: float) -> Text:
    return filled(_AGE, age=rounded_duration(max(age_s, 0)))


_UNKNOWN = replace(UNKNOWN, name=Text("aktualność nieznana", "freshness not known"))
_AGE = Text("ostatnia wartość sprzed {age}", "last value {age} ago")
_INTERVAL = Text("odstęp {interval}", "interval {interval}")
_LIMITS = Text(
    "aktualna do {live}, brak łączności po {dead}",
    "live up to {live}, dead after {dead}",
)
_STUCK = Text("równe wartości z rzędu", "equal values in a row")
_NEVER = Text("brak wartości", "no value")
_NO_INTERVAL = Text("odstęp pomiarów nieznany", "interval not known")
_FUTURE = Text("wartość z przyszłości, {time} naprzód", "value from the future, {time} ahead")
