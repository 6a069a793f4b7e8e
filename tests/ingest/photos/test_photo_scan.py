"""A run of photos is brought in: contents stored once, indexed in one transaction, resumed, indexed again."""

import csv
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from ingest.errors import BadOption
from ingest.pipeline import Order, ingest
from layers.city import city
from layers.errors import RollbackRefused
from layers.kinds.photo_runs import PhotoRunTrack
from layers.kinds.street_photos import StreetPhoto
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.files import content_folder
from layers.media.models import Medium, PhotoRun, RunFile
from layers.media.publication import publish
from layers.media.review import decide
from layers.media.storing import sweep
from layers.runs.models import Rejection, Run
from layers.store.rollback import rollback_run
from tests.drills import killed_while_writing
from tests.ingest.photos.making import jpeg
from tests.layers.media.photos import blur

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
STEP_DEG = 0.0001
"""About 11 m to the north a photo."""
EVERY_S = 2
LAT, LON = 50.8700, 20.6300


@pytest.fixture(autouse=True)
def media_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for each test, in child processes too."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setenv("MEDIA_ROOT", settings.MEDIA_ROOT)


def degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    minutes = value % 1 * 60
    return Fraction(int(value)), Fraction(int(minutes)), Fraction(round(minutes % 1 * 60 * 10**6), 10**6)


def photo(number: int, clock_s: float = 0, place: bool = True, **more: Any) -> bytes:
    """The photo of a drive to the north, taken by a clock that is so many seconds fast."""
    at = START + timedelta(seconds=EVERY_S * number + clock_s)
    tags: dict[str, Any] = {"DateTimeOriginal": f"{at:%Y:%m:%d %H:%M:%S}", "OffsetTimeOriginal": "+00:00", **more}
    if place:
        lat = degrees(LAT + number * STEP_DEG)
        tags |= {"GPSLatitudeRef": "N", "GPSLatitude": lat, "GPSLongitudeRef": "E", "GPSLongitude": degrees(LON)}
    return jpeg({**tags, "Make": "Test", "Model": f"T{number}"})


