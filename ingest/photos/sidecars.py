"""Reads the files beside photos: GPX tracks, tables of positions, Mapillary descriptions. Runs in the sandbox only.

A row belongs to a photo by the file's name. A position at 0, 0 or outside the globe is none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import gpxpy
import gpxpy.gpx

from ingest.errors import HostileFile, UnreadableFile
from ingest.photos import measures
from ingest.readers.formats import check_size
from ingest.readers.prescan import check_json_nesting, xml_root
from ingest.readers.tables import CsvTable
from ingest.text.names import plain
from ingest.text.numbers import coordinate

COLUMNS = {
    "file": ("file", "filename", "name", "image", "imagename", "photo", "path", "plik", "nazwapliku", "zdjecie"),
    "lat": ("lat", "latitude", "gpslatitude", "szerokosc", "szerokoscgeograficzna", "maplatitude"),
    "lon": ("lon", "lng", "long", "longitude", "gpslongitude", "dlugosc", "dlugoscgeograficzna", "maplongitude"),
    "alt_m": ("alt", "altitude", "ele", "elevation", "height", "z", "wysokosc", "mapaltitude"),
    "time": ("capturetime", "time", "timestamp", "datetime", "gpstime", "utc", "timeutc", "czas", "takenat"),
    "heading_deg": ("heading", "headingdeg", "yaw", "bearing", "azimuth", "azymut", "kierunek", "compassangle"),
    "hfov_deg": ("fieldofview", "fov", "hfov", "hfovdeg"),
    "accuracy_m": ("accuracy", "accuracym", "hacc", "gpsaccuracy", "dokladnosc"),
}
_EPOCH_SECONDS = (300_000_000, 10_000_000_000)
"""A plain number between these is a time in seconds since 1970, one a thousand times larger in milliseconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a sidecar states about one photo; `time` is UTC, `local_time` one without zone, both ISO."""

    file: str
    lat: float | None = None
    lon: float | None = None
    alt_m: float | None = None
    time: str | None = None
    local_time: str | None = None
    heading_deg: float | None = None
    heading_ref: str = ""
    hfov_deg: float | None = None
    accuracy_m: float | None = None


def read_sidecar(path: Path, name: str, limits: Mapping[str, int]) -> dict[str, Any]:
    """The content of a sidecar as plain JSON: {"track": {...}} or {"rows": [...], "notes": [...]}.

    Raises UnreadableFile, HostileFile.
    """
    check_size(path, limits["file_bytes"])
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".gpx":
        return _track(path, limits)
    notes: list[str] = []
    rows = _descriptions(path, name, limits, notes) if suffix == ".json" else _table(path, notes)
    listed: list[dict[str, Any]] = []
    for row in rows:
        if len(listed) >= limits["features"]:
            raise HostileFile(f"{name} has more than {limits['features']:,} rows (INGEST_FEATURES).")
        listed.append(asdict(row))
    return {"rows": listed, "notes": notes}


def _track(path: Path, limits: Mapping[str, int]) -> dict[str, Any]:
    """Columns time (seconds since 1970), lat, lon, ele of points that have a time; the number of the others."""
    if not xml_root(path, limits["nesting"]).endswith("gpx"):
        raise UnreadableFile("It is no GPX file: its first element is not <gpx>.")
    try:
        gpx = gpxpy.parse(path.read_bytes())
    except (gpxpy.gpx.GPXException, ValueError) as fault:
        raise UnreadableFile(f"The GPX file is damaged ({' '.join(str(fault).split())[:200]}).") from fault
    columns: dict[str, list[Any]] = {"time": [], "lat": [], "lon": [], "ele": []}
    without_time = 0
    for point, _, _, _ in gpx.walk():
        if not _is_usable(point):
            without_time += 1
            continue
        moment = point.time if point.time.tzinfo else point.time.replace(tzinfo=UTC)
        for name, value in zip(
            columns, (moment.timestamp(), point.latitude, point.longitude, point.elevation), strict=True
        ):
            columns[name].append(value)
    return {"track": columns, "unusable_points": without_time}


def _is_usable(point: gpxpy.gpx.GPXTrackPoint) -> bool:
    known = point.time is not None and measures.FIRST_YEAR <= point.time.year <= measures.LAST_YEAR
    return known and _place(point.latitude, point.longitude) is not None


def _place(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    if lat is None or lon is None or (lat == 0 and lon == 0) or not (abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return lat, lon


def _table(path: Path, notes: list[str]) -> Iterator[Row]:
    table = CsvTable.open(path, "")
    names = [plain(one) for one in table.columns]
    places = {
        field: next((names.index(one) for one in wanted if one in names), None) for field, wanted in COLUMNS.items()
    }
    if places["file"] is None:
        known = ", ".join(table.columns[:20])
        raise UnreadableFile(f"No column names the photo (file, filename ...); columns: {known}.")
    for number, cells in enumerate(table.rows(), 1):
        values = {
            field: cells[place].strip() if place is not None and place < len(cells) else ""
            for field, place in places.items()
        }
        if values["file"]:
            yield _table_row(values, number, notes)


def _table_row(values: Mapping[str, str], number: int, notes: list[str]) -> Row:
    lat, lon = coordinate(values["lat"]), coordinate(values["lon"])
    place = _place(lat, lon)
    if place is None and (values["lat"] or values["lon"]):
        notes.append(f"Row {number}: {values['lat']}, {values['lon']} is no position.")
    time, local_time = _moment(values["time"])
    if values["time"] and not (time or local_time):
        notes.append(f"Row {number}: {values['time'][:40]} is no time.")
    heading = measures.bearing(coordinate(values["heading_deg"]))
    if values["heading_deg"] and heading is None:
        notes.append(f"Row {number}: {values['heading_deg'][:40]} is no direction.")
    return Row(
        values["file"],
        place[0] if place else None,
        place[1] if place else None,
        coordinate(values["alt_m"]),
        time,
        local_time,
        heading,
        "T" if heading is not None else "",
        coordinate(values["hfov_deg"]),
        coordinate(values["accuracy_m"]),
    )


def _moment(written: str) -> tuple[str | None, str | None]:
    """The UTC time, or else the local one, of a text or of a number of seconds or milliseconds."""
    seconds = measures.number(written)
    if seconds is not None:
        seconds = seconds / 1000 if seconds > _EPOCH_SECONDS[1] else seconds
        if not _EPOCH_SECONDS[0] < seconds < _EPOCH_SECONDS[1]:
            return None, None
        return measures.iso_utc(datetime.fromtimestamp(seconds, UTC)), None
    local, zone = measures.local_and_offset(written)
    if local is None:
        return measures.mapillary_time(written), None
    return (measures.utc(local, zone), None) if zone else (None, local.isoformat())


def _descriptions(path: Path, name: str, limits: Mapping[str, int], notes: list[str]) -> Iterator[Row]:
    """The rows of a Mapillary description: a list of images, or one image."""
    check_json_nesting(path, limits["nesting"])
    try:
        content = json.loads(path.read_bytes())
    except ValueError as fault:
        raise UnreadableFile(f"The JSON is damaged ({fault}).") from fault
    listed: Iterable[Any] = content if isinstance(content, list) else [content]
    for number, one in enumerate(listed, 1):
        if not isinstance(one, dict) or not any(str(key).startswith("MAP") for key in one):
            notes.append(f"Entry {number} is no Mapillary description.")
        elif "MAPGPSTrack" in one:
            notes.append(f"Entry {number} describes a video, which is not read.")
        else:
            yield mapillary_row(one, PurePosixPath(name).stem)


def mapillary_row(values: Mapping[str, Any], file: str = "") -> Row:
    """The row of one Mapillary description; `file` is the photo's name where it states none."""
    named = measures.text(values.get("filename")) or measures.text(values.get("MAPFilename"))
    lat, lon = (measures.number(values.get(f"MAP{axis}")) for axis in ("Latitude", "Longitude"))
    place = _place(lat, lon)
    compass = values.get("MAPCompassHeading")
    headings = compass if isinstance(compass, dict) else {}
    true, magnetic = (measures.bearing(headings.get(f"{kind}Heading")) for kind in ("True", "Magnetic"))
    heading = true if true is not None else magnetic
    return Row(
        PureWindowsPath(named).name if named else file,
        place[0] if place else None,
        place[1] if place else None,
        measures.number(values.get("MAPAltitude")),
        measures.mapillary_time(values.get("MAPCaptureTime")),
        heading_deg=heading,
        heading_ref="" if heading is None else "M" if true is None else "T",
        accuracy_m=measures.number(values.get("MAPGPSAccuracyMeters")),
    )
