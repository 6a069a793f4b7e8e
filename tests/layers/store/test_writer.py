"""Modes and guards of the store: what it refuses, what counts as unchanged, what a partial input leaves alone."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError
from shapely import Point

from layers.errors import SnapshotRefused
from layers.feed.changes import Change
from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.runs.models import DatasetKind, Rejection, Run
from tests.factories import building, feature_id, load, place, point, rows

pytestmark = pytest.mark.django_db


def stations(count: int, **values):
    return [point(f"s{n}", east=n, **values) for n in range(count)]


def counts(run: Run) -> tuple[int, int, int, int, int]:
    run.refresh_from_db()
    return run.read, run.stored, run.unchanged, run.closed, run.rejected


def test_identity_never_changes():
    """Worked out with Python's uuid alone: uuid5(uuid5(namespace, "register"), "s0")."""
    load("fire_stations", stations(1))
    assert rows("fire_stations")["s0"].feature_id == UUID("57dc51f6-05bc-50ab-81a9-a59e73d07e6a")


def test_second_run_on_the_same_data_writes_nothing():
    records = [building(f"b{n}", east=20 * n, height_m=7.5, name="Dom\tz tabulatorem\\n") for n in range(30)]
    assert counts(load("buildings", records)) == (30, 30, 0, 0, 0)
    versions = {key: row.version_id for key, row in rows("buildings").items()}
    again = load("buildings", records, mode="snapshot")
    assert counts(again) == (30, 0, 30, 0, 0)
    assert {key: row.version_id for key, row in rows("buildings").items()} == versions
    assert not Change.objects.filter(run=again).exists()


@pytest.mark.parametrize(
    ("allow_close", "closed"), [(None, None), (9, None), (10, 10), (0.09, None), (0.1, 10), (1.0, 10), (0, None)]
)
def test_snapshot_that_closes_more_than_allowed_is_refused(allow_close, closed):
    load("fire_stations", stations(100))
    load("fire_stations", stations(1), "other")
    if allow_close is None:
        load("fire_stations", stations(90), mode="snapshot")
        assert len(rows("fire_stations")) == 90
        with pytest.raises(SnapshotRefused, match=r"would close 10 of 90 .*allow_close=10"):
            load("fire_stations", stations(80), mode="snapshot")
        assert len(rows("fire_stations")) == 90
    elif closed is None:
        with pytest.raises(SnapshotRefused, match="would close 10 of 100"):
            load("fire_stations", stations(90), mode="snapshot", allow_close=allow_close)
        assert len(rows("fire_stations")) == 100
    else:
        run = load("fire_stations", stations(90), mode="snapshot", allow_close=allow_close)
        assert counts(run) == (90, 0, 90, closed, 0)
        assert len(rows("fire_stations")) == 90
    assert len(rows("fire_stations", "other")) == 1, "a snapshot closes in its own dataset only"


def test_snapshot_older_than_what_is_stored_is_refused_and_upsert_is_not():
    load("fire_stations", stations(1), data_date=date(2026, 3, 1))
    with pytest.raises(SnapshotRefused, match="2026-02-28.*2026-03-01"):
        load("fire_stations", stations(1, name="older"), mode="snapshot", data_date=date(2026, 2, 28))
    assert rows("fire_stations")["s0"].name is None
    load("fire_stations", stations(1, name="older"), data_date=date(2026, 2, 28))
    assert rows("fire_stations")["s0"].data_date == date(2026, 2, 28)
    assert DatasetKind.objects.get().data_date == date(2026, 3, 1)
    load("fire_stations", stations(1, name="same day"), mode="snapshot", data_date=date(2026, 3, 1))
    assert rows("fire_stations")["s0"].name == "same day"


@pytest.mark.parametrize("mode", ["upsert", "append", "snapshot"])
def test_input_that_breaks_off_stores_nothing(mode):
    load("fire_stations", stations(3))

    def broken():
        yield from stations(7000, name="half")
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        load("fire_stations", broken(), mode=mode)
    assert {row.name for row in rows("fire_stations").values()} == {None}
    assert len(rows("fire_stations")) == DatasetKind.objects.get().current_rows == Change.objects.count() == 3


@pytest.mark.parametrize(
    ("bad", "fault"), [({"crews_24h": 21}, IntegrityError), ({"name": "x" * 121}, DataError)], ids=["merge", "copy"]
)
def test_a_database_refusal_stores_nothing(bad, fault):
    load("fire_stations", stations(3))
    with pytest.raises(fault):
        load("fire_stations", [*stations(2, name="new"), point("x", **bad)])
    assert {row.name for row in rows("fire_stations").values()} == {None}


def test_features_of_rejected_rows_are_not_closed_by_a_snapshot():
    load("fire_stations", stations(3))
    refused = [Refusal(2, "s1", "geometry_empty", "empty"), Refusal(3, "s2", "outside_city", "far", value="1, 2")]
    run = load("fire_stations", [*stations(1), *refused], mode="snapshot")
    assert counts(run) == (3, 0, 1, 0, 2)
    assert set(rows("fire_stations")) == {"s0", "s1", "s2"}
    assert list(Rejection.objects.order_by("row").values_list("row", "source_id", "reason", "value")) == [
        (2, "s1", "geometry_empty", ""),
        (3, "s2", "outside_city", "1, 2"),
    ]


def test_a_value_left_out_is_a_warning_beside_its_record():
    refusal = Refusal(1, "s0", "not_a_number", "no number", "crews_24h", "many", severity="value")
    run = load("fire_stations", [*stations(1), refusal])
    assert counts(run) == (1, 1, 0, 0, 0)
    assert run.warnings == 1 and run.details["value_reasons"] == {"not_a_number": 1}


