"""Decisions about pictures: nothing becomes public without a person, and taking it back works at once."""

import pytest
from django.utils.timezone import now

from layers.errors import DecisionRefused, RollbackRefused
from layers.kinds.street_photos import StreetPhoto
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Decision, Medium, RemovalRequest
from layers.media.publication import publish
from layers.media.removal import MOST_A_DAY, answer_request, removal_figures, request_removal
from layers.media.review import Box, decide, set_regions, to_review
from layers.runs.models import Run
from layers.store.rollback import rollback_run
from tests.layers.media.photos import blur, stored_photo

pytestmark = pytest.mark.django_db
State = Medium.State


def examined(color: str = "red", number: int = 0) -> Medium:
    """A photo in which faces were looked for."""
    medium = stored_photo(color, number=number)
    Medium.objects.filter(pk=medium.pk).update(examined_at=now())
    return medium


def released(color: str = "red", number: int = 0) -> Medium:
    """A photo that a person released."""
    medium = examined(color, number)
    decide(medium, "release", "reviewer")
    blur(medium)
    assert publish([Medium.objects.get(pk=medium.pk)]) == 1
    return Medium.objects.get(pk=medium.pk)


def public() -> list[str | None]:
    """The public keys in the layer."""
    return list(ReleasedPhoto.objects.current().values_list("picture", flat=True))


def test_a_picture_is_public_after_a_decision_and_its_blur_only():
    medium = examined()
    blur(medium)  # blurred files alone
    assert publish([Medium.objects.get(pk=medium.pk)]) == 0
    Medium.objects.filter(pk=medium.pk).update(state=State.RAW)
    decide(medium, "release", "reviewer")  # a decision alone
    assert publish([Medium.objects.get(pk=medium.pk)]) == 0
    assert public() == []
    blur(medium)
    assert publish([Medium.objects.get(pk=medium.pk)]) == 1
    assert public() == [str(Medium.objects.get().released_key)]


def test_the_database_refuses_a_release_without_a_decision():
    from django.db import IntegrityError, transaction

    medium = stored_photo()
    with pytest.raises(IntegrityError, match="medium_released_by_decision"), transaction.atomic():
        Medium.objects.filter(pk=medium.pk).update(state=State.RELEASED)


def test_the_public_key_is_unrelated_to_key_and_hash():
    medium = released()
    assert medium.released_key not in (None, medium.key)
    assert str(medium.released_key).replace("-", "") not in medium.sha256


def test_a_picture_without_a_place_stays_unpublished():
    medium = examined()
    decide(medium, "release", "reviewer")
    blur(medium)
    StreetPhoto.objects.update(picture=None)
    assert publish([Medium.objects.get(pk=medium.pk)]) == 0


def test_a_picture_that_no_detector_looked_at_is_not_released():
    with pytest.raises(DecisionRefused, match="looked for"):
        decide(stored_photo(), "release", "reviewer")


def test_withholding_needs_a_reason_and_takes_the_picture_from_the_queue():
    medium = examined()
    with pytest.raises(DecisionRefused, match="Say why"):
        decide(medium, "withhold", "reviewer", " ")
    decide(medium, "withhold", "reviewer", "a crash")
    assert Medium.objects.get().state == State.WITHHELD and not to_review().exists()
    with pytest.raises(DecisionRefused, match="only one not reviewed"):
        decide(medium, "release", "reviewer")


def test_a_decision_taken_back_hides_the_picture_at_once_and_a_new_release_has_a_new_key():
    medium = released()
    old = medium.released_key
    decide(medium, "undo", "reviewer")
    medium.refresh_from_db()
    assert (medium.state, medium.released_key, public()) == (State.RAW, None, [])
    assert not medium.variants.filter(side="blurred").exists()
    decide(medium, "release", "reviewer")
    blur(medium)
    publish([Medium.objects.get(pk=medium.pk)])
    assert public() == [str(Medium.objects.get().released_key)] and public() != [str(old)]
    assert list(Decision.objects.order_by("pk").values_list("verdict", flat=True)) == ["release", "undo", "release"]


def test_a_decision_taken_back_before_the_blur_releases_nothing():
    medium = examined()
    decide(medium, "release", "reviewer")
    decide(medium, "undo", "reviewer")
    blur(medium)
    assert publish([Medium.objects.get(pk=medium.pk)]) == 0 and public() == []


