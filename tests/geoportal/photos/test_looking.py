"""The job that looks for faces: each new picture is examined once, and a detector that fails is no secret."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils.timezone import now
from django_tasks_db.models import DBTaskResult

from geoportal.photos import looking
from geoportal.photos.looking import look
from geoportal.photos.tasks import look_for_faces
from ingest.errors import UnreadableFile
from ingest.photos.protecting import FoundRegion
from layers.media.models import Medium, Region
from layers.media.review import LEAST_SHARE, Box, decide, set_regions, within
from tests.layers.media.photos import stored_photo

pytestmark = pytest.mark.django_db
COLOURS = ("red", "green", "blue", "gray", "orange")
FACE = FoundRegion(0.4, 0.4, 0.5, 0.5, "face", 0.8)
OWN = "tests.ingest.photos.city_detectors.plates"


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the detector find these regions in every picture, or fail."""

    def given(*regions: FoundRegion, fault: str = "") -> None:
        def answer(*_: object) -> list[FoundRegion]:
            if fault:
                raise UnreadableFile(fault)
            return list(regions)

        monkeypatch.setattr(looking, "found_regions", answer)

    return given


def test_a_new_picture_is_examined_once_and_its_regions_name_the_detector(finds):
    medium = stored_photo()
    finds(FACE)
    assert (look().count, look().count) == (1, 0)
    medium.refresh_from_db()
    assert medium.examined_at is not None and medium.note == ""
    assert list(medium.regions.values_list("left", "bottom", "what", "origin", "score")) == [
        (0.4, 0.5, "face", "centerface 0.2", 0.8)
    ]


def test_the_real_detectors_are_run_and_the_citys_own_beside_them(settings):
    settings.PHOTO_DETECTOR = OWN
    medium = stored_photo()  # 80 x 60 px of one colour
    assert look().count == 1
    assert list(medium.regions.values_list("left", "top", "what", "origin", "score")) == [
        (0.125, 20 / 60, "plate", OWN, 0.75)
    ]


def test_a_picture_on_which_a_detector_failed_is_examined_with_a_note(settings):
    settings.PHOTO_DETECTOR = "tests.ingest.photos.city_detectors.breaks"
    medium = stored_photo()
    assert look().count == 1
    medium.refresh_from_db()
    assert medium.examined_at is not None and medium.note == Medium.Note.DETECTOR_FAILED
    assert "no weights" in medium.note_details
    assert decide(medium, "release", "reviewer").approved_at is not None


def test_a_deleted_raw_file_is_noted(finds):
    medium = stored_photo()
    medium.variants.all().delete()
    finds(FACE)
    assert look().count == 1
    medium.refresh_from_db()
    assert medium.note == Medium.Note.DETECTOR_FAILED and "has been deleted" in medium.note_details


@pytest.mark.parametrize(
    "found",
    [
        FoundRegion(-0.1, -0.2, 0.0001, 0.3, "face", 0.5),
        FoundRegion(0.99999, 0.99999, 1.2, 1.0, "face", 0.5),
        FoundRegion(0.5, 0.6, 0.5002, 0.6002, "face", 0.5),
        FoundRegion(0.6, 0.9, 0.5, 0.2, "plate", None),
    ],
)
def test_what_is_stored_can_be_saved_by_a_reviewer_as_it_is(found, finds):
    medium = stored_photo()
    finds(found)
    look()
    region = medium.regions.get()
    assert region.right - region.left >= LEAST_SHARE and region.bottom - region.top >= LEAST_SHARE
    box = within(Box(*region.box))
    assert (box.left, box.top, box.right, box.bottom) == region.box
    low, high = sorted((found.left, found.right))
    assert region.left <= max(0, low) + 1e-9 and region.right >= min(1, high) - 1e-9


def test_a_region_outside_the_picture_is_none(finds):
    medium = stored_photo()
    finds(FoundRegion(1.1, 0.1, 1.2, 0.2, "face", 0.5), FoundRegion(0.1, -0.5, 0.2, -0.1, "face", 0.5))
    assert look().count == 1 and not medium.regions.exists()


def test_more_regions_than_are_stored_are_noted_and_the_likeliest_stay(finds):
    medium = stored_photo()
    finds(*[FoundRegion(0.1, 0.1, 0.2, 0.2, "face", number / 1000) for number in range(600)])
    look()
    medium.refresh_from_db()
    assert medium.regions.count() == 500 and medium.note == Medium.Note.TOO_MANY
    assert medium.regions.order_by("score")[0].score == 0.1


def test_what_a_person_drew_meanwhile_stays(finds):
    medium = stored_photo()
    set_regions(medium, [Box(0.1, 0.1, 0.2, 0.2)])
    finds(FACE)
    look()
    assert sorted(medium.regions.values_list("origin", flat=True)) == ["centerface 0.2", "person"]


def test_a_picture_that_was_withheld_meanwhile_stays_as_it_is(finds, monkeypatch):
    medium = stored_photo()
    finds(FACE)
    stored = looking._store

    def decided(one, result):
        decide(one, "withhold", "reviewer", "an accident")
        return stored(one, result)

    monkeypatch.setattr(looking, "_store", decided)
    assert look().count == 0 and not Region.objects.exists()
    medium.refresh_from_db()
    assert medium.examined_at is None


def test_a_job_that_ended_goes_on_and_a_long_one_gives_others_their_turn(finds, monkeypatch):
    monkeypatch.setattr(looking, "BATCH", 2)
    monkeypatch.setattr(look, "__defaults__", (0.0,))
    finds(FACE)
    for number, color in enumerate(COLOURS[:3]):
        stored_photo(color, number=number)
    queued = DBTaskResult.objects.filter(task_path="geoportal.photos.tasks.look_for_faces")
    assert (look_for_faces.call(), [one.queue_name for one in queued]) == (2, ["bulk"])
    assert (look_for_faces.call(), queued.count()) == (1, 1)
    assert Region.objects.count() == 3


def test_only_pictures_that_wait_for_a_review_are_examined(finds):
    medium = stored_photo()
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    Medium.objects.update(examined_at=None)
    finds(FACE)
    assert look().count == 0
