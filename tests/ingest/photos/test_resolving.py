"""Which source decides place, time and heading of a photo, and what is reported where they differ."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.photos.columns import FactColumns, sidecar_values
from ingest.photos.facts import Facts, Pano, Stated, read_facts
from ingest.photos.measures import epoch
from ingest.photos.resolving import CameraProfile, Origin, Resolved, Trust, disagreements, in_zone, resolve
from ingest.photos.sidecars import read_sidecar
from ingest.photos.track import Track

BARE = Facts("image/jpeg", 4000, 3000)
PLACED = replace(BARE, lat=50.87, lon=20.63, position_from="exif")
NOON = "2026-05-01T12:00:00"
NOON_S = epoch(NOON)
ROW = {"file": "0.jpg", "lat": 50.8701, "lon": 20.6301, "alt_m": 5.0, "time": f"{NOON}Z", "heading_deg": 15.0}
UNKNOWN, NOTHING_FIRST = CameraProfile(), Trust()
TRACK = Track.of([{"time": [NOON_S, NOON_S + 10], "lat": [50.87, 50.8704], "lon": [20.63, 20.631], "ele": [1, 1]}])


def solve(
    facts: Sequence[Facts],
    rows: Sequence[dict] = (),
    track: Track | None = None,
    profile: CameraProfile = UNKNOWN,
    trust: Trust = NOTHING_FIRST,
) -> Resolved:
    columns = FactColumns()
    for number, one in enumerate(facts):
        columns.add(f"{number}.jpg", one)
    return resolve(columns.values(), sidecar_values(columns.names, rows), track, profile, trust)


def differing(facts: Sequence[Facts], rows: Sequence[dict] = (), track: Track | None = None) -> list[tuple[str, str]]:
    columns = FactColumns()
    for number, one in enumerate(facts):
        columns.add(f"{number}.jpg", one)
    sidecar = sidecar_values(columns.names, rows)
    found = disagreements(columns.names, columns.values(), sidecar, track, CameraProfile())
    return [(one.what, next(name for name in one.values if name != "photo")) for one in found]


def test_a_photo_without_any_source_has_nothing() -> None:
    found = solve([BARE])
    assert np.isnan([found.lat, found.lon, found.time, found.heading, found.hfov]).all()
    assert [found.position_from[0], found.time_from[0], found.heading_from[0]] == [Origin.NONE] * 3


def test_the_order_of_positions() -> None:
    described = replace(BARE, described=Stated(lat=1.0, lon=2.0), gps_time=f"{NOON}Z")
    xmp = replace(PLACED, position_from="xmp")
    assert solve([PLACED], [ROW], TRACK).position_from.tolist() == [Origin.EXIF]
    assert solve([xmp], [ROW], TRACK).position_from.tolist() == [Origin.XMP]
    assert solve([described], [ROW], TRACK).position_from.tolist() == [Origin.SIDECAR]
    assert solve([described], [], TRACK).position_from.tolist() == [Origin.DESCRIPTION]
    assert solve([replace(described, described=None)], [], TRACK).position_from.tolist() == [Origin.TRACK]
    timed = replace(PLACED, gps_time=f"{NOON}Z")
    assert solve([timed], [ROW], TRACK, trust=Trust(sidecar=True)).lat.tolist() == [50.8701]
    assert solve([timed], [ROW], TRACK, trust=Trust(track=True)).position_from.tolist() == [Origin.TRACK]


def test_the_order_of_times() -> None:
    whole = replace(
        BARE, gps_time="2026-05-01T10:00:01Z", local_time=NOON, utc_offset="+02:00",
        xmp=Stated(time="2026-05-01T10:00:03Z"), described=Stated(time="2026-05-01T10:00:05Z"),
    )  # fmt: skip
    row = {"file": "0.jpg", "time": "2026-05-01T10:00:04Z"}
    zone = CameraProfile(zone="Europe/Warsaw")
    without_gps = replace(whole, gps_time=None)
    without_offset = replace(without_gps, utc_offset=None)
    ten = epoch("2026-05-01T10:00:00Z")
    for facts, rows, profile, origin, seconds in (
        (whole, [row], zone, Origin.GPS, 1),
        (without_gps, [row], zone, Origin.CLOCK, 0),
        (without_offset, [row], zone, Origin.CLOCK_IN_ZONE, 0),
        (without_offset, [row], CameraProfile(), Origin.XMP, 3),
        (replace(without_offset, xmp=None), [row], CameraProfile(), Origin.SIDECAR, 4),
        (replace(without_offset, xmp=None), [], CameraProfile(), Origin.DESCRIPTION, 5),
    ):
        found = solve([facts], rows, profile=profile)
        assert (found.time_from[0], found.time[0] - ten) == (origin, seconds)
    assert solve([whole], [row], trust=Trust(sidecar=True)).time[0] - ten == 4


def test_a_gps_time_of_another_day_than_the_clock_comes_last() -> None:
    facts = replace(
        BARE, gps_time="2008-10-23T14:27:07Z", local_time="2008-10-22T16:28:39", flags=(("gps_date", ""),)
    )
    in_rome = solve([facts], profile=CameraProfile(zone="Europe/Rome"))
    assert (in_rome.time_from[0], in_rome.time[0]) == (Origin.CLOCK_IN_ZONE, epoch("2008-10-22T14:28:39Z"))
    assert solve([facts]).time_from.tolist() == [Origin.GPS]


def test_offsets_of_the_clocks_are_added_and_the_raw_times_stay() -> None:
    clock = replace(BARE, local_time=NOON, utc_offset="+00:00")
    gps = replace(BARE, gps_time=f"{NOON}Z")
    found = solve([clock, gps], [ROW | {"file": "2.jpg"}], profile=CameraProfile(clock_offset_s=-30, gps_offset_s=18))
    assert (found.time - NOON_S).tolist() == [-30, 18]
    assert (found.raw_time - NOON_S).tolist() == [0, 0]


def test_the_order_of_headings() -> None:
    profile = CameraProfile(mount_offset_deg=90, declination_deg=6)
    north = replace(PLACED, lat=50.8702, gps_time="2026-05-01T12:00:30Z")  # 22 m north of the first
    moving = replace(PLACED, gps_time=f"{NOON}Z", course_deg=200.0, speed_m_s=8.0, described=Stated(heading_deg=77))
    pose = replace(moving, pano=Pano(1, 1, 0, 0, 40.0), projection="equirectangular")
    xmp = replace(pose, xmp=Stated(heading_deg=30.0, heading_ref="M"))
    true = replace(xmp, heading_deg=120.0, heading_ref="T")
    still = replace(moving, course_deg=None)
    for facts, rows, track, origin, heading in (
        (true, [ROW], TRACK, Origin.EXIF, 120),
        (replace(true, heading_ref=""), [ROW], TRACK, Origin.EXIF, 120),
        (replace(true, heading_ref="M"), [ROW], TRACK, Origin.MAGNETIC, 126),
        (xmp, [ROW], TRACK, Origin.XMP, 36),
        (pose, [ROW], TRACK, Origin.POSE, 40),
        (moving, [ROW], TRACK, Origin.SIDECAR, 15),
        (moving, [], TRACK, Origin.COURSE, 290),
        (still, [], TRACK, Origin.TRACK, 147.701),
        (replace(moving, speed_m_s=1.4), [], TRACK, Origin.TRACK, 147.701),
        (replace(still, gps_time="2026-05-01T12:00:20Z"), [], None, Origin.NEIGHBOUR, 90),
        (replace(still, gps_time="2026-05-01T11:00:20Z"), [], None, Origin.DESCRIPTION, 77),
    ):
        found = solve([facts, north], rows, track, profile)
        assert (Origin(found.heading_from[0]), round(float(found.heading[0]), 2)) == (origin, round(heading, 2))
    assert solve([true], [ROW], trust=Trust(sidecar=True)).heading.tolist() == [15]
    assert solve([true], [], TRACK, trust=Trust(track=True)).heading[0] == pytest.approx(57.701, abs=1e-3)
    assert solve([replace(true, heading_ref="M")], profile=profile).raw_heading.tolist() == [120]


def test_neighbours_are_those_in_time() -> None:
    moments = ("12:00:20", "12:00:00", "12:00:10")
    photos = [
        replace(PLACED, lat=lat, gps_time=f"2026-05-01T{moment}Z")
        for lat, moment in zip((50.8704, 50.87, 50.8702), moments, strict=True)
    ]
    found = solve(photos)
    assert np.abs((found.heading + 180) % 360 - 180).max() < 1e-6
    assert solve([replace(one, gps_time=None) for one in photos]).heading[0] == pytest.approx(180)


def test_fields_of_view() -> None:
    lens, sphere = replace(PLACED, hfov_deg=69.0), replace(PLACED, hfov_deg=360.0, projection="equirectangular")
    row = ROW | {"hfov_deg": 50.0}
    profile = CameraProfile(hfov_deg=66)
    assert solve([lens, sphere]).hfov.tolist() == [69, 360]
    assert solve([lens, sphere], profile=profile).hfov.tolist() == [66, 360]
    assert solve([PLACED], [row]).hfov.tolist() == [50]
    assert solve([lens], [row], profile=profile, trust=Trust(sidecar=True)).hfov.tolist() == [50]
    assert np.isnan(solve([PLACED], [ROW | {"hfov_deg": 360.0}]).hfov).all()


def test_zones_with_their_summer_time() -> None:
    moments = np.array([epoch("2026-01-15T12:00:00"), epoch("2026-07-15T12:00:00"), np.nan])
    assert (moments - in_zone(moments, "Europe/Warsaw"))[:2].tolist() == [3600, 7200]
    assert np.isnan(in_zone(moments, "")).all()


def test_small_differences_are_no_disagreement() -> None:
    row = {"file": "0.jpg", "lat": 50.8702, "lon": 20.63, "time": "2026-05-01T12:00:10Z", "heading_deg": 355.0}
    facts = replace(PLACED, gps_time=f"{NOON}Z", heading_deg=15.0, heading_ref="T")
    assert differing([facts], [row]) == []
    far = row | {"lat": 50.8703, "time": "2026-05-01T12:00:10.5Z", "heading_deg": 354.0}
    assert differing([facts], [far]) == [("position", "sidecar"), ("time", "sidecar"), ("heading", "sidecar")]


def test_xmp_track_and_clock_can_disagree_with_exif() -> None:
    xmp = Stated(lat=50.88, lon=20.63, time="2026-05-01T12:01:00Z", heading_deg=90.0, heading_ref="T")
    facts = replace(
        PLACED, gps_time=f"{NOON}Z", heading_deg=15.0, heading_ref="T", xmp=xmp, pano=Pano(1, 1, 0, 0, 60.0),
        local_time="2026-05-01T14:05:00", utc_offset="+02:00", lat=50.871,
    )  # fmt: skip
    assert differing([facts], [], TRACK) == [
        ("position", "xmp"), ("position", "track"), ("time", "xmp"), ("time", "clock"),
        ("heading", "xmp"), ("heading", "pose"),
    ]  # fmt: skip


@pytest.mark.real_data
def test_the_contradicting_sidecar_is_reported(real_data: Path) -> None:
    folder = real_data / "photos/car_sequence"
    columns = FactColumns()
    for name in ("e1.jpg", "e2.jpg", "e3.jpg"):
        columns.add(f"car/{name}", read_facts(folder / name, name))
    limits = {"file_bytes": 10_000, "features": 10, "nesting": 9}
    rows = read_sidecar(folder / "external_metadata.csv", "external_metadata.csv", limits)["rows"]
    sidecar = sidecar_values(columns.names, rows)
    found = list(disagreements(columns.names, columns.values(), sidecar, None, CameraProfile()))
    assert [(one.name, one.what) for one in found] == [
        ("car/e1.jpg", "position"), ("car/e3.jpg", "position"), ("car/e1.jpg", "time"), ("car/e3.jpg", "time"),
    ]  # fmt: skip
    assert found[0].values["photo"] == [48.1550664, -1.6844681]
    assert found[0].values["sidecar"] == [50.5151, 3.265]
    assert 400_000 < found[0].values["apart_m"] < 500_000
    assert found[2].values["sidecar"] == "2018-01-22T02:52:09Z"
    assert found[2].values["photo"] == "2022-10-19T07:56:34Z"
    own, theirs = (
        resolve(columns.values(), sidecar, None, CameraProfile(), Trust(sidecar=trusted)) for trusted in (False, True)
    )
    assert own.lat == pytest.approx([48.1550664, 48.1550714, 48.1550731], abs=1e-7)
    assert theirs.lat == pytest.approx([50.5151, 48.1550714, 50.513433333], abs=1e-7)
    assert theirs.raw_lat == pytest.approx(own.lat)
    assert [own.heading[2], theirs.heading[2]] == [15, 15]


@pytest.mark.real_data
def test_photos_of_a_walk_without_time_look_along_it(real_data: Path) -> None:
    columns = FactColumns()
    for path in sorted((real_data / "photos/lund_walk").iterdir()):
        columns.add(path.name, read_facts(path, path.name))
    assert len(columns.names) == 14
    values = columns.values()
    untimed = values | {"described_time": np.full(14, np.nan)}
    found = resolve(untimed, sidecar_values(columns.names, []), None, CameraProfile())
    assert found.heading_from.tolist() == [Origin.NEIGHBOUR] * 14
    ways = (found.heading + 180) % 360 - 180
    assert ((ways > -90) & (ways < 45)).all()  # the walk goes north-west
    described = resolve(values, sidecar_values(columns.names, []), None, CameraProfile())
    assert set(described.time_from.tolist()) == {Origin.DESCRIPTION}


def test_rows_find_their_photos_by_path_name_or_stem() -> None:
    names = ["a/1.jpg", "b/1.jpg", "b/2.JPG", "c/3.jpg"]
    files = {"b\\1.JPG": 1.0, "1.jpg": 9.0, "2": 2.0, "x/3.jpg": 3.0}
    rows = [{"file": file, "lat": lat} for file, lat in files.items()]
    assert np.array_equal(sidecar_values(names, rows)["lat"], [np.nan, 1.0, 2.0, 3.0], equal_nan=True)


def test_a_photo_takes_less_than_300_bytes_until_the_run_is_resolved() -> None:
    columns = FactColumns()
    for number in range(5000):
        columns.add(f"{number}.jpg", replace(PLACED, lat=50 + number * 1e-4))
    values = columns.values()
    assert sum(one.itemsize for one in values.values()) <= 300
    found = resolve(values, sidecar_values(columns.names, []), None, CameraProfile())
    assert (found.heading_from == Origin.NEIGHBOUR).all()
