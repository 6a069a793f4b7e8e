"""The private database is made, reused and mended, and never thrown away."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.conftest import ROOT, Installation, new_installation

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the cluster as another account")


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.02)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def first_start() -> Iterator[tuple[Installation, str]]:
    """An installation whose cluster was made and started, and what the script printed."""
    made = new_installation()
    try:
        yield made, made.run("cluster", "start").stdout
    finally:
        made.remove()


def test_first_start_gives_a_role_that_may_make_test_databases_with_postgis(first_start):
    installation, said = first_start
    assert said.startswith(f"PostgreSQL listens on 127.0.0.1:{installation.port}")
    assert installation.sql("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        (False, True)
    ]
    installation.sql("CREATE DATABASE made_by_a_test")
    assert installation.sql("SELECT ST_AsText(ST_Point(1, 2))", "made_by_a_test") == [("POINT(1 2)",)]
    settings = dict(
        installation.sql("SELECT name, setting FROM pg_settings WHERE name IN ('jit', 'fsync', 'listen_addresses')")
    )
    assert settings == {"jit": "off", "fsync": "on", "listen_addresses": "127.0.0.1"}


def test_passwords_are_nobody_elses_and_asked_for_everywhere(first_start):
    installation, _ = first_start
    for name in ("database-url", "postgres-password", "postgres-superuser"):
        assert mode(installation.local / name) == 0o600
    rules = (installation.data / "pg_hba.conf").read_text().splitlines()
    methods = {line.split()[-1] for line in rules if line.strip() and not line.startswith("#")}
    assert methods == {"scram-sha-256"}
    assert mode(installation.data) == 0o700


def test_running_cluster_is_reused_and_stop_ends_it(installation):
    installation.run("cluster", "start")
    first = installation.postmaster()
    installation.run("cluster", "start")
    assert installation.postmaster() == first
    installation.run("stop")
    assert installation.run("cluster", "status").stdout == "stopped\n"
    assert installation.run("stop").stdout == "stopped\n"
    installation.run("cluster", "start")
    assert installation.sql("SELECT 1") == [(1,)]


@pytest.mark.thorough
def test_server_killed_by_force_comes_back_with_its_data(installation):
    installation.run("cluster", "start")
    installation.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    kill_hard(installation.postmaster())
    said = installation.run("cluster", "start").stdout
    assert "the server was ended by force" in said
    assert installation.sql("SELECT answer FROM kept") == [(42,)]


@pytest.mark.thorough
def test_pid_file_that_names_somebody_elses_process_is_not_believed(installation):
    installation.run("cluster", "start")
    kill_hard(installation.postmaster())
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        file = installation.data / "postmaster.pid"
        file.write_text("\n".join([str(stranger.pid), *file.read_text().splitlines()[1:]]) + "\n")
        said = installation.run("cluster", "start").stdout
        assert f"old process {stranger.pid}" in said
        assert stranger.poll() is None
        assert installation.sql("SELECT 1") == [(1,)]
    finally:
        stranger.kill()
        stranger.wait()


def test_taken_port_is_said_and_the_next_free_one_remembered(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        said = installation.run("cluster", "start").stdout
    assert f"port {installation.port} is taken by another program" in said
    chosen = int((installation.local / "postgres-port").read_text())
    assert chosen > installation.port
    assert f":{chosen}/" in installation.url
    installation.run("cluster", "stop")
    installation.port = chosen
    assert "is taken" not in installation.run("cluster", "start").stdout
    assert installation.sql("SHOW port") == [(str(chosen),)]


@pytest.mark.thorough
def test_half_made_cluster_is_made_anew(empty_installation):
    half = empty_installation.local / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    said = empty_installation.run("cluster", "start").stdout
    assert "half-made cluster was found" in said
    assert not half.exists()
    assert empty_installation.sql("SELECT 1") == [(1,)]


@pytest.mark.thorough
def test_folder_that_is_no_cluster_is_moved_aside_not_deleted(empty_installation):
    empty_installation.data.mkdir(parents=True)
    (empty_installation.data / "PG_VERSION").write_text("15\n")
    (empty_installation.data / "letter.txt").write_text("do not lose me")
    said = empty_installation.run("cluster", "start").stdout
    assert "was not a complete cluster: moved to" in said
    assert [found.read_text() for found in empty_installation.data.parent.glob("data.broken-*/letter.txt")] == [
        "do not lose me"
    ]
    assert empty_installation.sql("SELECT 1") == [(1,)]


def test_cluster_of_another_version_is_left_as_it_is(installation):
    installation.run("cluster", "start")
    installation.run("cluster", "stop")
    version = installation.data / "PG_VERSION"
    before = version.read_text()
    version.write_text("11\n")
    refused = installation.run("cluster", "start", check=False)
    assert refused.returncode == 1
    assert "was made by PostgreSQL 11" in refused.stderr
    assert "nothing was changed" in refused.stderr
    version.write_text(before)
    installation.run("cluster", "start")


def test_lost_passwords_are_set_anew(installation):
    installation.run("cluster", "start")
    installation.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    old = installation.url
    for name in ("database-url", "postgres-password", "postgres-superuser", "postgres-port"):
        (installation.local / name).unlink()
    assert "password is set anew" in installation.run("cluster", "start").stdout
    assert installation.url != old
    assert installation.sql("SELECT answer FROM kept") == [(42,)]


@pytest.mark.thorough
@as_root
def test_folder_closed_to_others_keeps_its_database_outside():
    closed = new_installation()
    closed.local.chmod(0o700)
    try:
        said = closed.run("cluster", "start").stdout
        assert f"cannot enter {closed.local}, so the database lives in /var/lib/geoportal/" in said
        assert closed.data.is_relative_to("/var/lib/geoportal")
        assert closed.sql("SELECT 1") == [(1,)]
        assert "so the database lives" not in closed.run("cluster", "start").stdout
    finally:
        closed.remove()


@pytest.mark.thorough
@as_root
def test_ordinary_user_starts_a_cluster_of_her_own():
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in [ROOT, *ROOT.parents]):
        pytest.skip("the checkout is closed to other accounts")
    own = new_installation()
    shutil.chown(own.local, "nobody", "nogroup")
    own.user = "nobody"
    try:
        own.run("cluster", "start")
        assert Path(f"/proc/{own.postmaster()}").owner() == "nobody"
        own.user = None  # root may work on it too, as that account
        own.run("stop")
        own.run("cluster", "start")
        assert Path(f"/proc/{own.postmaster()}").owner() == "nobody"
        own.user = "nobody"
        own.run("stop")
    finally:
        own.user = None
        own.remove()


@pytest.mark.thorough
def test_long_folder_name_works_without_a_socket():
    made = new_installation("geoportal-" + "long-name-" * 12)
    try:
        made.run("cluster", "start")
        assert made.sql("SELECT 1") == [(1,)]
        assert list((made.data.parent / "socket").iterdir()) == []
    finally:
        made.remove()


@pytest.mark.thorough
def test_folder_with_a_space_and_a_quote():
    made = new_installation("geoportal o'test ")
    try:
        made.run("cluster", "start")
        made.run("cluster", "stop")
        made.run("cluster", "start")
        assert made.sql("SELECT 1") == [(1,)]
    finally:
        made.remove()


@pytest.mark.thorough
def test_two_starts_at_once_make_one_cluster(empty_installation):
    command = [str(ROOT / "scripts" / "cluster"), "start"]
    both = [
        subprocess.Popen(command, env=empty_installation.environment(), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert empty_installation.sql("SELECT 1") == [(1,)]