def drive(folder: Path, count: int = 5, **how: Any) -> Path:
    """A folder of photos of a drive."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:04}.jpg").write_bytes(photo(number, **how))
    return folder


def gpx(count: int) -> str:
    """The track of the drive."""
    points = "".join(
        f'<trkpt lat="{LAT + n * STEP_DEG:.7f}" lon="{LON}">'
        f"<time>{START + timedelta(seconds=EVERY_S * n):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(count)
    )
    head = '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><trkseg>{points}</trkseg></trk></gpx>"


def scanned(path: Path | None, **options: str) -> Run:
    return ingest(Order("photo_scan", path, options))


def headings() -> list[float | None]:
    rows = StreetPhoto.objects.current().order_by("number")
    return list(rows.values_list("heading_deg", flat=True))


@pytest.mark.django_db
def test_a_folder_becomes_a_line_and_photos_and_again_nothing_changes(tmp_path):
    path = drive(tmp_path / "Przejazd 1")
    run = scanned(path, author="Miasto", camera="T")
    assert (run.read, run.stored, run.rejected) == (6, 6, 0)
    line = PhotoRunTrack.objects.current().get()
    assert (line.source_id, line.photos, line.located, line.author) == ("przejazd-1", 5, 5, "Miasto")
    assert str(line.taken_on) == "2026-05-04" and line.geom.length == pytest.approx(44.5, abs=0.2)
    first = StreetPhoto.objects.current().order_by("number").first()
    assert first is not None and first.taken_at == START and first.photo_run == "przejazd-1"
    assert headings() == pytest.approx([0, 0, 0, 0, 0], abs=0.01)
    assert sorted(first.geom.transform(4326, clone=True).coords) == pytest.approx([LON, LAT], abs=1e-6)
    again = scanned(path)
    assert (again.stored, again.unchanged) == (0, 6) and Medium.objects.count() == 5


@pytest.mark.django_db
def test_an_archive_is_read_like_its_folder(tmp_path):
    folder = drive(tmp_path / "run")
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        for one in folder.iterdir():
            archive.write(one, f"DCIM/{one.name}")
    run = scanned(tmp_path / "run.zip")
    assert (run.read, run.stored) == (6, 6)
    original = Medium.objects.get(name="DCIM/0000.jpg").variants.get(name="original")
    assert original.path().read_bytes() == (folder / "0000.jpg").read_bytes()


@pytest.mark.django_db
def test_a_dry_run_reports_and_leaves_no_row_and_no_file(tmp_path):
    run = ingest(Order("photo_scan", drive(tmp_path / "run"), {}, dry_run=True))
    assert (run.read, run.stored) == (6, 6)
    assert not Medium.objects.exists() and not PhotoRun.objects.exists() and not content_folder().exists()


@pytest.mark.django_db
def test_the_clock_offset_is_suggested_and_applied_without_the_files(tmp_path):
    path = drive(tmp_path / "run", 20, clock_s=7)
    (path / "track.gpx").write_text(gpx(20))
    run = scanned(path)
    report = PhotoRun.objects.get().report
    assert report["offset"]["offset_s"] == pytest.approx(-7, abs=0.2)
    # 16 photos lie 3.5 steps of 11.12 m ahead, four beyond the end of the track count 100 m.
    assert report["offset"]["before_m"] == pytest.approx((16 * 3.5 * 11.12 + 400) / 20, abs=0.2)
    assert report["offset"]["after_m"] < 0.5
    assert any("clock offset of -7.0 s" in note for note in run.details["notes"])
    assert StreetPhoto.objects.current().get(number=0).taken_at == START + timedelta(seconds=7)
    scanned(None, run="run", clock_offset="-7")
    assert StreetPhoto.objects.current().get(number=0).taken_at == START
    assert PhotoRunTrack.objects.current().get().clock_offset_s == -7
    assert Medium.objects.get(name="0000.jpg").facts["local_time"].startswith("2026-05-04T08:00:07")


@pytest.mark.django_db
def test_photos_without_a_place_get_that_of_the_track(tmp_path):
    path = drive(tmp_path / "run", 5, place=False)
    (path / "track.gpx").write_text(gpx(5))
    scanned(path)
    rows = StreetPhoto.objects.current().order_by("number")
    assert set(rows.values_list("position_from", flat=True)) == {"track"}
    last = rows.last()
    assert last is not None and last.geom.transform(4326, clone=True).y == pytest.approx(LAT + 4 * STEP_DEG, abs=1e-6)


@pytest.mark.django_db
def test_what_cannot_be_used_is_rejected_with_its_reason_and_lands_nowhere(tmp_path):
    path = drive(tmp_path / "run", 3)
    (path / "a.jpg").write_text("no picture")
    (path / "b.jpg").write_bytes(photo(7, place=False))
    (path / "c.jpg").write_bytes((path / "0001.jpg").read_bytes())
    run = scanned(path)
    reasons = {one.source_id: one.reason for one in Rejection.objects.filter(run=run)}
    assert reasons.keys() == {"a.jpg", "b.jpg", "c.jpg"}
    assert (reasons["b.jpg"], reasons["c.jpg"]) == ("no_position", "same_picture")
    assert StreetPhoto.objects.current().count() == 3


@pytest.mark.django_db
def test_a_picture_of_an_earlier_run_stays_there(tmp_path):
    scanned(drive(tmp_path / "first", 3))
    again = drive(tmp_path / "second", 4)
    run = scanned(again)
    assert run.details["reasons"] == {"same_picture": 3, "no_line": 1}
    assert list(StreetPhoto.objects.current().order_by("number").values_list("photo_run", flat=True)) == [
        "first", "first", "first", "second"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"clock_offset": "fast"}, "clock_offset=fast: a number"),
        ({"hfov": "nan"}, "hfov=nan: a number"),
        ({"trust": "nobody"}, "trust=nobody"),
        ({"run": "---"}, "no name"),
    ],
)
def test_a_wrong_option_is_refused_and_nothing_is_indexed(tmp_path, options: Mapping[str, str], said: str):
    with pytest.raises(BadOption, match=said):
        scanned(drive(tmp_path / "run", 2), **options)
    assert not StreetPhoto.objects.exists()


@pytest.mark.django_db
def test_an_unknown_run_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(BadOption, match="There is no run nowhere"):
        scanned(None, run="nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadOption, match="no photos"):
        scanned(tmp_path / "empty")


@pytest.mark.django_db
def test_a_run_is_undone_and_its_pictures_stay(tmp_path):
    run = scanned(drive(tmp_path / "run"))
    rollback_run(run.pk)
    assert not StreetPhoto.objects.current().exists() and not PhotoRunTrack.objects.current().exists()
    assert Medium.objects.count() == 5 and sweep() == 0


@pytest.mark.django_db
def test_released_pictures_follow_a_correction_and_keep_their_run_from_being_undone(tmp_path):
    run = scanned(drive(tmp_path / "run"))
    medium = Medium.objects.get(name="0002.jpg")
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish(Medium.objects.filter(pk=medium.pk))
    with pytest.raises(RollbackRefused, match="1 pictures of run"):
        rollback_run(run.pk)
    scanned(None, run="run", mount_offset="90", author="Miasto Kielce")
    row = ReleasedPhoto.objects.current().get()
    assert row.heading_deg == pytest.approx(90, abs=0.01) and row.author == "Miasto Kielce"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["layers_runfile", "layers_streetphoto"])
def test_a_killed_run_goes_on_where_it_ended(tmp_path, table):
    """Killed while the second hundred is being stored, and again while the index is being written."""
    path = drive(tmp_path / "run", 130)
    if table == "layers_streetphoto":
        killed_while_writing(table, "ingest", "photo_scan", str(path))
        assert Medium.objects.count() == 130
    else:
        killed_while_writing(table, "ingest", "photo_scan", str(path))
        assert Medium.objects.count() < 130
    before = dict(Medium.objects.values_list("pk", "sha256"))
    assert not StreetPhoto.objects.exists()
    Run.objects.update(heartbeat_at=now() - timedelta(seconds=31))
    call_command("ingest", "photo_scan", str(path))
    assert before.items() <= dict(Medium.objects.values_list("pk", "sha256")).items()
    assert Medium.objects.count() == RunFile.objects.count() == StreetPhoto.objects.current().count() == 130
    sweep()
    stored = sum(1 for one in content_folder().glob("??/??/*"))
    assert stored == len(set(Medium.objects.values_list("variants__sha256", flat=True)))


@pytest.mark.real_data
@pytest.mark.django_db
def test_every_real_photo_lands_where_its_tags_state_or_is_rejected(real_data):
    run = scanned(real_data / "photos", run="real", bbox="off")
    with (real_data / "photos" / "index.csv").open() as lines:
        expected = {row["file"]: row for row in csv.DictReader(lines)}
    located = {name: row for name, row in expected.items() if row["lat"]}
    stored = {row.name: row for row in StreetPhoto.objects.current()}
    assert stored.keys() == located.keys() and len(stored) == 35
    for name, row in located.items():
        point = stored[str(name)].geom.transform(4326, clone=True)
        assert (point.y, point.x) == pytest.approx((float(row["lat"]), float(row["lon"])), abs=2e-7), name
        if row["heading_deg"]:
            magnetic = city().declination_deg if row["heading_ref"] == "M" else 0
            assert stored[str(name)].heading_deg == pytest.approx(float(row["heading_deg"]) + magnetic, abs=0.01), (
                name
            )
    rejected = Rejection.objects.filter(run=run, kind="street_photos")
    assert {one.source_id for one in rejected} == expected.keys() - located.keys()