def test_first_of_duplicates_in_one_input_is_kept_even_across_chunks():
    records = [*stations(6000), point("s0", name="second"), point("s5999", name="second")]
    assert counts(load("fire_stations", records)) == (6002, 6000, 0, 0, 2)
    assert rows("fire_stations")["s0"].name is None
    assert set(Rejection.objects.values_list("reason", flat=True)) == {"duplicate_id"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_good_row_is_kept_whether_the_bad_one_of_its_id_came_before_or_after(order):
    run = load("fire_stations", [*stations(1), Refusal(2, "s0", "geometry_empty", "empty")][::order])
    assert counts(run) == (2, 1, 0, 0, 1)
    assert "s0" in rows("fire_stations")


def test_append_takes_new_features_and_refuses_changed_ones():
    load("fire_stations", stations(2))
    run = load("fire_stations", [point("s0", 0), point("s1", 1, name="changed"), point("s2", 2)], mode="append")
    assert counts(run) == (3, 1, 1, 0, 1)
    assert rows("fire_stations")["s1"].name is None
    assert Rejection.objects.get().reason == "exists"


def test_fields_an_input_does_not_fill_keep_what_is_stored():
    load("buildings", [building("b", height_m=9, name="Ratusz", year_built=1935)])
    run = load("buildings", [building("b", height_m=11), building("new", 50, height_m=3)], fields=["height_m"])
    assert counts(run) == (2, 2, 0, 0, 0)
    kept, new = rows("buildings")["b"], rows("buildings")["new"]
    assert (kept.height_m, kept.name, kept.year_built) == (11, "Ratusz", 1935)
    assert (new.height_m, new.name) == (3, None)
    assert Change.objects.get(run=run, feature_id=feature_id("b")).fields == ["height_m"]
    assert counts(load("buildings", [building("b", height_m=11)], fields=["height_m"])) == (1, 0, 1, 0, 0)


def test_less_than_a_millimetre_or_than_the_declared_decimals_is_no_change():
    here = place(0.0001, 0.0001)
    load("hydrants", [Record("h", here, {"flow_dm3_s": 10.001, "pressure_mpa": 0.304})])
    close = Point(here.x + 0.0003, here.y - 0.0002)
    same = load("hydrants", [Record("h", close, {"flow_dm3_s": 10.004, "pressure_mpa": 0.2961})])
    assert counts(same) == (1, 0, 1, 0, 0)
    assert rows("hydrants")["h"].flow_dm3_s == 10.0
    moved = load("hydrants", [Record("h", Point(here.x + 0.001, here.y), {"flow_dm3_s": 10, "pressure_mpa": 0.3})])
    assert counts(moved) == (1, 1, 0, 0, 0)
    assert Change.objects.get(run=moved).fields == ["geom"]
    more = load("hydrants", [Record("h", Point(here.x + 0.001, here.y), {"flow_dm3_s": 10.01, "pressure_mpa": 0.3})])
    assert Change.objects.get(run=more).fields == ["flow_dm3_s"]


def test_what_the_source_says_beyond_the_fields_counts_as_content():
    load("fire_stations", [Record("s", place(), {}, extra={"b": 1, "a": date(2026, 1, 2)})])
    assert rows("fire_stations")["s"].extra == {"a": "2026-01-02", "b": 1}
    again = load("fire_stations", [Record("s", place(), {}, extra={"a": date(2026, 1, 2), "b": 1})])
    assert counts(again)[1:3] == (0, 1)
    more = load("fire_stations", [Record("s", place(), {}, extra={"a": date(2026, 1, 2), "b": 2})])
    assert Change.objects.get(run=more).fields == ["extra"]


def test_unknown_numbers_and_awkward_text_arrive_as_they_are():
    text = "Kość\\N \\. \x7f „cudzysłów” \U0001f3e0 \r\n\tkoniec\\"
    load("buildings", [building("id\twith\\tab", name=text, height_m=float("nan"))])
    row = rows("buildings")["id\twith\\tab"]
    assert (row.name, row.height_m) == (text, None)


def test_web_mercator_copy_follows_the_geometry():
    """The market square, computed elsewhere: EPSG:3857 2296675.829, 6598379.754 for 7474054.383, 5637285.400."""
    load("fire_stations", [Record("s", Point(7474054.383, 5637285.400), {})])
    web = rows("fire_stations")["s"].geom_web
    assert web.srid == 3857 and abs(web.x - 2296675.829) < 0.01 and abs(web.y - 6598379.754) < 0.01


@pytest.mark.parametrize("history", ["latest", "none"])
def test_kinds_without_history_keep_current_rows_only(history):
    kind = replace(KINDS["fire_stations"], history=history)
    load(kind, stations(10))
    run = load(kind, [point("s0", name="new"), *stations(10)[1:9]], mode="snapshot")
    assert counts(run) == (9, 1, 8, 1, 0)
    assert kind.model._default_manager.count() == DatasetKind.objects.get().current_rows == 9
    change = Change.objects.get(run=run, feature_id=feature_id("s0"))
    assert change.old_version is not None and change.fields == ["name"]


def test_two_datasets_hold_the_same_id_apart():
    load("fire_stations", stations(1, name="ours"), "register")
    load("fire_stations", stations(1, name="theirs"), "survey")
    assert rows("fire_stations")["s0"].name == "ours" and rows("fire_stations", "survey")["s0"].name == "theirs"
    assert rows("fire_stations")["s0"].feature_id != rows("fire_stations", "survey")["s0"].feature_id
