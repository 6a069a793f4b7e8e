"""Settings out of range: the start ends with one line that names the variable, its value and what is allowed."""

import os
import re
import subprocess
import sys

import pytest

from geoportal.environment import Environment
from tests.scripts.conftest import ROOT


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("CHANGES_KEPT_DAYS", "-1", "a whole number from 1 to 36,500"),
        ("CHANGES_KEPT_DAYS", "99999999999", "a whole number from 1 to 36,500"),
        ("UPLOAD_BYTES", "x", "a whole number from 1 to 1,000,000,000,000"),
        ("QUERY_SECONDS", "nan", "a number above 0, up to 3,600"),
        ("CITY_FILE", "/nowhere/city.toml", "the path of an existing file"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ],
)
def test_a_wrong_setting_is_one_line(name: str, value: str, allowed: str) -> None:
    answer = start(**{name: value})
    assert answer.returncode == 1
    assert answer.stderr == f"manage.py: {name}={value} is not allowed; set it to {allowed}.\n"


def test_a_city_file_that_is_wrong_inside_is_one_line() -> None:
    answer = start(CITY_FILE="README.md")
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert answer.stderr.startswith("manage.py: City file README.md is not valid TOML")


def test_every_number_in_the_settings_has_limits() -> None:
    text = (ROOT / "geoportal" / "settings.py").read_text()
    assert re.findall(r"env\.(int|float)\b", text) == []


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("7", 7.0)])
def test_a_number_within_limits_is_read(monkeypatch: pytest.MonkeyPatch, text: str, value: float) -> None:
    monkeypatch.setenv("SOME_SECONDS", text)
    assert Environment().number("SOME_SECONDS", default=1.0, most=10) == value
