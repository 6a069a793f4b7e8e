"""Quality control of arriving observations: flags, never deletion; and exclusions by an editor.

A flag depends only on the stored values around an observation, not on how they were split into batches. Values
outside the physical range are left out when neighbours are compared, so that a spurious -999 does not make the next
good value a step. Neighbours further apart than two intervals of the datastream are not compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.observations.columns import (
    Integers,
    Keys,
    Numbers,
    Rows,
    Times,
    all_rows,
    array_literal,
    in_order,
    no_keys,
)
from layers.observations.rules import Rules
from layers.observations.stored_rows import ROW, read_columns, read_rows, rows_of


class Flag(IntFlag):
    """What is doubtful about a value. Bits of `StoredValue.flags`."""

    RANGE = 1
    """Outside the physical range of the datastream; not in rollups."""
    STEP = 2
    """Differs from the value before by more than the datastream's `step`."""
    SPIKE = 4
    """A jump there and back by more than `spike`."""
    STUCK = 8
    """At least the `stuck`th equal value in a row."""


_IN_RANGE = (
    "o.value IS NOT NULL AND o.value >= coalesce(d.lowest, o.value) AND o.value <= coalesce(d.highest, o.value)"
)
_SPANS = """
SELECT d.id, d.lowest, d.highest, t.first, t.last, greatest(coalesce(d.stuck, 1), 1) AS context
FROM unnest(%(streams)s::int4[], %(first)s::timestamptz[], %(last)s::timestamptz[]) t(id, first, last)
JOIN layers_datastream d USING (id)
"""
# So many values before new ones decide about their flags.
BEFORE = f"""
SELECT d.id, o.starts_at, o.ends_at, o.value, o.flags FROM ({_SPANS}) d CROSS JOIN LATERAL (
    SELECT * FROM layers_observation o WHERE o.datastream_id = d.id AND o.starts_at < d.first AND {_IN_RANGE}
    ORDER BY o.starts_at DESC, o.ends_at DESC LIMIT d.context + 1
) o
"""
# The rows of the touched periods, those around them that are judged again, and those that decide about them.
AROUND = f"""
WITH spans AS MATERIALIZED ({_SPANS}),
bounds AS MATERIALIZED (
    SELECT d.*, coalesce(nearest.starts_at, d.first) AS flag_from,
        coalesce(b.farthest, nearest.starts_at, d.first) AS read_from, coalesce(a.farthest, d.last) AS flag_until,
        coalesce(beyond.starts_at, a.farthest, d.last) AS read_until
    FROM spans d
    LEFT JOIN LATERAL (
        SELECT o.starts_at FROM layers_observation o
        WHERE o.datastream_id = d.id AND o.starts_at < d.first AND {_IN_RANGE}
        ORDER BY o.starts_at DESC LIMIT 1
    ) nearest ON true
    CROSS JOIN LATERAL (
        SELECT min(starts_at) AS farthest FROM (
            SELECT o.starts_at FROM layers_observation o
            WHERE o.datastream_id = d.id AND o.starts_at < nearest.starts_at AND {_IN_RANGE}
            ORDER BY o.starts_at DESC LIMIT d.context
        ) x
    ) b
    CROSS JOIN LATERAL (
        SELECT max(starts_at) AS farthest FROM (
            SELECT o.starts_at FROM layers_observation o
            WHERE o.datastream_id = d.id AND o.starts_at > d.last AND {_IN_RANGE}
            ORDER BY o.starts_at LIMIT d.context
        ) x
    ) a
    LEFT JOIN LATERAL (
        SELECT o.starts_at FROM layers_observation o
        WHERE o.datastream_id = d.id AND o.starts_at > a.farthest AND {_IN_RANGE}
        ORDER BY o.starts_at LIMIT 1
    ) beyond ON true
)
SELECT d.id, o.starts_at, o.ends_at, coalesce(o.value, 'NaN'), o.flags,
    (o.batch_id = %(batch)s AND o.starts_at <= d.last)::int::int2,
    (o.starts_at BETWEEN d.flag_from AND d.flag_until)::int::int2
FROM bounds d CROSS JOIN LATERAL (
    SELECT * FROM layers_observation o
    WHERE o.datastream_id = d.id AND o.starts_at BETWEEN d.read_from AND d.read_until
) o
"""
SET_FLAGS = """
UPDATE layers_observation o SET flags = c.flags
FROM unnest(%(streams)s::int4[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(flags)s::int2[])
    c(id, starts_at, ends_at, flags)
WHERE o.datastream_id = c.id AND o.starts_at = c.starts_at AND o.ends_at = c.ends_at
"""
_NEVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Controls:
    """The checks of those datastreams that have one, in the order of their keys; infinite or 0 for no such check."""

    streams: NDArray[np.int32]
    lowest: Numbers
    highest: Numbers
    step: Numbers
    spike: Numbers
    stuck: Integers
    gap_us: Integers
    """Neighbours further apart are not compared."""

    @classmethod
    def of(cls, datastreams: Iterable[Rules]) -> "Controls":
        """The checks of those of the datastreams that have one."""
        chosen = sorted((one for one in datastreams if cls._checked(one)), key=lambda one: one.pk)

        def limits(name: str, absent: float) -> Numbers:
            found = [getattr(one, name) for one in chosen]
            return np.array([absent if limit is None else limit for limit in found], dtype=float)

        return cls(
            np.array([one.pk for one in chosen], dtype=np.int32),
            limits("lowest", -np.inf),
            limits("highest", np.inf),
            limits("step", np.inf),
            limits("spike", np.inf),
            np.array([one.stuck or 0 for one in chosen], dtype=np.int64),
            np.array([2_000_000 * one.interval_s if one.interval_s > 0 else _NEVER_US for one in chosen], np.int64),
        )

    @staticmethod
    def _checked(one: Rules) -> bool:
        return any(limit is not None for limit in (one.lowest, one.highest, one.step, one.spike, one.stuck))


