"""Reads the EXIF tags of a picture (CIPA DC-008) and what they state of place, direction and time. Sandbox only.

Tags of the three directories are in one mapping under their names. What cannot be used is noted as a flag: a pair of
reason and message, never an error, since the picture itself is still good.
"""

import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image

from ingest.photos import measures
from ingest.photos.measures import Angle

Tags = Mapping[str, Any]
Flag = tuple[str, str]
_EXIF, _GPS = 0x8769, 0x8825
_IGNORED = {_EXIF, _GPS, 0xA005, 0x927C, 700, 0x8773}
"""Places of directories, maker note, XMP and colour profile."""
_TEXTS = (
    "Make", "Model", "Software", "DateTime", "DateTimeOriginal", "DateTimeDigitized", "OffsetTime",
    "OffsetTimeOriginal", "GPSLatitudeRef", "GPSLongitudeRef", "GPSImgDirectionRef", "GPSTrackRef", "GPSSpeedRef",
    "GPSDateStamp",
)  # fmt: skip
_NUMBERS = (
    "GPSAltitude", "GPSImgDirection", "GPSTrack", "GPSSpeed", "GPSHPositioningError", "FocalLength",
    "FocalLengthIn35mmFilm", "Orientation",
)  # fmt: skip
_SHORT_ORIENTATION = (0x0112, 3, 1)
"""Tag, type and number of parts."""
_METRES_PER_SECOND = {"K": 1 / 3.6, "M": 0.44704, "N": 1852 / 3600}
"""GPSSpeedRef: kilometres, miles, knots."""


@dataclass(slots=True)
class Exif:
    """The tags of a picture and the flags that reading them gave."""

    tags: dict[str, Any] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)


def read_exif(picture: Image.Image) -> Exif:
    """The tags; flagged where there are none or the block is damaged."""
    found = Exif()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            _collect(picture.getexif(), found)
        except Exception as fault:  # Pillow raises many types of errors over damaged blocks
            found.flags.append(("exif_damaged", f"The EXIF block is damaged ({_line(fault)})."))
    if any("exif" in str(one.message).lower() for one in heard):
        found.flags.append(("exif_damaged", f"The EXIF block is damaged ({_line(heard[0].message)})."))
    if not found.tags and not found.flags:
        found.flags.append(("no_exif", "The picture has no EXIF tags."))
    _check_types(found)
    return found


def _line(fault: object) -> str:
    return " ".join(str(fault).split()).rstrip(".")[:200]


def _collect(block: Image.Exif, found: Exif) -> None:
    found.tags.update(_named(block, ExifTags.TAGS))
    for directory, names in ((_EXIF, ExifTags.TAGS), (_GPS, ExifTags.GPSTAGS)):
        try:
            found.tags.update(_named(block.get_ifd(directory), names))
        except Exception as fault:  # one directory may be damaged and the others whole
            found.flags.append(("exif_damaged", f"A directory of the EXIF block is damaged ({_line(fault)})."))


def _named(directory: Mapping[int, Any], names: Mapping[int, str]) -> dict[str, Any]:
    return {names[tag]: value for tag, value in directory.items() if tag in names and tag not in _IGNORED}


def _check_types(found: Exif) -> None:
    """Flag tags of a wrong type; of those only the usable ones stay."""
    for name in _TEXTS:
        if name in found.tags and not isinstance(found.tags[name], str | bytes):
            found.flags.append(("wrong_type", f"{name} is {found.tags[name]!r}, expected a text."))
            del found.tags[name]
    reference = found.tags.get("GPSAltitudeRef")
    if reference is not None and not isinstance(reference, bytes | int):
        found.flags.append(("wrong_type", f"GPSAltitudeRef is {reference!r}, expected 0 or 1."))
    for name in _NUMBERS:
        if name in found.tags and measures.number(found.tags[name]) is None:
            found.flags.append(_no_number(name, found.tags.pop(name)))


def _no_number(name: str, value: object) -> Flag:
    if _is_zero_by_zero(value):
        return "zero_denominators", f"{name} is 0/0."
    return "wrong_type", f"{name} is {value!r:.100}, expected a number."


def _is_zero_by_zero(value: object) -> bool:
    parts = value if isinstance(value, tuple | list) else (value,)
    return any(getattr(one, "denominator", 1) == 0 for one in parts)


