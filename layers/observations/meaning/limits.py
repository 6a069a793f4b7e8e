"""Limits of air quality: their values by act, and a year's exceedances.

A limit and the means it is compared with have the same type parameter, the averaging time (`means.W`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, Literal

import numpy as np

from layers.errors import RulesInvalid
from layers.observations.meaning.days import Days
from layers.observations.meaning.meanings import UNKNOWN, Grade, Meaning, Rule, amount, filled, joined, number
from layers.observations.meaning.means import (
    YEAR_SHARE,
    Day,
    HighestEightHours,
    Hour,
    Means,
    W,
    Year,
    expected_in_year,
    require,
)
from layers.observations.meaning.rules import FOLDER, grades, rule, rule_file
from layers.observations.meaning.units import unit_named
from layers.text import Text

Act = Literal["2008/50/EC", "2024/2881"]


@dataclass(frozen=True, slots=True)
class Limit(Generic[W]):
    """A limit, or with `target` a target value, of means of one averaging time.

    `allowed` is the number of exceedances that a year may have, over `years` years on average; None where that number
    is not known.
    """

    pollutant: str
    window: type[W]
    value: float
    unit: str
    allowed: int | None
    years: int
    target: bool
    rule: Rule
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of an act in a year, by the code of the pollutant and apart for each averaging time."""

    hours: Mapping[str, Limit[Hour]]
    days: Mapping[str, Limit[Day]]
    eight_hours: Mapping[str, Limit[HighestEightHours]]
    years: Mapping[str, Limit[Year]]


def limits(act: Act, year: int, folder: Path = FOLDER) -> Limits:
    """The limits of an act with the values of a year. Those of 2024/2881 are given for earlier years too.

    Example: the limit of PM2.5 of 2008/50/EC is 25 µg/m³ in 2019 and 20 in 2020. Raises RulesInvalid.
    """
    return _limits(act, year, folder / "limits.toml")


@lru_cache(maxsize=64)
def _limits(act: Act, year: int, path: Path) -> Limits:
    raw = rule_file(path)
    try:
        origin, found = rule(raw["acts"][act]), grades(raw["classes"])
        rows = [one for one in raw["acts"][act]["limits"] if _in_force(one, year)]

        def of(name: str, window: type[W]) -> dict[str, Limit[W]]:
            chosen = [one for one in rows if one["window"] == name]
            return {one["pollutant"]: _limit(one, window, origin, found) for one in chosen}

        return Limits(of("hour", Hour), of("day", Day), of("eight_hours", HighestEightHours), of("year", Year))
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"Rule file {path}: missing or wrong entry {fault}.") from fault


def _in_force(raw: Mapping[str, Any], year: int) -> bool:
    return bool(raw.get("since_year", year) <= year < raw.get("until_year", year + 1))


def _limit(raw: Mapping[str, Any], window: type[W], origin: Rule, found: tuple[Grade, ...]) -> Limit[W]:
    allowed = 0 if window is Year else raw.get("allowed")
    unit = unit_named(raw["unit"])
    years, target = raw.get("years", 1), raw.get("target", False)
    return Limit(raw["pollutant"], window, float(raw["value"]), unit, allowed, years, target, origin, found)


@dataclass(frozen=True, slots=True, eq=False)
class Exceedances:
    """A year's means above a limit.

    `days` are the civil days of the exceedances, one for each, so that two hours of a day are two. `count` is their
    number, `valid` the number of valid means and `expected` that of a full year. `average` is the mean number of the
    complete years among the last `limit.years`, `count` itself where one year decides, None without such a year.
    `exceeded` is None while it is not decided: too few valid means, or the allowed number is not known.
    """

    limit: Limit[Any]
    year: int
    days: Days
    count: int
    valid: int
    expected: int
    average: float | None
    exceeded: bool | None
    meaning: Meaning

    @property
    def complete(self) -> bool:
        """Whether 90 % of the year's means are valid."""
        return self.valid >= YEAR_SHARE * self.expected


