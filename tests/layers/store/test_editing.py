"""Edits of single fields, ownership, taking runs back, erasing."""

import uuid
from datetime import date, timedelta

import pytest
from django.utils.timezone import now
from shapely import MultiPolygon

from layers.errors import EditConflict, FieldOwned, RollbackRefused, WriteRefused
from layers.feed.changes import (
    BuiltUp,
    Change,
    Gap,
    TileBlock,
    changes_after,
    last_change,
    prune_changes,
    prune_old_changes,
)
from layers.kinds import KINDS
from layers.record import Refusal
from layers.runs.models import DatasetKind, Erasure, Rejection, Run
from layers.schema.feature import difference
from layers.store.editing import amend, erase
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.factories import building, feature_id, load, new_run, point, rows, square

pytestmark = pytest.mark.django_db
BUILDINGS, STATIONS = KINDS["buildings"], KINDS["fire_stations"]


def edit(source_id: str, values: dict, editor: str = "editors", **how) -> Run:
    run = new_run(editor, Run.Kind.EDIT)
    with writing(run) as writer:
        amend(writer, BUILDINGS, feature_id(source_id), values, **how)
    return run


def forget(source_id: str, kind=BUILDINGS) -> Run:
    run = new_run("register", Run.Kind.ERASE)
    with writing(run) as writer:
        erase(writer, kind, feature_id(source_id), "asked for by the owner")
    return run


def test_an_edit_is_a_new_version_that_names_what_it_changed():
    load("buildings", [building("b", name="Dom", height_m=9)])
    old = rows("buildings")["b"]
    moved = MultiPolygon([square(1)])
    run = edit("b", {"name": "Dworek", "geom": moved}, expected_version=old.version_id)
    new = rows("buildings")["b"]
    assert new.version_id != old.version_id and new.feature_id == old.feature_id
    assert set(difference(old, new, BUILDINGS.field_names)) == {"name", "geom"}
    assert new.height_m == 9 and new.field_owners == {"name": "editors", "geom": "editors"}
    change = Change.objects.get(run=run)
    assert set(change.fields or ()) == {"name", "geom"}
    assert (change.old_version, change.new_version) == (old.version_id, new.version_id)
    assert change.new_box.extent == moved.bounds
    history = BUILDINGS.model.objects.history(new.feature_id)
    assert [row.version_id for row in history] == [old.version_id, new.version_id]
    assert history[0].recorded_to == history[1].recorded_from


def test_an_edit_of_a_version_that_is_no_longer_current_is_refused():
    load("buildings", [building("b", name="Dom")])
    seen = rows("buildings")["b"].version_id
    edit("b", {"name": "Dworek"}, expected_version=seen)
    with pytest.raises(EditConflict):
        edit("b", {"name": "Pałac"}, expected_version=seen)
    assert rows("buildings")["b"].name == "Dworek"


def test_edited_fields_outlive_later_loads_and_belong_to_their_editor():
    load("buildings", [building("b", name="Dom", height_m=9)])
    edit("b", {"name": "Dworek"})
    load("buildings", [building("b", name="Dom stary", height_m=10)])
    row = rows("buildings")["b"]
    assert (row.name, row.height_m) == ("Dworek", 10)
    with pytest.raises(FieldOwned, match="name.*editors.*survey"):
        edit("b", {"name": "Szopa", "height_m": 3}, "survey")
    edit("b", {"height_m": 11}, "survey")
    load("buildings", [building("b", name="Dom", height_m=9)])
    row = rows("buildings")["b"]
    assert (row.name, row.height_m) == ("Dworek", 11)
    assert row.field_owners == {"name": "editors", "height_m": "survey"}


def test_an_edit_that_changes_nothing_writes_nothing():
    load("buildings", [building("b", height_m=9.5)])
    version = rows("buildings")["b"].version_id
    run = edit("b", {"height_m": 9.5})
    assert rows("buildings")["b"].version_id == version
    assert not Change.objects.filter(run=run).exists()


def test_an_edit_is_kept_in_the_fields_declared_precision():
    load("buildings", [building("b", height_m=9.5)])
    edit("b", {"height_m": 9.501})
    assert rows("buildings")["b"].height_m == 9.5
    edit("b", {"height_m": 9.516})
    assert rows("buildings")["b"].height_m == 9.52


