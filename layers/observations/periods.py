"""Hours, and civil days in the zones of datastreams, as moments between which observations start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.city import city
from layers.observations.columns import Integers, Keys, Times
from layers.observations.rules import Rules
from layers.observations.stored_rows import read_columns

HOUR = np.timedelta64(3_600_000_000, "us")
_DAY = np.timedelta64(86_400_000_000, "us")
# Midnights of a zone; where it is half an hour off, an hour belongs to two days.
_MIDNIGHTS = """
SELECT (day AT TIME ZONE %(zone)s) FROM generate_series(
    date_trunc('day', %(first)s::timestamptz AT TIME ZONE %(zone)s), %(last)s::timestamptz AT TIME ZONE %(zone)s,
    interval '1 day'
) day
"""
_SECONDS_BITS = 39
_FIRST_SECOND = -(2**37)
"""Before the year 1; `_SECONDS_BITS` reach from there beyond the year 9999."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Distinct hours or days of datastreams, in order; each column (n,).

    `codes` determine datastream and start, within one `Calendar`.
    """

    codes: Integers
    datastream: NDArray[np.int32]
    starts: Times
    ends: Times

    def __len__(self) -> int:
        return len(self.codes)

    def taken(self, at: NDArray[Any]) -> "Periods":
        """Those at these positions, or where a mask is true."""
        return Periods(self.codes[at], self.datastream[at], self.starts[at], self.ends[at])

    def distinct(self) -> "Periods":
        """Each once, in order."""
        return self.taken(np.unique(self.codes, return_index=True)[1])


class Calendar:
    """The hours and days of datastreams in a stretch of time: `first` to `last` and a day around."""

    def __init__(self, streams: Mapping[int, Rules], first: np.datetime64, last: np.datetime64) -> None:
        self.streams = np.array(sorted(streams), dtype=np.int32)
        zones = [streams[key].day_zone or city().timezone.key for key in self.streams.tolist()]
        names, self._zone = np.unique(zones, return_inverse=True)
        self._midnights = [_midnights(str(zone), first - _DAY, last + 2 * _DAY) for zone in names]

    def hours(self, keys: Keys) -> Periods:
        """The hour in which each observation starts."""
        starts = keys.starts.astype("datetime64[h]").astype("datetime64[us]")
        ends: Times = np.add(starts, HOUR)
        return self._periods(keys, starts, ends)

    def days(self, keys: Keys) -> Periods:
        """The civil day in which each observation starts."""
        zone = self._zone[np.searchsorted(self.streams, keys.datastream)]
        starts, ends = np.empty_like(keys.starts), np.empty_like(keys.starts)
        for number, midnights in enumerate(self._midnights):
            chosen = zone == number
            day = np.searchsorted(midnights, keys.starts[chosen], side="right")
            starts[chosen], ends[chosen] = midnights[day - 1], midnights[day]
        return self._periods(keys, starts, ends)

    def _periods(self, keys: Keys, starts: Times, ends: Times) -> Periods:
        at = np.searchsorted(self.streams, keys.datastream)
        seconds = starts.astype("datetime64[s]").astype(np.int64) - _FIRST_SECOND
        return Periods((at << _SECONDS_BITS) + seconds, keys.datastream, starts, ends)


def _midnights(zone: str, first: np.datetime64, last: np.datetime64) -> Times:
    names = {"zone": zone, "first": str(first) + "Z", "last": str(last) + "Z"}
    return read_columns(_MIDNIGHTS, names, {"midnight": "M8[us]"})["midnight"]
