"""Decides place, time and direction of each photo of a run from sources that may disagree, and lists disagreements.

The first source of each list that has a value counts; `Trust` moves the sidecar or the track to the front.

* Time: GPS time in the picture (it needs no zone) unless no zone brings it near the camera's clock; that clock with
  its own offset from UTC, then with the zone of the profile; XMP; sidecar; the description in the picture; a doubtful
  GPS time. The profile's clock offset is added to times of the clock, its GPS offset to those of GPS.
* Position: EXIF, which the receiver wrote for this picture; XMP, which programs copy and edit; sidecar, a table of
  unknown age; the description; the track, which depends on the clock being right.
* Heading: EXIF (true, or magnetic plus declination; without reference it is taken as true); XMP; the pose of a 360°
  picture; sidecar; the receiver's course, the track's course, the way to the next photo, each plus the mount offset;
  the description, last because old apps wrote the phone's direction rather than the lens's.
* Field of view: that of a 360° picture itself; else the profile, which a person measured, the picture, the sidecar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.photos.headings import Floats, course_heading, courses, difference, neighbour_heading, true_heading
from ingest.photos.measures import iso_utc
from ingest.photos.track import Match, Track, correlate

APART_M, APART_S, APART_DEG = 25.0, 10.0, 20.0
"""Sources that differ by more disagree."""
WIDEST_FLAT_DEG = 180.0
_QUARTER_S = 900
"""Zones change their offset at whole quarters of an hour."""
Columns = Mapping[str, Floats]
Codes = NDArray[np.int8]


class Origin(IntEnum):
    """Where a resolved value is from; `NONE` where there is none."""

    NONE = 0
    EXIF = 1
    XMP = 2
    SIDECAR = 3
    DESCRIPTION = 4
    TRACK = 5
    GPS = 6
    CLOCK = 7
    CLOCK_IN_ZONE = 8
    MAGNETIC = 9
    POSE = 10
    COURSE = 11
    NEIGHBOUR = 12


@dataclass(frozen=True, slots=True)
class CameraProfile:
    """What a person knows of the camera and its clocks.

    `mount_offset_deg`: clockwise from the vehicle's course to the lens. `clock_offset_s` and `gps_offset_s` are added
    to times of the camera's clock and of GPS (some cameras forget leap seconds). `declination_deg` is positive east.
    `zone` is an IANA name for times of the clock without offset, "" if unknown.
    """

    mount_offset_deg: float = 0.0
    height_m: float | None = None
    hfov_deg: float | None = None
    clock_offset_s: float = 0.0
    gps_offset_s: float = 0.0
    declination_deg: float = 0.0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """Sources that a person declared to go before what the pictures state."""

    sidecar: bool = False
    track: bool = False


@dataclass(frozen=True, eq=False)
class Resolved:
    """One value for each photo, NaN where there is none, and the `Origin` of position, time and heading.

    `raw_*` is what the picture itself states: its position (EXIF, else XMP), the time before the offsets were added,
    the heading before declination.
    """

    lat: Floats
    lon: Floats
    alt_m: Floats
    time: Floats
    heading: Floats
    hfov: Floats
    position_from: Codes
    time_from: Codes
    heading_from: Codes
    raw_lat: Floats
    raw_lon: Floats
    raw_time: Floats
    raw_heading: Floats


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A photo for which two sources differ: `what` is position, time or heading, `values` what each states."""

    name: str
    what: str
    values: Mapping[str, Any]


class _Choice:
    """Values that are filled by the first source that has them."""

    def __init__(self, count: int, width: int = 1) -> None:
        self.values = np.full((width, count), np.nan)
        self.origin: Codes = np.zeros(count, dtype=np.int8)

    def offer(self, origin: Origin, *values: Floats, given: int | None = None) -> None:
        """Fill what is free where the first `given` of the values are known, by default all of them."""
        known = np.isfinite(np.stack(values[:given])).all(axis=0) & (self.origin == Origin.NONE)
        self.values[:, known] = np.stack(values)[:, known]
        self.origin[known] = origin


def resolve(
    facts: Columns, sidecar: Columns, track: Track | None, profile: CameraProfile, trust: Trust = Trust()
) -> Resolved:
    """The values of all photos of a run; the columns are those of `columns`, in the natural order of the names."""
    times = _times(facts, sidecar, profile, trust)
    offset = np.select(
        [np.isin(times.origin, (Origin.CLOCK, Origin.CLOCK_IN_ZONE)), times.origin == Origin.GPS],
        [profile.clock_offset_s, profile.gps_offset_s],
        0.0,
    )
    time = times.values[0] + offset
    match = correlate(track, time) if track is not None else None
    place = _positions(facts, sidecar, match, trust)
    lat, lon, alt_m = place.values
    heading = _headings(facts, sidecar, match, (lat, lon, time), profile, trust)
    return Resolved(
        lat=lat,
        lon=lon,
        alt_m=alt_m,
        time=time,
        heading=heading.values[0],
        hfov=_fields_of_view(facts, sidecar, profile, trust),
        position_from=place.origin,
        time_from=times.origin,
        heading_from=heading.origin,
        raw_lat=facts["lat"],
        raw_lon=facts["lon"],
        raw_time=times.values[0],
        raw_heading=np.where(np.isfinite(facts["heading"]), facts["heading"], facts["pose"]),
    )


