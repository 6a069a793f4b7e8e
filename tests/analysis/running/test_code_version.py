"""A study is computed again after a change of its own code, not after one of another study or of the runner."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.running.code_version import ROOM, code_version, version_of
from analysis.running.runner import standing_is_due
from analysis.studies import STUDIES
from tests.analysis.conftest import Town, study

FLOOD = STUDIES["flood_exposure"]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the room's code beside which another study lies."""
    copied = tmp_path / "analysis"
    shutil.copytree(ROOM, copied, ignore=shutil.ignore_patterns("__pycache__"))
    other = copied / "studies/other"
    other.mkdir()
    (other / "__init__.py").write_text("from analysis.public_summary import rounded\n")
    (other / "rules.toml").write_text('version = "1"\n')
    return copied


def version(room: Path, study: str = "flood_exposure") -> str:
    return version_of(room / "studies" / study, room)


def changed(path: Path) -> None:
    with path.open("a") as file:
        file.write("\n# changed\n")


def test_a_copy_has_the_version_of_the_original(room: Path) -> None:
    assert version(room) == code_version(FLOOD.package)


@pytest.mark.parametrize(
    "file",
    [
        "studies/other/__init__.py",
        "studies/other/rules.toml",
        "studies/__init__.py",
        "running/runner.py",
        "queries/answer.py",
        "tasks.py",
        "public_summary.py",
    ],
)
def test_code_of_others_leaves_the_version(room: Path, file: str) -> None:
    before = version(room)
    changed(room / file)
    assert version(room) == before


@pytest.mark.parametrize(
    "file",
    [
        "studies/flood_exposure/__init__.py",
        "studies/flood_exposure/compute.py",
        "studies/flood_exposure/rules.toml",
        "operations.py",
    ],
)
def test_its_own_code_and_the_operations_it_uses_change_the_version(room: Path, file: str) -> None:
    before, other = version(room), version(room, "other")
    changed(room / file)
    assert version(room) != before
    assert version(room, "other") == other


def test_a_module_used_through_another_changes_the_version(room: Path) -> None:
    (room / "networks.py").write_text("REACH = 1\n")
    before = version(room)
    with (room / "operations.py").open("a") as file:
        file.write("\nfrom analysis import networks\n")
    used = version(room)
    changed(room / "networks.py")
    assert len({before, used, version(room)}) == 3


def test_a_result_of_other_code_is_due_and_computed_again(town: Town, room: Path, monkeypatch: Any) -> None:
    assert study().code_version == code_version(FLOOD.package)
    assert not standing_is_due(FLOOD)
    package = room / "studies/flood_exposure"
    changed(package / "compute.py")
    monkeypatch.setitem(STUDIES, "flood_exposure", replace(FLOOD, package=package))
    assert standing_is_due(STUDIES["flood_exposure"])
    run = study()
    assert (run.details["scope"], run.code_version) == ("city", version(room))
    assert not standing_is_due(STUDIES["flood_exposure"])
