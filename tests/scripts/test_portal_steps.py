"""The steps of set-up that need Django: one process, numbered lines, a city that is loaded only when it must be."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.conftest import ROOT, Installation, copy_of

ADD_RUN = (
    "import django; django.setup(); from django.apps import apps\n"
    "apps.get_model('layers', 'Run').objects.create(kind='ingest', source='file')"
)


@pytest.fixture(scope="module")
def fresh(ready: Path) -> Iterator[Installation]:
    """An installation with an empty database."""
    made = copy_of(ready)
    try:
        made.run("cluster", "start")
        yield made
    finally:
        made.remove()


def python(installation: Installation, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python as the scripts do, with the installation's database."""
    database = (installation.local / "database-url").read_text().strip()
    own = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "geoportal.settings"}
    return subprocess.run(
        [str(ROOT / ".venv/bin/python"), *words],
        cwd=ROOT,
        env=installation.environment() | own | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def steps(installation: Installation, names: str, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Carry out steps 5 and following of nine."""
    log = installation.local / "log" / "setup.log"
    return python(installation, "-m", "scripts.lib.portal_steps", "4", "9", str(log), names, *options, **more)


@pytest.mark.thorough
def test_steps_from_an_empty_database_to_accounts_are_numbered_and_quiet_ones_are_one_line(installation):
    fresh = installation
    fresh.run("cluster", "start")
    done = steps(fresh, "tables,static,studies,accounts")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"\[5/9\] Tables \.\.\. done in \d+ s", lines[0])
    assert re.fullmatch(r"\[6/9\] Static files \.\.\. done in \d+ s", lines[1])
    assert lines[2] == "[7/9] Studies ... "
    assert "[8/9] Accounts ... " in lines
    assert len(re.findall(r"^\w+ +\(.*\): password \S{16}$", done.stdout, re.MULTILINE)) == 6
    assert re.fullmatch(r"\[8/9\] Accounts: done in \d+ s", lines[-1])
    assert "Applying layers.0001_initial" in (fresh.local / "log" / "setup.log").read_text()
    assert (fresh.local / "static").is_dir()
    assert fresh.sql("SELECT count(*) > 0 FROM django_migrations") == [(True,)]


def state(installation: Installation, *options: str, **more: str) -> str:
    """What the loaded city depends on, as a step that loads it writes it down."""
    code = (
        f"import django; django.setup(); from scripts.lib.portal_steps import city_state as it; print(it({options}))"
    )
    done = python(installation, "-c", code, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


@pytest.mark.thorough
def test_city_is_left_alone_while_its_code_its_options_and_its_last_run_are_the_same(migrated, tmp_path):
    fresh = copy_of(migrated)
    try:
        fresh.run("cluster", "start")
        assert_city_is_left_alone(fresh, tmp_path)
    finally:
        fresh.remove()


def assert_city_is_left_alone(fresh: Installation, tmp_path: Path) -> None:
    assert steps(fresh, "tables").returncode == 0
    found = state(fresh, "--scale", "2")
    (fresh.local / "demo-city").write_text(found)
    done = steps(fresh, "city-unless-loaded", "--scale", "2")
    assert "nothing was loaded since it came in" in done.stdout
    assert fresh.sql("SELECT count(*) FROM layers_run") == [(0,)]

    other_city = tmp_path / "city.toml"
    other_city.write_text((ROOT / "city.toml").read_text() + "\n# another\n")
    others = [state(fresh, "--scale", "3"), state(fresh, "--scale", "2", CITY_FILE=str(other_city))]
    assert python(fresh, "-c", ADD_RUN).returncode == 0
    others.append(state(fresh, "--scale", "2"))
    fresh.sql("UPDATE layers_run SET kind = 'study'")
    assert state(fresh, "--scale", "2") == found
    assert len({found, *others}) == 4


def test_quiet_step_that_fails_shows_the_end_of_the_log_and_ends_the_others(fresh):
    refused = steps(fresh, "tables,accounts", DATABASE_URL="postgis://nobody:x@127.0.0.1:1/none")
    assert refused.returncode == 1
    assert refused.stdout == "[5/9] Tables ... failed\n"
    first, *end = refused.stderr.splitlines()
    assert first == f'error: "Tables" failed; the end of {fresh.local / "log" / "setup.log"}:'
    assert any("127.0.0.1" in line for line in end) and len(end) <= 20


def test_open_step_that_fails_is_one_line_with_the_commands_exit_code(fresh):
    refused = steps(fresh, "city-unless-loaded,accounts", "--scale", "-1")
    assert refused.returncode == 2
    assert refused.stdout == "[5/9] Demo city ... \n"
    (line,) = refused.stderr.splitlines()
    assert line.startswith("CommandError: ")
