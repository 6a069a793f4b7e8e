"""The job of release: what is approved is blurred and public once, whatever happens meanwhile."""

from pathlib import Path

import pytest
from django.utils.timezone import now
from django_tasks_db.models import DBTaskResult
from PIL import Image

from geoportal.photos import releasing
from geoportal.photos.releasing import release_approved
from geoportal.photos.tasks import release_photos
from layers.errors import DiskFull
from layers.kinds.street_photos import StreetPhoto
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Medium, Variant
from layers.media.review import Box, decide, to_review
from layers.media.storing import NewFile, store_files
from layers.runs.models import Run
from tests.drills import killed_while_writing
from tests.factories import load, point
from tests.layers.media.photos import jpeg, photo_run, scratch, stored_photo, written

pytestmark = pytest.mark.django_db
State = Medium.State
COLOURS = ("red", "green", "blue", "gray", "orange")


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setenv("MEDIA_ROOT", settings.MEDIA_ROOT)


def examined(color: str = "red", number: int = 0) -> Medium:
    medium = stored_photo(color, number=number)
    Medium.objects.filter(pk=medium.pk).update(examined_at=now())
    return medium


def approved(color: str = "red", number: int = 0, account: str = "reviewer") -> Medium:
    return decide(examined(color, number), "release", account, boxes=[Box(0.1, 0.1, 0.5, 0.5)])


def states() -> list[str]:
    return list(Medium.objects.order_by("pk").values_list("state", flat=True))


def public() -> int:
    return ReleasedPhoto.objects.current().count()


def test_an_approved_picture_is_blurred_and_public():
    approved()
    stored_photo("green", number=1)
    assert release_approved().count == 1
    medium = Medium.objects.get(state=State.RELEASED)
    assert sorted(medium.variants.filter(side="blurred").values_list("name", flat=True)) == [
        "full", "screen", "thumbnail"]  # fmt: skip
    raw = medium.variant("raw", "original")
    full = medium.variant("blurred", "full")
    assert raw is not None and full is not None and full.sha256 != raw.sha256 and full.path().is_file()
    assert states() == [State.RELEASED, State.RAW] and public() == 1
    assert release_approved().count == 0


def test_the_regions_are_burnt_where_the_person_drew_them(tmp_path):
    picture = Image.effect_noise((400, 300), 100).convert("RGB")
    picture.save(tmp_path / "noise.png")
    path, digest = written(scratch(), (tmp_path / "noise.png").read_bytes())
    found = NewFile("noise.png", 5, "1", 0, path, digest, "image/png", 400, 300)
    store_files(photo_run(), [found], Medium.Purpose.STREET_PHOTO)
    medium = Medium.objects.get()
    place = point(str(medium.key), 0, 0, photo_run="drive", number=0, picture=str(medium.key))
    load("street_photos", [place], dataset="photo_scan")
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer", boxes=[Box(0.5, 0.5, 1.0, 1.0)])
    assert release_approved().count == 1
    full = medium.variant("blurred", "full")
    assert full is not None
    with Image.open(full.path()) as shown:
        spread = [shown.convert("L").crop(box).getextrema() for box in ((300, 225, 312, 237), (20, 20, 32, 32))]
    assert spread[0][1] - spread[0][0] < 20 < 100 < spread[1][1] - spread[1][0]  # type: ignore[operator]


def test_more_pictures_than_a_batch_are_released_in_the_name_of_who_approved_them(monkeypatch):
    monkeypatch.setattr(releasing, "BATCH", 2)
    for number, color in enumerate(COLOURS):
        approved(color, number, "anna" if number % 2 else "jan")
    assert release_photos.call() == 5
    assert states() == [State.RELEASED] * 5 and public() == 5
    assert set(Run.objects.filter(source="photo_release").values_list("account", flat=True)) == {"anna", "jan"}


def test_a_decision_taken_back_while_the_blur_is_made_counts(monkeypatch):
    medium = approved()
    stored = releasing._store

    def taken_back(one, result):
        decide(one, "undo", "reviewer")
        stored(one, result)

    monkeypatch.setattr(releasing, "_store", taken_back)
    assert release_approved().count == 0
    medium.refresh_from_db()
    assert (medium.state, medium.approved_at) == (State.RAW, None)
    assert not medium.variants.filter(side="blurred").exists() and public() == 0


def test_a_decision_taken_back_between_blur_and_release_counts(monkeypatch):
    medium = approved()
    publish = releasing._publish

    def taken_back(keys):
        assert states() == [State.BLURRED]
        decide(medium, "undo", "reviewer")
        return publish(keys)

    monkeypatch.setattr(releasing, "_publish", taken_back)
    assert release_approved().count == 0
    assert states() == [State.RAW] and public() == 0
    assert not medium.variants.filter(side="blurred").exists()


