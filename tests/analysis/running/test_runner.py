"""Standing runs: idempotent, only what changed, equal to computing everything; private ones apart from the layers."""

import json
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis.errors import BadParameter, InputMissing, UnknownResult, UnknownStudy
from analysis.results import PrivateResult, StandingParameters
from analysis.running.private import promote
from analysis.running.result_rows import features_of
from analysis.running.runner import StudyOrder, run_study
from analysis.studies import STUDIES
from analysis.study import rules_of
from layers.access.rules import Access, serving
from layers.crs import WGS84, reproject, storage_srid
from layers.kinds import KINDS
from layers.reading.frames import frame
from layers.reading.selection import Selection, select
from layers.runs.models import Dataset, Run
from layers.store.editing import erase, roll_back
from layers.store.writer import writing
from tests.analysis.conftest import Town, at, multi, named, remove, stored, study
from tests.factories import feature_id, load, new_run

OUTPUTS = ("flood_exposure", "flood_exposure_grid")


def everything() -> dict[str, dict]:
    return {kind: stored(kind) for kind in OUTPUTS}


def test_a_second_run_stores_and_closes_nothing(town):
    first = study()
    assert first.stored > 50 and first.details["scope"] == "city" and first.details["subjects"] == 150
    second = study()
    assert (second.read, second.stored, second.closed, second.details["scope"]) == (0, 0, 0, "nothing")
    again = study(full=True)
    assert (again.read, again.stored, again.closed, again.unchanged) == (first.stored, 0, 0, first.stored)
    assert first.details["summary"] == second.details["summary"] == again.details["summary"]


def test_the_totals_are_those_of_sql(town):
    summary = study().details["summary"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(share_p1), sum(residents) FILTER (WHERE share_p1 IS NOT NULL), sum(loss_p1_pln), "
            "sum(ead_pln) FROM layers_floodexposure WHERE recorded_to IS NULL"
        )
        buildings, people, loss, annual = cursor.fetchone()
    told = summary["scenarios"]["p1"]
    assert (told["buildings"], told["people"], told["loss_pln"]) == (buildings, pytest.approx(people), round(loss))
    assert summary["ead_pln"] == round(annual)
    assert sum(one["buildings"] for one in told["by_use"].values()) <= buildings == sum(told["by_depth"].values())


def test_a_changed_building_is_computed_with_its_neighbours_only(town):
    study()
    load("buildings", [named(town.house(), "h0")])
    run = study()
    assert run.details["scope"] == "changes"
    assert 0 < run.details["subjects"] < 75


def test_a_changed_zone_is_computed_where_it_lies(town):
    study()
    far = town.zones["p1-3-2"]
    load("flood_zones", [type(far)(far.source_id, far.geometry, {"scenario": "p1", "depth_class": 4})])
    run = study()
    assert 0 < run.details["subjects"] < 110
    assert run.stored > 0


def totals_of_frames() -> dict[str, Any]:
    """The totals of the stored result, taken with pandas from all of its rows: what `totals.sql` must give."""
    rules = rules_of(STUDIES["flood_exposure"])
    kind = KINDS["flood_exposure"]
    shown = serving(kind)
    assert shown is not None
    table = frame(Selection(Access("services"), kind, shown), kind.field_names)
    depths = sorted(rules["class_depth_m"].values())
    edges = [0.0, *((low + high) / 2 for low, high in zip(depths[:-1], depths[1:], strict=True)), np.inf]

    def sums(rows: pd.DataFrame, scenario: str) -> dict[str, Any]:
        people, loss = float(rows["residents"].sum()), float(rows[f"loss_{scenario}_pln"].sum())
        return {"buildings": len(rows), "people": round(people, 1), "loss_pln": round(loss)}

    scenarios = {}
    for name in ("p10", "p1", "p02", "embankment"):
        reached = table[table[f"share_{name}"].notna()]
        by_depth = pd.cut(reached[f"depth_{name}_m"], edges, labels=range(1, len(edges)), include_lowest=True)
        scenarios[name] = {
            **sums(reached, name),
            "by_use": {use: sums(group, name) for use, group in reached.groupby("use_class", sort=True)},
            "by_depth": {str(depth): int(count) for depth, count in by_depth.value_counts(sort=False).items()},
        }
    return {"scenarios": scenarios, "ead_pln": round(float(table["ead_pln"].sum()))}


def test_totals_are_made_without_reading_the_result(town):
    """After one edit no statement gives the rows of the result, only the groups of their totals."""
    study()
    load("buildings", [named(town.house(), "h0")])
    with CaptureQueriesContext(connection) as asked:
        run = study()
    assert run.details["scope"] == "changes"
    assert run.details["summary"] == totals_of_frames()
    reads = [one["sql"] for one in asked if "FROM layers_floodexposure" in one["sql"].replace('"', "")]
    whole = [sql for sql in reads if "ST_AsBinary" in sql or "AsWKB" in sql]
    assert reads and not whole


