"""The table of process-seconds at the end of a run adds up."""

from typing import Literal

import pytest

from tests.times import Times

Phase = Literal["setup", "call", "teardown"]


def report(nodeid: str, when: Phase, seconds: float) -> pytest.TestReport:
    return pytest.TestReport(nodeid, (nodeid, 1, nodeid), {}, "passed", None, when, duration=seconds)


def test_phases_are_summed_by_folder_and_by_file():
    times = Times()
    measured: list[tuple[str, Phase, float]] = [
        ("tests/layers/test_a.py::test_one", "setup", 1.0),
        ("tests/layers/test_a.py::test_one", "call", 2.0),
        ("tests/layers/test_b.py::test_two[x::y]", "call", 4.0),
        ("tests/geoportal/api/test_c.py::test_three", "teardown", 0.5),
    ]
    for nodeid, when, seconds in measured:
        times.pytest_runtest_logreport(report(nodeid, when, seconds))
    assert [line.split() for line in times.table()] == [
        ["folder", "setup", "call", "teardown", "sum"],
        ["tests/layers", "1.0", "6.0", "0.0", "7.0"],
        ["tests/geoportal/api", "0.0", "0.0", "0.5", "0.5"],
        ["all", "1.0", "6.0", "0.5", "7.5"],
        [],
        ["longest", "files", "setup", "call", "teardown", "sum"],
        ["tests/layers/test_b.py", "0.0", "4.0", "0.0", "4.0"],
        ["tests/layers/test_a.py", "1.0", "2.0", "0.0", "3.0"],
        ["tests/geoportal/api/test_c.py", "0.0", "0.0", "0.5", "0.5"],
    ]
