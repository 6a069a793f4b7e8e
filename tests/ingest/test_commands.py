"""What an operator sees: exit codes, the last line as JSON, files of rejections."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from layers.kinds import KINDS
from layers.runs.models import Run
from tests.factories import load, point, rows
from tests.ingest.test_pipeline import stations_file
from tests.scripts.conftest import ROOT

KEYS = {"run", "source", "read", "stored", "unchanged", "closed", "rejected", "warnings", "seconds", "reasons"}
OPTIONS = ("--option", "kind=fire_stations", "--option", "id=id")


def run_here(*words: str) -> dict:
    """Call the command; the object on the last line of its output."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as an operator does, on the test's database."""
    server = settings.DATABASES["default"]
    login = f"{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}"
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=dict(os.environ) | {"DATABASE_URL": f"postgis://{login}/{connection.settings_dict['NAME']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def two(tmp_path) -> Path:
    return stations_file(tmp_path, {"a": "A", "b": "B"})


@pytest.mark.django_db(transaction=True)
def test_exit_codes_and_json_of_the_real_command(two):
    first = manage("ingest", "file", str(two), *OPTIONS, "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout.splitlines()[-1])
    assert set(told) >= KEYS
    assert (told["source"], told["read"], told["stored"], told["closed"], told["rejected"]) == ("file", 2, 2, 0, 0)
    assert told["run"] == Run.objects.get().pk and 0 < told["seconds"] < 120
    refused = manage("ingest", "nonsense")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1 and "nonsense" in refused.stderr


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_the_real_command_stores_what_is_stored_only_once(two):
    assert manage("ingest", "file", str(two), *OPTIONS, "--json").returncode == 0
    again = json.loads(manage("ingest", "file", str(two), *OPTIONS, "--json").stdout.splitlines()[-1])
    assert (again["stored"], again["unchanged"], again["closed"]) == (0, 2, 0)


@pytest.mark.django_db
def test_a_dry_run_has_no_run_and_writes_nothing(two):
    told = run_here("ingest", "file", str(two), *OPTIONS, "--dry-run")
    assert told["run"] is None and (told["read"], told["stored"]) == (2, 2)
    assert not Run.objects.exists() and not KINDS["fire_stations"].model.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["file", "{}", "--option", "kind=nonsense"], "nonsense"),
        (["file", "{}", "--option", "colour=red"], "“colour”"),
        (["file", "{}", "--option", "mode=all"], "mode=all"),
        (["file", "{}", "--option", "kind"], "name=value"),
        (["file", "/nowhere.gpkg"], "existing file"),
        (["nonsense"], "nonsense"),
    ],
)
def test_refusals_are_one_line_and_exit_2(two, words, said):
    with pytest.raises(CommandError) as fault:
        call_command("ingest", *[word.format(two) for word in words])
    assert fault.value.returncode == 2
    assert said in str(fault.value) and "\n" not in str(fault.value)
    assert not KINDS["fire_stations"].model.objects.exists()


@pytest.mark.django_db
def test_rejections_are_exported_as_csv(two, tmp_path):
    content = json.loads(two.read_text())
    content["features"][1]["geometry"] = None
    two.write_text(json.dumps(content))
    table = tmp_path / "rejected.csv"
    told = run_here("ingest", "file", str(two), *OPTIONS, "--rejections", str(table))
    assert (told["stored"], told["rejected"], told["reasons"]) == (1, 1, {"geometry_missing": 1})
    with table.open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["kind"], line["source_id"], line["reason"]) == ("fire_stations", "b", "geometry_missing")
    assert line["message"]


@pytest.mark.django_db
@pytest.mark.parametrize(("missing", "words"), [((1,), ["--dry-run"]), ((0, 1), [])])
def test_rejections_are_exported_after_a_dry_run_and_when_nothing_was_left(two, tmp_path, missing, words):
    content = json.loads(two.read_text())
    for at in missing:
        content["features"][at]["geometry"] = None
    two.write_text(json.dumps(content))
    table = tmp_path / "rejected.csv"
    with contextlib.suppress(CommandError):
        run_here("ingest", "file", str(two), *OPTIONS, "--rejections", str(table), *words)
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [line["reason"] for line in csv.DictReader(file)] == ["geometry_missing"] * len(missing)


@pytest.mark.django_db
def test_a_run_is_taken_back_from_the_terminal():
    first = load("fire_stations", [point("a", name="old"), point("b", 9)])
    second = load("fire_stations", [point("a", name="new")])
    told = run_here("rollback_run", str(second.pk))
    assert (told["stored"], told["closed"]) == (1, 0)
    assert Run.objects.get(pk=told["run"]).undoes_id == second.pk
    assert rows("fire_stations")["a"].name == "old"
    load("fire_stations", [point("b", 9, name="later")])
    with pytest.raises(CommandError, match="roll those back first") as fault:
        call_command("rollback_run", str(first.pk))
    assert fault.value.returncode == 2
    with pytest.raises(CommandError, match="no run 99"):
        call_command("rollback_run", "999999")
