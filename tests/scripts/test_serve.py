"""The portal is served by recorded processes, and all of them end when they are told to."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.throwaway import children, until
from tests.scripts.conftest import ROOT, Installation, copy_of, free_port, new_installation

SECONDS_TO_START = 240  # a busy machine; how fast a quiet one is belongs to no test


@pytest.fixture
def ready_portal(migrated: Path) -> Iterator[Installation]:
    """An installation with a web port of its own and a migrated database."""
    made = copy_of(migrated)
    made.extra = own_web_server()
    yield made
    made.remove()


def own_web_server() -> dict[str, str]:
    return {"PORT": str(free_port()), "WEB_WORKERS": "1", "WEB_THREADS": "1"}


@pytest.fixture
def portal() -> Iterator[Installation]:
    """An installation with a web port of its own, in which nothing was done yet."""
    made = new_installation()
    made.extra = own_web_server()
    yield made
    made.remove()


def start(portal: Installation) -> subprocess.Popen[str]:
    """Start serving and wait for the first answer."""
    with (portal.local / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [str(ROOT / "scripts" / "serve")],
            env=portal.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        if answers(portal):
            return process
        time.sleep(0.1)
    raise AssertionError(f"not served within {SECONDS_TO_START} s:\n{(portal.local / 'serve.log').read_text()}")


def answers(portal: Installation) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{portal.extra['PORT']}/health", timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


def ours(portal: Installation) -> set[int]:
    """Every live process that carries this installation's mark, whoever its parent is."""
    mark = f"GEOPORTAL_LOCAL={portal.local}".encode()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
        except OSError:
            continue
    return found


def test_stop_ends_what_was_recorded_with_its_children_and_the_database(installation):
    installation.run("cluster", "start")
    command = [str(ROOT / "scripts" / "recorded"), "web", "sh", "-c", "sleep 600 & sleep 600 & wait"]
    process = subprocess.Popen(command, env=installation.environment(), start_new_session=True)
    until(lambda: len(children(process.pid)) == 2, SECONDS_TO_START, "the two children run")
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
        (records / "web.session").write_text(f"{stranger.pid}\n")
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
