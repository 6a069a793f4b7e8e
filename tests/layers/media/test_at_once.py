"""What happens at the same time: requests of one visitor, a trial of a run, an index that is written."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from ingest.photos import indexing
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Medium, RemovalRequest, RunFile, Variant
from layers.media.publication import publish
from layers.media.removal import MOST_A_DAY, request_removal
from layers.media.review import decide
from layers.media.storing import store_files
from tests.factories import load, point
from tests.layers.media.photos import blur, new_file, photo_run, scratch, stored_photo

pytestmark = pytest.mark.django_db(transaction=True)
State = Medium.State


def released(color: str = "red", number: int = 0) -> Medium:
    medium = stored_photo(color, number=number)
    Medium.objects.filter(pk=medium.pk).update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish([medium_of(medium)])
    return medium_of(medium)


def medium_of(medium: Medium) -> Medium:
    return Medium.objects.get(pk=medium.pk)


def at_once(*works: Callable[[], Any]) -> None:
    """Run each work in a thread with a connection of its own."""
    start, faults = Barrier(len(works)), []

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            work()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[work]) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not faults, faults


def test_requests_at_once_do_not_pass_the_limit_of_a_day():
    media = [released(f"#{40 * number:02x}8040", number) for number in range(4)]
    RemovalRequest.objects.bulk_create(
        RemovalRequest(reference=f"R{number}", medium=media[0], reason="other", visitor="v")
        for number in range(MOST_A_DAY - 1)
    )
    at_once(*(lambda one=one: request_removal(one, "person", "", "", "v") for one in media))
    assert Medium.objects.filter(state=State.HIDDEN).count() == 1


def test_a_picture_is_hidden_while_a_trial_refers_to_it():
    medium = released()
    with transaction.atomic():
        RunFile.objects.create(photo_run=photo_run("trial"), name="a", size=1, mark="1", number=0, medium=medium)

        def hide() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            request_removal(medium, "person", "", "", "v")

        at_once(hide)
        assert medium_of(medium).state == State.HIDDEN


def test_an_index_writes_no_picture_that_is_hidden_before_its_turn():
    medium = released()
    (reading,) = indexing._released(photo_run())
    request_removal(medium, "person", "", "", "v")
    assert list(reading.records) == []


def test_a_hidden_picture_leaves_every_dataset_and_the_past():
    medium = released()
    copy = point(f"{medium.released_key}", 5, 5, picture=str(medium.released_key), photo_run="drive", number=0)
    load("street_photos_released", [copy], dataset="another")
    assert ReleasedPhoto.objects.current().count() == 2
    request_removal(medium, "person", "", "", "v")
    assert not ReleasedPhoto.objects.exists()


def test_two_runs_with_the_same_pictures_in_another_order_are_stored_at_once():
    folder = scratch()
    colors = [f"#{4 * number:02x}4080" for number in range(60)]

    def stored(run: str, colors: list[str]) -> None:
        files = [new_file(folder, f"{at:04}.jpg", color, at) for at, color in enumerate(colors)]
        store_files(photo_run(run), files, Medium.Purpose.STREET_PHOTO)

    assert photo_run("one") != photo_run("two")
    at_once(lambda: stored("one", colors), lambda: stored("two", colors[::-1]))
    assert Medium.objects.count() == 60 and RunFile.objects.count() == 120
    assert all(one.path().is_file() for one in Variant.objects.all())
