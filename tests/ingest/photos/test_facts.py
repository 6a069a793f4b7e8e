"""Facts of photos: the real ones against their index, and made ones with what cameras get wrong."""

import csv
import json
import math
import random
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from ingest.errors import UnusablePhoto
from ingest.photos.facts import Facts, Pano, read_facts
from tests.ingest.photos.making import KIELCE, facts_of, heic, jpeg, packet, png
from tests.tiers import examples

ORIENTATIONS = {"": None, "Horizontal (normal)": "1", "Rotated 180": "3", "Rotated 90 CW": "6", "Rotated 90 CCW": "8"}
NO_PICTURE = "hostile/text_named_jpg.jpg"
FLAGGED = {
    "no_exif": {"no_exif", "no_position", "no_time"},
    "gps_ref_without_coordinates": {"refs_without_coordinates", "no_position"},
    "gps_zero_denominators": {"zero_denominators", "no_position", "gps_time_unusable"},
    "corrupt_exif": {"wrong_type", "heading_ref_missing", "focal_zero", "size_differs"},
    "corrupt_exif_wrong_type": {"wrong_type", "no_position", "no_time"},
    "empty_exif": {"no_exif", "no_position", "no_time"},
    "zero_length_string_gps_seconds": {"whole_seconds", "no_time"},
    "crop_tiny": {"pano_scaled", "size_differs"},
    **dict.fromkeys([f"orientation_{one}" for one in (1, 3, 6, 8)], {"no_position", "no_time"}),
}


