"""Information and alarm thresholds of air quality, in Poland: the level of each mean of a series."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from layers.errors import RulesInvalid
from layers.observations.meaning.bands import NO_CLASS, Classes
from layers.observations.meaning.days import HOUR
from layers.observations.meaning.meanings import UNKNOWN, Grade, Meaning, Rule, Sure, amount, filled, joined
from layers.observations.meaning.means import Day, Hour, Means, W, require
from layers.observations.meaning.rules import FOLDER, grades, rule, rule_file
from layers.observations.meaning.units import unit_named
from layers.text import Text

BELOW, INFORMATION, ALARM = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Thresholds(Generic[W]):
    """Thresholds of means of one averaging time, None where there is none; exceeded by so many means in a row."""

    pollutant: str
    window: type[W]
    unit: str
    information: float | None
    alarm: float | None
    in_a_row: int
    rule: Rule
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Alerts:
    """All thresholds, by the code of the pollutant and apart for each averaging time."""

    hours: Mapping[str, Thresholds[Hour]]
    days: Mapping[str, Thresholds[Day]]


def alerts(folder: Path = FOLDER) -> Alerts:
    """The thresholds of `limits.toml`. Raises RulesInvalid."""
    return _alerts(folder / "limits.toml")


@lru_cache(maxsize=4)
def _alerts(path: Path) -> Alerts:
    try:
        raw = rule_file(path)["alerts"]
        origin, found = rule(raw), grades(raw["classes"])

        def of(name: str, window: type[W]) -> dict[str, Thresholds[W]]:
            chosen = [one for one in raw["thresholds"] if one["window"] == name]
            return {one["pollutant"]: _thresholds(one, window, origin, found) for one in chosen}

        return Alerts(of("hour", Hour), of("day", Day))
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"Rule file {path}: missing or wrong entry {fault}.") from fault


def _thresholds(raw: Mapping[str, Any], window: type[W], origin: Rule, found: tuple[Grade, ...]) -> Thresholds[W]:
    own = replace(origin, sure=Sure(raw["sure"]))
    unit, information, alarm = unit_named(raw["unit"]), raw.get("information"), raw.get("alarm")
    row = raw.get("in_a_row", 1)
    return Thresholds(raw["pollutant"], window, unit, information, alarm, row, own, found)


def alert_levels(means: Means[W], thresholds: Thresholds[W]) -> Classes:
    """BELOW, INFORMATION or ALARM for each mean (n,), NO_CLASS where it is not valid.

    A threshold is exceeded by means above it, not at it; where it wants several in a row, by the last of so many that
    follow each other without a gap. Raises BadMeasure for means of another pollutant, window or unit.
    """
    require(means, thresholds.window, thresholds.pollutant)
    values = np.where(means.valid, means.expressed(thresholds.unit), -np.inf)
    levels = np.full(len(means), BELOW, np.int8)
    for level, limit in ((INFORMATION, thresholds.information), (ALARM, thresholds.alarm)):
        if limit is not None:
            levels[_in_a_row(values > limit, means, thresholds.in_a_row)] = level
    return np.where(means.valid, levels, np.int8(NO_CLASS)).astype(np.int8)


def _in_a_row(above: NDArray[np.bool_], means: Means[Any], wanted: int) -> NDArray[np.bool_]:
    """Where this mean and the `wanted - 1` before it are above; hours must follow each other without a gap."""
    found = above.copy()
    for back in range(1, wanted):
        follows = np.zeros(len(above), bool)
        follows[back:] = above[:-back] & (means.ends[back:] - means.ends[:-back] == back * HOUR)
        found &= follows
    return found


def alert(means: Means[W], thresholds: Thresholds[W], place: int, levels: Classes | None = None) -> Meaning:
    """What the mean at this place of a series means, in words. `levels` are those of the series, where known.

    Raises BadMeasure for means of another pollutant, window or unit.
    """
    require(means, thresholds.window, thresholds.pollutant)
    level = int((alert_levels(means, thresholds) if levels is None else levels)[place])
    row = filled(_ROW, n=thresholds.in_a_row) if thresholds.in_a_row > 1 else Text("", "")
    grade = UNKNOWN if level == NO_CLASS else thresholds.grades[level]
    return grade.because(joined([means.text(place), *_limits(thresholds), row]), thresholds.rule)


def _limits(thresholds: Thresholds[Any]) -> list[Text]:
    named = ((_INFORMATION, thresholds.information), (_ALARM, thresholds.alarm))
    return [filled(name, limit=amount(level, thresholds.unit)) for name, level in named if level is not None]


_INFORMATION = Text("poziom informowania {limit}", "information threshold {limit}")
_ALARM = Text("poziom alarmowy {limit}", "alarm threshold {limit}")
_ROW = Text("przez {n} kolejne godziny", "in {n} consecutive hours")
