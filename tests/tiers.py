"""Chooses which tests run, with how many examples, and in which order of files.

`scripts/test` runs the quick tier: what is not marked `thorough`, property tests with a tenth of their examples.
`scripts/test --all` runs everything with all examples, as does pytest when it is called without a tier.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings

from tests.times import recorded_seconds

THOROUGH = "thorough"
QUICK = "quick"
LEAST_EXAMPLES = 10
SHARE_WHEN_QUICK = 10
"""A quick run tries one in so many of the examples."""
LONG_FILE_SECONDS = 15.0
"""Files of this length start first, so that no process is left alone with one; shorter ones stay in random order."""
GUESSED_SECONDS_OF_A_TEST = {"tests/browser": 4.0, "tests/scripts": 8.0, "tests/ingest": 1.5}
"""For files that were never measured here, by folder; elsewhere 0.2."""

_USUAL = settings.get_profile(settings.get_current_profile_name())
settings.register_profile(THOROUGH, parent=_USUAL)
settings.register_profile(QUICK, parent=_USUAL, max_examples=LEAST_EXAMPLES)


def examples(thorough: int) -> int:
    """How many examples a property test tries: this many, or in a quick run a tenth of them, at least ten."""
    if settings.get_current_profile_name() == QUICK:
        return min(thorough, max(LEAST_EXAMPLES, thorough // SHARE_WHEN_QUICK))
    return thorough


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, the longest of them before the others; the order within a file is as random as it was."""
    measured = recorded_seconds(config)
    tests = Counter(map(_file, items))
    length = {name: measured.get(name, count * _guessed_seconds(name)) for name, count in tests.items()}
    items.sort(key=lambda item: -length[_file(item)] if length[_file(item)] >= LONG_FILE_SECONDS else 0.0)


def _guessed_seconds(name: str) -> float:
    return GUESSED_SECONDS_OF_A_TEST.get("/".join(name.split("/")[:2]), 0.2)


def _file(item: pytest.Item) -> str:
    return item.nodeid.split("::", 1)[0]


class LeftOut:
    """Counts the tests that a mark expression left out, in every process, and reports them at the end."""

    count = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Called where tests are collected: in the workers, if there are any."""
        self.count += sum(item.get_closest_marker(THOROUGH) is not None for item in items)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker sends its count along."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["left_out"] = self.count

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Each worker collects all tests, so their counts are one and the same."""
        self.count = max(self.count, getattr(node, "workeroutput", {}).get("left_out", 0))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """What did not run in this tier, and the command that runs it."""
        if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword:
            return
        terminalreporter.section("left out")
        if settings.get_current_profile_name() == QUICK:
            terminalreporter.write_line(
                f"{self.count} tests marked {THOROUGH}, and nine of ten examples of the property tests. "
                "scripts/test --all runs everything."
            )
        else:
            terminalreporter.write_line("No test but those that are skipped with a reason. scripts/bench measures.")


def pytest_configure(config: pytest.Config) -> None:
    """One counter in each process."""
    config.pluginmanager.register(LeftOut(), "left_out")
