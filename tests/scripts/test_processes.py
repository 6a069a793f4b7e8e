"""Drills with the served portal: processes are killed and stopped, the others serve on, and `/health` shows it."""

import os
import signal
import subprocess
import sys

import pytest

from tests.ingest.throwaway import Database, kill_hard, until
from tests.scripts.conftest import ROOT, Installation, free_port
from tests.scripts.serving import health, start

SECONDS = 180  # a busy machine; a quiet one needs a tenth
NAMES = ["web", "worker-alerts", "worker-default", "worker-bulk", "schedule", "broker", "listener", "publisher"]
FILL = """
from shapely import MultiPolygon
from tests.factories import building, load, square
from layers.record import Record
load("buildings", (building(f"h{n}", 12 * (n % 300), 12 * (n // 300)) for n in range(40_000)))
load("flood_zones", [Record("w", MultiPolygon([square(-50, -50, 4000)]), {"scenario": "p1", "depth_class": 2})])
"""
QUEUE = """
from analysis.tasks import queue_private
from layers.access.rules import ANONYMOUS
queue_private("flood_exposure", {}, ANONYMOUS)
"""


def states(portal: Installation) -> dict[str, str]:
    return {one["name"]: one["state"] for one in health(portal)["processes"]}


def all_up(portal: Installation) -> bool:
    return states(portal) == dict.fromkeys(NAMES, "up")


def numbers(portal: Installation) -> dict[str, int]:
    return dict(portal.sql("SELECT name, max(pid) FROM layers_processbeat GROUP BY name"))


@pytest.mark.parametrize("words", [["worker", "bulk"], pytest.param(["schedule"], marks=pytest.mark.thorough)])
def test_a_process_waits_for_a_database_that_is_away_with_one_line_an_attempt(words):
    waiting = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=dict(os.environ) | {"DATABASE_URL": f"postgis://nobody@127.0.0.1:{free_port()}/none"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert waiting.stderr is not None
        for pause in (1, 2):
            assert f"The database does not answer; next attempt in {pause} s: " in waiting.stderr.readline()
        waiting.terminate()
        assert waiting.stderr.read() == ""
    finally:
        waiting.kill()
        waiting.communicate()


@pytest.mark.thorough
def test_a_killed_worker_is_back_its_job_is_done_and_the_others_never_stopped(ready_portal):
    portal = ready_portal
    start(portal)
    until(lambda: all_up(portal), SECONDS, "all processes beat")
    database = Database(portal, "geoportal")
    database.manage("shell", "-v0", "-c", FILL)
    before = numbers(portal)
    database.manage("shell", "-v0", "-c", QUEUE)
    running = "SELECT 1 FROM layers_run WHERE kind = 'study' AND mode = 'private' AND status = 'running'"
    until(lambda: portal.sql(running), SECONDS, "the worker has begun")
    kill_hard(before["worker-default"])
    until(lambda: numbers(portal)["worker-default"] != before["worker-default"], SECONDS, "another worker beats")
    now = numbers(portal)
    assert {name for name in NAMES if now[name] != before[name]} == {"worker-default"}
    done = "SELECT status, attempt FROM layers_run WHERE kind = 'study' AND mode = 'private'"
    until(lambda: portal.sql(done) == [("committed", 2)], 2 * SECONDS, "the job is taken up and done")


@pytest.mark.thorough
def test_a_worker_that_hangs_is_named_dead_and_a_second_scheduler_waits(ready_portal):
    portal = ready_portal
    start(portal)
    until(lambda: all_up(portal), SECONDS, "all processes beat")
    second = subprocess.Popen(
        [sys.executable, "manage.py", "schedule"],
        cwd=ROOT,
        env=Database(portal, "geoportal").environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert second.stderr is not None
        assert "Another scheduler runs" in second.stderr.readline()
        pid = numbers(portal)["worker-bulk"]
        os.kill(pid, signal.SIGSTOP)
        until(lambda: states(portal)["worker-bulk"] == "dead", SECONDS, "the stopped worker is named")
        assert {name: state for name, state in states(portal).items() if state != "up"} == {"worker-bulk": "dead"}
        os.kill(pid, signal.SIGCONT)
        until(lambda: all_up(portal), SECONDS, "it beats again")
        assert portal.sql("SELECT count(*) FROM layers_processbeat WHERE name = 'schedule'") == [(1,)]
        kill_hard(numbers(portal)["schedule"])
        holders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7105 AND granted"
        until(lambda: portal.sql(holders) == [(1,)] and all_up(portal), SECONDS, "one of the two goes on")
    finally:
        second.kill()
        second.communicate()
