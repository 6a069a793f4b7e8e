"""What a photo's file states about it: as plain facts, with flags for what is missing or doubtful.

`read_facts` runs in the sandbox only; `Facts` passes to the parent as JSON. A value is what the file states, not what
is right: `resolving` decides. The pixels are counted as they are shown, after the EXIF orientation.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.photos import measures
from ingest.photos.headings import hfov_deg

if TYPE_CHECKING:
    from PIL import Image

    from ingest.photos.exif import Exif, Flag

FLAT, SPHERE = "flat", "equirectangular"
GPS_DATE = "gps_date"
RAW_TAGS, RAW_CHARACTERS = 150, 300
"""Bounds of `raw`: number of tags, length of each text."""
SPHERE_RATIO = 2
OLDEST = "1990-01-01"
"""A clock without its battery begins at 1970 or 1980."""
PANO_PIXELS = (
    "CroppedAreaImageWidthPixels", "FullPanoWidthPixels", "FullPanoHeightPixels",
    "CroppedAreaLeftPixels", "CroppedAreaTopPixels",
)  # fmt: skip
MOST_PIXELS = 1_000_000
"""Of a side of a spherical picture; widest ones in use have 30,000."""
_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
_FARTHEST_ZONES = timedelta(hours=15)
"""No zone differs more from UTC."""


@dataclass(frozen=True, slots=True)
class Pano:
    """Place of an equirectangular picture in the whole sphere, in its own pixels, and its pose in degrees.

    `heading_deg` is the compass heading of the whole sphere's centre.
    """

    full_width: float
    full_height: float
    left: float
    top: float
    heading_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """A second statement of place, time (UTC, ISO) and heading beside the EXIF tags."""

    lat: float | None = None
    lon: float | None = None
    alt_m: float | None = None
    time: str | None = None
    heading_deg: float | None = None
    heading_ref: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one photo; times are ISO texts, `flags` pairs of reason and message.

    `heading_deg` is GPSImgDirection as found, `heading_ref` "T", "M" or "". `course_deg` and `speed_m_s` are those of
    the receiver. `xmp` and `described` are further statements: of the XMP packet, and of a Mapillary description in
    ImageDescription. `position_from` is "exif", "xmp" or "".
    """

    media_type: str
    width: int
    height: int
    orientation: int = 1
    lat: float | None = None
    lon: float | None = None
    alt_m: float | None = None
    accuracy_m: float | None = None
    heading_deg: float | None = None
    heading_ref: str = ""
    course_deg: float | None = None
    speed_m_s: float | None = None
    gps_time: str | None = None
    local_time: str | None = None
    utc_offset: str | None = None
    make: str = ""
    model: str = ""
    focal_mm: float | None = None
    f35_mm: float | None = None
    hfov_deg: float | None = None
    projection: str = FLAT
    pano: Pano | None = None
    position_from: str = ""
    xmp: Stated | None = None
    described: Stated | None = None
    raw: Mapping[str, str] | None = None
    flags: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Facts":
        """The facts of `as_json`."""
        known = {one.name: values[one.name] for one in fields(cls) if one.name in values}
        for name, nested in (("pano", Pano), ("xmp", Stated), ("described", Stated)):
            known[name] = nested(**known[name]) if known.get(name) else None
        known["flags"] = tuple((reason, message) for reason, message in known.get("flags", ()))
        return cls(**known)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of the flags."""
        return tuple(reason for reason, _ in self.flags)


def read_facts(path: Path, name: str) -> Facts:
    """The facts of a picture's file; `name` stands in messages. Raises UnusablePhoto."""
    from ingest.photos.pictures import open_picture

    with open_picture(path, name) as picture:
        return facts_of(picture)


