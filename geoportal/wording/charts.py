"""Text of charts: statistic, window and number of samples, the sentence that sums a line up, marks."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext, ngettext

from geoportal.wording.series import duration, with_unit
from geoportal.wording.values import day, moment, number
from layers.observations.live.charting import Figure, Line, Summary, zone_of
from layers.observations.live.choices import ChartChoice
from layers.observations.live.marks import BY_FLAG, Mark
from layers.observations.live.names import property_name
from layers.observations.live.thresholds import Threshold

SHOWN = 2
"""Decimals of figures in a sentence."""


def last_titles() -> dict[str, str]:
    """The periods up to now, as the choice of one."""
    return {
        "24h": gettext("last 24 hours"),
        "7d": gettext("last 7 days"),
        "30d": gettext("last 30 days"),
        "year": gettext("last 365 days"),
    }


def range_titles() -> dict[str, str]:
    """Titles of the periods up to now."""
    return {
        "24h": gettext("24 hours"),
        "7d": gettext("7 days"),
        "30d": gettext("30 days"),
        "year": gettext("year"),
    }


def statistic_titles() -> dict[str, str]:
    """Titles of the statistics."""
    return {
        "raw": gettext("values as measured"),
        "hourly": gettext("hourly means"),
        "daily": gettext("daily means"),
    }


def line_name(line: Line, choice: ChartChoice) -> str:
    """The name of a line: a year, or the property and the station, the latter where stations differ."""
    if line.year:
        return str(line.year)
    title, station = str(property_name(line.stream.observed_property)), line.stream.thing.name
    if len({one.thing_id for one in choice.streams}) == 1:
        return title
    same = len({one.observed_property_id for one in choice.streams}) == 1
    return station if same else f"{title}: {station}"


def title(choice: ChartChoice) -> str:
    """The title of a chart: what is measured and where, as far as all lines have it in common."""
    names = list(dict.fromkeys(str(property_name(one.observed_property)) for one in choice.streams))
    stations = list(dict.fromkeys(one.thing.name for one in choice.streams))
    return f"{', '.join(names)}: {', '.join(stations)}"


def period_words(choice: ChartChoice) -> str:
    """The period of a chart, or its years."""
    if choice.years:
        return ", ".join(map(str, choice.years))
    return gettext("{since} to {until}").format(since=moment(choice.start), until=moment(choice.end))


def basis(line: Line, found: Summary, choice: ChartChoice) -> str:
    """Statistic, window, number of values and samples, coverage, and what was left out, in words."""
    parts = [statistic_titles()[choice.statistic], *_windows(line, choice)]
    parts.append(ngettext("{n} value", "{n} values", found.values).format(n=number(found.values)))
    if choice.statistic != "raw":
        samples = ngettext("from {n} measurement", "from {n} measurements", found.samples)
        parts.append(samples.format(n=number(found.samples)))
    if found.coverage is not None:
        percent = number(int(100 * found.coverage + 1e-9))
        parts.append(gettext("coverage {percent} %").format(percent=percent))
    else:
        parts.append(gettext("coverage not known"))
    if found.flagged:
        parts.append(gettext("doubtful: {n}").format(n=number(found.flagged)))
    if found.excluded:
        parts.append(gettext("excluded: {n}").format(n=number(found.excluded)))
    return "; ".join(parts)


def _windows(line: Line, choice: ChartChoice) -> list[str]:
    if choice.statistic == "hourly":
        return [gettext("window {duration}").format(duration=duration(3600))]
    if choice.statistic == "daily":
        return [gettext("window: a day in the time zone {zone}").format(zone=zone_of(line.stream).key)]
    interval_s = line.stream.interval_s
    return [gettext("one every {duration}").format(duration=duration(interval_s))] if interval_s else []


def sentence(line: Line, found: Summary, choice: ChartChoice) -> str:
    """The line in one sentence: number of values, lowest, highest, mean, last."""
    name = line_name(line, choice)
    if not found.values:
        return gettext("{name}: no values in this period.").format(name=name)
    if found.lowest is None or found.highest is None or found.last is None or found.mean is None:
        return gettext("{name}: none of the {n} values can be used.").format(name=name, n=number(found.values))
    words = gettext("{name}: {n} values, lowest {lowest}, highest {highest}, mean {mean}, last {last}.")
    return words.format(
        name=name,
        n=number(found.usable),
        lowest=_figure(line, found.lowest, choice),
        highest=_figure(line, found.highest, choice),
        mean=with_unit(line.stream, found.mean, SHOWN),
        last=_figure(line, found.last, choice),
    )


def _figure(line: Line, figure: Figure, choice: ChartChoice) -> str:
    daily = choice.statistic == "daily"
    when = day(figure.at.astimezone(zone_of(line.stream)).date()) if daily else moment(figure.at)
    return f"{with_unit(line.stream, figure.value, SHOWN)} ({when})"


def threshold_name(line: Line, threshold: Threshold, choice: ChartChoice) -> str:
    """The name of a line to compare with.

    It has that of the station where stations have their own, else the code of the property where there are several.
    """
    stations, properties = (
        {getattr(one, name) for one in choice.streams} for name in ("thing_id", "observed_property_id")
    )
    parts = [line.stream.thing.name] if len(stations) > 1 and threshold.own else []
    parts += [line.stream.observed_property.code] if len(properties) > 1 and not threshold.own else []
    return ": ".join([*parts, str(threshold.name)])


def mark_words(marks: Iterable[Mark]) -> list[dict[str, str]]:
    """Marks as codes and words."""
    return [{"code": one.code, "text": str(one.text)} for one in marks]


def flag_names() -> dict[str, str]:
    """Words of each bit of the flags."""
    return {str(int(flag)): str(mark.text) for flag, mark in BY_FLAG.items()}


def until_words(until: datetime | None) -> str:
    """The end of an exclusion in words."""
    return moment(until) if until else gettext("open end")