@pytest.mark.parametrize("name", ["nonsense", "version_id", "dataset_id", "source_id"])
def test_only_fields_of_the_kind_can_be_edited(name):
    load("buildings", [building("b")])
    with pytest.raises(WriteRefused, match=name):
        edit("b", {name: 1})


def test_an_edit_of_what_is_not_there_is_refused():
    with pytest.raises(WriteRefused, match="no current buildings"):
        edit("nobody", {"name": "x"})


def test_taking_back_restores_changed_closed_and_added_features():
    first = load("buildings", [building(f"b{n}", 30 * n, name="old") for n in range(4)])
    second = load(
        "buildings",
        [building("b0", 0, name="new"), building("b1", 30, name="old"), building("n", 500)],
        mode="snapshot",
        allow_close=2,
    )
    made = rollback_run(second.pk)
    now = rows("buildings")
    assert {key: row.name for key, row in now.items()} == dict.fromkeys(("b0", "b1", "b2", "b3"), "old")
    assert now["b1"].run_id == first.pk, "what the run left alone is not written again"
    assert (made.kind, made.undoes_id, made.stored, made.closed) == (Run.Kind.ROLLBACK, second.pk, 3, 1)
    assert DatasetKind.objects.get().current_rows == 4
    again = load("buildings", [building(f"b{n}", 30 * n, name="old") for n in range(4)])
    assert (again.stored, again.unchanged) == (0, 4)
    rollback_run(made.pk)
    assert {key: row.name for key, row in rows("buildings").items()} == {"b0": "new", "b1": "old", "n": None}


def test_taking_back_is_refused_with_a_list_where_later_runs_changed_the_same_features():
    first = load("buildings", [building(f"b{n}", 30 * n, name="one") for n in range(3)])
    second = load("buildings", [building("b0", 0, name="two")])
    third = load("buildings", [building("b2", 60, name="one")], mode="snapshot", allow_close=2)
    with pytest.raises(RollbackRefused) as refused:
        rollback_run(first.pk)
    assert set(refused.value.conflicts) == {
        (str(feature_id("b0")), third.pk),
        (str(feature_id("b1")), third.pk),
    }
    assert set(rows("buildings")) == {"b2"}
    assert Run.objects.get(undoes=first).status == Run.Status.REFUSED
    for run in (third, second, first):
        rollback_run(run.pk)
    assert rows("buildings") == {} and DatasetKind.objects.get().current_rows == 0


@pytest.mark.parametrize("status", [one for one in Run.Status.values if one != "committed"])
def test_only_committed_runs_can_be_taken_back(status):
    run = new_run()
    Run.objects.filter(pk=run.pk).update(status=status)
    with pytest.raises(RollbackRefused, match=status):
        rollback_run(run.pk)


def test_a_run_whose_changes_were_pruned_in_part_cannot_be_taken_back():
    run = load("buildings", [building(f"b{n}", 30 * n) for n in range(4)])
    assert prune_changes(2) == 2
    with pytest.raises(RollbackRefused, match="pruned"):
        rollback_run(run.pk)
    assert len(rows("buildings")) == 4


def test_old_changes_are_pruned_below_the_slowest_reader_and_young_ones_never():
    old, young = load("buildings", [building("b0"), building("b1", 30)]), load("fire_stations", [point("s0")])
    year = now() - timedelta(days=365)
    Run.objects.filter(pk=old.pk).update(created_at=year - timedelta(days=1))
    assert prune_old_changes(year, read=[3, 1]) == 1
    assert numbers(1) == [2, 3]
    assert prune_old_changes(year, read=[]) == 1
    assert numbers(2) == [3] and Change.objects.get().run == young
    Run.objects.update(created_at=year - timedelta(days=1))
    assert prune_old_changes(year, read=[9]) == 1 and last_change() == 3


def numbers(seq: int, kinds: list[str] | None = None) -> list[int]:
    found = changes_after(seq, kinds)
    assert not isinstance(found, Gap)
    return [change.seq for change in found]


def test_feed_tells_a_consumer_what_it_missed_or_that_it_missed_too_much():
    load("buildings", [building("b0")])
    load("fire_stations", [point("s0"), point("s1")])
    assert numbers(0) == [1, 2, 3]
    assert numbers(0, ["fire_stations"]) == [2, 3]
    assert numbers(3) == [] and last_change() == 3
    prune_changes(2)
    assert changes_after(1) == Gap(last=3)
    assert numbers(2) == [3]
    assert prune_changes(99) == 1 and numbers(3) == []
    load("buildings", [building("b1")])
    assert numbers(3) == [4]