def one_edit(town: Town) -> None:
    """One change a city may see, chosen at random."""
    random = town.random
    choice = random.integers(9)
    houses, zones = list(town.houses), list(town.zones)
    some = houses[random.integers(len(houses))]
    if choice in (0, 1):
        town.houses[some] = town.house()
        load("buildings", [named(town.houses[some], some)])
    elif choice == 2:
        name = f"n{random.integers(10**9)}"
        town.houses[name] = town.house()
        load("buildings", [named(town.houses[name], name)])
    elif choice == 3:
        del town.houses[some]
        remove("buildings", [named(one, name) for name, one in town.houses.items()])
    elif choice == 4:
        name = zones[random.integers(len(zones))]
        west, south = random.uniform(-700, 500), random.uniform(-150, 50)
        shape = multi(at(west, south, west + random.uniform(20, 300), south + random.uniform(10, 120)))
        values = {"scenario": ["p10", "p1", "p02"][random.integers(3)], "depth_class": int(random.integers(1, 5))}
        town.zones[name] = type(town.zones[name])(name, shape, values)
        load("flood_zones", [town.zones[name]])
    elif choice == 5 and len(zones) > 3:
        del town.zones[zones[random.integers(len(zones))]]
        remove("flood_zones", list(town.zones.values()))
    elif choice == 6:
        name = list(town.addresses)[random.integers(len(town.addresses))]
        town.addresses[name] = town.address(name)
        load("addresses", [town.addresses[name]])
    elif choice == 7:
        last = Run.objects.filter(kind=Run.Kind.INGEST, status=Run.Status.COMMITTED).order_by("-pk").first()
        assert last is not None
        try:
            run = new_run("register", kind=Run.Kind.ROLLBACK, undoes=last)
            with writing(run) as writer:
                roll_back(writer, last)
        except Exception:
            return
    else:
        row = KINDS["buildings"].model._default_manager.filter(recorded_to__isnull=True).order_by("version_id").last()
        assert row is not None
        run = new_run("register", kind=Run.Kind.ERASE)
        with writing(run) as writer:
            erase(writer, KINDS["buildings"], row.feature_id, "test")
        town.houses.pop(row.source_id, None)


@pytest.mark.parametrize(
    ("seed", "sequences"), [(4, 6), *(pytest.param(seed, 25, marks=pytest.mark.thorough) for seed in range(4))]
)
def test_what_changes_leave_equals_computing_everything(db, seed, sequences):
    """Random sequences, each of one to four edits: a hundred in the thorough tier."""
    town = Town(100 + seed)
    town.bring_in()
    study()
    scopes = []
    for _ in range(sequences):
        for _ in range(town.random.integers(1, 5)):
            one_edit(town)
        followed_run = study()
        scopes.append(followed_run.details["scope"])
        followed = everything()
        assert followed_run.details["summary"] == totals_of_frames()
        full = study(full=True)
        assert (full.stored, full.closed) == (0, 0)
        assert everything() == followed
    assert scopes.count("changes") >= 0.8 * sequences


def test_other_rules_parameters_or_a_rollback_compute_everything(town, tmp_path, settings):
    first = study()
    StandingParameters.objects.create(study="flood_exposure", parameters={"max_damage_residential_pln_m2": 5000})
    doubled = study()
    assert doubled.details["scope"] == "city" and doubled.stored > 0
    before, after = (run.details["summary"]["scenarios"]["p1"]["by_use"]["residential"] for run in (first, doubled))
    assert after["loss_pln"] == pytest.approx(2 * before["loss_pln"], abs=len(stored("flood_exposure")))
    run = new_run("flood_exposure", kind=Run.Kind.ROLLBACK, undoes=doubled)
    with writing(run) as writer:
        roll_back(writer, doubled)
    assert study().details["scope"] == "city"
    own = (
        (settings.BASE_DIR / "analysis/studies/flood_exposure/rules.toml").read_text().replace("2 = 1.25", "2 = 1.0")
    )
    (tmp_path / "flood_exposure.toml").write_text(own.replace("1 (JRC 2017)", "Kielce 2"))
    settings.STUDY_RULES_DIR = str(tmp_path)
    changed = study()
    assert changed.details["scope"] == "city" and changed.details["rules"] == "Kielce 2"


def test_a_pruned_feed_computes_everything(town):
    from layers.feed.changes import last_change, prune_changes

    study()
    load("buildings", [named(town.house(), "h0")])
    prune_changes(last_change())
    assert study().details["scope"] == "city"


def test_results_of_invented_data_are_kept_apart(town):
    study()
    Dataset.objects.filter(slug="register").update(synthetic=True)
    assert study().details["synthetic"] is True
    assert stored("flood_exposure", "flood_exposure-demo") and stored("flood_exposure")
    synthetic = KINDS["flood_exposure"].model._default_manager.filter(dataset__slug="flood_exposure-demo")
    assert set(synthetic.values_list("synthetic", flat=True)) == {True}


def test_a_city_without_a_needed_layer_is_told_so(db):
    with pytest.raises(InputMissing, match="buildings"):
        study()
    assert Run.objects.get().status == Run.Status.REFUSED


