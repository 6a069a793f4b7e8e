"""What the page of a station adds by rules over longer times: exceedances of a year, the ban on entry to a forest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext

from geoportal.wording.values import day, number
from layers.errors import BadSeries
from layers.observations.live.air import DayMean, hours, last_days, pollutant_series, year_exceedances
from layers.observations.live.bans import BACK, ban_meaning, litter_of
from layers.observations.live.windows import Series, Station, values_of
from layers.observations.meaning.limits import Exceedances
from layers.observations.meaning.meanings import Meaning
from layers.observations.meaning.meanings import amount as amount_text
from layers.observations.meaning.means import Hour, Means, Year

YEARS_BACK = 2
"""Averages of three years need the two before."""
DAYS_SHOWN = 7
MOST_DAYS = 12
"""So many days of exceedances are listed."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit in a year in words."""

    pollutant: str
    window: str
    limit: str
    target: bool
    allowed: str
    count: str
    complete: str
    is_complete: bool
    days: str
    meaning: Meaning
    rule: str
    sure: str


@dataclass(frozen=True, slots=True)
class DayCell:
    """A daily mean in words."""

    value: str
    percent: str
    valid: bool
    exceeded: tuple[Meaning, ...]


def rule_sections(request: HttpRequest, station: Station | None, at: datetime) -> dict[str, Any]:
    """The context of these sections; empty where no rule applies."""
    if station is None:
        return {}
    found: dict[str, Any] = {}
    year = asked_year(request, at.astimezone(station.series[0].zone).year)
    if series := pollutant_series(station):
        means = year_means(series, year)
        found |= {"limits": limit_rows(means, year), "limit_year": year}
        found |= {"day_codes": list(means), "day_rows": day_rows(means, year)}
        others = request.GET.copy()
        others.pop("year_of", None)
        found["year_query"] = others.urlencode()
        found["limit_years"] = [one for one in (year - 1, year + 1) if one <= at.astimezone(series[0].zone).year]
    if (litter := litter_of(station)) is not None:
        values = values_of([litter.key], at - BACK, at)
        found["ban"] = ban_meaning(litter, values, at)
    return found


def asked_year(request: HttpRequest, this_year: int) -> int:
    """The year of the table, by `year_of=`; this year without it. Raises BadSeries."""
    text = request.GET.get("year_of", "")
    if not text:
        return this_year
    if not (text.isascii() and text.isdecimal() and 1990 <= int(text[:9]) <= this_year):
        raise BadSeries(f"year_of={text[:40]} is no year from 1990 to {this_year}.")
    return int(text)


def year_means(series: list[Series], year: int) -> dict[str, Means[Hour]]:
    """Hourly means of a year and of those before it that averages need, by pollutant."""
    zone = series[0].zone
    since, until = _new_year(year - YEARS_BACK, zone), _new_year(year + 1, zone) - timedelta(microseconds=1)
    return hours(series, values_of([one.key for one in series], since, until))


def limit_rows(means: Mapping[str, Means[Hour]], year: int) -> list[LimitRow]:
    """All limits of a year, by pollutant and averaging time; those of today first."""
    return sorted((_row(one) for one in year_exceedances(means, year)), key=lambda one: (one.pollutant, one.window))


def day_rows(means: Mapping[str, Means[Hour]], year: int) -> list[tuple[str, list[DayCell | None]]]:
    """The last days of a year in words, each with a cell for each pollutant."""
    found = last_days(means, year, DAYS_SHOWN)
    return [(day(date), [_day_cell(cells.get(code)) for code in means]) for date, cells in found.items()]


def _day_cell(one: DayMean | None) -> DayCell | None:
    if one is None:
        return None
    percent = number(int(100 * one.coverage + 1e-9))
    return DayCell(str(amount_text(one.value, one.unit)), percent, one.valid, one.exceeded)


def _new_year(year: int, zone: ZoneInfo) -> datetime:
    return datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)


def _row(found: Exceedances) -> LimitRow:
    limit = found.limit
    yearly = limit.window is Year
    days = [day(each) for each in found.days.tolist()]
    return LimitRow(
        pollutant=limit.pollutant,
        window=str(limit.window.text),
        limit=str(amount_text(limit.value, limit.unit)),
        target=limit.target,
        allowed="" if yearly else (gettext("not known") if limit.allowed is None else number(limit.allowed)),
        count="" if yearly else number(found.count),
        complete=gettext("{valid} of {expected}").format(valid=number(found.valid), expected=number(found.expected)),
        is_complete=found.complete,
        days="" if yearly else "; ".join(dict.fromkeys(days[-MOST_DAYS:])),
        meaning=found.meaning,
        rule=str(limit.rule.label),
        sure=str(limit.rule.sure.text),
    )
