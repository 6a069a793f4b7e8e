"""The portal is served by recorded processes, and all of them end when scripts/stop is run."""

import os
import signal
import socket
import subprocess

import pytest

from tests.ingest.throwaway import children, until
from tests.scripts.conftest import ROOT
from tests.scripts.serving import SECONDS_TO_START, ours, start


def test_stop_ends_what_was_recorded_with_its_children_and_the_database(installation):
    installation.run("cluster", "start")
    command = [str(ROOT / "scripts" / "recorded"), "web", "sh", "-c", "sleep 600 & sleep 600 & wait"]
    process = subprocess.Popen(command, env=installation.environment(), start_new_session=True)
    # two sleeps, and the process that puts the name before lines of output
    until(lambda: len(children(process.pid)) == 3, SECONDS_TO_START, "the children run")
    installation.run("stop")
    process.wait(timeout=10)
    assert ours(installation) == set()
    assert installation.run("cluster", "status").stdout == "stopped\n"


@pytest.mark.thorough
def test_stop_ends_the_portal_and_its_database(ready_portal):
    portal = ready_portal
    process = start(portal)
    assert len(ours(portal)) >= 4
    assert "is served already" in portal.run("serve").stdout
    portal.run("stop")
    process.wait(timeout=10)
    assert ours(portal) == set()
    assert portal.run("cluster", "status").stdout == "stopped\n"


@pytest.mark.thorough
def test_stop_finds_the_processes_of_a_killed_supervisor(ready_portal):
    portal = ready_portal
    process = start(portal)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    assert ours(portal)
    portal.run("stop")
    assert ours(portal) == set()
    start(portal)


def test_recorded_number_of_somebody_else_is_left_alone(portal):
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        records = portal.local / "run"
        records.mkdir()
        (records / "web.group").write_text(f"{stranger.pid}\n")
        (records / "supervisor").write_text(f"{stranger.pid} 1\n")
        portal.run("stop")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_taken_web_port_is_said_before_anything_is_done(portal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(portal.extra["PORT"])))
        taken.listen()
        refused = portal.run("serve", check=False)
        assert portal.run("demo", check=False).stderr == refused.stderr
    assert refused.returncode == 1
    assert f"error: port {portal.extra['PORT']} is taken by another program" in refused.stderr
    assert not (portal.local / "postgres").exists()
