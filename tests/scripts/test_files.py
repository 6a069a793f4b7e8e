"""Rules of the set-up files: clean shell, locked versions, no psycopg 3, recorded processes."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.scripts.conftest import ROOT

SHELL = sorted(
    path
    for path in [*(ROOT / "scripts").rglob("*"), *(ROOT / ".ci").iterdir()]
    if path.is_file() and (path.suffix == ".sh" or path.read_bytes().startswith(b"#!/usr/bin/env bash"))
)
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)


def locked(name: str) -> set[tuple[str, str, str]]:
    return set(LOCKED.findall((ROOT / name).read_text()))


def wanted(name: str) -> set[str]:
    words = re.findall(r"^([A-Za-z0-9_.-]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {word.lower() for word in words if not word.startswith("-")}


@pytest.mark.thorough
def test_shellcheck_finds_nothing():
    program = Path(ROOT / ".venv/bin/shellcheck")
    done = subprocess.run(
        [program, "--external-sources", *SHELL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert len(SHELL) > 10
    assert done.stdout == ""


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_script_says_what_it_is_for(path):
    lines = path.read_text().splitlines()
    assert lines[1].startswith("# "), "the second line of a script says what it does"
    if path.suffix != ".sh":
        assert path.stat().st_mode & 0o111 == 0o111
        assert "set -euo pipefail" in lines


@pytest.mark.parametrize(
    "name", ["requirements", "requirements-dev", "requirements-node", "requirements-peers", "requirements-models"]
)
def test_everything_wanted_is_locked_with_checksums(name):
    lock = locked(f"{name}.lock")
    assert wanted(f"{name}.in") <= {package for package, _, _ in lock}
    assert (ROOT / f"{name}.lock").read_text().count("--hash=sha256:") >= len(lock)


def test_tests_run_with_the_versions_that_the_portal_runs_with():
    assert locked("requirements.lock") <= locked("requirements-dev.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_psycopg_3_never_comes_in(name):
    packages = {package for package, _, _ in locked(name)}
    assert "psycopg2-binary" in packages
    assert not packages & {"psycopg", "psycopg-binary", "psycopg-c", "psycopg-pool"}


def test_browser_libraries_are_exact_and_name_no_address():
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
    versions = re.findall(r'"(?:@fontsource/noto-sans|maplibre-gl)": "([^"]+)"', (ROOT / "package.json").read_text())
    assert len(versions) == 2
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_every_process_is_recorded_so_that_stop_finds_it():
    lines = [line for line in (ROOT / "Procfile").read_text().splitlines() if line and not line.startswith("#")]
    names = [line.split(":")[0] for line in lines]
    assert names[0] == "web", "the supervisor gives PORT itself to the first process"
    for line, name in zip(lines, names, strict=True):
        order = "" if name in ("web", "front") else "--after-web "
        assert line.startswith(f"{name}: exec scripts/recorded {order}{name} ")


def test_import_contracts_have_no_exceptions():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert len(settings["contracts"]) >= 3
    assert not [contract["name"] for contract in settings["contracts"] if contract.get("ignore_imports")]


def test_licence_is_an_spdx_expression():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "EUPL-1.2"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_nothing_that_was_made_here_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    made = (".local/", ".venv/", "node_modules/", "staticfiles/")
    assert not [path for path in listed if path.startswith(made)]