def test_a_decision_taken_anew_with_other_regions_is_not_served_the_old_blur(monkeypatch):
    medium = approved()
    stored = releasing._store

    def anew(one, result):
        decide(one, "undo", "reviewer")
        decide(one, "release", "reviewer", boxes=[Box(0.0, 0.0, 1.0, 1.0)])
        stored(one, result)

    monkeypatch.setattr(releasing, "_store", anew)
    assert release_approved().count == 0 and not medium.variants.filter(side="blurred").exists()
    monkeypatch.setattr(releasing, "_store", stored)
    assert release_approved().count == 1


def test_a_picture_that_cannot_be_blurred_returns_to_review_with_a_note():
    damaged, whole = approved("red", 0), approved("green", 1)
    original = damaged.variant("raw", "original")
    assert original is not None
    original.path().chmod(0o600)
    original.path().write_bytes(original.path().read_bytes()[:400])
    assert release_approved().count == 1
    damaged.refresh_from_db()
    assert (damaged.state, damaged.approved_at) == (State.RAW, None)
    assert damaged.note == Medium.Note.BLUR_FAILED and "0000.jpg" in damaged.note_details
    assert [file.medium_id for file in to_review()] == [damaged.pk]
    original.path().write_bytes(jpeg("red"))
    decide(damaged, "release", "reviewer")
    assert release_approved().count == 1
    damaged.refresh_from_db()
    assert (damaged.note, damaged.note_details) == ("", "")
    assert Medium.objects.get(pk=whole.pk).state == State.RELEASED


def test_a_raw_file_that_changed_on_the_disk_is_not_released():
    medium = approved()
    original = medium.variant("raw", "original")
    assert original is not None
    original.path().write_bytes(jpeg("blue"))
    assert release_approved().count == 0
    medium.refresh_from_db()
    assert (medium.approved_at, medium.note) == (None, Medium.Note.BLUR_FAILED)
    assert "damaged on the disk" in medium.note_details and not medium.variants.filter(side="blurred").exists()


def test_a_full_disk_takes_no_decision_back(monkeypatch):
    def full(*_: object) -> None:
        raise DiskFull

    medium = approved()
    monkeypatch.setattr(releasing, "blurred_variants", full)
    with pytest.raises(DiskFull):
        release_approved()
    monkeypatch.undo()
    medium.refresh_from_db()
    assert medium.approved_at is not None and not medium.note
    assert release_approved().count == 1


def test_a_raw_file_that_is_gone_is_named():
    medium = approved()
    medium.variants.filter(side="raw", name="original").delete()
    assert release_approved().count == 0
    medium.refresh_from_db()
    assert "has been deleted" in medium.note_details and medium.approved_at is None


def test_a_job_that_ended_between_blur_and_release_goes_on(monkeypatch):
    approved()
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "_publish", lambda keys: 0)
        release_approved()
    assert states() == [State.BLURRED] and public() == 0
    blurred = dict(Variant.objects.filter(side="blurred").values_list("name", "made_at"))
    assert release_approved().count == 1
    assert dict(Variant.objects.filter(side="blurred").values_list("name", "made_at")) == blurred


def test_a_blurred_picture_without_a_place_waits():
    approved()
    StreetPhoto.objects.update(picture=None)
    assert release_approved().count == 0 and states() == [State.BLURRED]


def test_a_long_release_gives_others_in_its_queue_their_turn(monkeypatch):
    monkeypatch.setattr(releasing, "BATCH", 2)
    monkeypatch.setattr(releasing.release_approved, "__defaults__", (0.0,))
    for number, color in enumerate(COLOURS[:3]):
        approved(color, number)
    queued = DBTaskResult.objects.filter(task_path="geoportal.photos.tasks.release_photos")
    assert (release_photos.call(), queued.count()) == (2, 1)
    assert (release_photos.call(), queued.count()) == (1, 1)


def test_scratch_is_removed(settings):
    approved()
    release_approved()
    assert not list(Path(settings.MEDIA_ROOT).glob("photos-*"))


def test_a_thousand_approvals_are_one_job(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number, color in enumerate(COLOURS[:3]):
            approved(color, number)
    waiting = DBTaskResult.objects.filter(task_path="geoportal.photos.tasks.release_photos")
    assert [one.queue_name for one in waiting] == ["default"]
    with django_capture_on_commit_callbacks(execute=True):
        decide(examined("blue", 7), "withhold", "reviewer", "an accident")
    assert waiting.count() == 1


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["layers_variant", ReleasedPhoto._meta.db_table])
def test_a_killed_release_goes_on_and_releases_once(table):
    for number, color in enumerate(COLOURS[:3]):
        approved(color, number)
    assert DBTaskResult.objects.filter(status="READY").count() == 1
    killed_while_writing(table, "worker", "default")
    assert public() == 0 and State.RELEASED not in states()
    assert release_approved().count == 3
    assert states() == [State.RELEASED] * 3 and public() == 3
    assert Variant.objects.filter(side="blurred").count() == 9
