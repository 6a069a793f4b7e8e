"""Prints, at the end of a run, the process-seconds of set-up, calls and tear-down by folder, and the longest files.

The times are those of pytest's reports, so with several processes their sum is larger than the time that passed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

PHASES = ("setup", "call", "teardown")
LONGEST_FILES = 25
PLUGIN = "times"
_RECORD = "geoportal/file_seconds"
"""Key of pytest's cache."""


def _no_time() -> dict[str, float]:
    return dict.fromkeys(PHASES, 0.0)


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Times:
    """Seconds of each phase by test file, collected by the process that prints the summary."""

    files: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(_no_time))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one test; xdist sends the reports of its workers here too."""
        assert report.when is not None
        self.files[report.nodeid.split("::", 1)[0]][report.when] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print both tables."""
        if not self.files:
            return
        terminalreporter.section("process-seconds by folder")
        for line in self.table():
            terminalreporter.write_line(line)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Record how long each file took, for the order of later runs, unless only a choice of tests ran."""
        config = session.config
        if config.cache and config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword:
            config.cache.set(_RECORD, {name: round(sum(phases.values()), 1) for name, phases in self.files.items()})

    def table(self) -> list[str]:
        """The lines: the folders, longest first, their sum, and the longest files."""
        folders: dict[str, dict[str, float]] = defaultdict(_no_time)
        for path, phases in self.files.items():
            for phase, seconds in phases.items():
                folders[path.rpartition("/")[0]][phase] += seconds
        whole = {phase: sum(phases[phase] for phases in self.files.values()) for phase in PHASES}
        longest = _by_length(self.files.items())[:LONGEST_FILES]
        return [
            _line("folder", *PHASES, "sum"),
            *(_row(name or ".", phases) for name, phases in _by_length(folders.items())),
            _row("all", whole),
            "",
            _line("longest files", *PHASES, "sum"),
            *(_row(name, phases) for name, phases in longest),
        ]


def recorded_seconds(config: pytest.Config) -> dict[str, float]:
    """Seconds of each file in the last run of all of them."""
    return dict(config.cache.get(_RECORD, {})) if config.cache else {}


def _by_length(named: Iterable[tuple[str, dict[str, float]]]) -> list[tuple[str, dict[str, float]]]:
    return sorted(named, key=lambda one: -sum(one[1].values()))


def _row(name: str, phases: dict[str, float]) -> str:
    return _line(name, *(f"{phases[phase]:.1f}" for phase in PHASES), f"{sum(phases.values()):.1f}")


def _line(name: str, *cells: str) -> str:
    return f"{name:<54}" + "".join(f"{cell:>10}" for cell in cells)


def pytest_configure(config: pytest.Config) -> None:
    """One collector in the process that prints; the workers of xdist only report to it."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Times(), PLUGIN)