def position(found: Exif) -> tuple[float, float] | None:
    """Latitude and longitude, with flags for what is missing or doubtful."""
    pair = [_coordinate(found, axis) for axis in ("Latitude", "Longitude")]
    if pair[0] is None or pair[1] is None:
        return None
    placed = usable(pair[0].degrees, pair[1].degrees, found.flags)
    if placed and pair[0].whole and pair[1].whole:
        text = "The position is given to whole seconds: it may be 15 m off in each direction."
        found.flags.append(("whole_seconds", text))
    return placed


def usable(lat: float, lon: float, flags: list[Flag]) -> tuple[float, float] | None:
    """The position unless it is 0, 0 or outside the globe, which is flagged."""
    if lat == 0 and lon == 0:
        flags.append(("null_island", "The position is 0, 0: the receiver had none."))
        return None
    if abs(lat) > 90 or abs(lon) > 180:
        flags.append(("out_of_range", f"The position {lat:.6f}, {lon:.6f} is not on the globe."))
        return None
    return lat, lon


def _coordinate(found: Exif, axis: str) -> Angle | None:
    """One coordinate with the sign of its reference."""
    name, negative = f"GPS{axis}", "S" if axis == "Latitude" else "W"
    value, written = found.tags.get(name), measures.text(found.tags.get(f"{name}Ref")).upper()[:1]
    if value is None:
        if written:
            text = f"{name}Ref is {written} but there is no {name}."
            found.flags.append(("refs_without_coordinates", text))
        return None
    angle = measures.angle(value)
    if angle is None:
        reason, text = _no_number(name, value)
        found.flags.append((reason, text))
        return None
    letter = written or angle.letter
    if letter not in ("N", "S", "E", "W") and angle.degrees >= 0:
        text = f"{name}Ref is missing: the coordinate is taken as {'north' if axis == 'Latitude' else 'east'}."
        found.flags.append(("ref_missing", text))
    sign = -1 if letter == negative and angle.degrees > 0 else 1
    return Angle(sign * angle.degrees, letter, angle.whole)


def orientation(picture: Image.Image) -> int:
    """The orientation (1 to 8) in which browsers show it: a short number of the EXIF block's first directory.

    They ignore one of another type or of XMP, and so must the city, or a reviewer would draw boxes on one picture and
    the blur be burnt into another. Pillow turns TIFF pictures itself when it reads their pixels.
    """
    block = b"" if picture.format == "TIFF" else bytes(picture.info.get("exif") or b"").removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        entries = [struct.unpack_from(f"{order}HHIH", block, start + 2 + 12 * one) for one in range(count)]
    except struct.error:
        return 1
    found = next((value for tag, form, parts, value in entries if (tag, form, parts) == _SHORT_ORIENTATION), 1)
    return found if 1 <= found <= 8 else 1


def altitude_m(found: Exif) -> float | None:
    """Metres above sea level."""
    height = measures.number(found.tags.get("GPSAltitude"))
    below = found.tags.get("GPSAltitudeRef") in (b"\x01", 1, "1", b"1")
    return -height if height is not None and below else height


def direction(found: Exif) -> tuple[float | None, str]:
    """GPSImgDirection in [0, 360) and its reference: "T" true, "M" magnetic, "" where it is not stated."""
    reference = measures.text(found.tags.get("GPSImgDirectionRef")).upper()[:1]
    heading = measures.number(found.tags.get("GPSImgDirection"))
    if "GPSImgDirectionRef" in found.tags and not reference:
        found.flags.append(("heading_ref_empty", "GPSImgDirectionRef is there but empty."))
    if heading is None:
        return None, ""
    if not 0 <= heading <= 360:
        found.flags.append(("out_of_range", f"GPSImgDirection is {heading:g}, expected 0 to 360."))
        return None, ""
    if reference not in ("T", "M"):
        found.flags.append(("heading_ref_missing", "The heading has no reference: it is taken as true."))
        reference = ""
    return heading % 360, reference


def motion(found: Exif) -> tuple[float | None, float | None]:
    """Course over ground (degrees, true only) and speed (m/s) of the receiver."""
    course = measures.number(found.tags.get("GPSTrack"))
    magnetic = measures.text(found.tags.get("GPSTrackRef")).upper()[:1] == "M"
    speed = measures.number(found.tags.get("GPSSpeed"))
    factor = _METRES_PER_SECOND.get(measures.text(found.tags.get("GPSSpeedRef")).upper()[:1] or "K")
    course = None if course is None or magnetic or not 0 <= course <= 360 else course % 360
    return course, None if speed is None or factor is None or speed < 0 else speed * factor