def facts_of(picture: "Image.Image") -> Facts:
    """The facts of an opened picture, whose pixels are not read."""
    from ingest.photos import exif
    from ingest.photos.pictures import MEDIA_TYPES

    found = exif.read_exif(picture)
    properties = _xmp_properties(picture, found.flags)
    orientation = _orientation(found, picture)
    width, height = picture.size[::-1] if orientation in _TURNED else picture.size
    values = {
        **_place(found, _xmp_statement(properties, found)),
        **_directions(found),
        **_times(found),
        **_lens(found, *_projection(properties, width, height, found.flags), width, height),
    }
    _check_size(found, picture.size)
    return Facts(
        media_type=MEDIA_TYPES[picture.format or ""],
        width=width,
        height=height,
        orientation=orientation,
        accuracy_m=measures.number(found.tags.get("GPSHPositioningError")),
        make=measures.text(found.tags.get("Make")),
        model=measures.text(found.tags.get("Model")),
        described=_description(found),
        raw=_raw(found.tags, properties),
        flags=tuple(dict.fromkeys(found.flags)),
        **values,
    )


def _place(found: "Exif", stated: Stated | None) -> dict[str, Any]:
    """The fields of the position: that of EXIF, else that of XMP."""
    from ingest.photos import exif

    place, alt_m, origin = exif.position(found), exif.altitude_m(found), "exif"
    if place is None and stated and stated.lat is not None and stated.lon is not None:
        place, alt_m, origin = (stated.lat, stated.lon), stated.alt_m, "xmp"
    if place is None:
        found.flags.append(("no_position", "The picture has no position."))
        return {"alt_m": alt_m, "xmp": stated}
    return {"lat": place[0], "lon": place[1], "alt_m": alt_m, "position_from": origin, "xmp": stated}


def _directions(found: "Exif") -> dict[str, Any]:
    """The fields of heading and motion."""
    from ingest.photos import exif

    heading, reference = exif.direction(found)
    course, speed = exif.motion(found)
    return {"heading_deg": heading, "heading_ref": reference, "course_deg": course, "speed_m_s": speed}


def _xmp_properties(picture: "Image.Image", flags: "list[Flag]") -> dict[str, str]:
    from ingest.photos import xmp

    try:
        return xmp.properties(xmp.packet(picture))
    except xmp.BadPacket as fault:
        flags.append(("xmp_damaged", f"The XMP packet cannot be read ({str(fault)[:200]})."))
        return {}


def _orientation(found: "Exif", picture: "Image.Image") -> int:
    from ingest.photos import exif

    shown, stated = exif.orientation(picture), measures.number(found.tags.get("Orientation"))
    if stated is not None and stated != shown and picture.format != "TIFF":
        text = f"Orientation is {stated:g}, expected 1 to 8 as a short number of the EXIF block: it is not turned."
        found.flags.append(("wrong_type", text))
    return shown


def _xmp_statement(properties: Mapping[str, str], found: "Exif") -> Stated | None:
    """Place, time and heading of the exif properties in the XMP packet."""
    from ingest.photos import exif

    lat, lon = (measures.angle(properties.get(f"exif:GPS{axis}", "")) for axis in ("Latitude", "Longitude"))
    place = None
    if lat and lon:
        signed = [-one.degrees if one.letter in ("S", "W") else one.degrees for one in (lat, lon)]
        place = exif.usable(signed[0], signed[1], found.flags)
    alt = measures.number(properties.get("exif:GPSAltitude"))
    if alt is not None and properties.get("exif:GPSAltitudeRef") == "1":
        alt = -alt
    heading = _bearing(properties, "exif:GPSImgDirection", found.flags)
    moment = measures.utc(*measures.local_and_offset(properties.get("exif:GPSTimeStamp", "")))
    moment = moment or measures.utc(*measures.local_and_offset(properties.get("exif:DateTimeOriginal", "")))
    if place is None and heading is None and moment is None:
        return None
    return Stated(
        lat=place[0] if place else None,
        lon=place[1] if place else None,
        alt_m=alt if place else None,
        time=moment,
        heading_deg=heading,
        heading_ref=properties.get("exif:GPSImgDirectionRef", "")[:1].upper() if heading is not None else "",
    )


