"""What the page of a station adds by rules over longer times: exceedances of a year, the ban on entry to a forest."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext

from geoportal.wording.values import day, number
from layers.errors import BadSeries
from layers.observations.live.air import LimitYear, hours, pollutant_series, year_exceedances
from layers.observations.live.bans import BACK, ban_meaning, litter_of
from layers.observations.live.windows import Series, Station, values_of
from layers.observations.meaning.meanings import Meaning
from layers.observations.meaning.meanings import amount as amount_text
from layers.observations.meaning.means import Year

YEARS_BACK = 2
"""Averages of three years need the two before."""
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


def rule_sections(request: HttpRequest, station: Station | None, at: datetime) -> dict[str, Any]:
    """The context of these sections; empty where no rule applies."""
    if station is None:
        return {}
    found: dict[str, Any] = {}
    if series := pollutant_series(station):
        year = asked_year(request, at.astimezone(series[0].zone).year)
        found |= {"limits": limit_rows(series, year), "limit_year": year}
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


def limit_rows(series: list[Series], year: int) -> list[LimitRow]:
    """All limits of a year, by pollutant; those of today first."""
    zone = series[0].zone
    since, until = _new_year(year - YEARS_BACK, zone), _new_year(year + 1, zone) - timedelta(microseconds=1)
    means = hours(series, values_of([one.key for one in series], since, until))
    rows = [_row(one) for one in year_exceedances(means, year)]
    return sorted(rows, key=lambda one: (one.pollutant, one.window))


def _new_year(year: int, zone: ZoneInfo) -> datetime:
    return datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)


def _row(one: LimitYear) -> LimitRow:
    found, limit = one.found, one.found.limit
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