def index(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.real_data
def test_every_value_of_the_index_is_reproduced(real_data: Path) -> None:
    folder = real_data / "photos"
    rows = index(folder)
    assert len(rows) == 45
    found = {row["file"]: read_facts(folder / row["file"], "x") for row in rows if row["file"] != NO_PICTURE}
    for row in rows:
        assert (folder / row["file"]).stat().st_size == int(row["bytes"])
    for row in (one for one in rows if one["file"] in found):
        facts = found[row["file"]]
        assert facts.raw is not None
        assert [_text(facts.lat, 7), _text(facts.lon, 7)] == [_text(row["lat"], 7), _text(row["lon"], 7)], row
        assert (_text(facts.heading_deg, 2), facts.heading_ref) == (_text(row["heading_deg"], 2), row["heading_ref"])
        local = datetime.fromisoformat(facts.local_time).strftime("%Y:%m:%d %H:%M:%S") if facts.local_time else ""
        assert (local, facts.model) == (row["taken_local"], row["camera"])
        assert facts.raw.get("Orientation") == ORIENTATIONS[row["orientation"]]
    assert sum(one.lat is not None for one in found.values()) == 35
    assert sum(one.heading_deg is not None for one in found.values()) == 8


def _text(value: float | str | None, digits: int) -> str:
    return "" if value in (None, "") else f"{float(value or 0):.{digits}f}"


@pytest.mark.real_data
@pytest.mark.parametrize("name", FLAGGED)
def test_hostile_files_are_flagged(real_data: Path, name: str) -> None:
    facts = read_facts(real_data / "photos/hostile" / f"{name}.jpg", name)
    assert set(facts.reasons) == FLAGGED[name]
    assert (facts.lat, facts.lon) != (0, 0)


@pytest.mark.real_data
def test_a_text_named_jpg_is_refused(real_data: Path) -> None:
    with pytest.raises(UnusablePhoto, match="no picture that can be read") as raised:
        read_facts(real_data / "photos" / NO_PICTURE, NO_PICTURE)
    assert raised.value.reason == "not_a_picture"


@pytest.mark.real_data
def test_other_real_files_have_the_quirks_their_readme_names(real_data: Path) -> None:
    folder = real_data / "photos"
    arezzo = read_facts(folder / "arezzo_gps/DSCN0010.jpg", "")
    assert set(arezzo.reasons) == {"heading_ref_empty", "gps_date"}
    focal = read_facts(folder / "heading/oneplus_focal_zero_heading.jpg", "")
    assert (focal.focal_mm, focal.f35_mm, focal.hfov_deg) == (None, None, None)
    lund = read_facts(folder / "lund_walk/01.jpg", "")
    assert (lund.alt_m, lund.local_time, lund.gps_time, lund.heading_deg, lund.model) == (37, None, None, None, "")
    assert lund.described is not None
    assert lund.described.time == "2014-06-07T10:24:05.656000Z"
    assert (lund.described.lat, lund.described.heading_deg) == (55.698167, 179.2156)
    gopro = read_facts(folder / "gopro_360/1.jpg", "")
    assert (gopro.projection, gopro.hfov_deg, gopro.flags) == ("equirectangular", 360, ())
    assert gopro.pano == Pano(5760, 2880, 0, 0, 0, 0, 0)
    assert gopro.gps_time == "2021-07-29T09:16:54Z"


@pytest.mark.real_data
def test_a_small_copy_of_a_cropped_panorama_is_placed_in_its_sphere(real_data: Path) -> None:
    facts = read_facts(real_data / "photos/hostile/crop_tiny.jpg", "")
    assert facts.pano == Pano(128, 64, 0, pytest.approx(2538 * 128 / 15872, abs=1e-3), 144)  # type: ignore[arg-type]


@pytest.mark.real_data
def test_four_orientations_of_one_picture_have_one_size(real_data: Path) -> None:
    folder = real_data / "photos/hostile"
    found = [read_facts(folder / f"orientation_{one}.jpg", "") for one in (1, 3, 6, 8)]
    assert [(one.width, one.height, one.orientation) for one in found] == [(600, 450, one) for one in (1, 3, 6, 8)]


def test_degrees_minutes_and_seconds_are_a_place(tmp_path: Path) -> None:
    facts = facts_of(jpeg(KIELCE), tmp_path)
    assert (round(facts.lat or 0, 7), round(facts.lon or 0, 7)) == (50.8702806, 20.6313889)
    assert facts.position_from == "exif"


def test_south_west_and_below_the_sea_are_negative(tmp_path: Path) -> None:
    tags = {
        **KIELCE,
        "GPSLatitudeRef": "S",
        "GPSLongitudeRef": "W",
        "GPSAltitude": Fraction(5, 2),
        "GPSAltitudeRef": b"\x01",
    }
    facts = facts_of(jpeg(tags), tmp_path)
    assert (round(facts.lat or 0, 4), round(facts.lon or 0, 4), facts.alt_m) == (-50.8703, -20.6314, -2.5)


def test_a_coordinate_without_reference_is_flagged(tmp_path: Path) -> None:
    tags = {name: value for name, value in KIELCE.items() if name != "GPSLongitudeRef"}
    facts = facts_of(jpeg(tags), tmp_path)
    assert "ref_missing" in facts.reasons
    assert round(facts.lon or 0, 4) == 20.6314


def test_zero_zero_is_no_position(tmp_path: Path) -> None:
    nothing = (Fraction(0), Fraction(0), Fraction(0))
    facts = facts_of(jpeg({**KIELCE, "GPSLatitude": nothing, "GPSLongitude": nothing}), tmp_path)
    assert (facts.lat, facts.lon, facts.position_from) == (None, None, "")
    assert {"null_island", "no_position"} <= set(facts.reasons)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("50,52.2168N", "20,37.8833E"), ("50,52,13.01N", "20,37,53E"), ("50.8702806", "20.6313889")],
)
def test_a_position_of_xmp_alone_is_read(tmp_path: Path, latitude: str, longitude: str) -> None:
    xmp = f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}" exif:GPSTimeStamp="2026-05-01T10:00:00Z"'
    facts = facts_of(jpeg(xmp=xmp), tmp_path)
    assert (round(facts.lat or 0, 5), round(facts.lon or 0, 5)) == (50.87028, 20.63139)
    assert facts.position_from == "xmp"
    assert facts.xmp is not None
    assert facts.xmp.time == "2026-05-01T10:00:00Z"


def test_the_elements_of_a_packet_count_like_its_attributes(tmp_path: Path) -> None:
    elements = "<exif:GPSLatitude>50,52.2168S</exif:GPSLatitude><exif:GPSLongitude>20,30W</exif:GPSLongitude>"
    content = packet("").replace(b"/></rdf:RDF>", b">" + elements.encode() + b"</rdf:Description></rdf:RDF>")
    facts = facts_of(png(content), tmp_path)
    assert (round(facts.lat or 0, 5), facts.lon, facts.media_type) == (-50.87028, -20.5, "image/png")