def exceedances(means: Means[W], limit: Limit[W], year: int) -> Exceedances:
    """The exceedances of a limit in a year: means above it, not those at it. Averages of more years use `means` too.

    A year with more exceedances than allowed exceeds the limit even when means are missing; one with fewer keeps it
    only when 90 % of its means are valid. Raises BadMeasure for means of another pollutant, window or unit.
    """
    require(means, limit.window, limit.pollutant)
    above = means.valid & (np.nan_to_num(means.expressed(limit.unit), nan=-np.inf) > limit.value)
    years = range(year - limit.years + 1, year + 1)
    counts = {one: int(above[means.years == one].sum()) for one in years}
    valid = {one: int(means.valid[means.years == one].sum()) for one in years}
    expected = {one: expected_in_year(limit.window, one, means.zone) for one in years}
    full = [one for one in years if valid[one] >= YEAR_SHARE * expected[one]]
    average = _average(counts, full, limit)
    exceeded = _exceeded(counts[year], average, bool(full), limit)
    days = means.days[above & (means.years == year)]
    meaning = _meaning(means, limit, year, counts[year], (valid[year], expected[year]), average, exceeded)
    return Exceedances(limit, year, days, counts[year], valid[year], expected[year], average, exceeded, meaning)


def mean_meaning(means: Means[W], limit: Limit[W], place: int) -> Meaning:
    """Whether one mean is above the value of a limit; unknown where it is not valid. A year has a number of these.

    Raises BadMeasure for means of another pollutant, window or unit.
    """
    require(means, limit.window, limit.pollutant)
    above = float(means.expressed(limit.unit)[place]) > limit.value
    grade = limit.grades[int(above)] if means.valid[place] else UNKNOWN
    target = _TARGET if limit.target else _LIMIT
    value = filled(Text("{kind} {value}", "{kind} {value}"), kind=target, value=amount(limit.value, limit.unit))
    return grade.because(joined([means.text(place), value, limit.rule.label]), limit.rule)


def _average(counts: Mapping[int, int], full: list[int], limit: Limit[Any]) -> float | None:
    if limit.years == 1:
        return float(next(iter(counts.values())))
    return sum(counts[one] for one in full) / len(full) if full else None


def _exceeded(count: int, average: float | None, full: bool, limit: Limit[Any]) -> bool | None:
    if limit.allowed is None:
        return False if full and not count else None
    if average is not None and average > limit.allowed:
        return True
    return False if full else None


def _meaning(
    means: Means[Any],
    limit: Limit[Any],
    year: int,
    count: int,
    have: tuple[int, int],
    average: float | None,
    exceeded: bool | None,
) -> Meaning:
    grade = UNKNOWN if exceeded is None else limit.grades[int(exceeded)]
    value = amount(limit.value, limit.unit)
    target = _TARGET if limit.target else _LIMIT
    parts = [filled(_HEAD, name=limit.pollutant, window=limit.window.text, target=target, value=value, year=year)]
    if limit.window is Year:
        chosen = means.expressed(limit.unit)[means.years == year]
        parts += [filled(_MEAN, value=amount(float(one), limit.unit)) for one in chosen if np.isfinite(one)]
    else:
        allowed = Text("nieznane", "not known") if limit.allowed is None else number(limit.allowed)
        parts.append(filled(_COUNT, count=count, allowed=allowed))
        parts.append(filled(_VALID, valid=have[0], expected=have[1]))
    if limit.years > 1 and average is not None:
        parts.append(filled(_AVERAGE, years=limit.years, average=number(average, 1)))
    if exceeded is None:
        parts.append(_OPEN)
    return grade.because(joined([*parts, limit.rule.label]), limit.rule)


_TARGET, _LIMIT = Text("wartość docelowa", "target value"), Text("limit", "limit")
_HEAD = Text("{name}, {window}, {target} {value}, rok {year}", "{name}, {window}, {target} {value}, year {year}")
_MEAN = Text("wartość {value}", "value {value}")
_COUNT = Text("przekroczenia: {count}, dozwolone: {allowed}", "exceedances: {count}, allowed: {allowed}")
_VALID = Text("ważne średnie: {valid} z {expected}", "valid means: {valid} of {expected}")
_AVERAGE = Text("średnio w {years} latach: {average}", "average of {years} years: {average}")
_OPEN = Text("nierozstrzygnięte", "not decided")
