"""Hourly and daily statistics of datastreams, equal to those of all raw values of a period.

An observation counts for the hour or day in which it starts. Observations longer than the period, such as daily
means in an hour, are left out. Values that follow all others are added to the stored statistics of their period,
so that a value a second costs the same at every time of the day; coverage counts each with the interval that its
datastream had when it came. Periods with late, corrected or removed values are computed from all raw values again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.observations.appending import Appended, nothing_appended
from layers.observations.binary_copy import copy_binary
from layers.observations.columns import (
    Integers,
    Keys,
    Numbers,
    Rows,
    Times,
    all_keys,
    array_literal,
    aware,
    in_order,
)
from layers.observations.periods import Calendar, Periods
from layers.observations.quality import Flag
from layers.observations.rules import Rules
from layers.observations.stored_rows import read_columns, read_rows

_STORED = """
SELECT s.id, o.starts_at, o.ends_at, coalesce(o.value, 'NaN'), o.flags
FROM unnest(%(streams)s::int4[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) s(id, starts_at, ends_at)
CROSS JOIN LATERAL (
    SELECT * FROM layers_observation o
    WHERE o.datastream_id = s.id AND o.starts_at >= s.starts_at AND o.starts_at < s.ends_at
) o
WHERE o.starts_at >= %(first)s AND o.starts_at < %(last)s
"""
_BEFORE = """
SELECT g.at, coalesce(r.mean, 'NaN') AS mean, coalesce(r.lowest, 'NaN') AS lowest,
    coalesce(r.highest, 'NaN') AS highest, r.count, r.flagged, coalesce(r.coverage, 'NaN') AS coverage
FROM unnest(%(streams)s::int4[], %(starts)s::timestamptz[]) WITH ORDINALITY g(id, starts_at, at)
JOIN {table} r ON r.datastream_id = g.id AND r.starts_at = g.starts_at
"""
_BEFORE_TYPES = {
    "at": "i8",
    "mean": "f8",
    "lowest": "f8",
    "highest": "f8",
    "count": "i4",
    "flagged": "i4",
    "coverage": "f8",
}
_LAST = """
SELECT s.id, r.starts_at FROM unnest(%(streams)s::int4[]) s(id) CROSS JOIN LATERAL (
    SELECT starts_at FROM {table} r WHERE r.datastream_id = s.id ORDER BY starts_at DESC LIMIT 1
) r
"""
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS staged_rollups (LIKE layers_hourlyrollup) ON COMMIT DELETE ROWS;
TRUNCATE staged_rollups
"""
_UPSERT = """
INSERT INTO {table} (datastream_id, starts_at, mean, lowest, highest, count, flagged, coverage)
SELECT datastream_id, starts_at, mean, lowest, highest, count, flagged, coverage FROM staged_rollups
ON CONFLICT (datastream_id, starts_at) DO UPDATE SET mean = excluded.mean, lowest = excluded.lowest,
    highest = excluded.highest, count = excluded.count, flagged = excluded.flagged, coverage = excluded.coverage
"""
_REMOVE = """
DELETE FROM {table} r USING unnest(%(streams)s::int4[], %(starts)s::timestamptz[]) g(id, starts_at)
WHERE r.datastream_id = g.id AND r.starts_at = g.starts_at
"""
_MICROSECONDS = 1e6


def refresh(streams: Mapping[int, Rules], changed: Keys, appended: Appended) -> None:
    """Bring the statistics of all hours and days with changed or appended observations up to date.

    `streams` has the rules of all their datastreams.
    """
    keys = all_keys([changed, appended.rows.keys])
    calendar = Calendar(streams, keys.starts.min(), keys.starts.max())
    units = {"layers_hourlyrollup": calendar.hours, "layers_dailyrollup": calendar.days}
    reread = {table: unit(changed).distinct() for table, unit in units.items()}
    stored = _stored(list(reread.values()))
    intervals = np.array([streams[key].interval_s for key in calendar.streams.tolist()], dtype=float)

    def figures(periods: Periods, rows: Rows, of_rows: Periods) -> _Figures:
        at = np.searchsorted(calendar.streams, periods.datastream)
        return _figures(periods, rows, of_rows, intervals[at])

    for table, unit in units.items():
        if len(reread[table]):
            _store(table, figures(reread[table], stored, unit(stored.keys)))
        of_rows = unit(appended.rows.keys)
        others = ~np.isin(of_rows.codes, reread[table].codes)
        if others.any():
            periods, since = of_rows.taken(others), appended.since[others]
            added = figures(periods.distinct(), appended.rows.taken(others), periods)
            begun = periods.taken(periods.starts <= since)  # NaT compares as false
            _store(table, _added_up(table, added, np.isin(added.periods.codes, begun.codes)))


def _added_up(table: str, added: "_Figures", begun: NDArray[np.bool_]) -> "_Figures":
    """The statistics of appended values together with those stored for the periods (n,) that others had `begun`."""
    at = np.flatnonzero(begun)
    if not len(at):
        return added
    periods = added.periods.taken(at)
    names = {"streams": array_literal(periods.datastream), "starts": array_literal(periods.starts)}
    found = read_columns(_BEFORE.format(table=table), names, _BEFORE_TYPES)
    at = at[found["at"] - 1]
    count = found["count"] + added.count[at]
    share = np.divide(found["count"], count, out=np.zeros(len(at)), where=count > 0)
    sums = np.nan_to_num(found["mean"]) * share + np.nan_to_num(added.mean[at]) * (1 - share)
    known = ~(np.isnan(found["coverage"]) & np.isnan(added.coverage[at]))
    coverage = np.minimum(1, np.nan_to_num(found["coverage"]) + np.nan_to_num(added.coverage[at]))
    return replace(
        added,
        mean=_placed(added.mean, at, np.where(count > 0, sums, np.nan)),
        lowest=_placed(added.lowest, at, np.fmin(found["lowest"], added.lowest[at])),
        highest=_placed(added.highest, at, np.fmax(found["highest"], added.highest[at])),
        count=_placed(added.count, at, count),
        flagged=_placed(added.flagged, at, found["flagged"] + added.flagged[at]),
        coverage=_placed(added.coverage, at, np.where(known, coverage, np.nan)),
        empty=_placed(added.empty, at, np.zeros(len(at), bool)),
    )


def _placed(column: NDArray[Any], at: NDArray[np.intp], values: NDArray[Any]) -> NDArray[Any]:
    """The column with other values at these places."""
    column = column.copy()
    column[at] = values
    return column


def _stored(wanted: list[Periods]) -> Rows:
    """The stored rows of the periods, read for each datastream and month in one stretch."""
    datastream = np.concatenate([one.datastream for one in wanted])
    starts = np.concatenate([one.starts for one in wanted])
    ends = np.concatenate([one.ends for one in wanted])
    if not len(starts):
        return nothing_appended().rows
    streams, starts, ends = _stretches(datastream, starts, ends)
    names = {"streams": array_literal(streams), "starts": array_literal(starts), "ends": array_literal(ends)}
    bounds = {"first": aware(starts.min()), "last": aware(ends.max())}
    rows = read_rows(_STORED, names | bounds)
    return rows.taken(in_order(rows.keys))


def _stretches(datastream: NDArray[np.int32], starts: Times, ends: Times) -> tuple[NDArray[np.int32], Times, Times]:
    """One stretch for each datastream and month around its periods; they do not overlap."""
    order = np.lexsort((starts, datastream))
    datastream, starts, ends = datastream[order], starts[order], ends[order]
    months = starts.astype("datetime64[M]")
    heads = np.flatnonzero(
        np.concatenate(([True], (datastream[1:] != datastream[:-1]) | (months[1:] != months[:-1])))
    )
    datastream, starts = datastream[heads], starts[heads]
    ends = np.maximum.reduceat(ends.astype(np.int64), heads).astype("datetime64[us]")
    follows = datastream[1:] == datastream[:-1]  # a day of the month before may end in this month
    starts[1:] = np.where(follows, np.maximum(starts[1:], ends[:-1]), starts[1:])
    return datastream, starts, ends


@dataclass(frozen=True, slots=True)
class _Figures:
    """Statistics of periods, NaN where there is none; each column (n,). `empty`: nothing was observed."""

    periods: Periods
    mean: Numbers
    lowest: Numbers
    highest: Numbers
    count: Integers
    flagged: Integers
    coverage: Numbers
    empty: NDArray[np.bool_]

    def columns(self, chosen: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
        """Of chosen periods the columns of the table."""
        numbers = {name: getattr(self, name)[chosen] for name in ("mean", "lowest", "highest", "coverage")}
        counts = {name: getattr(self, name)[chosen].astype(np.int32) for name in ("count", "flagged")}
        streams = self.periods.datastream[chosen].astype(np.int64)
        keys = {"datastream_id": streams, "starts_at": self.periods.starts[chosen]}
        return {**keys, **numbers, **counts}


def _figures(periods: Periods, rows: Rows, of_rows: Periods, intervals_s: Numbers) -> _Figures:
    """The statistics of periods (n,), at least one, whose datastreams have these intervals (n,).

    `of_rows` is the period of each row; rows of other periods are left out.
    """
    place = np.minimum(np.searchsorted(periods.codes, of_rows.codes), len(periods) - 1)
    length = rows.keys.ends - rows.keys.starts
    counted = (periods.codes[place] == of_rows.codes) & (length <= of_rows.ends - of_rows.starts)
    valid = counted & ~np.isnan(rows.values) & (rows.flags & Flag.RANGE.value == 0)
    group, values = place[valid], rows.values[valid]
    length_s = length[valid].astype(np.int64) / _MICROSECONDS
    size = len(periods)
    count = np.bincount(group, minlength=size)
    observed_s = np.bincount(group, np.where(length_s > 0, length_s, intervals_s[group]), size)
    period_s = (periods.ends - periods.starts).astype(np.int64) / _MICROSECONDS
    known = (intervals_s > 0) | (observed_s > 0)
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(lowest, group, values)
    np.maximum.at(highest, group, values)
    return _Figures(
        periods=periods,
        mean=np.divide(np.bincount(group, values, size), count, out=np.full(size, np.nan), where=count > 0),
        lowest=np.where(count > 0, lowest, np.nan),
        highest=np.where(count > 0, highest, np.nan),
        count=count,
        flagged=np.bincount(place[counted & (rows.flags != 0)], minlength=size),
        coverage=np.where(known, np.minimum(1, observed_s / period_s), np.nan),
        empty=np.bincount(place[counted], minlength=size) == 0,
    )


def _store(table: str, figures: _Figures) -> None:
    """Store statistics in their table. Those that follow all stored ones of their datastreams need no comparison."""
    with connection.cursor() as cursor:
        follows = _follows(table, figures.periods)
        copy_binary(cursor, table, figures.columns(follows & ~figures.empty))
        if (gone := ~follows & figures.empty).any():
            periods = figures.periods.taken(gone)
            names = {"streams": array_literal(periods.datastream), "starts": array_literal(periods.starts)}
            cursor.execute(_REMOVE.format(table=table), names)
        if (others := ~follows & ~figures.empty).any():
            cursor.execute(_STAGE)
            copy_binary(cursor, "staged_rollups", figures.columns(others))
            cursor.execute(_UPSERT.format(table=table))


def _follows(table: str, periods: Periods) -> NDArray[np.bool_]:
    """Whether each period begins after the last of its datastream in the table."""
    streams, at = np.unique(periods.datastream, return_inverse=True)
    names = {"streams": array_literal(streams)}
    found = read_columns(_LAST.format(table=table), names, {"id": "i4", "starts": "M8[us]"})
    last = np.full(len(streams), np.datetime64("NaT"), "datetime64[us]")
    last[np.searchsorted(streams, found["id"])] = found["starts"]
    return ~(periods.starts <= last[at])  # NaT compares as false