def _times(facts: Columns, sidecar: Columns, profile: CameraProfile, trust: Trust) -> _Choice:
    found = _Choice(len(facts["lat"]))
    table = np.where(np.isfinite(sidecar["time"]), sidecar["time"], in_zone(sidecar["local"], profile.zone))
    if trust.sidecar:
        found.offer(Origin.SIDECAR, table)
    found.offer(Origin.GPS, np.where(facts["gps_date_wrong"] > 0, np.nan, facts["gps_time"]))
    found.offer(Origin.CLOCK, facts["local"] - facts["offset_s"])
    found.offer(Origin.CLOCK_IN_ZONE, in_zone(facts["local"], profile.zone))
    found.offer(Origin.XMP, facts["xmp_time"])
    found.offer(Origin.SIDECAR, table)
    found.offer(Origin.DESCRIPTION, facts["described_time"])
    found.offer(Origin.GPS, facts["gps_time"])
    return found


def in_zone(local: Floats, zone: str) -> Floats:
    """UTC seconds of times of a zone ("Europe/Warsaw"); NaN for all without one. Of a repeated hour, the first."""
    if not zone:
        return np.full(local.shape, np.nan)
    known = np.isfinite(local)
    quarters, place = np.unique(np.floor(local[known] / _QUARTER_S), return_inverse=True)
    clock = ZoneInfo(zone)
    offsets = [_offset_s(datetime.fromtimestamp(one * _QUARTER_S, UTC).replace(tzinfo=clock)) for one in quarters]
    result = np.full(local.shape, np.nan)
    result[known] = local[known] - np.asarray(offsets, dtype=np.float64)[place]
    return result


def _offset_s(moment: datetime) -> float:
    offset = moment.utcoffset()
    return offset.total_seconds() if offset else 0.0


def _positions(facts: Columns, sidecar: Columns, match: Match | None, trust: Trust) -> _Choice:
    found = _Choice(len(facts["lat"]), 3)
    table = sidecar["lat"], sidecar["lon"], sidecar["alt_m"]
    on_track = (match.lat, match.lon, match.alt_m) if match else None
    if trust.sidecar:
        found.offer(Origin.SIDECAR, *table, given=2)
    if trust.track and on_track:
        found.offer(Origin.TRACK, *on_track, given=2)
    own = np.where(facts["from_xmp"] > 0, np.nan, facts["lat"])
    found.offer(Origin.EXIF, own, facts["lon"], facts["alt_m"], given=2)
    found.offer(Origin.XMP, facts["lat"], facts["lon"], facts["alt_m"], given=2)
    found.offer(Origin.SIDECAR, *table, given=2)
    found.offer(Origin.DESCRIPTION, facts["described_lat"], facts["described_lon"], facts["described_alt_m"], given=2)
    if on_track:
        found.offer(Origin.TRACK, *on_track, given=2)
    return found


def _headings(
    facts: Columns,
    sidecar: Columns,
    match: Match | None,
    place: tuple[Floats, Floats, Floats],
    profile: CameraProfile,
    trust: Trust,
) -> _Choice:
    found = _Choice(len(facts["lat"]))
    table = _true(sidecar, "heading", "magnetic", profile)
    along = course_heading(match.course, match.speed_m_s, profile.mount_offset_deg) if match else None
    if trust.sidecar:
        found.offer(Origin.SIDECAR, table)
    if trust.track and along is not None:
        found.offer(Origin.TRACK, along)
    own = _true(facts, "heading", "magnetic", profile)
    found.offer(Origin.MAGNETIC, np.where(facts["magnetic"] > 0, own, np.nan))
    found.offer(Origin.EXIF, own)
    found.offer(Origin.XMP, _true(facts, "xmp_heading", "xmp_magnetic", profile))
    found.offer(Origin.POSE, facts["pose"])
    found.offer(Origin.SIDECAR, table)
    found.offer(Origin.COURSE, course_heading(facts["course"], facts["speed_m_s"], profile.mount_offset_deg))
    if along is not None:
        found.offer(Origin.TRACK, along)
    found.offer(Origin.NEIGHBOUR, _ways(*place, profile.mount_offset_deg))
    found.offer(Origin.DESCRIPTION, _true(facts, "described_heading", "described_magnetic", profile))
    return found


