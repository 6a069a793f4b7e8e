"""Each process of a served portal is killed in turn, and two at once; the database is restarted under it."""

import itertools
import os
import signal
from collections.abc import Iterable
from functools import partial

import pytest

from tests.ingest.throwaway import until
from tests.scripts.conftest import Installation
from tests.scripts.serving import answers, health, start

SECONDS = 10
"""Within which the portal must answer again."""


def killed(portal: Installation, *names: str) -> None:
    """Kill the whole group of each process at once."""
    for name in names:
        os.killpg(int((portal.local / "run" / f"{name}.group").read_text()), signal.SIGKILL)


def processes(portal: Installation) -> list[str]:
    return sorted(path.stem for path in (portal.local / "run").glob("*.group"))


def groups(portal: Installation, names: Iterable[str]) -> dict[str, str]:
    """The recorded process group of each."""
    return {name: (portal.local / "run" / f"{name}.group").read_text() for name in names}


def all_new(portal: Installation, before: dict[str, str]) -> bool:
    now = groups(portal, before)
    return all(now[name] not in ("", group) for name, group in before.items())


@pytest.mark.thorough
def test_the_portal_answers_again_whichever_of_its_processes_are_killed(ready_portal):
    portal = ready_portal
    process = start(portal)
    until(lambda: {"front", "schedule", "web", "worker-bulk"} <= set(processes(portal)), 60, "all are started")
    pairs = [("web", "front"), ("web", "worker-default"), ("front", "schedule")]
    for names in itertools.chain([(one,) for one in processes(portal)], pairs):
        before = groups(portal, names)
        killed(portal, *names)
        until(lambda: answers(portal), SECONDS, f"the portal answers after {names} were killed")
        restarted = partial(all_new, portal, before)
        until(restarted, 60, f"{names} are started again")
    portal.run("cluster", "stop")
    portal.run("cluster", "start")
    until(lambda: answers(portal), SECONDS, "the portal answers after the database was restarted")
    until(lambda: all(one["state"] == "up" for one in health(portal)["processes"]), 120, "all live")
    process.terminate()
    process.wait(timeout=40)
