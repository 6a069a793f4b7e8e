"""Edits as runs: what is checked, what survives later loads, what is taken back."""

from datetime import date
from typing import Any

import pytest
from shapely import MultiPoint, Polygon, box, make_valid
from shapely.affinity import translate

from layers.access.rules import serving
from layers.errors import DraftRefused, EditConflict, FieldOwned, NotEditable, SnapshotRefused, UnknownFeature
from layers.kinds import KINDS
from layers.runs.models import Rejection, Run
from layers.store.drafts import checked, with_stored_vertices
from layers.store.edits import Editor, change_feature, create_feature, end_feature, restore_version
from layers.store.rollback import rollback_run
from tests.factories import building, feature_id, load, place, point, rows, square

pytestmark = pytest.mark.django_db
BUILDINGS, HYDRANTS = KINDS["buildings"], KINDS["hydrants"]
ME = Editor("editor", note="in the field")


def speaks(kind) -> Any:
    return serving(kind)


def faults_of(kind, values, geometry=None, **how) -> dict[str, str]:
    with pytest.raises(DraftRefused) as refused:
        checked(kind, values, geometry, **how)
    return {fault.field: fault.reason for fault in refused.value.faults}


def test_every_bad_field_is_told_once_with_its_own_reason():
    wrong = {
        "dn_mm": 301,
        "flow_dm3_s": "dużo",
        "hydrant_type": "sideways",
        "working": "tak",
        "checked_on": "2026-02-30",
        "number": "x" * 41,
        "colour": "red",
    }
    assert faults_of(HYDRANTS, wrong, whole=True) == {
        "dn_mm": "out_of_range",
        "flow_dm3_s": "not_a_number",
        "hydrant_type": "unknown_code",
        "working": "not_yes_or_no",
        "checked_on": "not_a_date",
        "number": "too_long",
        "colour": "unknown_field",
        "geom": "geometry_missing",
    }
    assert faults_of(HYDRANTS, {"dn_mm": 80.5}) == {"dn_mm": "not_whole"}
    assert faults_of(HYDRANTS, {"flow_dm3_s": float("nan")}) == {"flow_dm3_s": "not_a_number"}


