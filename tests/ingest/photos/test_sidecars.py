"""Tables, Mapillary descriptions and tracks beside photos."""

import json
from pathlib import Path

import pytest

from ingest.errors import HostileFile, UnreadableFile
from ingest.photos.sidecars import read_sidecar

LIMITS = {"file_bytes": 10_000_000, "nesting": 64, "features": 1000}
UNKNOWN = dict.fromkeys(("alt_m", "time", "local_time", "heading_deg", "hfov_deg", "accuracy_m")) | {
    "heading_ref": ""
}


def read(folder: Path, name: str, content: str | bytes, **limits: int) -> dict:
    path = folder / "sidecar"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_sidecar(path, name, LIMITS | limits)


@pytest.mark.real_data
def test_the_table_of_the_car_sequence(real_data: Path) -> None:
    found = read_sidecar(real_data / "photos/car_sequence/external_metadata.csv", "external_metadata.csv", LIMITS)
    first = {"file": "e1.jpg", "lon": 3.265, "lat": 50.5151, "time": "2018-01-22T02:52:09Z"}
    second = {"file": "e3.jpg", "lon": 3.265277778, "lat": 50.513433333, "time": "2018-01-22T02:54:09Z"}
    more = {"hfov_deg": 360, "heading_deg": 15, "heading_ref": "T"}
    assert found == {"rows": [UNKNOWN | first, UNKNOWN | second | more], "notes": []}


def test_polish_columns_decimal_commas_and_local_times(tmp_path: Path) -> None:
    table = "Plik;Szerokość;Długość;Wysokość;Azymut;Czas\na.jpg;50,87028;20,63139;270,5;-10;2026-05-01 12:00:00\n"
    (row,) = read(tmp_path, "t.csv", table)["rows"]
    assert (row["file"], row["lat"], row["lon"], row["alt_m"]) == ("a.jpg", 50.87028, 20.63139, 270.5)
    assert (row["heading_deg"], row["time"], row["local_time"]) == (350, None, "2026-05-01T12:00:00")


@pytest.mark.parametrize(
    "written", ["1777629600", "1777629600000", "2026-05-01T12:00:00+02:00", "2026_05_01_10_00_00_000"]
)
def test_ways_to_write_a_time(tmp_path: Path, written: str) -> None:
    (row,) = read(tmp_path, "t.csv", f"filename,timestamp\na.jpg,{written}\n")["rows"]
    assert row["time"] == "2026-05-01T10:00:00Z"


@pytest.mark.parametrize(("lat", "lon"), [("0", "0"), ("95", "20"), ("50", "200"), ("x", "20"), ("", "20")])
def test_a_row_without_a_usable_position_has_none_and_a_note(tmp_path: Path, lat: str, lon: str) -> None:
    found = read(tmp_path, "t.csv", f"file,lat,lon,heading\na.jpg,{lat},{lon},15\n")
    assert (found["rows"][0]["lat"], found["rows"][0]["lon"], found["rows"][0]["heading_deg"]) == (None, None, 15)
    assert found["notes"] == [f"Row 1: {lat}, {lon} is no position."]


def test_a_table_without_names_of_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No column names the photo"):
        read(tmp_path, "t.csv", "lat,lon\n50,20\n")


def test_a_table_with_too_many_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostileFile, match="more than 2 rows"):
        read(tmp_path, "t.csv", "file\na\nb\nc\n", features=2)


def test_mapillary_descriptions(tmp_path: Path) -> None:
    listed = [
        {
            "MAPLatitude": 50.8702806, "MAPLongitude": 20.6313889, "MAPAltitude": 270.5,
            "MAPCaptureTime": "2026_05_01_10_00_00_250", "filename": "C:\\photos\\a.jpg", "filetype": "image",
            "MAPCompassHeading": {"TrueHeading": 126.0, "MagneticHeading": 120.0}, "MAPGPSAccuracyMeters": 3,
        },
        {"MAPCompassHeading": {"MagneticHeading": 370}, "filename": "/photos/b.jpg"},
        {"MAPGPSTrack": [], "filename": "c.mp4"},
        {"error": {"type": "MapillaryGeoTaggingError"}, "filename": "d.jpg"},
    ]  # fmt: skip
    found = read(tmp_path, "mapillary_image_description.json", json.dumps(listed))
    first, second = found["rows"]
    assert (first["file"], first["lat"], first["lon"], first["alt_m"]) == ("a.jpg", 50.8702806, 20.6313889, 270.5)
    assert (first["time"], first["heading_deg"], first["heading_ref"]) == ("2026-05-01T10:00:00.250000Z", 126, "T")
    assert (second["file"], second["heading_deg"], second["heading_ref"], second["lat"]) == ("b.jpg", 10, "M", None)
    assert found["notes"] == ["Entry 3 describes a video, which is not read.", "Entry 4 is no Mapillary description."]


def test_the_old_form_writes_numbers_as_text_and_belongs_to_the_photo_of_its_name(tmp_path: Path) -> None:
    old = {"MAPLatitude": "50.870281", "MAPLongitude": "20.631389", "MAPAltitude": "37.000000"}
    (row,) = read(tmp_path, "run/IMG_0001.json", json.dumps(old))["rows"]
    assert (row["file"], row["lat"], row["lon"], row["alt_m"]) == ("IMG_0001", 50.870281, 20.631389, 37)


@pytest.mark.real_data
def test_a_real_track(real_data: Path) -> None:
    found = read_sidecar(real_data / "nasty/track.gpx", "track.gpx", LIMITS)
    text = (real_data / "nasty/track.gpx").read_text()
    assert len(found["track"]["time"]) == text.count("<trkpt") == 19
    assert [found["track"][name][0] for name in ("time", "lat", "lon", "ele")] == [
        1402489300, 42.361951, -71.108203, 11.0,
    ]  # fmt: skip


def test_points_without_time_are_counted(tmp_path: Path) -> None:
    points = (
        '<trkpt lat="50" lon="20"/>'
        '<trkpt lat="50.1" lon="20"><ele>1</ele><time>2026-05-01T10:00:00+02:00</time></trkpt>'
        '<trkpt lat="0" lon="0"><time>2026-05-01T10:00:01Z</time></trkpt>'
    )
    gpx = f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    found = read(tmp_path, "t.gpx", gpx)
    assert found == {
        "track": {"time": [1777622400.0], "lat": [50.1], "lon": [20.0], "ele": [1.0]},
        "unusable_points": 2,
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.gpx", '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>'),
        ("t.gpx", "<gpx><trk>"),
        ("t.gpx", "<kml/>"),
        ("t.gpx", ""),
        ("t.gpx", '<gpx version="1.1"><trk><trkseg><trkpt lat="x" lon="2"/></trkseg></trk></gpx>'),
        ("t.json", "[" * 100),
        ("t.json", '{"MAPLatitude": '),
        ("t.csv", ""),
    ],
)
def test_hostile_and_damaged_sidecars_are_refused(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, name, content)
