"""Runs of photos that somebody spoiled, by mistake or on purpose: what is usable is stored, the rest has a reason."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from ingest.errors import BadOption, HostileFile
from layers.errors import LayersError
from layers.kinds.street_photos import StreetPhoto
from layers.media.models import Medium, PhotoRun, RunFile
from tests.ingest.photos.making import jpeg, pixels
from tests.ingest.photos.test_photo_scan import LAT, LON, degrees, drive, gpx, photo, scanned

pytestmark = pytest.mark.django_db
PLACE = {"GPSLatitudeRef": "N", "GPSLatitude": degrees(LAT), "GPSLongitudeRef": "E", "GPSLongitude": degrees(LON)}


@pytest.fixture(autouse=True)
def media_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for each test, in child processes too."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setenv("MEDIA_ROOT", settings.MEDIA_ROOT)


LAUGHS = '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + gpx(5).replace('"test"', '"&b;"')
LATE = "9999_12_31_23_59_59_9999999"
COMPASS = {"TrueHeading": 1e300}
DESCRIBED = [
    {"MAPLatitude": 50.87, "MAPLongitude": 20.63, "filename": "0001\0.jpg", "MAPCompassHeading": COMPASS},
    {"MAPCaptureTime": LATE, "filename": "\ud800.jpg"},
]
CZAS = "zdjęcie;szerokość;długość;kierunek\n0001.jpg;50,8701;20,63;90,5\n"
SIDECARS: dict[str, tuple[str, bytes, str]] = {
    "a height that is no number": ("t.gpx", gpx(5).replace("<time>", "<ele>NaN</ele><time>").encode(), ""),
    "an infinite height": ("t.gpx", gpx(5).replace("<time>", "<ele>1e999</ele><time>").encode(), ""),
    "entities": ("t.gpx", LAUGHS.encode(), "<!DOCTYPE"),
    "a point of the year 1": (
        "t.gpx",
        gpx(5).replace("2026-05-04T08:00:00Z", "0001-01-01T00:00:00+14:00").encode(),
        "1 points without time",
    ),
    "NUL in cells": ("p.csv", b"file,lat,lon,time\n0001.jpg,\0x,20\0,abc\0\n\0.jpg,1,2,x\n", "is no position"),
    "infinite numbers": ("p.csv", b"file,alt,heading,hfov\n0001.jpg,1e999,1e999,-inf\n", "1e999 is no direction"),
    "a direction beyond the circle": ("p.csv", b"file,heading\n0001.jpg,1e9\n", "1e9 is no direction"),
    "a time of the year 9999": ("p.csv", b"file,time\n0001.jpg,9999-12-31T23:59:60.9999999Z\n", "is no time"),
    "a time of the year 1": ("p.csv", b"file,time\n0001.jpg,0001-01-01T00:00:00\n", "is no time"),
    "no text at all": ("d.tsv", bytes(range(256)) * 100, "No column names the photo"),
    "halves of characters": ("d.json", json.dumps(DESCRIBED).encode(), ""),
    "NaN": ("d.json", b'[{"MAPLatitude": NaN, "MAPAltitude": 1e999, "filename": "0001.jpg"}]', ""),
    "depth": ("d.json", b"[" * 100_000, "nested deeper"),
}


@pytest.mark.parametrize("what", SIDECARS)
def test_a_spoiled_file_beside_the_photos_spoils_none_of_them(tmp_path, what):
    path = drive(tmp_path / "run")
    file, content, said = SIDECARS[what]
    (path / file).write_bytes(content)
    run = scanned(path)
    assert (run.stored, run.rejected) == (6, 0)
    assert said in " ".join(run.details["notes"])
    rows = list(StreetPhoto.objects.current().order_by("number"))
    assert [round(one.heading_deg or 0.0, 1) % 360 for one in rows] == [0] * 5
    assert all(one.heading_deg is not None and one.altitude_m is None and one.hfov_deg is None for one in rows)


def test_a_table_of_windows_with_decimal_commas_is_read(tmp_path):
    path = drive(tmp_path / "run", place=False)
    (path / "tabela.csv").write_bytes(CZAS.encode("cp1250"))
    scanned(path)
    found = StreetPhoto.objects.current().get()
    assert found.name == "0001.jpg" and found.heading_deg == 90.5
    assert found.geom.transform(4326, clone=True).coords == pytest.approx((20.63, 50.8701), abs=1e-6)


OUTSIDE = "outside_city"
TAGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "the year 1": ({"DateTimeOriginal": "0001:01:01 00:00:00"}, "no_time", ""),
    "the year 9999": ({"DateTimeOriginal": "9999:12:31 23:59:59", "SubsecTimeOriginal": "9999999"}, "no_time", ""),
    "GPS in the year 9999": ({"GPSDateStamp": "9999:12:31", "GPSTimeStamp": (23, 59, 60)}, "gps_time_unusable", ""),
    "1970": ({"DateTimeOriginal": "1970:01:01 00:00:00"}, "time_doubtful", ""),
    "2099": ({"DateTimeOriginal": "2099:01:01 00:00:00"}, "time_doubtful", ""),
    "a direction of a million": ({"GPSImgDirection": 1e6, "GPSImgDirectionRef": "T"}, "out_of_range", ""),
    "95 degrees north": ({"GPSLatitude": degrees(95.0)}, "out_of_range", "no_position"),
    "latitude and longitude swapped": ({"GPSLatitude": degrees(LON), "GPSLongitude": degrees(LAT)}, "", OUTSIDE),
    "0, 0": ({"GPSLatitude": degrees(0.0), "GPSLongitude": degrees(0.0)}, "null_island", "no_position"),
    "NUL in texts": ({"Make": "<b>\0\x01", "Software": "a\0b"}, "", ""),
    "an endless description": ({"ImageDescription": json.dumps({"MAPCaptureTime": LATE})}, "", ""),
}


@pytest.mark.parametrize("what", TAGS)
def test_improbable_tags_are_flagged_and_land_nowhere(tmp_path, what):
    tags, flag, rejected = TAGS[what]
    path = drive(tmp_path / "run", 3)
    (path / "9.jpg").write_bytes(jpeg(PLACE | tags))
    run = scanned(path)
    assert [one.reason for one in run.rejections.all()] == ([rejected] if rejected else [])
    flags = dict(Medium.objects.get(name="9.jpg").facts["flags"])
    assert not flag or flag in flags
    assert StreetPhoto.objects.current().count() == (3 if rejected else 4)


SPHERE = 'GPano:ProjectionType="equirectangular" '
XMPS = {
    "a direction of a thousand million": ('exif:GPSImgDirection="1e9" exif:GPSImgDirectionRef="T"', True),
    "no columns": (SPHERE + 'GPano:CroppedAreaImageWidthPixels="0"', True),
    "fewer than no columns": (SPHERE + 'GPano:CroppedAreaImageWidthPixels="-10"', True),
    "endless columns": (
        SPHERE + 'GPano:CroppedAreaImageWidthPixels="1e-300" GPano:FullPanoWidthPixels="1e300"',
        True,
    ),
    "a pose beyond the circle": (SPHERE + 'GPano:PoseHeadingDegrees="1e9"', True),
    "places that are no numbers": ('exif:GPSLatitude="nan" exif:GPSLongitude="inf"', False),
}


@pytest.mark.parametrize("what", XMPS)
def test_improbable_numbers_of_xmp_are_flagged(tmp_path, what):
    attributes, flagged = XMPS[what]
    path = drive(tmp_path / "run", 3)
    (path / "9.jpg").write_bytes(jpeg(PLACE, attributes))
    assert scanned(path).stored == 5
    assert ("out_of_range" in dict(Medium.objects.get(name="9.jpg").facts["flags"])) == flagged


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clock_offset", "1e300"), ("clock_offset", "-63913000000"), ("gps_offset", "1e12"),
        ("mount_offset", "1e300"),
        ("hfov", "-5"), ("hfov", "180"), ("declination", "1e9"), ("height", "-1"), ("zone", "Mars/X"),
        ("zone", "../../etc/passwd"), ("name", "x" * 121), ("author", "x" * 121), ("camera", "x" * 121),
    ],
)  # fmt: skip
def test_an_option_beyond_reason_is_refused_in_one_line(tmp_path, name, value):
    with pytest.raises(BadOption, match=f"^Option {name}") as refused:
        scanned(drive(tmp_path / "run", 3), **{name: value})
    assert len(str(refused.value)) < 150 and not StreetPhoto.objects.exists()
    assert PhotoRun.objects.get().profile == {}


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, photo(number))
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a.jpg", "b.jpg", "a.jpg"), "two members of the name"),
        (("/".join(["d" * 60] * 6) + "/a.jpg",), "more than 300 letters"),
        (("../a.jpg",), "leads outside"),
        (("/etc/a.jpg",), "leads outside"),
    ],
)
def test_names_that_cannot_be_stored_are_refused_before_anything_is(tmp_path, names, said):
    with pytest.raises(HostileFile, match=said):
        scanned(zipped(tmp_path / "run.zip", *names))
    assert not RunFile.objects.exists()


def test_a_deep_folder_is_refused_before_anything_is_stored(tmp_path):
    deep = drive(tmp_path / "run", 2) / "/".join(["d" * 60] * 6)
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(photo(5))
    with pytest.raises(LayersError, match="more than 300 letters"):
        scanned(tmp_path / "run")


def saved(picture: Image.Image, form: str, **how: Any) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, form, **how)
    return sink.getvalue()


def test_files_that_are_not_what_they_are_called(tmp_path):
    path = drive(tmp_path / "run", 1)
    frames = [pixels(64, 48, one) for one in range(3)]
    more: dict[str, Any] = {"save_all": True, "append_images": frames[1:]}
    whole = photo(7)
    spoiled = {
        "empty.jpg": (b"", "empty"),
        "moving.jpg": (saved(frames[0], "GIF", **more), "not_a_picture"),
        "script.jpg": (b"<svg onload=alert(1)>", "not_a_picture"),
        "cut.jpg": (whole[: len(whole) // 2], "damaged"),
        "jpeg.png": (whole, ""),
        "moving.png": (saved(frames[0], "PNG", **more), ""),
        "pages.tif": (saved(frames[0], "TIFF", **more), ""),
        "grey.png": (saved(Image.new("I;16", (200, 100)), "PNG"), ""),
        "ink.jpg": (saved(frames[0].convert("CMYK"), "JPEG"), ""),
    }
    for name, (content, _) in spoiled.items():
        (path / name).write_bytes(content)
    two = pillow_heif.from_pillow(frames[0])
    two.add_from_pillow(pixels(32, 24, 2))
    two.save(path / "two.heic", quality=90)
    scanned(path)
    files = {one.name: one for one in RunFile.objects.select_related("medium")}
    assert {name: files[name].reason for name in spoiled} == {name: reason for name, (_, reason) in spoiled.items()}
    heic = files["two.heic"].medium
    assert heic is not None and (heic.width, heic.height) == (64, 48)