def test_addresses_may_be_missing(db):
    town = Town(5)
    load("buildings", [named(one, name) for name, one in town.houses.items()])
    load("flood_zones", list(town.zones.values()))
    assert study().stored > 0


def test_a_dry_run_reports_and_leaves_nothing(town):
    run = study(dry_run=True)
    assert (run.pk or 0) == 0 and run.stored > 50
    assert not Run.objects.filter(kind=Run.Kind.STUDY).exists()
    assert everything() == {kind: {} for kind in OUTPUTS}


def test_a_private_run_leaves_the_layers_alone(town):
    study()
    before = everything()
    run = study(private=True, parameters={"max_damage_commercial_pln_m2": "9 000"})
    assert everything() == before
    result = PrivateResult.opened(run.details["token"])
    standing = KINDS["flood_exposure"].model._default_manager.filter(recorded_to__isnull=True)
    kept = {one["source_id"]: one for one in features_of(result, KINDS["flood_exposure"])}
    assert len(kept) == standing.count()
    chosen = select(Access("staff"), KINDS["flood_exposure"], filter="use_class = 'commercial' AND loss_p1_pln > 0")
    assert chosen is not None
    source_id, loss = chosen.rows().values_list("source_id", "loss_p1_pln")[0]
    assert kept[source_id]["loss_p1_pln"] == pytest.approx(loss * 3.6, abs=3)


def test_a_private_run_of_an_area_holds_what_touches_it(town):
    area = at(-250, -100, 0, 100)
    run = study(private=True, area=area)
    result = PrivateResult.opened(run.details["token"])
    area_in_degrees = reproject(np.array([area]), storage_srid(), WGS84)[0].buffer(1e-7)
    found = features_of(result, KINDS["flood_exposure"])
    assert found
    assert all(shapely.from_geojson(one["shape"]).intersects(area_in_degrees) for one in found)


def test_a_private_result_is_promoted_on_purpose(town):
    study()
    token = study(private=True, parameters={"exposed_share": 0.5}).details["token"]
    assert promote(token) == "flood_exposure"
    run = study()
    assert run.parameters["exposed_share"] == 0.5 and run.closed > 0


def test_a_private_result_ends_with_its_time(town):
    from datetime import timedelta

    from django.utils.timezone import now

    token = study(private=True).details["token"]
    PrivateResult.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(UnknownResult, match="no longer"):
        PrivateResult.opened(token)
    assert PrivateResult.prune() == 1
    assert not PrivateResult.objects.exists()


def test_an_erased_building_is_erased_from_every_result(town):
    """Its residents stand in results, in their history and in private ones."""
    study()
    token = study(private=True).details["token"]
    load("buildings", [named(town.house(), name) for name in town.houses])
    study()
    source = min(set(stored("flood_exposure")))
    run = new_run("register", kind=Run.Kind.ERASE)
    with writing(run) as writer:
        erase(writer, KINDS["buildings"], UUID(source), "asked for")
    assert study().closed == 1
    assert not KINDS["flood_exposure"].model._default_manager.filter(source_id=source).exists()
    left = {one["source_id"] for one in features_of(PrivateResult.opened(token), KINDS["flood_exposure"])}
    assert left and source not in left


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"share": 1}, "no parameter"), ({"exposed_share": "much"}, "not a number"), ({"exposed_share": 2}, "outside")],
)
def test_bad_parameters_are_named(town, parameters, words):
    with pytest.raises(BadParameter, match=words):
        study(private=True, parameters=parameters)


def test_an_unknown_study_is_named():
    with pytest.raises(UnknownStudy, match="flood_exposure"):
        run_study(StudyOrder("nothing"))


def test_the_command_prints_one_object(town, capsys, tmp_path):
    call_command("run_study", "flood_exposure", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["study"] == "flood_exposure" and told["stored"] > 50 and told["scope"] == "city"
    call_command("run_study", "flood_exposure", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["stored"] == 0
    call_command("run_study", "flood_exposure", "--private", "--param", "exposed_share=0.2")
    assert "private result: /studies/flood_exposure/results/" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("flood_exposure", "--param", "exposed_share=0.5"),
        ("flood_exposure", "--private", "--param", "x"),
    ],
)
def test_the_command_ends_with_two_when_nothing_was_stored(town, arguments):
    with pytest.raises(CommandError) as fault:
        call_command("run_study", *arguments)
    assert fault.value.returncode == 2


def test_an_area_file_that_is_none_is_named(town, tmp_path):
    path = tmp_path / "area.geojson"
    path.write_text('{"type": "Point", "coordinates": [20.6, 50.8]}')
    with pytest.raises(CommandError, match="polygon"):
        call_command("run_study", "flood_exposure", "--area", str(path))


def test_the_identity_of_an_exposed_building_is_the_buildings_own(town):
    study()
    sources = {str(feature_id(name)) for name in town.houses}
    assert set(stored("flood_exposure")) <= sources
