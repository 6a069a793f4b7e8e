"""The portal is served by recorded processes, and all of them end when scripts/stop is run."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.ingest.throwaway import children, kill_hard, until
from tests.scripts.conftest import ROOT, Installation
from tests.scripts.serving import SECONDS_TO_START, answers, ours, start

PROCESSES = 12  # supervisor, its five processes with one that names lines each, a child of the web server


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


def recorded(installation: Installation, *command: str) -> subprocess.Popen[bytes]:
    """Start a command as the process `web`, in a group of its own as the supervisor does."""
    words = [str(ROOT / "scripts" / "recorded"), "web", *command]
    return subprocess.Popen(words, env=installation.environment(), start_new_session=True)


def test_a_killed_process_leaves_nothing_beside_its_next_start(installation):
    ready = installation.local / "ready"
    command = ["sh", "-c", f"sleep 600 & sleep 600 & echo >>{ready}; wait"]
    first = recorded(installation, *command)
    until(ready.exists, 60, "the children run")
    orphans = set(children(first.pid))
    kill_hard(first.pid)
    first.wait()
    assert orphans <= ours(installation)
    second = recorded(installation, *command)
    until(lambda: ready.read_text() == "\n\n", 60, "the next children run")
    left = ours(installation) - {second.pid, *children(second.pid)}
    installation.run("stop")
    second.wait(timeout=10)
    assert (left, ours(installation)) == (set(), set())


def test_a_process_after_the_web_begins_once_the_web_answers(portal):
    (portal.local / "run").mkdir()
    begun = portal.local / "begun"
    with socket.socket() as web:
        web.bind(("127.0.0.1", int(portal.extra["PORT"])))
        web.listen()
        words = [str(ROOT / "scripts" / "recorded"), "--after-web", "schedule", "touch", str(begun)]
        process = subprocess.Popen(words, env=portal.environment(), start_new_session=True)
        asked, _ = web.accept()
        with asked:
            assert asked.recv(100).startswith(b"HEAD /health ") and not begun.exists()
            asked.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        assert process.wait(timeout=10) == 0
    assert begun.exists()


def test_serving_begins_by_ending_what_a_killed_supervisor_left_on_the_port(portal):
    (portal.local / "run").mkdir()
    port = portal.extra["PORT"]
    left = recorded(portal, sys.executable, "-m", "http.server", "--bind", "127.0.0.1", port)
    until(lambda: taken(port), SECONDS_TO_START, "it listens")
    portal.extra["DATABASE_URL"] = "postgis://nobody@127.0.0.1:1/none"
    refused = portal.run("serve", check=False)
    left.wait(timeout=10)
    assert "left behind" in refused.stdout
    assert "error: the database of DATABASE_URL cannot be used" in refused.stderr
    assert ours(portal) == set()


def taken(port: str) -> bool:
    """Whether a process listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


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


@pytest.mark.thorough
def test_serving_goes_on_with_one_set_of_processes_after_a_killed_web_server_and_supervisor(ready_portal):
    portal = ready_portal
    process = start(portal)
    until(lambda: len(ours(portal)) >= PROCESSES, SECONDS_TO_START, "all run")
    web = int((portal.local / "run" / "web.group").read_text())
    orphans = set(children(web))
    kill_hard(web)
    until(lambda: not orphans & ours(portal), SECONDS_TO_START, "the old web processes are gone")
    until(lambda: answers(portal), SECONDS_TO_START, "it answers")
    before = {int(file.read_text()) for file in (portal.local / "run").glob("*.group")}
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    start(portal)  # what was left may give the first answer
    until(lambda: not before & ours(portal), SECONDS_TO_START, "the old processes are gone")
    until(lambda: answers(portal), SECONDS_TO_START, "it answers")
    portal.run("stop")
    assert ours(portal) == set()


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


WRONG = [
    ("PORT", "abc"),
    ("PORT", "99999"),
    ("WEB_WORKERS", "0"),
    ("WEB_WORKERS", "abc"),
    ("WEB_THREADS", "0"),
    ("WEB_HOST", "192.0.2.1"),
    ("GEOPORTAL_PG_PORT", "abc"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_of_serving_is_named_before_anything_is_done(portal, name, value):
    portal.extra[name] = value
    refused = portal.run("serve", check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f'error: {name} is "{value}", not ')
    assert refused.stdout == ""
    assert portal.run("demo", check=False).stderr == refused.stderr
    assert not (portal.local / "postgres").exists()


def test_taken_web_port_is_said_before_anything_is_done(portal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(portal.extra["PORT"])))
        taken.listen()
        refused = portal.run("serve", check=False)
        assert portal.run("demo", check=False).stderr == refused.stderr
    assert refused.returncode == 1
    assert f"error: port {portal.extra['PORT']} is taken by another program" in refused.stderr
    assert not (portal.local / "postgres").exists()