def test_runs_of_releases_are_not_rolled_back():
    released()
    with pytest.raises(RollbackRefused, match="review"):
        rollback_run(Run.objects.get(source="photo_release").pk)
    assert len(public()) == 1


def test_regions_are_cut_to_the_picture_and_replaced_as_a_whole():
    medium = examined()
    set_regions(medium, [Box(0.5, 0.5, 0.2, 0.1), Box(-1, 0.9, 0.3, 2, "face", "model", 0.7)])
    assert [one.box for one in medium.regions.all()] == [(0.2, 0.1, 0.5, 0.5), (0.0, 0.9, 0.3, 1.0)]
    set_regions(medium, [])
    assert not medium.regions.exists()


@pytest.mark.parametrize("box", [Box(0.1, 0.1, 0.1, 0.5), Box(2, 2, 3, 3), Box(float("nan"), 0, 1, 1)])
def test_a_region_without_size_inside_the_picture_is_refused_and_the_others_stay(box):
    medium = examined()
    set_regions(medium, [Box(0, 0, 0.5, 0.5)])
    with pytest.raises(DecisionRefused, match="region"):
        set_regions(medium, [Box(0, 0, 1, 1), box])
    assert [one.box for one in medium.regions.all()] == [(0, 0, 0.5, 0.5)]


def test_a_decided_picture_has_fixed_regions():
    medium = examined()
    decide(medium, "release", "reviewer", boxes=[Box(0, 0, 0.5, 0.5)])
    with pytest.raises(DecisionRefused, match="take the decision back"):
        set_regions(medium, [])
    assert medium.regions.count() == 1


def test_a_request_hides_the_picture_and_a_person_decides():
    medium = released()
    asked = request_removal(medium, "person", "that is me", "me@example.org", "visitor")
    medium.refresh_from_db()
    assert (medium.state, public(), asked.hid) == (State.HIDDEN, [], True)
    answer_request(asked, True, "Removed, sorry.", "reviewer")
    medium.refresh_from_db()
    asked.refresh_from_db()
    assert (medium.state, asked.state, asked.contact) == (State.REMOVED, "granted", "")
    assert not medium.variants.filter(side="blurred").exists() and medium.variants.filter(side="raw").exists()
    with pytest.raises(DecisionRefused, match="removal decides"):
        decide(medium, "undo", "reviewer")


def test_a_picture_that_a_person_left_public_is_not_hidden_again_for_the_same_reason():
    medium = released()
    answer_request(request_removal(medium, "person", "", "", "a"), False, "Nobody can be recognised.", "reviewer")
    medium.refresh_from_db()
    assert medium.state == State.RELEASED and public() == [str(medium.released_key)]
    again = request_removal(medium, "person", "", "", "b")
    medium.refresh_from_db()
    assert not again.hid and medium.state == State.RELEASED
    other = request_removal(medium, "home", "", "", "c")
    medium.refresh_from_db()
    assert other.hid and medium.state == State.HIDDEN


def test_a_visitor_hides_twenty_pictures_a_day_and_no_more():
    media = [released(color, number) for number, color in enumerate(("red", "green", "blue"))]
    for number in range(MOST_A_DAY - 1):
        RemovalRequest.objects.create(reference=f"R{number}", medium=media[0], reason="other", visitor="eager")
    assert request_removal(media[1], "other", "", "", "eager").hid
    late = request_removal(media[2], "other", "", "", "eager")
    assert not late.hid and late.state == "open"
    assert request_removal(media[2], "other", "", "", "another").hid


def test_two_requests_hide_until_both_are_answered():
    medium = released()
    first = request_removal(medium, "person", "", "", "a")
    second = RemovalRequest.objects.create(reference="2", medium=medium, reason="home", visitor="b", hid=True)
    answer_request(first, False, "Stays.", "reviewer")
    medium.refresh_from_db()
    assert medium.state == State.HIDDEN
    answer_request(second, False, "Stays.", "reviewer")
    medium.refresh_from_db()
    assert medium.state == State.RELEASED
    assert removal_figures() == {"received": 2, "open": 0, "granted": 0, "refused": 2}


def test_a_removed_picture_can_be_erased_as_it_was_taken():
    medium = released()
    asked = request_removal(medium, "home", "", "", "a")
    answer_request(asked, True, "Erased.", "reviewer", erase_raw=True)
    assert not medium.variants.exists()
    with pytest.raises(DecisionRefused, match="answered"):
        answer_request(asked, False, "No.", "reviewer")
