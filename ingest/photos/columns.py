"""The facts of all photos of a run as columns of numbers: 120 bytes a photo, so that a run is resolved at once.

NaN stands for an unknown value. Times are seconds since 1970; `local` is a time without zone, taken as
if it were UTC.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from ingest.photos.facts import GPS_DATE, SPHERE, Facts, Stated
from ingest.photos.headings import Floats
from ingest.photos.measures import epoch, offset_seconds

_UNKNOWN = float("nan")
_OTHERS = ("lat", "lon", "alt_m", "time", "heading", "magnetic")
FIELDS = (
    "lat", "lon", "alt_m", "from_xmp", "heading", "magnetic", "course", "speed_m_s",
    "gps_time", "gps_date_wrong", "local", "offset_s", "hfov", "sphere", "pose",
)  # fmt: skip
STATED_FIELDS = tuple(f"{source}_{one}" for source in ("xmp", "described") for one in _OTHERS)
SIDECAR_FIELDS = ("lat", "lon", "alt_m", "time", "local", "heading", "magnetic", "hfov")


class FactColumns:
    """Collects the facts of photos one by one, in the order of the run."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._cells = array("d")
        self._stated: dict[int, tuple[float, ...]] = {}

    def add(self, name: str, facts: Facts) -> None:
        """Append one photo."""
        if facts.xmp or facts.described:
            self._stated[len(self.names)] = _numbers(*_stated(facts.xmp), *_stated(facts.described))
        self.names.append(name)
        self._cells.extend(_row(facts))

    def values(self) -> dict[str, Floats]:
        """The columns of FIELDS and STATED_FIELDS."""
        cells = np.frombuffer(self._cells, dtype=np.float64).reshape(len(self.names), len(FIELDS))
        own = {name: cells[:, place] for place, name in enumerate(FIELDS)}
        return own | _sparse(STATED_FIELDS, len(self.names), self._stated)


def _sparse(fields: Sequence[str], count: int, rows: Mapping[int, Sequence[float]]) -> dict[str, Floats]:
    """Columns of rows that few photos have; those that none has take no memory."""
    if not rows:
        nothing = np.broadcast_to(np.float64(_UNKNOWN), (count,))
        return dict.fromkeys(fields, nothing)
    cells = np.full((len(fields), count), _UNKNOWN)
    for place, row in rows.items():
        cells[:, place] = row
    return dict(zip(fields, cells, strict=True))


def _numbers(*values: float | None) -> tuple[float, ...]:
    return tuple(_UNKNOWN if one is None else float(one) for one in values)


def _row(facts: Facts) -> tuple[float, ...]:
    return _numbers(
        facts.lat, facts.lon, facts.alt_m, facts.position_from == "xmp", facts.heading_deg, facts.heading_ref == "M",
        facts.course_deg, facts.speed_m_s, epoch(facts.gps_time), GPS_DATE in facts.reasons, epoch(facts.local_time),
        offset_seconds(facts.utc_offset), facts.hfov_deg, facts.projection == SPHERE,
        facts.pano.heading_deg if facts.pano else None,
    )  # fmt: skip


def _stated(one: Stated | None) -> tuple[float | None, ...]:
    if one is None:
        return (None,) * len(_OTHERS)
    return one.lat, one.lon, one.alt_m, epoch(one.time), one.heading_deg, one.heading_ref == "M"


def sidecar_values(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, Floats]:
    """The columns of SIDECAR_FIELDS: the row of each photo by its whole name, its last part, or that without its end.

    A last part that several photos share finds none of them. Of several rows for a photo the last one counts.
    """
    found: dict[int, tuple[float, ...]] = {}
    places: dict[str, int] = {}
    for row in rows:
        places = places or _places(names)
        file = str(row["file"]).replace("\\", "/").removeprefix("./").casefold()
        place = places.get(file, places.get("/" + PurePosixPath(file).name, -1))
        if place >= 0:
            found[place] = _numbers(*_sidecar_row(row))
    return _sparse(SIDECAR_FIELDS, len(names), found)


def _places(names: Sequence[str]) -> dict[str, int]:
    """The place of each photo by its name and, with "/" before them, by last part and stem; -1 for shared ones."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        path = PurePosixPath(name.casefold())
        for key in ("/" + path.name, "/" + path.stem):
            places[key] = -1 if places.get(key, place) != place else place
    return {**places, **{name.casefold(): place for place, name in enumerate(names)}}


def _sidecar_row(row: Mapping[str, Any]) -> tuple[float | None, ...]:
    return (
        row.get("lat"), row.get("lon"), row.get("alt_m"), epoch(row.get("time")), epoch(row.get("local_time")),
        row.get("heading_deg"), float(row.get("heading_ref") == "M"), row.get("hfov_deg"),
    )  # fmt: skip
