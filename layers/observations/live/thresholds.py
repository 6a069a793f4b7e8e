"""Lines of a chart that values are compared with: thresholds of the datastream, limits of the law, class limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from layers.errors import BadMeasure
from layers.observations.live.windows import own_thresholds
from layers.observations.meaning.limits import Act, Limit, limits
from layers.observations.meaning.litter import litter_rule
from layers.observations.meaning.meanings import Grade, Rule, filled, joined
from layers.observations.meaning.rivers import river_rule
from layers.observations.meaning.structures import Quantity, scale
from layers.observations.meaning.units import converted
from layers.observations.models import Datastream
from layers.text import Text

ACTS: tuple[Act, ...] = ("2008/50/EC", "2024/2881")
"""Today's limits, and those from 2030 on."""
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Threshold:
    """A labelled line at a value in the unit of its datastream; `rule` is where the number comes from.

    `own`: it belongs to this datastream, not to all of its kind.
    """

    value: float
    name: Text
    colour: str
    rule: Rule
    own: bool = False


def thresholds(stream: Datastream, statistic: str, at: datetime) -> list[Threshold]:
    """The lines of a datastream for values of a statistic, by the rules that hold at a moment; none without a rule.

    A limit of hourly means is only drawn over hourly means, one of daily means only over daily means.
    """
    own = own_thresholds(stream)
    if own:
        return list(_own(own))
    code, unit = stream.observed_property.code, stream.unit_symbol
    if code == "litter_moisture" and unit == "%":
        return list(_litter())
    scaled = _SCALES.get(code)
    if scaled is not None and unit == scale(scaled).unit:
        return list(_classes(scaled))
    return list(_limits(stream, statistic, at))


def _own(own: Mapping[str, float]) -> Iterator[Threshold]:
    rule = river_rule()
    grades: dict[str, Grade] = {one.code: one for one in rule.states}
    for name, value in sorted(own.items(), key=lambda one: one[1]):
        grade = grades.get(name)
        title = grade.name if grade else Text(name, name)
        yield Threshold(value, title, grade.colour if grade else _PLAIN, rule.rule, own=True)


_PLAIN = "#5b6468"
_SCALES: Mapping[str, Quantity] = {"tilt": "tilt", "crack": "crack", "co": "co", "methane": "methane"}


def _litter() -> Iterator[Threshold]:
    by = litter_rule()
    for place, value in enumerate(by.upper_percent):
        grade = by.degrees[len(by.upper_percent) - place]
        yield Threshold(value, filled(Text("do tej wilgotności {name}", "up to here {name}"), name=grade.name),
                        grade.colour, by.rule)  # fmt: skip


def _classes(quantity: Quantity) -> Iterator[Threshold]:
    by = scale(quantity)
    signs = (1, -1) if quantity == "tilt" else (1,)  # a tilt is judged whatever its direction
    for sign in signs:
        for value, grade in zip(_levels(by.numbers), by.grades[1:], strict=False):
            yield Threshold(sign * value, grade.name, grade.colour, by.rule)


def _levels(numbers: Mapping[str, Any]) -> list[float]:
    if "one_in" in numbers:
        return [1000 / ratio for ratio in numbers["one_in"]]
    if "levels" in numbers:
        first, *_, last = numbers["levels"]
        return [float(first[0]), float(last[0])]
    return [float(one) for one in numbers.get("upper", numbers.get("at_least", ()))]


def _limits(stream: Datastream, statistic: str, at: datetime) -> Iterator[Threshold]:
    window = _window(stream, statistic)
    if not window:
        return
    seen: set[float] = set()
    for act in ACTS:
        table: Mapping[str, Limit[Any]] = getattr(limits(act, at.year), window)
        limit = table.get(stream.observed_property.code)
        if limit is None:
            continue
        try:
            value = float(converted(np.array([limit.value]), limit.unit, stream.unit_symbol)[0])
        except BadMeasure:
            return
        if value not in seen:
            seen.add(value)
            later = limit.rule.since if limit.rule.since and limit.rule.since > at.date() else None
            name = filled(_LIMIT_FROM, year=later.year) if later else _LIMIT
            name = joined([name, limit.window.text], ", ")
            yield Threshold(value, name, limit.grades[1].colour, limit.rule)


_LIMIT, _LIMIT_FROM = Text("limit", "limit"), Text("limit od {year}", "limit from {year}")


def _window(stream: Datastream, statistic: str) -> str:
    """The name of the table of limits whose averaging time is that of the values."""
    if statistic == "daily":
        return "days"
    return "hours" if statistic == "hourly" or stream.interval_s == HOUR_S else ""
