"""Paints a drive: photos of an invented street with EXIF places and times, or 360 degrees, and its GPX track."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageDraw

from layers.crs import WGS84, storage_srid, transformer
from tests.factories import place
from tests.ingest.photos.making import exif_block, packet

WALLS = ("#c9b79c", "#b5846b", "#8fa3a8", "#d8c9a8", "#a89f91", "#c2a0a0")


@dataclass(frozen=True)
class Drive:
    """A drive eastwards from the market square: `late_s` is how late the camera's clock is."""

    start: datetime
    photos: int = 8
    step_m: float = 8.0
    north_m: float = 0.0
    sky: str = "#a9c8e8"
    sphere: bool = False
    late_s: float = 0.0
    size: tuple[int, int] = (1600, 1200)


def paint(drive: Drive, folder: Path) -> Path:
    """Paint a drive into a folder, with a track; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(drive.photos):
        (folder / f"p{number:03}.jpg").write_bytes(_photo(drive, number))
    (folder / "track.gpx").write_text(_track(drive))
    return folder


def _photo(drive: Drive, number: int) -> bytes:
    taken = drive.start + timedelta(seconds=2 * number - drive.late_s)
    lon, lat = _degrees(drive.step_m * number, drive.north_m)
    tags = {
        "Make": "Painted",
        "Model": "Sphere" if drive.sphere else "Lens",
        "DateTimeOriginal": taken.strftime("%Y:%m:%d %H:%M:%S"),
        "OffsetTimeOriginal": "+00:00",
        "SubsecTimeOriginal": "000",
        "FocalLengthIn35mmFilm": 28,
        "GPSLatitudeRef": "N",
        "GPSLatitude": _sexagesimal(lat),
        "GPSLongitudeRef": "E",
        "GPSLongitude": _sexagesimal(lon),
        "GPSImgDirectionRef": "T",
        "GPSImgDirection": Fraction(90),
    }
    sink = io.BytesIO()
    width, height = drive.size
    picture = sphere(drive.size, number, drive.sky) if drive.sphere else street(drive.size, number, drive.sky)
    pano = (
        f'GPano:ProjectionType="equirectangular" GPano:PoseHeadingDegrees="90" GPano:FullPanoWidthPixels="{width}" '
        f'GPano:FullPanoHeightPixels="{height}" GPano:CroppedAreaImageWidthPixels="{width}" '
        f'GPano:CroppedAreaImageHeightPixels="{height}" GPano:CroppedAreaLeftPixels="0" '
        'GPano:CroppedAreaTopPixels="0"'
    )
    more = {"xmp": packet(pano)} if drive.sphere else {}
    picture.save(sink, "JPEG", quality=85, exif=exif_block(tags), **more)
    return sink.getvalue()


def street(size: tuple[int, int], number: int, sky: str) -> Image.Image:
    """A street in one-point perspective with house walls on both sides, and the picture's number."""
    width, height = size
    picture = Image.new("RGB", size, sky)
    draw = ImageDraw.Draw(picture)
    middle, horizon = width / 2, height * 0.52
    draw.polygon([(0, height), (width, height), (middle, horizon)], "#6f7276")
    for lane in range(3, 40):
        depth = 12 / (lane + (number % 3) / 3)
        draw.line([(middle, horizon + 20 * depth), (middle, horizon + 28 * depth)], "#f3f3ee", max(1, int(depth)))
    for side in (-1, 1):
        for house in range(9, 0, -1):
            _house(draw, (middle, horizon), side, house, WALLS[(house + number + (side > 0)) % len(WALLS)], width)
    draw.text((width * 0.03, height * 0.9), f"{number}", "#ffffff", font_size=height // 12)
    return picture


def _house(draw: ImageDraw.ImageDraw, at: tuple[float, float], side: int, house: int, wall: str, width: int) -> None:
    middle, horizon = at
    near, far = 1.6 * width / (house + 0.6), 1.6 * width / (house + 1.55)
    corners = [
        (middle + side * near * 0.5, horizon + near * 0.2),
        (middle + side * near * 0.5, horizon - near * 0.32),
        (middle + side * far * 0.5, horizon - far * 0.32),
        (middle + side * far * 0.5, horizon + far * 0.2),
    ]
    draw.polygon(corners, wall, "#00000055")
    for row in (0.25, 0.55, 0.8):
        xs = [near * 0.5 + (far - near) * 0.5 * share for share in (0.2, 0.35, 0.55, 0.72)]
        for x in xs:
            scale = 2 * x
            top, high, wide = horizon - scale * 0.32 + scale * 0.5 * row * 0.9, scale * 0.06, scale * 0.014
            draw.rectangle([middle + side * x - wide, top, middle + side * x + wide, top + high], "#3d4a55")


def sphere(size: tuple[int, int], number: int, sky: str) -> Image.Image:
    """An equirectangular street: houses of different colours around, a road ahead and behind, compass letters."""
    width, height = size
    picture = Image.new("RGB", size, sky)
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, height * 0.53, width, height], "#7f8285")
    for column in range(24):
        angle = math.radians(column * 15)
        tall = height * (0.06 + 0.2 * abs(math.sin(angle)))
        left = width * column / 24
        wall = WALLS[(column + number) % len(WALLS)]
        draw.rectangle([left, height * 0.53 - tall, left + width / 24, height * 0.55], wall)
        for window in (0.25, 0.6):
            x = left + width / 24 * window
            draw.rectangle([x, height * 0.53 - tall * 0.7, x + width / 90, height * 0.53 - tall * 0.35], "#3d4a55")
    for letter, share in (("N", 0.25), ("E", 0.5), ("S", 0.75), ("W", 0.02)):
        draw.text((width * share, height * 0.6), f"{letter}{number}", "#ffffff", font_size=height // 16)
    return picture


def _degrees(east: float, north: float) -> tuple[float, float]:
    at = place(east, north)
    lon, lat = transformer(storage_srid(), WGS84).transform(at.x, at.y)
    return float(lon), float(lat)


def _sexagesimal(degrees: float) -> Sequence[Fraction]:
    whole, minutes = int(degrees), (degrees % 1) * 60
    return Fraction(whole), Fraction(int(minutes)), Fraction(round((minutes % 1) * 60 * 100_000), 100_000)


def _track(drive: Drive) -> str:
    points = []
    for second in range(-10, 2 * drive.photos + 10):
        lon, lat = _degrees(drive.step_m * second / 2, drive.north_m)
        moment = (drive.start + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        points.append(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{moment}</time></trkpt>')
    body = "".join(points)
    return f'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{body}</trkseg></trk></gpx>'
