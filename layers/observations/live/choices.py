"""What a chart shows: which datastreams, which period, which statistic; and the same spelled in an address.

| Parameter        | Means                                                                                    |
| ---------------- | ---------------------------------------------------------------------------------------- |
| series           | key of a datastream; repeated for more                                                    |
| range            | `24h`, `7d`, `30d` or `year`, up to now                                                   |
| from, to         | days in the city's zone, `to` included as a whole, or moments, `to` not included          |
| statistic        | raw, hourly or daily; without it what has the right number of points                      |
| year             | a calendar year of one datastream, as daily values; repeated to compare years             |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from urllib.parse import urlencode

from layers.access.rules import Access, record_read
from layers.city import city
from layers.errors import BadMoment, BadSeries, UnknownSeries
from layers.observations.models import Datastream, Observation
from layers.observations.selection import Statistic, visible_streams
from layers.schema.kind import LayerKind

Range = Literal["24h", "7d", "30d", "year"]
RANGES: dict[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "year": timedelta(days=365),
}
PARAMETERS = ("series", "range", "from", "to", "statistic", "year")
MOST_SERIES, MOST_UNITS, MOST_YEARS, MOST_POINTS = 6, 2, 6, 10_000
"""Of one chart; points are those of one series."""
_DAY, _HOUR_S, _DAY_S = timedelta(days=1), 3600, 86_400


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """A choice of one chart. The period is start (included) to end (not included).

    `automatic`: the statistic was not asked for. `range` is "" for a free period. With `years` it is one datastream,
    one line a year.
    """

    kind: LayerKind
    streams: tuple[Datastream, ...]
    start: datetime
    end: datetime
    statistic: Statistic
    automatic: bool
    range: str = ""
    years: tuple[int, ...] = ()

    @property
    def query(self) -> str:
        """The same as the query of an address, with the period and the statistic spelled out."""
        words: list[tuple[str, str]] = [("series", str(one.pk)) for one in self.streams]
        if self.years:
            return urlencode([*words, *(("year", str(one)) for one in self.years)])
        moments = {"from": self.start, "to": self.end}
        words += [(name, one.strftime("%Y-%m-%dT%H:%M:%SZ")) for name, one in moments.items()]
        return urlencode([*words, ("statistic", self.statistic)])


def chart_choice(access: Access, kind: LayerKind, given: Mapping[str, Sequence[str]], now: datetime) -> ChartChoice:
    """The choice that the parameters of an address name. Raises BadSeries, BadMoment; UnknownSeries, also for a
    hidden datastream."""
    if unknown := sorted(set(given) - {*PARAMETERS, "lang"}):
        raise BadSeries(f"The parameter “{unknown[0][:40]}” is not known; known are: {', '.join(PARAMETERS)}.")
    streams = chosen_streams(access, kind, given.get("series", ()))
    if given.get("year"):
        return _of_years(kind, streams, given)
    start, end, span = _period(given, now)
    asked = _one(given, "statistic")
    if asked and asked not in get_args(Statistic):
        raise BadSeries(f"statistic={asked[:40]} is not known; choose one of {', '.join(get_args(Statistic))}.")
    statistic = asked or _fitting(streams, start, end)
    return ChartChoice(kind, streams, start, end, statistic, not asked, span)  # type: ignore[arg-type]


def chosen_streams(access: Access, kind: LayerKind, keys: Sequence[str]) -> tuple[Datastream, ...]:
    """The datastreams of these keys, in their order. Raises BadSeries; UnknownSeries, also for a hidden one."""
    if not keys:
        raise BadSeries("A chart needs at least one datastream: series=12. The layer's page lists them.")
    numbers = list(dict.fromkeys(_key(one) for one in keys))
    if len(numbers) > MOST_SERIES:
        raise BadSeries(f"These are {len(numbers)} series; a chart shows at most {MOST_SERIES}.")
    rows = visible_streams(access).filter(thing__kind=kind.slug)
    found = rows.select_related("thing__dataset", "observed_property").in_bulk(numbers)
    for key in numbers:
        if key not in found:
            raise UnknownSeries(f"Layer {kind.slug} has no datastream {key}.")
        if not found[key].measures:
            raise BadSeries(f"Datastream {key} has no numbers; a chart shows measurements.")
    record_read(kind)
    streams = tuple(found[key] for key in numbers)
    units = list(dict.fromkeys(one.unit_symbol for one in streams))
    if len(units) > MOST_UNITS:
        raise BadSeries(f"These series have {len(units)} units ({', '.join(units)}); a chart has two axes at most.")
    return streams


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise BadSeries(f"series={text[:40]} is not the number of a datastream.")
    return int(text)


def _one(given: Mapping[str, Sequence[str]], name: str) -> str:
    texts = [one for one in given.get(name, ()) if one]
    if len(texts) > 1:
        raise BadSeries(f"The parameter “{name}” was given {len(texts)} times; once is enough.")
    return texts[0] if texts else ""


def _period(given: Mapping[str, Sequence[str]], now: datetime) -> tuple[datetime, datetime, str]:
    span, since, until = _one(given, "range"), _one(given, "from"), _one(given, "to")
    if span and (since or until):
        raise BadSeries("A period is a range= up to now, or from= and to=; not both.")
    if span and span not in RANGES:
        raise BadSeries(f"range={span[:40]} is not known; choose one of {', '.join(RANGES)}, or from= and to=.")
    if not (since or until):
        span = span or "7d"
        return now - RANGES[span], now, span
    end = _moment(until, whole_day=True) if until else now
    start = _moment(since) if since else end - RANGES["7d"]
    if start >= end:
        raise BadSeries(f"The period ends before it begins: from {start.isoformat()} to {end.isoformat()}.")
    return start, end, ""


def _moment(text: str, *, whole_day: bool = False) -> datetime:
    """A moment; of a day its beginning, or its end with `whole_day`. Raises BadMoment."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + (_DAY if whole_day else timedelta())
            found = datetime.combine(day, time(), city().timezone)
        else:
            moment = datetime.fromisoformat(text.replace(" ", "+"))
            found = moment if moment.tzinfo else moment.replace(tzinfo=city().timezone)
    except (ValueError, OverflowError):
        raise BadMoment(f"“{text[:40]}” is no moment; write 2026-01-31 or 2026-01-31T12:00:00+01:00.") from None
    if not date(1900, 1, 1) <= found.date() < date(2200, 1, 1):
        raise BadMoment(f"“{text[:40]}” is outside the years 1900 to 2199.")
    return found


