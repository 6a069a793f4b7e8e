"""Writes the photos of two simulated drives along one street, a year apart, with tags and a GPX track beside them."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PIL import Image

from ingest.photos.simulated.painting import Camera, painted
from ingest.photos.simulated.scene import Face, Scene, boards
from layers.crs import WGS84, storage_srid, transformer

GPS, DETAILS = 0x8825, 0x8769
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" '
    'GPano:ProjectionType="equirectangular" '
    'GPano:FullPanoWidthPixels="{width}" GPano:FullPanoHeightPixels="{height}" '
    'GPano:CroppedAreaImageWidthPixels="{width}" GPano:CroppedAreaImageHeightPixels="{height}" '
    'GPano:CroppedAreaLeftPixels="0" GPano:CroppedAreaTopPixels="0" GPano:PoseHeadingDegrees="{heading:.2f}"/>'
    "</rdf:RDF></x:xmpmeta>"
)
HFOV_DEG, F35_MM = 69.390, 26
"""26 mm of full frame (domain.md 6.1)."""
SPEED_M_S = 5.0
POSITION_SIGMA_M, HEADING_SIGMA_DEG = 1.0, 1.5


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive: its short name, when it begins (UTC), its camera, the fault of its clock, the boards that are up."""

    slug: str
    begins: datetime
    every_m: float
    size: tuple[int, int]
    sphere: bool
    clock_s: float
    boards_since: int


DRIVES = (
    Drive("przejazd-2025", datetime(2025, 5, 12, 8, 30, tzinfo=UTC), 10.0, (1600, 1200), False, 0.0, 2),
    Drive("przejazd-2026", datetime(2026, 5, 11, 9, 10, tzinfo=UTC), 10.0, (1600, 1200), False, 3.0, 0),
    Drive("spacer-360-2026", datetime(2026, 6, 2, 7, 0, tzinfo=UTC), 60.0, (4608, 2304), True, 0.0, 0),
)


def write_drive(drive: Drive, scene: Scene, folder: Path, most: int | None = None) -> int:
    """Write the photos and the track of a drive into a folder; returns how many photos, `most` at most."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(sum(map(ord, drive.slug)))
    more = boards(scene, 80.0, drive.boards_since)
    places = np.arange(5.0, scene.street.length - 5.0, drive.every_m)[:most]
    for number, at in enumerate(places):
        content = _photo(drive, scene, more, float(at), noise)
        (folder / f"{number:04}.jpg").write_bytes(content)
    (folder / "track.gpx").write_text(_track(drive, scene), encoding="utf-8")
    return len(places)


def _place(scene: Scene, at: float) -> tuple[float, float, float]:
    """Easting, northing and grid heading at a distance along the street."""
    here, ahead = (shapely.get_coordinates(scene.street.interpolate(at + step))[0] for step in (0.0, 1.0))
    way = ahead - here
    return float(here[0]), float(here[1]), float(np.degrees(np.arctan2(way[0], way[1]))) % 360


def _moment(drive: Drive, at: float) -> datetime:
    return drive.begins + timedelta(seconds=at / SPEED_M_S)


def _photo(drive: Drive, scene: Scene, more: tuple[Face, ...], at: float, noise: np.random.Generator) -> bytes:
    east, north, heading = _place(scene, at)
    camera = Camera(east, north, heading, *drive.size, hfov_deg=None if drive.sphere else HFOV_DEG)
    picture = painted(scene, camera, more)
    off = noise.normal(0, POSITION_SIGMA_M, 2)
    lon, lat = transformer(storage_srid(), WGS84).transform(east + off[0], north + off[1])
    stated = (_true(east, north, heading) + noise.normal(0, HEADING_SIGMA_DEG)) % 360
    tags = _tags(_moment(drive, at) + timedelta(seconds=drive.clock_s), lat, lon, stated)
    sink = io.BytesIO()
    width, height = drive.size
    extra = {"xmp": XMP.format(width=width, height=height, heading=stated).encode()} if drive.sphere else {}
    picture.save(sink, "JPEG", quality=88, exif=tags, **extra)
    return sink.getvalue()


def _true(east: float, north: float, grid_heading: float) -> float:
    """The heading from true north: a metre ahead in degrees, compared with a metre on the meridian."""
    to_degrees = transformer(storage_srid(), WGS84)
    step = np.radians(grid_heading)
    lon, lat = to_degrees.transform(east, north)
    lon_ahead, lat_ahead = to_degrees.transform(east + 10 * np.sin(step), north + 10 * np.cos(step))
    return float(np.degrees(np.arctan2((lon_ahead - lon) * np.cos(np.radians(lat)), lat_ahead - lat))) % 360


def _tags(clock: datetime, lat: float, lon: float, heading: float) -> bytes:
    block = Image.Exif()
    block[0x010F], block[0x0110], block[0x0131] = "Geoportal", "Simulated camera", "synthetic"
    gps: dict[int, Any] = {1: "N", 2: _degrees(lat), 3: "E", 4: _degrees(lon), 16: "T"}
    gps[17] = Fraction(round(heading * 100), 100)
    block.get_ifd(GPS).update(gps)
    details = {0x9003: f"{clock:%Y:%m:%d %H:%M:%S}", 0x9011: "+00:00", 0x9291: f"{clock.microsecond // 1000:03}"}
    block.get_ifd(DETAILS).update({**details, 0xA405: F35_MM})
    return block.tobytes()


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    minutes = value % 1 * 60
    return Fraction(int(value)), Fraction(int(minutes)), Fraction(round(minutes % 1 * 60 * 10**5), 10**5)


def _track(drive: Drive, scene: Scene) -> str:
    """A point a second, by a clock that is right."""
    points = []
    to_degrees = transformer(storage_srid(), WGS84)
    for at in np.arange(0.0, scene.street.length, SPEED_M_S):
        east, north, _ = _place(scene, float(at))
        lon, lat = to_degrees.transform(east, north)
        moment = _moment(drive, float(at))
        points.append(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{moment:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>')
    head = '<gpx version="1.1" creator="synthetic" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><trkseg>{''.join(points)}</trkseg></trk></gpx>"
