"""Private results: stored as differences to the published one, and unchanged whatever happens to it afterwards."""

from typing import Any
from uuid import UUID

import pytest

from analysis.results import PrivateFeature, PrivateResult
from analysis.running.result_rows import features_of
from layers.kinds import KINDS
from layers.runs.models import Run
from layers.store.editing import erase, roll_back
from layers.store.writer import writing
from tests.analysis.conftest import Town, at, named, study
from tests.factories import load, new_run

OUTPUTS = ("flood_exposure", "flood_exposure_grid")
DEARER = {"max_damage_commercial_pln_m2": 9000}


def rows(token: str) -> dict[str, list[dict[str, Any]]]:
    result = PrivateResult.finished(token)
    return {kind: features_of(result, KINDS[kind]) for kind in OUTPUTS}


def stored(token: str, kind: str = "flood_exposure") -> Any:
    return PrivateFeature.objects.filter(result__token=token, kind=kind)


def trial(**how: Any) -> str:
    return str(study(private=True, **how).details["token"])


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"parameters": DEARER},
        {"parameters": {"exposed_share": 0.6}},
        {"area": at(-250, -100, 0, 100)},
        {"area": at(-250, -100, 0, 100), "parameters": {"exposed_share": 0.6, **DEARER}},
    ],
)
def test_differences_give_what_a_whole_copy_gave(town: Town, how: dict[str, Any]) -> None:
    """Without a published result everything is stored; beside one, also beside an older one, differences are."""
    whole = trial(**how)
    study()
    differences = trial(**how)
    load("buildings", [named(town.house(), f"h{number}") for number in range(20)])
    study()
    after, before = rows(differences), rows(whole)
    assert before == after and before["flood_exposure"]
    assert stored(whole).filter(base_version=None).count() == len(before["flood_exposure"])
    assert PrivateResult.finished(whole).summary == PrivateResult.finished(differences).summary


def test_only_what_differs_is_stored(town: Town) -> None:
    study()
    assert not stored(trial()).exists()
    token = trial(parameters=DEARER)
    commercial = {row["source_id"] for row in rows(token)["flood_exposure"] if row["damage_class"] == "commercial"}
    assert set(stored(token).values_list("source_id", flat=True)) <= commercial
    fields = {name for values in stored(token).values_list("values", flat=True) for name in values}
    assert fields <= {"loss_p10_pln", "loss_p1_pln", "loss_p02_pln", "ead_pln"}
    assert not stored(token).exclude(geom=None).exists()


def test_features_that_the_published_result_has_alone_are_left_out(town: Town) -> None:
    study()
    token = trial(parameters={"exposed_share": 1.0})
    gone = set(stored(token).filter(values__isnull=True).values_list("source_id", flat=True))
    assert gone and not gone & {row["source_id"] for row in rows(token)["flood_exposure"]}


def test_a_private_result_stays_what_it_was(town: Town) -> None:
    """Through a changed city, other standing runs, and one that is taken back."""
    study()
    token = trial(parameters=DEARER)
    before = rows(token)
    load("buildings", [named(town.house(), f"h{number}") for number in range(60)])
    changed = study()
    assert changed.stored > 10 and changed.closed > 0
    assert rows(token) == before
    run = new_run("flood_exposure", kind=Run.Kind.ROLLBACK, undoes=changed)
    with writing(run) as writer:
        roll_back(writer, changed)
    study(full=True)
    assert rows(token) == before


def test_an_erased_subject_is_in_no_private_result_whether_it_differed_or_not(town: Town) -> None:
    study()
    same, other = trial(), trial(parameters=DEARER)
    differing = stored(other).order_by("source_id").values_list("source_id", flat=True)[0]
    alike = next(row["source_id"] for row in rows(other)["flood_exposure"] if row["damage_class"] == "industrial")
    for source in (differing, alike):
        run = new_run("register", kind=Run.Kind.ERASE)
        with writing(run) as writer:
            erase(writer, KINDS["buildings"], UUID(source), "asked for")
    study()
    for token in (same, other):
        left = {row["source_id"] for row in rows(token)["flood_exposure"]}
        assert left and not left & {differing, alike}


def test_a_feature_erased_from_the_published_result_itself_is_in_no_private_one(town: Town) -> None:
    study()
    token = trial(parameters=DEARER)
    source = stored(token).order_by("source_id").values_list("source_id", flat=True)[0]
    row = KINDS["flood_exposure"].model._default_manager.get(source_id=source)
    run = new_run("flood_exposure", kind=Run.Kind.ERASE)
    with writing(run) as writer:
        erase(writer, KINDS["flood_exposure"], row.feature_id, "asked for")
    assert source not in {row["source_id"] for row in rows(token)["flood_exposure"]}


def test_a_result_from_before_differences_were_stored_still_opens(town: Town) -> None:
    """Its rows hold all fields and a shape, and it has no base."""
    run = study()
    old = Run.objects.create(kind=Run.Kind.STUDY, source="flood_exposure", mode="private", status="committed")
    result = PrivateResult.objects.create(run=old, expires_at="2999-01-01T00:00Z", summary=run.details["summary"])
    published: Any = KINDS["flood_exposure"].model._default_manager.order_by("source_id").first()
    names = KINDS["flood_exposure"].field_names
    values = {name: getattr(published, name) for name in names} | {"building_id": str(published.building_id)}
    PrivateFeature.objects.create(
        result=result, kind="flood_exposure", source_id=published.source_id, values=values, geom=published.geom
    )
    (found,) = features_of(PrivateResult.finished(result.token), KINDS["flood_exposure"])
    assert {name: found[name] for name in names} == {name: getattr(published, name) for name in names}
