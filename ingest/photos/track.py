"""Places photos on a GPX track by their time, and estimates the offset of the camera's clock (domain.md 6.3).

Times are seconds since 1970 (UTC), positions WGS84 degrees. Positions are interpolated linearly in latitude and
longitude; a photo between two points that are more than 10 s or 100 m apart has no place on the track.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.photos.headings import Floats, courses

GAP_S = 10.0
GAP_M = 100.0
LEAST_PHOTOS = 3
"""Fewer photos with positions do not support an offset."""
SEARCHED_S = 120.0
PHOTOS_TRIED = 400
MISSED_M = 100.0
"""A photo off the track counts as so far away, so that an offset which drops photos does not win."""
FLAT_M = 1.0
"""Where the searched offsets differ by less than this, nothing moved and the clock cannot be judged."""


@dataclass(frozen=True, eq=False)
class Track:
    """Points in the order of time, at most one for each time; `ele` is NaN where it is unknown."""

    time: Floats
    lat: Floats
    lon: Floats
    ele: Floats

    @classmethod
    def of(cls, columns: Sequence[Mapping[str, Sequence[Any]]]) -> "Track":
        """One track of all files' columns, each as `sidecars.read_sidecar` gives it."""
        joined = [
            np.concatenate([np.asarray(one[name], dtype=np.float64) for one in columns] or [np.empty(0)])
            for name in ("time", "lat", "lon", "ele")
        ]
        _, first = np.unique(joined[0], return_index=True)
        return cls(*(one[first] for one in joined))

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False)
class Match:
    """For each photo: whether it is `on` the track, place, height, course (degrees), speed; NaN where it is not."""

    on: np.ndarray[Any, np.dtype[np.bool_]]
    lat: Floats
    lon: Floats
    alt_m: Floats
    course: Floats
    speed_m_s: Floats


def correlate(track: Track, times: Floats) -> Match:
    """The place on the track at each time. Of a time equal to that of a point, the leg that begins there counts."""
    found = Match(np.zeros(times.shape, dtype=bool), *(np.full(times.shape, np.nan) for _ in range(5)))
    if len(track) < 2:
        return found
    start = np.clip(np.searchsorted(track.time, times, side="right") - 1, 0, len(track) - 2)
    end = start + 1
    elapsed = track.time[end] - track.time[start]
    course, length = courses(track.lat[start], track.lon[start], track.lat[end], track.lon[end])
    inside = (times >= track.time[0]) & (times <= track.time[-1])  # false for NaN too
    found.on[:] = inside & (elapsed <= GAP_S) & (length <= GAP_M)
    share = np.where(found.on, (times - track.time[start]) / elapsed, np.nan)
    found.lat[:] = track.lat[start] + share * (track.lat[end] - track.lat[start])
    across = (track.lon[end] - track.lon[start] + 180) % 360 - 180
    found.lon[:] = (track.lon[start] + share * across + 180) % 360 - 180
    found.alt_m[:] = track.ele[start] + share * (track.ele[end] - track.ele[start])
    found.course[:] = np.where(found.on & (length > 0), course, np.nan)
    found.speed_m_s[:] = np.where(found.on, length / elapsed, np.nan)
    return found


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """Seconds to add to the camera's times, the mean distance (m) to the track before and after, photos used."""

    offset_s: float
    before_m: float
    after_m: float
    photos: int


def estimate_offset(
    times: Floats, lat: Floats, lon: Floats, track: Track, searched_s: float = SEARCHED_S
) -> ClockOffset | None:
    """The offset of the clock that brings photos with positions of their own nearest to the track.

    None where fewer than three photos have time and position, or every offset fits alike (nothing moved). Both
    distances are means over the photos on the track at the estimated offset; off it without the offset counts 100 m.
    """
    known = np.flatnonzero(np.isfinite(times) & np.isfinite(lat) & np.isfinite(lon))
    if len(known) < LEAST_PHOTOS or len(track) < 2:
        return None
    tried = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), PHOTOS_TRIED)).astype(int))]
    photos = times[tried], lat[tried], lon[tried]
    coarse = np.arange(-searched_s, searched_s + 0.5, 1.0)
    scores = np.array([_distances(offset, *photos, track).mean() for offset in coarse])
    if scores.max() - scores.min() < FLAT_M:
        return None
    best = _nearest_to_zero(coarse, scores)
    fine = best + np.arange(-1.0, 1.05, 0.1)
    best = _nearest_to_zero(fine, np.array([_distances(offset, *photos, track).mean() for offset in fine]))
    everything = times[known], lat[known], lon[known]
    after = _distances(best, *everything, track)
    used = after < MISSED_M
    if used.sum() < LEAST_PHOTOS:
        return None
    before = _distances(0.0, *everything, track)
    return ClockOffset(round(best, 1) + 0.0, float(before[used].mean()), float(after[used].mean()), int(used.sum()))


def _nearest_to_zero(offsets: Floats, scores: Floats) -> float:
    """The offset of the best score; of equal ones that nearest to zero."""
    equal = offsets[scores <= scores.min() + 1e-6]
    return float(equal[np.argmin(np.abs(equal))])


def _distances(offset: float, times: Floats, lat: Floats, lon: Floats, track: Track) -> Floats:
    match = correlate(track, times + offset)
    _, distance = courses(match.lat, match.lon, lat, lon)
    return np.where(np.isfinite(distance), np.minimum(distance, MISSED_M), MISSED_M)