def _bearing(properties: Mapping[str, str], name: str, flags: "list[Flag]") -> float | None:
    """A direction of the XMP packet; one that is none is flagged."""
    found = measures.bearing(properties.get(name))
    if found is None and measures.number(properties.get(name)) is not None:
        flags.append(("out_of_range", f"{name} is {properties[name][:40]}, expected 0 to 360."))
    return found


def _description(found: "Exif") -> Stated | None:
    """The statement of a Mapillary description in ImageDescription, as old versions of its app wrote it."""
    from ingest.photos.sidecars import mapillary_row

    written = measures.text(found.tags.get("ImageDescription"))
    if not (written.startswith("{") and "MAP" in written):
        return None
    try:
        row = mapillary_row(json.loads(written))
    except (ValueError, RecursionError):
        found.flags.append(("description_damaged", "The Mapillary description cannot be read."))
        return None
    return Stated(row.lat, row.lon, row.alt_m, row.time, row.heading_deg, row.heading_ref)


def _times(found: "Exif") -> dict[str, str | None]:
    """The fields gps_time, local_time and utc_offset."""
    tags = found.tags
    gps = measures.gps_time(tags.get("GPSDateStamp"), tags.get("GPSTimeStamp"))
    if gps is None and "GPSTimeStamp" in tags:
        found.flags.append(("gps_time_unusable", "GPSDateStamp and GPSTimeStamp give no time."))
    for name in ("Original", "Digitized"):
        local, zone = measures.local_and_offset(tags.get(f"DateTime{name}"))
        if local is not None:
            break
    if local is not None:
        fraction = measures.text(tags.get(f"SubsecTime{name}"))
        local += timedelta(seconds=measures.number(f"0.{fraction}") or 0.0)
        zone = measures.offset(tags.get(f"OffsetTime{name}")) or measures.offset(tags.get("OffsetTime")) or zone
    elif gps is None:
        text = "The picture has no time of taking."
        if measures.text(tags.get("DateTime")):
            text += f" DateTime {measures.text(tags['DateTime'])[:30]} is that of its last change."
        found.flags.append(("no_time", text))
    if gps and local:
        _check_clock(gps, local, found)
    _check_year(gps or (local.isoformat() if local else None), found)
    return {
        "gps_time": gps,
        "local_time": local.isoformat() if local else None,
        "utc_offset": zone if local else None,
    }


def _check_clock(gps: str, local: datetime, found: "Exif") -> None:
    """Flag a GPS time that no zone brings near the camera's clock: receivers and programs write wrong dates."""
    apart = local - datetime.fromisoformat(gps).replace(tzinfo=None)
    if abs(apart) > _FARTHEST_ZONES:
        text = f"No zone brings the GPS time {gps} and the camera's clock {local.isoformat()} together."
        found.flags.append((GPS_DATE, text))


def _check_year(moment: str | None, found: "Exif") -> None:
    """Flag a time before cameras had clocks or after now: a clock that was not set."""
    if moment and not OLDEST <= moment[:10] <= (datetime.now(UTC) + timedelta(days=1)).date().isoformat():
        text = f"The time of taking is {moment}: the clock was not set."
        found.flags.append(("time_doubtful", text))


def _lens(found: "Exif", projection: str, pano: Pano | None, width: int, height: int) -> dict[str, Any]:
    """The fields of focal length, field of view and projection; a focal length of 0 is unknown."""
    focal = measures.number(found.tags.get("FocalLength"))
    f35 = measures.number(found.tags.get("FocalLengthIn35mmFilm"))
    if focal == 0 or f35 == 0:
        found.flags.append(("focal_zero", "The focal length is given as 0."))
    hfov = hfov_deg(f35, portrait=height > width)
    if projection == SPHERE and pano:
        hfov = min(360.0, width / pano.full_width * 360)
    lens = {"focal_mm": focal or None, "f35_mm": f35 or None, "hfov_deg": hfov}
    return {**lens, "projection": projection, "pano": pano}


