"""Runs of photos from folders and archives through the sandbox."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from ingest.errors import HostileFile, UnreadableFile
from ingest.photos import reading
from ingest.photos.listing import Entry
from ingest.photos.reading import Fault, PhotoRead, list_photos, read_photos, read_sidecars
from tests.ingest.photos.making import KIELCE, heic, jpeg

HOSTILE = "tests.ingest.photos.hostile_program"
GPX = (
    b'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="50.1" lon="20">'
    b"<time>2026-05-01T10:00:00Z</time></trkpt></trkseg></trk></gpx>"
)


class Cancelled(Exception):
    pass


def packed(path: Path, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def photos(folder: Path, contents: dict[str, bytes]) -> Path:
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def run(path: Path, scratch: Path, *, variants: bool = True) -> list[PhotoRead | Fault]:
    return list(read_photos(path, list_photos(path, scratch).photos, scratch, variants=variants))


CONTENTS = {
    "run/p10.jpg": jpeg(KIELCE), "run/p2.JPG": jpeg({"Make": "b"}), "run/p1.heic": heic(KIELCE), "track.gpx": GPX,
    "table.csv": b"file,lat,lon\np2,50,20\n", ".hidden.jpg": b"", "__MACOSX/run/._p1.jpg": b"", "readme.txt": b"x",
}  # fmt: skip


@pytest.mark.parametrize("packing", [photos, packed])
def test_files_are_listed_in_natural_order_without_hidden_ones(source: Path, scratch: Path, packing) -> None:
    path = source if packing is photos else source / "run.zip"
    found = list_photos(packing(path, CONTENTS), scratch)
    assert [one.name for one in found.photos] == ["run/p1.heic", "run/p2.JPG", "run/p10.jpg"]
    assert [one.name for one in found.sidecars] == ["table.csv", "track.gpx"]
    assert [one.name for one in found.others] == ["readme.txt"]
    assert [one.size for one in found.photos] == [len(CONTENTS[one.name]) for one in found.photos]
    again = list_photos(path, scratch)
    assert again == found
    packing(path, CONTENTS | {"run/p2.JPG": jpeg({"Make": "c"})})
    os.utime(path if path.is_file() else path / "run/p2.JPG", ns=(1, 1))
    changed = list_photos(path, scratch)
    marks = {one.name: one.mark for one in found.photos if one.mark not in {new.mark for new in changed.photos}}
    assert "run/p2.JPG" in marks
    assert path.is_dir() or set(marks) == {"run/p2.JPG"}


@pytest.mark.parametrize("packing", [photos, packed])
def test_photos_come_in_order_with_their_hash_and_variants(source: Path, scratch: Path, packing) -> None:
    path = packing(source if packing is photos else source / "run.zip", CONTENTS)
    entries = list_photos(path, scratch).photos
    seen = []
    for one in read_photos(path, entries, scratch):
        assert isinstance(one, PhotoRead)
        content = CONTENTS[one.entry.name]
        assert (one.sha256, one.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert (one.file.read_bytes() if one.file else None) == (content if packing is packed else None)
        for made in one.variants:
            assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.variant.sha256
        seen.append((one.entry.name, [made.variant.name for made in one.variants], round(one.facts.lat or 0, 4)))
    names = ["screen", "thumbnail"]
    assert [(name, sorted(made), lat) for name, made, lat in seen] == [
        ("run/p1.heic", names, 50.8703), ("run/p2.JPG", names, 0), ("run/p10.jpg", names, 50.8703),
    ]  # fmt: skip
    assert list(scratch.glob("photos-*")) == []


def test_facts_alone_take_no_variants(source: Path, scratch: Path) -> None:
    (found,) = run(photos(source, {"a.jpg": jpeg(KIELCE)}), scratch, variants=False)
    assert isinstance(found, PhotoRead)
    assert (found.variants, found.facts.position_from) == ((), "exif")


def test_bad_photos_are_faults_and_spoil_no_other(source: Path, scratch: Path) -> None:
    good = jpeg(size=(400, 300))
    contents = {"1.jpg": good, "2.jpg": good[: len(good) // 2], "3.jpg": b"text", "4.jpg": b"", "5.png": good}
    found = run(photos(source, contents), scratch)
    reasons = [one.reason if isinstance(one, Fault) else one.facts.media_type for one in found]
    assert reasons == ["image/jpeg", "damaged", "not_a_picture", "empty", "image/jpeg"]
    assert [one.name for one in found if isinstance(one, Fault)] == ["2.jpg", "3.jpg", "4.jpg"]
    assert all("\n" not in one.message for one in found if isinstance(one, Fault))


def test_a_damaged_member_is_a_fault(source: Path, scratch: Path) -> None:
    path = source / "run.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in ("1.jpg", "2.jpg"):
            archive.writestr(name, jpeg({"Make": name}))
    content = bytearray(path.read_bytes())
    content[content.index(b"1.jpg") + 300] ^= 255
    path.write_bytes(content)
    first, second = run(path, scratch)
    assert isinstance(first, Fault)
    assert (first.name, first.reason) == ("1.jpg", "damaged")
    assert isinstance(second, PhotoRead)


def test_a_file_that_went_away_is_a_fault(source: Path, scratch: Path) -> None:
    photos(source, {"1.jpg": jpeg()})
    gone = Entry("2.jpg", 10, "", member=False)
    found = list(read_photos(source, [gone, *list_photos(source, scratch).photos], scratch))
    assert isinstance(found[0], Fault)
    assert (found[0].name, found[0].reason) == ("2.jpg", "missing")
    assert isinstance(found[1], PhotoRead)


def test_the_photo_over_which_the_process_dies_is_found(
    source: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PROGRAM", HOSTILE)
    names = [f"{number:02}{'deadly' if number in (3, 17) else ''}.jpg" for number in range(25)]
    found = run(photos(source, dict.fromkeys(names, jpeg(size=(16, 16)))), scratch)
    assert [one.name if isinstance(one, Fault) else one.entry.name for one in found] == names
    faults = [one for one in found if isinstance(one, Fault)]
    assert [(one.name, one.reason) for one in faults] == [
        ("03deadly.jpg", "reader_failed"),
        ("17deadly.jpg", "reader_failed"),
    ]


def test_only_a_few_batches_are_ahead_and_their_files_go_with_them(
    source: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_PHOTOS", 10)
    entries = list_photos(photos(source, {f"{one}.jpg": jpeg(size=(16, 16)) for one in range(100)}), scratch).photos
    most = 0
    for one in read_photos(source, entries, scratch):
        assert isinstance(one, PhotoRead)
        assert all(made.path.exists() for made in one.variants)
        most = max(most, len(list(scratch.glob("photos-*/*/*/*-screen.jpg"))))
    assert 10 <= most <= 10 * (reading.AHEAD + 1)


def test_cancelling_ends_the_jobs(source: Path, scratch: Path) -> None:
    entries = list_photos(photos(source, {f"{one}.jpg": jpeg() for one in range(60)}), scratch).photos

    def progress(done: int, total: int | None) -> None:
        assert total == 60
        if done:
            raise Cancelled

    seen: list[object] = []
    with pytest.raises(Cancelled):
        seen.extend(one for one in read_photos(source, entries, scratch, progress=progress))
    assert list(scratch.glob("photos-*")) == []


def test_a_reader_that_stops_early_leaves_nothing(source: Path, scratch: Path) -> None:
    entries = list_photos(photos(source, {f"{one}.jpg": jpeg() for one in range(60)}), scratch).photos
    iterator: Iterator[PhotoRead | Fault] = read_photos(source, entries, scratch)
    assert len(list(islice(iterator, 3))) == 3
    iterator.close()  # type: ignore[attr-defined]
    assert list(scratch.glob("photos-*")) == []


@pytest.mark.parametrize("packing", [photos, packed])
def test_sidecars_are_read_and_bad_ones_are_faults(source: Path, scratch: Path, packing) -> None:
    path = packing(
        source if packing is photos else source / "run.zip", CONTENTS | {"bad.json": b"{", "x.gpx": b"<a>"}
    )
    found = read_sidecars(path, list_photos(path, scratch).sidecars, scratch)
    assert dict(found.tracks) == {"track.gpx": {"time": [1777629600.0], "lat": [50.1], "lon": [20.0], "ele": [None]}}
    assert [row["lat"] for row in found.rows["table.csv"]] == [50]
    assert sorted(one.name for one in found.faults) == ["bad.json", "x.gpx"]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:\\a.jpg"])
def test_an_archive_that_leads_outside_is_refused(source: Path, scratch: Path, name: str) -> None:
    with pytest.raises(HostileFile, match="leads outside"):
        list_photos(packed(source / "run.zip", {name: jpeg()}), scratch)


def test_links_and_unusable_names_of_a_folder_are_not_followed(source: Path, scratch: Path) -> None:
    photos(source, {"a.jpg": jpeg()})
    (source / "b.jpg").symlink_to("/etc/passwd")
    (source / "c").symlink_to("/etc")
    assert [one.name for one in list_photos(source, scratch).photos] == ["a.jpg"]
    (source / "a\nb.jpg").write_bytes(b"")
    with pytest.raises(HostileFile, match="unusable name"):
        list_photos(source, scratch)


def test_what_is_no_run_of_photos_is_refused(source: Path, scratch: Path) -> None:
    for content in (b"PK\x03\x04 damaged", b"text"):
        (source / "run.zip").write_bytes(content)
        with pytest.raises(UnreadableFile):
            list_photos(source / "run.zip", scratch)
    with pytest.raises(UnreadableFile, match="does not exist"):
        list_photos(source / "nothing", scratch)


def test_a_bomb_of_pixels_is_a_fault(source: Path, scratch: Path) -> None:
    sink = io.BytesIO()
    Image.new("1", (20_000, 15_000)).save(sink, "PNG")
    (found,) = run(photos(source, {"bomb.png": sink.getvalue()}), scratch)
    assert isinstance(found, Fault)
    assert found.reason == "too_large"