def test_good_values_get_the_types_of_their_columns():
    good, _ = checked(HYDRANTS, {"dn_mm": 80.0, "checked_on": "2026-03-01", "flow_dm3_s": 10, "number": " H-1 "})
    assert good == {"dn_mm": 80, "checked_on": date(2026, 3, 1), "flow_dm3_s": 10.0, "number": "H-1"}
    assert isinstance(good["dn_mm"], int) and isinstance(good["flow_dm3_s"], float)


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (place(), "geometry_type"),
        (Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), "geometry_invalid"),
        (box(0, 0, 10, 10), "outside_city"),
        (Polygon(), "geometry_empty"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused_not_repaired(geometry, reason):
    assert faults_of(BUILDINGS, {}, geometry) == {"geom": reason}


def test_a_point_layer_takes_one_point():
    assert faults_of(HYDRANTS, {}, MultiPoint([place(), place(5)])) == {"geom": "geometry_parts"}


def test_fields_that_do_not_exist_for_the_editor_are_unknown_to_it():
    seen = tuple(field for field in BUILDINGS.fields if field.name in ("name", "height_m"))
    assert faults_of(BUILDINGS, {"owner": "Jan"}, fields=seen) == {"owner": "unknown_field"}


def test_computed_layers_are_not_edited():
    with pytest.raises(NotEditable, match="flood_exposure computes"):
        create_feature(KINDS["flood_exposure"], {}, square(), ME)
    assert not Run.objects.exists()


def test_vertices_that_did_not_move_stay_where_they_are_stored():
    stored = translate(square(), 0.12345678, 0.87654321)
    rough = Polygon([(round(x, 2), round(y, 2)) for x, y in stored.exterior.coords])
    assert with_stored_vertices(stored, rough, 0.02).equals_exact(stored)
    corners = list(rough.exterior.coords)
    corners[2] = (corners[2][0] + 0.03, corners[2][1])
    moved: Any = with_stored_vertices(stored, Polygon(corners), 0.02)
    apart = [a == b for a, b in zip(moved.exterior.coords, stored.exterior.coords, strict=True)]
    assert apart == [True, True, False, True, True]


def test_a_new_feature_goes_into_the_dataset_that_speaks_for_the_layer():
    load("buildings", [building("b")])
    edit = create_feature(BUILDINGS, {"name": "Altana"}, square(50), ME)
    row: Any = BUILDINGS.model.objects.get(feature_id=edit.feature_id)
    assert (row.dataset.slug, row.name, row.run_id) == ("register", "Altana", edit.run.pk)
    assert row.field_owners == {"name": "edits", "geom": "edits"}
    assert row.geom.area == pytest.approx(100) and row.version_id == edit.version
    run: Any = Run.objects.get(pk=edit.run.pk)
    assert (run.kind, run.account, run.dataset.slug, run.stored, run.status) == (
        "edit", "editor", "edits", 1, "committed"
    )  # fmt: skip
    assert run.parameters == {
        "kind": "buildings", "what": "added", "note": "in the field", "feature": str(edit.feature_id)
    }  # fmt: skip
    assert speaks(BUILDINGS).rows == 2


def test_where_a_layer_is_empty_the_editors_speak_for_it_until_somebody_else_does():
    create_feature(HYDRANTS, {"number": "H-1"}, place(), ME)
    assert speaks(HYDRANTS).slug == "edits"
    load("hydrants", [point("h")], "waterworks")
    assert speaks(HYDRANTS).slug == "waterworks"


def test_what_an_editor_drew_survives_snapshots_and_counts_as_no_loss():
    load("buildings", [building("b")])
    drawn = create_feature(BUILDINGS, {}, square(50), ME).feature_id
    run = load("buildings", [building("b")], mode="snapshot", allow_close=0)
    run.refresh_from_db()
    assert (run.closed, run.unchanged) == (0, 1)
    load("buildings", [building("c")], mode="snapshot", allow_close=1)
    assert {row.feature_id for row in rows("buildings").values()} == {feature_id("c"), drawn}


def test_a_feature_that_looks_drawn_only_at_first_sight_is_closed_by_a_snapshot():
    load("buildings", [building("edit-7"), building("b")])
    with pytest.raises(SnapshotRefused):
        load("buildings", [building("b")], mode="snapshot")
    load("buildings", [building("b")], mode="snapshot", allow_close=1)
    assert set(rows("buildings")) == {"b"}


@pytest.fixture
def ended():
    """A building that an editor ended."""
    load("buildings", [building("b", name="Dom"), building("c")])
    version = rows("buildings")["b"].version_id
    return end_feature(BUILDINGS, feature_id("b"), ME, expected_version=version)


@pytest.mark.parametrize("mode", ["upsert", "append", "snapshot"])
def test_an_ended_feature_stays_ended_and_each_load_says_so(ended, mode):
    run = load("buildings", [building("b", name="Dom"), building("c")], mode=mode)
    run.refresh_from_db()
    assert (run.read, run.stored, run.unchanged, run.closed, run.rejected) == (2, 0, 1, 0, 1)
    told = Rejection.objects.get(run=run)
    assert (told.reason, told.source_id) == ("ended_by_editor", "b")
    assert f"run {ended.run.pk}" in told.message
    assert set(rows("buildings")) == {"c"}


def test_an_ended_feature_is_back_with_a_warning_when_its_source_has_news(ended):
    run = load("buildings", [building("b", name="Dom nowy"), building("c")])
    run.refresh_from_db()
    assert (run.stored, run.rejected, run.warnings) == (1, 0, 1)
    assert Rejection.objects.get(run=run).reason == "returned"
    assert rows("buildings")["b"].name == "Dom nowy"


def test_taking_the_end_back_makes_later_loads_ordinary(ended):
    rollback_run(ended.run.pk, account="editor")
    assert rows("buildings")["b"].name == "Dom"
    load("buildings", [building("c")], mode="snapshot", allow_close=1)
    load("buildings", [building("b", name="Dom"), building("c")])
    assert set(rows("buildings")) == {"b", "c"}


def test_taking_the_taking_back_back_ends_it_for_good_again(ended):
    back = rollback_run(ended.run.pk)
    rollback_run(back.pk)
    load("buildings", [building("b", name="Dom"), building("c")])
    assert set(rows("buildings")) == {"c"}


def test_a_load_that_was_taken_back_can_be_loaded_again_beside_an_end(ended):
    run = load("buildings", [building("d")])
    rollback_run(run.pk)
    load("buildings", [building("d")])
    assert set(rows("buildings")) == {"c", "d"}


def test_two_editors_of_one_version_do_not_overwrite_each_other():
    load("buildings", [building("b", name="Dom")])
    seen = rows("buildings")["b"].version_id
    first = change_feature(BUILDINGS, feature_id("b"), {"name": "Dwór"}, None, ME, expected_version=seen)
    assert first.version != seen
    with pytest.raises(EditConflict):
        change_feature(BUILDINGS, feature_id("b"), {"name": "Pałac"}, None, ME, expected_version=seen)
    with pytest.raises(EditConflict):
        end_feature(BUILDINGS, feature_id("b"), ME, expected_version=seen)
    assert rows("buildings")["b"].name == "Dwór"
    assert list(Run.objects.filter(kind="edit").order_by("pk").values_list("status", flat=True)) == [
        "committed", "refused", "refused"
    ]  # fmt: skip


def test_only_what_differs_changes_its_owner():
    load("buildings", [building("b", name="Dom", height_m=9)])
    row = rows("buildings")["b"]
    values = {"name": "Dom", "height_m": 10}
    change_feature(BUILDINGS, feature_id("b"), values, building("b").geometry, ME, expected_version=row.version_id)
    assert rows("buildings")["b"].field_owners == {"height_m": "edits"}


def test_an_older_version_is_restored_as_a_new_one():
    load("buildings", [building("b", name="Dom", height_m=9)])
    old = rows("buildings")["b"]
    changed = change_feature(
        BUILDINGS, feature_id("b"), {"name": "Dwór"}, square(3), ME, expected_version=old.version_id
    )
    restored = restore_version(BUILDINGS, feature_id("b"), old.version_id, ME, expected_version=changed.version)
    row = rows("buildings")["b"]
    assert (row.name, row.geom.coords, row.version_id) == ("Dom", old.geom.coords, restored.version)
    assert restored.version not in (old.version_id, changed.version)
    ended = end_feature(BUILDINGS, feature_id("b"), ME, expected_version=row.version_id)
    assert ended.version is None
    assert changed.version is not None
    restore_version(BUILDINGS, feature_id("b"), changed.version, ME, expected_version=None)
    assert rows("buildings")["b"].name == "Dwór"
    with pytest.raises(UnknownFeature):
        restore_version(BUILDINGS, feature_id("b"), 10**9, ME, expected_version=row.version_id)


def test_a_field_that_another_dataset_owns_is_refused_plainly():
    load("hydrants", [point("h", number="1")], "waterworks")
    row = rows("hydrants", "waterworks")["h"]
    row.field_owners = {"number": "survey"}
    HYDRANTS.model.objects.filter(pk=row.pk).update(field_owners=row.field_owners)
    with pytest.raises(FieldOwned, match="number.*survey"):
        change_feature(HYDRANTS, row.feature_id, {"number": "2"}, None, ME, expected_version=row.version_id)


def test_an_invalid_outline_is_not_stored_where_a_load_would_have_repaired_it():
    x, y = place().x, place().y
    bow = Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    assert make_valid(bow).area > 0
    with pytest.raises(DraftRefused, match="Self-intersection"):
        create_feature(BUILDINGS, {}, bow, ME)
    assert not BUILDINGS.model.objects.exists()
