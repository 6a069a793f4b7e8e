"""Columns of observations as arrays: those that arrive, those that are stored, and keys alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Times = NDArray[np.datetime64]
UNKNOWN_TIME = np.datetime64("NaT")

LARGEST = 1e100
"""The largest number that a measurement may have: sums and squares of many such are still numbers."""


@dataclass(frozen=True, slots=True)
class Observations:
    """Columns of observations, all of the same length n, in the order in which they arrived.

    `datastream` (n,) keys; `starts`, `ends` (n,) phenomenon times in UTC, `datetime64[us]`, equal for an instant;
    `values` (n,) numbers in the unit of the datastream. `result_times` (n,) in UTC, NaT where unknown; None for
    all unknown. `results`: for other results than numbers the JSON value, None elsewhere; their `values` are NaN.
    `extra` is that of `layers.observations.models.StoredValue`; `features` are keys of features of interest.
    """

    datastream: NDArray[np.int32]
    starts: Times
    ends: Times
    values: Numbers
    result_times: Times | None = None
    results: Sequence[Any] | None = None
    extra: Sequence[dict[str, Any] | None] | None = None
    features: Sequence[int | None] | None = None

    def __len__(self) -> int:
        return len(self.datastream)

    def taken(self, at: NDArray[np.intp]) -> "Observations":
        """Those at these positions."""

        def some(column: Sequence[Any] | None) -> Sequence[Any] | None:
            return None if column is None else [column[i] for i in at]

        times = None if self.result_times is None else self.result_times[at]
        columns = (self.datastream[at], self.starts[at], self.ends[at], self.values[at])
        return Observations(*columns, times, some(self.results), some(self.extra), some(self.features))

    @property
    def plain(self) -> bool:
        """Whether all are numbers, with nothing that SensorThings adds."""
        more = (self.results, self.extra, self.features)
        return all(column is None for column in more) and bool(np.isfinite(self.values).all())


@dataclass(frozen=True, slots=True)
class Keys:
    """Datastream and phenomenon time of n observations, each column (n,)."""

    datastream: NDArray[np.int32]
    starts: Times
    ends: Times

    def __len__(self) -> int:
        return len(self.datastream)

    def taken(self, at: NDArray[Any]) -> "Keys":
        """Those at these positions, or where a mask is true."""
        return Keys(self.datastream[at], self.starts[at], self.ends[at])

    def spans(self) -> tuple[NDArray[np.int32], Times, Times]:
        """Their datastreams, and for each the first and the last start."""
        streams, group = np.unique(self.datastream, return_inverse=True)
        first, last = np.full(len(streams), np.iinfo(np.int64).max), np.full(len(streams), np.iinfo(np.int64).min)
        np.minimum.at(first, group, self.starts.astype(np.int64))
        np.maximum.at(last, group, self.starts.astype(np.int64))
        return streams, first.astype("datetime64[us]"), last.astype("datetime64[us]")


def no_keys() -> Keys:
    """The keys of no observations."""
    return Keys(np.empty(0, np.int32), np.empty(0, "datetime64[us]"), np.empty(0, "datetime64[us]"))


def all_keys(parts: Sequence[Keys]) -> Keys:
    """The keys of all parts, one after the other."""
    names = ("datastream", "starts", "ends")
    return Keys(*(np.concatenate([getattr(one, name) for one in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Rows:
    """Stored numbers and their flags, n of them in the order of datastream, start and end. A value may be NaN."""

    keys: Keys
    values: Numbers
    flags: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.values)

    def taken(self, at: NDArray[Any]) -> "Rows":
        """Those at these positions, or where a mask is true."""
        return Rows(self.keys.taken(at), self.values[at], self.flags[at])


def in_order(keys: Keys) -> NDArray[np.intp]:
    """The positions of the keys in the order of datastream, start and end."""
    return np.lexsort((keys.ends, keys.starts, keys.datastream))


def all_rows(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, in order."""
    keys = all_keys([one.keys for one in parts])
    values = np.concatenate([one.values for one in parts])
    flags = np.concatenate([one.flags for one in parts])
    return Rows(keys, values, flags).taken(in_order(keys))


def array_literal(column: NDArray[Any]) -> str:
    """An array as text in PostgreSQL's form, for a parameter that is cast, such as %s::timestamptz[]."""
    if column.dtype.kind == "M":
        return "{" + ",".join(np.datetime_as_string(column.astype("datetime64[us]"), timezone="UTC")) + "}"
    return "{" + ",".join(map(str, column.tolist())) + "}"


def aware(moment: np.datetime64) -> datetime:
    """A moment in UTC as the database takes it."""
    naive: datetime = moment.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)