def test_erasing_removes_a_person_from_everything_but_the_stub():
    load("buildings", [building("b", owner="Jan Kowalski"), building("c", 100)])
    load("buildings", [building("b", owner="Anna Nowak"), Refusal(1, "b", "bad_owner", "bad", "owner", "Kowalski")])
    load("buildings", [Refusal(1, "c", "bad_owner", "bad", "owner", "someone")])
    assert BUILDINGS.model.objects.filter(source_id="b").count() == 2
    run = forget("b")
    assert not BUILDINGS.model.objects.filter(source_id="b").exists()
    assert list(Rejection.objects.values_list("source_id", flat=True)) == ["c"]
    *older, last = Change.objects.filter(feature_id=feature_id("b")).order_by("seq")
    assert len(older) == 2
    assert all((one.old_box, one.new_box, one.fields) == (None, None, None) for one in older)
    assert last.old_box is not None and last.new_box is None and last.run_id == run.pk
    stub = Erasure.objects.get()
    assert (stub.feature_id, stub.versions, stub.reason) == (feature_id("b"), 2, "asked for by the owner")
    assert "Kowalski" not in str(vars(stub))
    assert DatasetKind.objects.get().current_rows == 1
    assert set(TileBlock.objects.filter(version=last.seq).values_list("kind", flat=True)) == {"buildings"}


def test_erasing_a_feature_that_moved_tells_the_feed_of_every_place_it_stood_at():
    load("buildings", [building("b1", 0)])
    load("buildings", [building("b1", 500)])
    run = new_run(kind=Run.Kind.ERASE)
    with writing(run) as writer:
        erase(writer, KINDS["buildings"], feature_id("b1"), "asked for")
    change = Change.objects.latest("seq")
    assert change.old_box is not None
    west, _, east, _ = change.old_box.extent
    assert east - west == pytest.approx(510)


def test_erasing_one_of_two_small_buildings_leaves_one_in_the_built_up_area():
    load("buildings", [building("a"), building("b", 12)])
    assert set(BuiltUp.objects.values_list("level", "objects_merged")) == {(11, 2), (12, 2)}
    forget("a")
    assert set(BuiltUp.objects.values_list("level", "objects_merged")) == {(11, 1), (12, 1)}
    forget("b")
    assert not BuiltUp.objects.exists()


def test_erasing_a_feature_that_is_history_already():
    load("buildings", [building("b"), building("c", 100)])
    load("buildings", [building("c", 100)], mode="snapshot", allow_close=1)
    run = forget("b")
    assert run.closed == 0 and DatasetKind.objects.get().current_rows == 1
    assert not BUILDINGS.model.objects.filter(source_id="b").exists()
    with pytest.raises(WriteRefused, match="no buildings feature"):
        forget("b")


def test_an_erasure_and_a_write_in_one_run_count_each_row_once():
    load("fire_stations", [point("a"), point("b", 5)])
    run = new_run("register", Run.Kind.ERASE)
    with writing(run) as writer:
        erase(writer, STATIONS, feature_id("a"), "asked for")
        writer.write(STATIONS, [point("c", 9)])
    assert DatasetKind.objects.get().current_rows == len(rows("fire_stations")) == 2


def test_taking_back_does_not_bring_an_erased_feature_back():
    load("buildings", [building("b", name="one"), building("c", 100, name="one")])
    second = load("buildings", [building("b", name="two"), building("c", 100, name="two")])
    erased = forget("b")
    rollback_run(second.pk)
    assert {key: row.name for key, row in rows("buildings").items()} == {"c": "one"}
    with pytest.raises(RollbackRefused, match="erased"):
        rollback_run(erased.pk)


def test_unknown_run_is_refused():
    with pytest.raises(RollbackRefused, match="no run 987654"):
        rollback_run(987654)


def test_dates_of_records_win_over_the_runs():
    record = building("b")
    load("buildings", [record], data_date=date(2026, 1, 1))
    assert rows("buildings")["b"].data_date == date(2026, 1, 1)
    assert isinstance(rows("buildings")["b"].feature_id, uuid.UUID)