def _projection(
    properties: Mapping[str, str], width: int, height: int, flags: "list[Flag]"
) -> tuple[str, Pano | None]:
    if properties.get("GPano:ProjectionType", "").lower() != SPHERE:
        if width == SPHERE_RATIO * height:
            text = "Its sides are 2:1 as of a 360° picture, but it does not state a projection."
            flags.append(("perhaps_360", text))
        return FLAT, None
    return SPHERE, _pano(properties, width, height, flags)


def _pano(properties: Mapping[str, str], width: int, height: int, flags: "list[Flag]") -> Pano:
    """The crop in pixels of this picture, which may be a smaller copy of the described one."""
    numbers = {name: _pixels(properties, name, flags) for name in PANO_PIXELS}
    cropped = numbers.get("CroppedAreaImageWidthPixels") or width
    scale = width / cropped
    if abs(scale - 1) > 1e-9:
        flags.append(("pano_scaled", f"It is described with {cropped:,.0f} columns and has {width:,}: a copy."))
    full_width = max(float(width), (numbers.get("FullPanoWidthPixels") or cropped) * scale)
    full_height = max(float(height), (numbers.get("FullPanoHeightPixels") or 0) * scale or full_width / SPHERE_RATIO)
    left, top = numbers.get("CroppedAreaLeftPixels"), numbers.get("CroppedAreaTopPixels")
    return Pano(
        round(full_width, 3),
        round(full_height, 3),
        round(left * scale if left is not None else (full_width - width) / 2, 3),
        round(top * scale if top is not None else (full_height - height) / 2, 3),
        _bearing(properties, "GPano:PoseHeadingDegrees", flags),
        *(measures.number(properties.get(f"GPano:Pose{one}Degrees")) for one in ("Pitch", "Roll")),
    )


def _pixels(properties: Mapping[str, str], name: str, flags: "list[Flag]") -> float | None:
    """A size (at least one pixel) or place in pixels of the described picture; one that is none is flagged."""
    found = measures.number(properties.get(f"GPano:{name}"))
    least = 1 if name.endswith("Pixels") and "AreaLeft" not in name and "AreaTop" not in name else -MOST_PIXELS
    if found is None or least <= found <= MOST_PIXELS:
        return found
    flags.append(("out_of_range", f"GPano:{name} is {found:g}, expected {least} to {MOST_PIXELS}."))
    return None


def _check_size(found: "Exif", size: tuple[int, int]) -> None:
    """Flag a picture that is smaller than its EXIF states: a copy, whose field of view may be another one."""
    stated = [
        measures.number(found.tags.get(f"ExifImage{side}")) or measures.number(found.tags.get(f"Image{other}"))
        for side, other in (("Width", "Width"), ("Height", "Length"))
    ]
    if stated[0] and stated[1] and {int(stated[0]), int(stated[1])} != set(size):
        text = f"It has {size[0]:,} × {size[1]:,} pixels; its EXIF states {stated[0]:,.0f} × {stated[1]:,.0f}."
        found.flags.append(("size_differs", text))


def _raw(tags: Mapping[str, Any], properties: Mapping[str, str]) -> dict[str, str]:
    """Tags and XMP properties as texts, bounded."""
    texts = {name: _written(value) for name, value in {**tags, **properties}.items()}
    filled = ((name, text[:RAW_CHARACTERS]) for name, text in texts.items() if text)
    return dict(list(filled)[:RAW_TAGS])


def _written(value: object) -> str:
    if isinstance(value, bytes) and len(value) > 32:
        return f"{len(value):,} bytes"
    if isinstance(value, bytes) and not value.isascii() or value in (b"\x00", b"\x01"):
        return bytes(value).hex() if isinstance(value, bytes) else ""
    if isinstance(value, str | bytes):
        return measures.text(value)
    if isinstance(value, tuple | list):
        return ", ".join(_written(one) for one in value)
    return str(value)