def test_xmp_with_entities_is_not_parsed(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>' + packet('exif:GPSLatitude="50.1" exif:GPSLongitude="20.1"')
    facts = facts_of(png(bomb), tmp_path)
    assert "xmp_damaged" in facts.reasons
    assert facts.lat is None


def test_a_heic_is_read(tmp_path: Path) -> None:
    tags = {
        **KIELCE,
        "Make": "Maker",
        "FocalLengthIn35mmFilm": 26,
        "GPSImgDirection": Fraction(1205, 10),
        "GPSImgDirectionRef": "M",
    }
    facts = facts_of(heic(tags, (640, 480)), tmp_path)
    assert (facts.media_type, facts.width, facts.height, facts.make) == ("image/heic", 640, 480, "Maker")
    assert (round(facts.lat or 0, 7), facts.heading_deg, facts.heading_ref) == (50.8702806, 120.5, "M")
    assert round(facts.hfov_deg or 0, 3) == 69.390


def test_times_have_fractions_and_offset(tmp_path: Path) -> None:
    tags = {
        **KIELCE, "DateTimeOriginal": "2026:05:01 12:00:00", "SubsecTimeOriginal": "25",
        "OffsetTimeOriginal": "+02:00", "GPSDateStamp": "2026:05:01",
        "GPSTimeStamp": (Fraction(9), Fraction(59), Fraction(599, 10)),
    }  # fmt: skip
    facts = facts_of(jpeg(tags), tmp_path)
    assert (facts.local_time, facts.utc_offset) == ("2026-05-01T12:00:00.250000", "+02:00")
    assert facts.gps_time == "2026-05-01T09:59:59.900000Z"


def test_a_portrait_has_a_narrower_field_of_view(tmp_path: Path) -> None:
    upright = facts_of(jpeg({**KIELCE, "FocalLengthIn35mmFilm": 26, "Orientation": 6}), tmp_path)
    assert (upright.width, upright.height, upright.orientation) == (48, 64, 6)
    assert upright.hfov_deg == pytest.approx(math.degrees(2 * math.atan(24 / 52)))


def test_headings_out_of_range_are_flagged(tmp_path: Path) -> None:
    facts = facts_of(jpeg({**KIELCE, "GPSImgDirection": Fraction(400), "GPSImgDirectionRef": "T"}), tmp_path)
    assert (facts.heading_deg, facts.heading_ref) == (None, "")
    assert "out_of_range" in facts.reasons


def test_facts_pass_through_json(tmp_path: Path) -> None:
    xmp = 'GPano:ProjectionType="equirectangular" exif:GPSLatitude="50.1" exif:GPSLongitude="20.1"'
    facts = facts_of(jpeg({"Make": "Zażółć \ufffd", "Model": "x" * 5000}, xmp, size=(64, 32)), tmp_path)
    assert Facts.from_json(json.loads(json.dumps(facts.as_json()))) == facts
    assert facts.raw is not None
    assert max(map(len, facts.raw.values())) <= 300
    assert facts.pano == Pano(64, 32, 0, 0)


def test_a_two_to_one_picture_without_projection_is_flat_and_flagged(tmp_path: Path) -> None:
    facts = facts_of(jpeg(KIELCE, size=(64, 32)), tmp_path)
    assert facts.projection == "flat"
    assert "perhaps_360" in facts.reasons


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"GIF89a" + bytes(40), "not_a_picture"), (b"\x89PNG\r\n\x1a\n" + bytes(40), "not_a_picture")],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnusablePhoto) as raised:
        facts_of(content, tmp_path)
    assert raised.value.reason == reason
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("sides", [(20_000, 10_001), (60_000, 60_000)])
def test_a_picture_with_too_many_pixels_is_refused_by_its_header(tmp_path: Path, sides: tuple[int, int]) -> None:
    content = bytearray(jpeg(size=(16, 16)))
    frame = content.index(b"\xff\xc0") + 5
    content[frame : frame + 4] = sides[1].to_bytes(2, "big") + sides[0].to_bytes(2, "big")
    with pytest.raises(UnusablePhoto, match="the limit is 200,000,000") as raised:
        facts_of(bytes(content), tmp_path)
    assert raised.value.reason == "too_large"


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", ["hostile/crop_tiny", "heading/oneplus_focal_zero_heading", "hostile/corrupt_exif", "lund_walk/01"]
)
def test_any_damage_of_a_header_is_a_refusal_or_a_flag(real_data: Path, tmp_path: Path, name: str) -> None:
    whole = (real_data / f"photos/{name}.jpg").read_bytes()
    read = 0
    for seed in range(examples(300)):
        chance = random.Random(seed)
        content = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10, 40))):
            content[chance.randrange(2, min(len(content), 6000))] = chance.randrange(256)
        with suppress(UnusablePhoto):
            facts = facts_of(bytes(content), tmp_path)
            assert Facts.from_json(json.loads(json.dumps(facts.as_json(), allow_nan=False))) == facts
            assert (facts.lat, facts.lon) != (0, 0)
            read += 1
    assert read > 0