def _fitting(streams: Sequence[Datastream], start: datetime, end: datetime) -> str:
    """The finest statistic with at most MOST_POINTS points."""
    length_s = (end - start).total_seconds()
    if all(_expected(one, start, end, length_s) <= MOST_POINTS for one in streams):
        return "raw"
    return "hourly" if length_s / _HOUR_S <= MOST_POINTS else "daily"


def _expected(stream: Datastream, start: datetime, end: datetime, length_s: float) -> float:
    if stream.interval_s > 0:
        return length_s / stream.interval_s
    rows = Observation.objects.filter(datastream=stream, starts_at__gte=start, starts_at__lt=end)
    return rows[: MOST_POINTS + 1].count()


def _of_years(kind: LayerKind, streams: tuple[Datastream, ...], given: Mapping[str, Sequence[str]]) -> ChartChoice:
    if len(streams) > 1:
        raise BadSeries(f"Years are compared of one series, found {len(streams)}.")
    if any(given.get(name) for name in ("range", "from", "to")) or _one(given, "statistic") not in ("", "daily"):
        raise BadSeries("Years are compared day by day: year= goes with one series= and nothing else.")
    years = sorted({_year(one) for one in given["year"]})
    if len(years) > MOST_YEARS:
        raise BadSeries(f"These are {len(years)} years; a chart compares at most {MOST_YEARS}.")
    zone = city().timezone
    start, end = datetime(years[0], 1, 1, tzinfo=zone), datetime(years[-1] + 1, 1, 1, tzinfo=zone)
    return ChartChoice(kind, streams, start, end, "daily", False, "", tuple(years))


def _year(text: str) -> int:
    if not (len(text) == 4 and text.isascii() and text.isdecimal() and 1900 <= int(text) < 2200):
        raise BadSeries(f"year={text[:40]} is no year from 1900 to 2199.")
    return int(text)
