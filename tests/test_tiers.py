"""Every test has a tier, every mark a command in CI that runs it, and a thorough run tries all examples."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from hypothesis import settings

from tests.tiers import QUICK, THOROUGH, examples

ROOT = Path(__file__).resolve().parents[1]
CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
DECLARED = {line.split(":")[0] for line in CONFIGURED["markers"]}
OF_PYTEST = {"django_db", "filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"}


def used_marks() -> set[str]:
    """The names after `pytest.mark.` in all tests."""
    return {
        node.attr
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    }


def options(tier: str) -> list[str]:
    """What scripts/test gives to pytest in a tier."""
    script = 'source scripts/lib/tests.sh && tier_options "$1"'
    command = ["bash", "-c", script, "bash", tier]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_marks_in_use_are_declared_and_declared_ones_are_in_use():
    assert used_marks() - OF_PYTEST == DECLARED


def collected(tier: str, marks: set[str], folder: Path) -> set[str]:
    """Of tests with one mark each, those that pytest collects in a tier."""
    lines = [f"@pytest.mark.{mark}\ndef test_{mark}(): ...\n" for mark in sorted(marks)]
    (folder / "test_marks.py").write_text("import pytest\n\n" + "\n".join(lines))
    chosen = [one for one in options(tier) if one.startswith("-m")]
    command = ["pytest", "--collect-only", "-q", "-c", str(ROOT / "pyproject.toml"), *chosen, str(folder)]
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(re.findall(r"::test_(\w+)$", done.stdout, re.MULTILINE))


def test_every_mark_has_a_command_in_ci_that_runs_it(tmp_path):
    """.ci/run calls one tier only, and that leaves out no mark."""
    calls = re.findall(r"scripts/test\b(.*?)(?: 2>&1|$)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert calls == [" --all"]
    assert collected("all", DECLARED, tmp_path) == DECLARED
    assert collected("quick", DECLARED, tmp_path) == DECLARED - {THOROUGH}


def test_a_quick_run_tries_a_tenth_of_the_examples_and_a_thorough_one_all():
    before = settings.get_current_profile_name()
    try:
        settings.load_profile(QUICK)
        assert [examples(600), examples(40), examples(5)] == [60, 10, 5]
        assert settings().max_examples == 10
        settings.load_profile(THOROUGH)
        assert [examples(600), examples(40), examples(5)] == [600, 40, 5]
        assert settings().max_examples == 100
    finally:
        settings.load_profile(before)
    assert f"--hypothesis-profile={THOROUGH}" in options("all")
