"""Contents are stored once, survive what fails, and are removed when no row names them."""

import hashlib
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils.timezone import now

from layers.media import files
from layers.media.models import Medium, RunFile, Variant
from layers.media.storing import NewFile, forget, forget_due, store_files, sweep
from tests.layers.media.photos import new_file, photo_run, scratch, stored_photo

pytestmark = pytest.mark.django_db
PHOTO = Medium.Purpose.STREET_PHOTO


def test_the_same_content_is_stored_once_whatever_its_name(tmp_path):
    first, second = new_file(scratch(), "a.jpg", "red", 0), new_file(scratch(), "b.jpg", "red", 1)
    store_files(photo_run(), [first], PHOTO)
    store_files(photo_run("later"), [second], PHOTO)
    medium = Medium.objects.get()
    assert list(RunFile.objects.order_by("pk").values_list("name", "medium")) == [
        ("a.jpg", medium.pk),
        ("b.jpg", medium.pk),
    ]
    assert sorted(medium.variants.values_list("side", "name")) == [
        ("raw", "original"), ("raw", "screen"), ("raw", "thumbnail")]  # fmt: skip


def test_the_citys_own_file_is_copied_and_the_copy_is_closed_to_others():
    found = new_file(scratch(), "a.jpg", "red")
    store_files(photo_run(), [found], PHOTO)
    stored = files.path_of(found.sha256)
    assert found.path is not None and found.path.exists()
    assert stored.read_bytes() == found.path.read_bytes() and stored.stat().st_mode & 0o077 == 0


def test_a_file_that_changed_since_it_was_hashed_stores_nothing():
    found = new_file(scratch(), "a.jpg", "red")
    assert found.path is not None
    found.path.write_bytes(b"another content")
    with pytest.raises(ValueError, match="changed while"), transaction.atomic():
        store_files(photo_run(), [found], PHOTO)
    assert not Medium.objects.exists() and not files.path_of(found.sha256).exists()


def test_a_photo_that_cannot_be_used_is_recorded_with_its_reason():
    store_files(photo_run(), [NewFile("x.jpg", 5, "1", 0, reason="no_picture", message="It is a text.")], PHOTO)
    file = RunFile.objects.get()
    assert (file.medium, file.reason, file.message) == (None, "no_picture", "It is a text.")


def test_a_trial_puts_no_file():
    found = new_file(scratch(), "a.jpg", "blue")
    store_files(photo_run(), [found], PHOTO, with_contents=False)
    assert Medium.objects.exists() and not files.path_of(found.sha256).exists()


def test_the_sweep_removes_files_without_rows_and_no_other():
    medium = stored_photo("green")
    stray = files.path_of(hashlib.sha256(b"stray").hexdigest())
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"stray")
    unfinished = stray.with_name(f".{stray.name}.77.1")
    unfinished.write_bytes(b"str")
    paths = [one.path() for one in medium.variants.all()]
    assert sweep() >= 2
    assert not stray.exists() and not unfinished.exists() and all(path.exists() for path in paths)


def test_forgotten_raw_files_go_and_the_content_is_not_stored_again():
    medium = stored_photo("orange")
    original = files.path_of(medium.sha256)
    forget(medium, Variant.Side.RAW)
    sweep()
    assert not original.exists()
    store_files(photo_run(), [new_file(scratch(), "again.jpg", "orange", 5)], PHOTO)
    assert not original.exists() and not medium.variants.exists()
    assert RunFile.objects.get(name="again.jpg").medium == medium


def test_raw_files_are_forgotten_when_their_time_has_come():
    early, late = stored_photo("red"), stored_photo("blue", number=1)
    Medium.objects.filter(pk=early.pk).update(delete_after=now() - timedelta(seconds=1))
    Medium.objects.filter(pk=late.pk).update(delete_after=now() + timedelta(days=1))
    assert forget_due() == 1 and forget_due() == 0
    assert not early.variants.exists() and late.variants.count() == 3


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_content(name):
    with pytest.raises(ValueError, match="no SHA-256"):
        files.path_of(name)
