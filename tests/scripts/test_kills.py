"""Each process of a served portal is killed in turn, and two at once; the database is restarted under it."""

import itertools
import os
import signal
import time

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


@pytest.mark.thorough
def test_the_portal_answers_again_whichever_of_its_processes_are_killed(ready_portal):
    portal = ready_portal
    process = start(portal)
    until(lambda: {"front", "schedule", "web", "worker-bulk"} <= set(processes(portal)), 60, "all are started")
    pairs = [("web", "front"), ("web", "worker-default"), ("front", "schedule")]
    for names in itertools.chain([(one,) for one in processes(portal)], pairs):
        before = {name: (portal.local / "run" / f"{name}.group").read_text() for name in names}
        killed(portal, *names)
        began = time.monotonic()
        until(lambda: answers(portal), SECONDS, f"the portal answers after {names} were killed")
        print(names, round(time.monotonic() - began, 1))
        until(
            lambda names=names, before=before: all(
                (portal.local / "run" / f"{name}.group").read_text() != before[name] for name in names
            ),
            60,
            f"{names} are started again",
        )
    portal.run("cluster", "stop")
    portal.run("cluster", "start")
    began = time.monotonic()
    until(lambda: answers(portal), SECONDS, "the portal answers after the database was restarted")
    until(lambda: all(one["state"] == "up" for one in health(portal)["processes"].values()), 120, "all live")
    process.terminate()
    process.wait(timeout=40)