def _true(columns: Columns, heading: str, magnetic: str, profile: CameraProfile) -> Floats:
    return true_heading(columns[heading], columns[magnetic] > 0, profile.declination_deg)


def _ways(lat: Floats, lon: Floats, time: Floats, mount_offset_deg: float) -> Floats:
    """Headings to the next photo: in the order of time where all times are known, else in that of the names."""
    order = np.argsort(time, kind="stable") if np.isfinite(time).all() else np.arange(len(time))
    result = np.full(lat.shape, np.nan)
    result[order] = neighbour_heading(lat[order], lon[order], time[order], mount_offset_deg)
    return result


def _fields_of_view(facts: Columns, sidecar: Columns, profile: CameraProfile, trust: Trust) -> Floats:
    """Degrees; a flat picture has less than 180."""
    sphere = facts["sphere"] > 0
    measured = np.where(sphere, np.nan, np.nan if profile.hfov_deg is None else profile.hfov_deg)
    table = np.where((sidecar["hfov"] > 0) & (sidecar["hfov"] < WIDEST_FLAT_DEG), sidecar["hfov"], np.nan)
    sources = [np.where(sphere, facts["hfov"], np.nan), measured, facts["hfov"], table]
    if trust.sidecar:
        sources.insert(1, table)
    result = np.full(sphere.shape, np.nan)
    for one in sources:
        result = np.where(np.isfinite(result), result, one)
    return result


def disagreements(
    names: Sequence[str], facts: Columns, sidecar: Columns, track: Track | None, profile: CameraProfile
) -> Iterator[Disagreement]:
    """Photos whose own values differ from the sidecar's, XMP's or the track's by more than 25 m, 10 s or 20 degrees.

    Own values are those of the picture with the corrections of the profile. A GPS time is compared with the camera's
    clock too.
    """
    none = dict.fromkeys(sidecar, np.full(len(names), np.nan))
    times = resolve(facts, none, None, profile).time
    yield from _places_apart(names, facts, sidecar, correlate(track, times) if track else None)
    yield from _times_apart(names, facts, sidecar, times, profile)
    own = _true(facts, "heading", "magnetic", profile)
    others = {
        "sidecar": _true(sidecar, "heading", "magnetic", profile),
        "xmp": _true(facts, "xmp_heading", "xmp_magnetic", profile),
        "pose": facts["pose"],
    }
    for source, other in others.items():
        apart = np.abs(difference(own, other))
        for place in np.flatnonzero(apart > APART_DEG).tolist():
            values = {"photo": _round(own[place], 2), source: _round(other[place], 2)}
            yield Disagreement(names[place], "heading", {**values, "apart_deg": _round(apart[place], 2)})


def _places_apart(
    names: Sequence[str], facts: Columns, sidecar: Columns, match: Match | None
) -> Iterator[Disagreement]:
    not_exif = facts["from_xmp"] > 0
    others = {
        "sidecar": (sidecar["lat"], sidecar["lon"]),
        "xmp": (np.where(not_exif, np.nan, facts["xmp_lat"]), facts["xmp_lon"]),
    }
    if match:
        others["track"] = match.lat, match.lon
    for source, (lat, lon) in others.items():
        _, apart = courses(facts["lat"], facts["lon"], lat, lon)
        for place in np.flatnonzero(apart > APART_M).tolist():
            photo = [_round(facts[axis][place], 7) for axis in ("lat", "lon")]
            values = {"photo": photo, source: [_round(lat[place], 7), _round(lon[place], 7)]}
            yield Disagreement(names[place], "position", {**values, "apart_m": _round(apart[place], 1)})


def _times_apart(
    names: Sequence[str], facts: Columns, sidecar: Columns, own: Floats, profile: CameraProfile
) -> Iterator[Disagreement]:
    clock = facts["local"] - facts["offset_s"]
    clock = np.where(np.isfinite(clock), clock, in_zone(facts["local"], profile.zone)) + profile.clock_offset_s
    others = {
        "sidecar": np.where(np.isfinite(sidecar["time"]), sidecar["time"], in_zone(sidecar["local"], profile.zone)),
        "xmp": facts["xmp_time"],
        "clock": np.where(np.isfinite(facts["gps_time"]), clock, np.nan),
    }
    for source, other in others.items():
        apart = np.abs(own - other)
        for place in np.flatnonzero(apart > APART_S).tolist():
            values = {"photo": _iso(own[place]), source: _iso(other[place])}
            yield Disagreement(names[place], "time", {**values, "apart_s": _round(apart[place], 3)})


def _round(value: float, digits: int) -> float:
    return round(float(value), digits)


def _iso(seconds: float) -> str:
    return iso_utc(datetime.fromtimestamp(float(seconds), UTC))
