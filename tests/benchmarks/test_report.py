"""A benchmark's last table shows measured values, targets, and whether they are reached."""

import pytest

from tests.benchmarks.report import Figure, Report


@pytest.mark.parametrize(
    ("value", "target", "words", "verdict"),
    [
        (0.8, {"at_least": 0.8}, "at least 0.8", "ok"),
        (0.79, {"at_least": 0.8}, "at least 0.8", "short"),
        (1.2, {"at_most": 1.2}, "at most 1.2", "ok"),
        (1.21, {"at_most": 1.2}, "at most 1.2", "short"),
        (7.0, {}, "-", "-"),
    ],
)
def test_verdict_by_target(value, target, words, verdict):
    figure = Figure("ratio", value, **target)
    assert (figure.target, figure.verdict) == (words, verdict)


def test_table_ends_with_the_load_when_the_benchmark_began(capsys):
    report = Report("tiles", load=3.5)
    report.add("cached tiles / no-op view", 0.8349, at_least=0.65)
    report.print()
    heads, row, load = capsys.readouterr().out.strip().splitlines()
    assert heads.split() == ["tiles", "figure", "target", "result"]
    assert row.split("  ")[0] == "cached tiles / no-op view"
    assert row.split()[-5:] == ["0.83", "at", "least", "0.65", "ok"]
    assert load.startswith("load average at the start: 3.50 on ")