def judge(rows: Rows, controls: Controls) -> NDArray[np.int16]:
    """The flags of rows of checked datastreams, as far as these rows decide about them."""
    at = np.searchsorted(controls.streams, rows.keys.datastream)
    number = ~np.isnan(rows.values)
    good = number & (rows.values >= controls.lowest[at]) & (rows.values <= controls.highest[at])
    flags = np.where(number & ~good, Flag.RANGE.value, 0).astype(np.int16)
    places = np.flatnonzero(good)
    values, at, starts = rows.values[places], at[places], rows.keys.starts[places].astype(np.int64)
    near = (at[1:] == at[:-1]) & (starts[1:] - starts[:-1] <= controls.gap_us[at[1:]])
    flags[places] |= (
        _steps(values, near, controls.step[at])
        | _spikes(values, near, controls.spike[at])
        | _stuck(values, near, controls.stuck[at])
    )
    return flags


def _steps(values: Numbers, near: NDArray[np.bool_], limit: Numbers) -> NDArray[np.int16]:
    flags = np.zeros(len(values), np.int16)
    flags[1:][near & (np.abs(np.diff(values)) > limit[1:])] = Flag.STEP.value
    return flags


def _spikes(values: Numbers, near: NDArray[np.bool_], limit: Numbers) -> NDArray[np.int16]:
    flags = np.zeros(len(values), np.int16)
    if len(values) > 2:
        jumps, limit = np.diff(values), limit[1:-1]
        there, back = jumps[:-1], jumps[1:]
        jumped = near[:-1] & near[1:] & (np.abs(there) > limit) & (np.abs(back) > limit)
        returned = (np.sign(there) == -np.sign(back)) & (np.abs(values[2:] - values[:-2]) <= limit)
        flags[1:-1][jumped & returned] = Flag.SPIKE.value
    return flags


def _stuck(values: Numbers, near: NDArray[np.bool_], limit: Integers) -> NDArray[np.int16]:
    place = np.arange(len(values))
    broken = np.ones(len(values), dtype=bool)
    broken[1:] = ~(near & (values[1:] == values[:-1]))
    equal_so_far = place - np.maximum.accumulate(np.where(broken, place, 0)) + 1
    return np.where((limit > 1) & (equal_so_far >= limit), Flag.STUCK.value, 0).astype(np.int16)


def judge_appended(rows: Rows, controls: Controls) -> tuple[NDArray[np.int16], Keys]:
    """The flags of rows, in order, that are to be stored after all others of their datastreams.

    Of the stored ones only the last can change: a jump there may now be one there and back. Returns the new rows'
    flags and the keys of stored rows whose flags were changed.
    """
    flags, checked = np.zeros(len(rows), np.int16), np.isin(rows.keys.datastream, controls.streams)
    if not checked.any():
        return flags, no_keys()
    new = rows.taken(checked)
    streams, first, last = new.keys.spans()
    both = all_rows([read_rows(BEFORE, _spans(streams, first, last)), new])
    judged = judge(both, controls)
    is_new = both.keys.starts >= first[np.searchsorted(streams, both.keys.datastream)]
    flags[checked] = judged[is_new]
    last_stored = np.zeros(len(both), dtype=bool)
    last_stored[:-1] = ~is_new[:-1] & is_new[1:] & (both.keys.datastream[1:] == both.keys.datastream[:-1])
    return flags, _set_flags(both.taken(last_stored), judged[last_stored])


def judge_stored(touched: Keys, controls: Controls, batch: int) -> tuple[dict[int, int], Keys]:
    """Set the flags of touched rows and of their neighbours.

    Returns how many of the rows that the batch wrote have a flag, by datastream, and the keys of all rows whose flags
    were changed.
    """
    chosen = touched.taken(np.isin(touched.datastream, controls.streams))
    if not len(chosen):
        return {}, no_keys()
    read = read_columns(AROUND, _spans(*chosen.spans()) | {"batch": batch}, {**ROW, "own": "i2", "judged": "i2"})
    order = in_order(rows_of(read).keys)
    read = {name: column[order] for name, column in read.items()}
    rows = rows_of(read)
    wanted = (read["judged"] == 1) & ~np.isnan(rows.values)
    flags = np.where(wanted, judge(rows, controls), rows.flags)
    own = read["own"] == 1
    return flagged(rows.keys.taken(own), flags[own]), _set_flags(rows, flags)


def flagged(keys: Keys, flags: NDArray[np.int16]) -> dict[int, int]:
    """How many have a flag, by datastream."""
    streams, numbers = np.unique(keys.datastream[flags != 0], return_counts=True)
    return dict(zip(streams.tolist(), numbers.tolist(), strict=True))


def _spans(streams: NDArray[np.int32], first: Times, last: Times) -> dict[str, Any]:
    return {"streams": array_literal(streams), "first": array_literal(first), "last": array_literal(last)}


def _set_flags(rows: Rows, flags: NDArray[np.int16]) -> Keys:
    """Store flags of rows where they differ; returns the keys of those."""
    differ = flags != rows.flags
    keys, flags = rows.keys.taken(differ), flags[differ]
    if len(keys):
        with connection.cursor() as cursor:
            columns = {"streams": keys.datastream, "starts": keys.starts, "ends": keys.ends, "flags": flags}
            cursor.execute(SET_FLAGS, {name: array_literal(column) for name, column in columns.items()})
    return keys
