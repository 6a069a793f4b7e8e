"""The values of a chart, with what is doubtful about each, and gaps where values are missing."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.city import city
from layers.errors import BadSeries
from layers.observations.columns import Integers, Numbers, Times, aware
from layers.observations.live.choices import MOST_POINTS, ChartChoice
from layers.observations.live.marks import Mark, marks
from layers.observations.live.thresholds import Threshold, thresholds
from layers.observations.live.windows import features_of, is_synthetic
from layers.observations.meaning.days import civil_days, midnight
from layers.observations.meaning.doubts import RANGE_FLAG
from layers.observations.models import Datastream, Exclusion
from layers.observations.periods import HOUR
from layers.observations.selection import TABLES, is_excluded
from layers.observations.stored_rows import read_columns

GAP_INTERVALS = 1.5
"""Values further apart than so many expected intervals have a gap between them."""
DECIMALS = 3
_AXIS_YEAR = 2024
"""A leap year: the axis of compared years."""
_STATISTICS = (
    "v.starts_at, coalesce(v.mean, 'NaN'), v.count, 0::int2, v.flagged, coalesce(v.coverage, 'NaN'), "
    "coalesce(v.lowest, 'NaN'), coalesce(v.highest, 'NaN')"
)
_COLUMNS = {
    "raw": "v.ends_at, coalesce(v.value, 'NaN'), (v.value IS NOT NULL)::int::int4, v.flags::int2, "
    "(v.flags <> 0)::int::int4, 'NaN'::float8, 'NaN'::float8, 'NaN'::float8",
    "hourly": _STATISTICS,
    "daily": _STATISTICS,
}
_TYPES = {
    **{"datastream": "i4", "starts": "M8[us]", "ends": "M8[us]", "values": "f8", "counts": "i4", "flags": "i2"},
    **{"flagged": "i4", "coverage": "f8", "lowest": "f8", "highest": "f8"},
    **{"excluded": "i2"},
}
_ROWS = """
SELECT v.datastream_id::int4, v.starts_at, {columns}, {excluded}::int::int2 FROM public.{table} v
WHERE v.datastream_id = ANY(%(streams)s) AND v.starts_at >= %(start)s AND v.starts_at < %(end)s
ORDER BY v.datastream_id, v.starts_at, 3 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Values of one line in the order of time, each column (n,). Times in UTC.

    `values` are NaN where there is no number, and at `gaps`, which are no stored values: they break the line.
    `counts` is the number of valid samples of each, `flagged` of those with a flag; `flags` their bits, of raw values
    only. `coverage` is NaN for raw values, and so are `lowest` and `highest`, those of a mean's valid samples.
    """

    starts: Times
    ends: Times
    values: Numbers
    counts: Integers
    flags: NDArray[np.int16]
    flagged: Integers
    coverage: Numbers
    lowest: Numbers
    highest: Numbers
    excluded: NDArray[np.bool_]
    gaps: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    def taken(self, at: NDArray[Any]) -> "Points":
        """Those at these positions, or where a mask is true."""
        return Points(*(getattr(self, one.name)[at] for one in fields(self)))

    @property
    def stored(self) -> "Points":
        """Those that are stored: without gaps."""
        return self.taken(~self.gaps)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which are neither excluded nor outside the physical range, and have a number."""
        return np.isfinite(self.values) & ~self.excluded & (self.flags & RANGE_FLAG == 0)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of a chart. `year` is 0 unless years are compared; then `axis` has the days of one leap year (UTC)."""

    stream: Datastream
    points: Points
    marks: tuple[Mark, ...]
    standing: str
    synthetic: bool
    thresholds: tuple[Threshold, ...]
    exclusions: tuple[Exclusion, ...]
    year: int = 0

    @property
    def axis(self) -> Times:
        """Where the points are on the axis of time."""
        return on_axis(self.points.starts, zone_of(self.stream)) if self.year else self.points.starts


def zone_of(stream: Datastream) -> ZoneInfo:
    """The time zone of its civil days."""
    return ZoneInfo(stream.day_zone) if stream.day_zone else city().timezone


def on_axis(starts: Times, zone: ZoneInfo) -> Times:
    """The midnights in UTC of the same month and day of one leap year."""
    days = civil_days(starts, zone).tolist()
    return np.array([np.datetime64(one.replace(year=_AXIS_YEAR), "us") for one in days], dtype="datetime64[us]")


def chart_lines(choice: ChartChoice) -> list[Line]:
    """The lines of a chart: one for each datastream, or each year. Raises BadSeries for more than MOST_POINTS."""
    read, excluded = _read(choice), _exclusions(choice)
    features = features_of(choice.kind, {one.thing.feature_id for one in choice.streams})
    lines = []
    for stream in choice.streams:
        standing = features.get(stream.thing.feature_id, {}).get("standing") or ""
        synthetic = is_synthetic(stream)
        doubts = marks(standing=standing, synthetic=synthetic)
        limits = tuple(thresholds(stream, choice.statistic, choice.end))
        points, interval_s = _points(stream, read[stream.pk], choice)
        for year, part in _by_year(points, stream, choice):
            shown, periods = with_gaps(part, interval_s), tuple(excluded.get(stream.pk, ()))
            lines.append(Line(stream, shown, doubts, standing, synthetic, limits, periods, year))
    return lines


def _exclusions(choice: ChartChoice) -> dict[int, list[Exclusion]]:
    """The exclusions in force in the period, by datastream."""
    found: dict[int, list[Exclusion]] = {}
    rows = Exclusion.objects.filter(datastream__in=choice.streams, ended_by=None, since__lt=choice.end)
    for one in rows.exclude(until__lte=choice.start).order_by("since", "pk"):
        found.setdefault(one.datastream_id, []).append(one)
    return found


def _read(choice: ChartChoice) -> dict[int, dict[str, NDArray[Any]]]:
    statistic = choice.statistic
    query = _ROWS.format(columns=_COLUMNS[statistic], excluded=is_excluded(statistic), table=TABLES[statistic])
    keys = [one.pk for one in choice.streams]
    most = (MOST_POINTS + 1) * len(keys)  # reached only where one series has more than MOST_POINTS
    read = read_columns(query, {"streams": keys, "start": choice.start, "end": choice.end, "most": most}, _TYPES)
    found = {}
    for key in keys:
        chosen = read["datastream"] == key
        found[key] = {name: column[chosen] for name, column in read.items() if name != "datastream"}
        if chosen.sum() > MOST_POINTS:
            coarser = "statistic=hourly or daily" if statistic == "raw" else "statistic=daily"
            advice = "a shorter period" if statistic == "daily" else f"{coarser}, or a shorter period"
            text = f"Datastream {key} has more than {MOST_POINTS} {statistic} values in this period"
            raise BadSeries(f"{text}; choose {advice}.")
    return found


def _points(stream: Datastream, read: dict[str, NDArray[Any]], choice: ChartChoice) -> tuple[Points, int]:
    """The stored points, and their expected interval in seconds."""
    starts, ends, interval_s = read["starts"], read["ends"], stream.interval_s
    if choice.statistic == "hourly":
        ends, interval_s = np.add(starts, HOUR), 3600
    if choice.statistic == "daily":
        days, zone = civil_days(starts, zone_of(stream)), zone_of(stream)
        ends = np.array([midnight(day, zone) for day in (days + 1).tolist()], dtype="datetime64[us]")
        interval_s = 86_400
    read |= {"ends": ends, "excluded": read["excluded"] == 1, "gaps": np.zeros(len(starts), np.bool_)}
    if choice.statistic != "raw":
        read |= {name: np.round(read[name], DECIMALS) for name in ("values", "lowest", "highest")}
    return Points(**read), interval_s


def with_gaps(points: Points, interval_s: int) -> Points:
    """The points with one that has no number wherever the next value is further away than GAP_INTERVALS intervals.

    Nothing is added where the interval is not known (0).
    """
    if interval_s <= 0 or len(points) < 2:
        return points
    step = np.timedelta64(interval_s * 1_000_000, "us")
    after = np.flatnonzero(np.diff(points.starts) > GAP_INTERVALS * step)
    begins = points.starts[after] + step
    added: dict[str, Any] = {"starts": begins, "ends": begins}
    added |= dict.fromkeys(("values", "coverage", "lowest", "highest"), np.nan)
    added |= {"counts": 0, "flags": 0, "flagged": 0, "excluded": False, "gaps": True}
    return Points(*(np.insert(getattr(points, one.name), after + 1, added[one.name]) for one in fields(points)))


def _by_year(points: Points, stream: Datastream, choice: ChartChoice) -> Iterator[tuple[int, Points]]:
    if not choice.years:
        yield 0, points
        return
    years = civil_days(points.starts, zone_of(stream)).astype("datetime64[Y]").astype(np.int64) + 1970
    for year in choice.years:
        yield year, points.taken(years == year)


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, and when it begins (UTC)."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """What a line has in numbers. Figures are of usable values only, None without any.

    `values` is the number of stored values, `samples` that of the valid measurements behind them; `coverage` the
    share of the period, up to now, that was observed, None where the interval is not known.
    """

    values: int
    samples: int
    usable: int
    excluded: int
    flagged: int
    coverage: float | None
    lowest: Figure | None
    highest: Figure | None
    last: Figure | None
    mean: float | None


def summary(line: Line, choice: ChartChoice, now: datetime) -> Summary:
    """The figures of a line. Range flags, exclusions and missing numbers are left out of them."""
    points = line.points.stored
    good = points.taken(points.usable)
    places = (int(good.values.argmin()), int(good.values.argmax()), len(good) - 1) if len(good) else ()
    figures: list[Figure | None] = [Figure(float(good.values[at]), aware(good.starts[at])) for at in places]
    lowest, highest, last = figures or (None, None, None)
    return Summary(
        values=len(points),
        samples=int(points.counts.sum()),
        usable=len(good),
        excluded=int(points.excluded.sum()),
        flagged=int((points.flagged > 0).sum()),
        coverage=_coverage(line, choice, now),
        lowest=lowest,
        highest=highest,
        last=last,
        mean=float(good.values.mean()) if len(good) else None,
    )


def _coverage(line: Line, choice: ChartChoice, now: datetime) -> float | None:
    points = line.points.stored
    start, end = _bounds(line, choice)
    length_s = (min(end, now) - start).total_seconds()
    if length_s <= 0 or line.stream.interval_s <= 0:
        return None
    lengths_s = (points.ends - points.starts).astype(np.int64) / 1e6
    if choice.statistic == "raw":
        observed_s = np.where(lengths_s > 0, lengths_s, line.stream.interval_s)[np.isfinite(points.values)].sum()
    else:
        observed_s = (np.nan_to_num(points.coverage) * lengths_s).sum()
    return min(1.0, float(observed_s) / length_s)


def _bounds(line: Line, choice: ChartChoice) -> tuple[datetime, datetime]:
    if not line.year:
        return choice.start, choice.end
    zone = zone_of(line.stream)
    return datetime(line.year, 1, 1, tzinfo=zone), datetime(line.year + 1, 1, 1, tzinfo=zone)
