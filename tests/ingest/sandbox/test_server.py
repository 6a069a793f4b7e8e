"""The server that forks reading jobs: one for each process, clean, and neither outliving its parent nor its use."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import UnreadableFile
from ingest.osm.reader import parse
from ingest.sandbox import child
from ingest.sandbox.client import NOWHERE, ROOT, Sandbox, environment
from tests.ingest.files.reading import read_one
from tests.ingest.sandbox.jobs import LIMITS, PROBE, gone, soon, start, waiting
from tests.ingest.sandbox.test_hostile import may_unshare, points
from tests.ingest.throwaway import children, ended

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox of this test's own, used by all that read."""
    made = Sandbox()
    monkeypatch.setattr(child, "SANDBOX", made)
    yield made
    made.close()


@pytest.fixture
def ask(sandbox: Sandbox, tmp_path: Path) -> Ask:
    """Runs probes in a job; gives their answers."""

    def run(limits: dict[str, int] | None = None, **probes: Any) -> dict[str, Any]:
        job = {"limits": {**LIMITS, **(limits or {})}, "probes": probes}
        return child.ask(job, tmp_path, lambda: None, PROBE)

    return run


def geojson(folder: Path) -> Path:
    path = folder / "a.geojson"
    path.write_text(points(3))
    return path


def script(folder: Path, program: str) -> subprocess.Popen[str]:
    """A process of its own that knows `folder` and the jobs; `ready(...)` prints a line of JSON."""
    head = (
        "import json, os, sys, time; from pathlib import Path\n"
        "from ingest.sandbox.client import SANDBOX; from tests.ingest.sandbox.jobs import *\n"
        "def ready(value): print(json.dumps(value), flush=True)\n"
        "folder = Path(sys.argv[1])\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + program, str(folder)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "geoportal.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_the_second_file_starts_no_process(sandbox: Sandbox, tmp_path: Path) -> None:
    others = set(children(os.getpid()))
    read_one(geojson(tmp_path), tmp_path / "first", kind="bus_stops")
    server = sandbox.pid
    assert set(children(os.getpid())) - others == {server}
    read_one(geojson(tmp_path), tmp_path / "second", kind="bus_stops")
    assert sandbox.pid == server
    assert set(children(os.getpid())) - others == {server}


def test_reading_two_files_starts_one_interpreter(tmp_path: Path) -> None:
    geojson(tmp_path)
    process = script(
        tmp_path,
        "import django; django.setup(); from tests.ingest.files.reading import read_one\n"
        "started, starts = [], ('subprocess.Popen', 'os.posix_spawn', 'os.exec')\n"
        "sys.addaudithook(lambda event, _: started.append(event) if event in starts else None)\n"
        "for one in ('first', 'second'): read_one(folder / 'a.geojson', folder / one, kind='bus_stops')\n"
        "ready(started)\n",
    )
    assert line(process) == ["subprocess.Popen"]
    process.communicate(timeout=60)


def test_a_job_is_a_fork_of_the_server(sandbox: Sandbox, ask: Ask) -> None:
    first, second = ask(around=1)["around"], ask(around=1)["around"]
    assert first["server"] == second["server"] == sandbox.pid
    assert first["pid"] != second["pid"]


def test_nothing_of_our_environment_is_in_server_or_job(
    sandbox: Sandbox, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgis://secret")
    monkeypatch.setenv("SECRET_KEY", "secret")
    found = ask(around=1)["around"]
    entries = Path(f"/proc/{sandbox.pid}/environ").read_text().rstrip("\0").split("\0")
    assert dict(entry.split("=", 1) for entry in entries) == environment(NOWHERE)
    assert found["environment"].keys() == environment(NOWHERE).keys()
    assert found["environment"]["HOME"] == found["environment"]["TMPDIR"]
    assert Path(found["environment"]["HOME"]).parent == tmp_path


def test_no_descriptor_of_ours_is_in_server_or_job(ask: Ask, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "open").open("w") as file:
        for one in (listener, file):
            os.set_inheritable(one.fileno(), True)
        found = ask(around=1)["around"]
        ours = {str(Path(f"/proc/self/fd/{one.fileno()}").readlink()) for one in (listener, file)}
    assert not ours & {*found["descriptors"], *found["server_descriptors"]}
    assert not [one for one in found["descriptors"] if one.startswith("socket:")]
    # The control socket and the channel of the running job.
    assert len([one for one in found["server_descriptors"] if one.startswith("socket:")]) == 2
    assert not [one for one in found["server_descriptors"] if one.startswith(str(tmp_path))]


def test_the_server_has_one_thread_with_all_programs_loaded(sandbox: Sandbox, tmp_path: Path) -> None:
    read_one(geojson(tmp_path), tmp_path / "scratch", kind="bus_stops")
    (tmp_path / "a.osm").write_text("<osm version='0.6'></osm>")
    parse(tmp_path / "a.osm", ("roads",), tmp_path / "scratch", lambda done, total: None)
    libraries = Path(f"/proc/{sandbox.pid}/maps").read_text()
    assert "libgdal" in libraries and "libarrow" in libraries and "osmium" in libraries
    assert len(list(Path(f"/proc/{sandbox.pid}/task").iterdir())) == 1


def test_a_geojson_does_not_load_the_osm_reader(sandbox: Sandbox, tmp_path: Path) -> None:
    read_one(geojson(tmp_path), tmp_path / "scratch", kind="bus_stops")
    assert "osmium" not in Path(f"/proc/{sandbox.pid}/maps").read_text()


def test_a_job_has_no_network(sandbox: Sandbox, ask: Ask) -> None:
    if not may_unshare():
        pytest.skip("This machine does not let a process have a network of its own.")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "unreachable" in ask(connect=listener.getsockname()[1])["connect"]
    ours, theirs = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", sandbox.pid))
    assert ours != theirs


def test_two_jobs_run_at_once(ask: Ask, tmp_path: Path) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda paths=paths: answers.append(ask(meet=paths)["meet"]))
        for paths in ([one, two], [two, one])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True, True]


@pytest.mark.parametrize(
    ("limits", "probes", "message"),
    [
        ({"memory_bytes": 600_000_000}, {"eat": 900_000_000}, "INGEST_MEMORY_BYTES"),
        ({"cpu_seconds": 1}, {"spin": 1}, "INGEST_CPU_SECONDS"),
        ({}, {"kill": signal.SIGSEGV}, "broke down"),
    ],
    ids=["memory", "time", "crash"],
)
def test_a_job_that_ends_badly_takes_no_other_along(
    sandbox: Sandbox, ask: Ask, tmp_path: Path, limits: dict[str, int], probes: dict[str, int], message: str
) -> None:
    other, pid = waiting(sandbox, tmp_path)
    server = sandbox.pid
    with pytest.raises(UnreadableFile, match=message):
        ask(limits, **probes)
    assert not other.wait(0) and not gone(pid)
    (tmp_path / "go").touch()
    assert other.wait(30) and other.status == 0
    other.stop()
    assert sandbox.pid == server
    assert ask(around=1)["around"]["server"] == server


def test_stopping_a_job_ends_its_process(sandbox: Sandbox, tmp_path: Path) -> None:
    job, pid = waiting(sandbox, tmp_path)
    job.stop()
    assert gone(pid)
    assert job.status == -signal.SIGKILL


def sleeps(pid: int) -> bool:
    """Whether the process runs; one that has ended may wait for the machine's first process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", ["ends", "stopped"])
def test_what_a_job_started_ends_with_it(sandbox: Sandbox, ask: Ask, tmp_path: Path, how: str) -> None:
    left = tmp_path / "left"
    if how == "ends":
        ask(leave_behind=str(left))
    else:
        job = start(sandbox, tmp_path, leave_behind=str(left), meet=[str(tmp_path / "here"), str(tmp_path / "go")])
        soon((tmp_path / "here").exists)
        job.stop()
    pid = int(left.read_text())
    soon(lambda: not sleeps(pid))
    assert sandbox.pid is not None and not gone(sandbox.pid)


def test_a_job_whose_server_was_killed_says_that_reading_was_ended(
    sandbox: Sandbox, ask: Ask, tmp_path: Path
) -> None:
    def kill() -> None:
        soon((tmp_path / "here").exists)
        os.kill(sandbox.pid or 0, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(UnreadableFile, match="was ended while it read this one; try again"):
        ask(meet=[str(tmp_path / "here"), str(tmp_path / "go")])
    thread.join()


def test_a_killed_server_takes_its_jobs_along_and_is_replaced(sandbox: Sandbox, ask: Ask, tmp_path: Path) -> None:
    job, pid = waiting(sandbox, tmp_path)
    killed = sandbox.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert job.wait(30) and job.status == -signal.SIGKILL
    job.stop()
    soon(lambda: gone(pid))
    assert ask(around=1)["around"]["server"] == sandbox.pid != killed


def test_a_closed_sandbox_has_no_server_and_opens_again(sandbox: Sandbox, ask: Ask) -> None:
    server = ask(around=1)["around"]["server"]
    sandbox.close()
    assert gone(server) and sandbox.pid is None
    assert ask(around=1)["around"]["server"] not in (server, None)


def test_an_idle_server_ends_and_a_busy_one_does_not(tmp_path: Path) -> None:
    sandbox = Sandbox(idle_seconds=0.5)
    job, pid = waiting(sandbox, tmp_path)
    first = sandbox.pid
    assert first is not None
    assert not job.wait(1.5) and not gone(pid) and not gone(first)
    (tmp_path / "go").touch()
    assert job.wait(30) and job.status == 0
    job.stop()
    soon(lambda: ended(first))
    again = start(sandbox, tmp_path, around=1)
    assert again.wait(30) and again.status == 0
    again.stop()
    assert sandbox.pid != first and gone(first)
    sandbox.close()


def test_server_and_jobs_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = script(tmp_path, "job, pid = waiting(SANDBOX, folder); ready([SANDBOX.pid, pid]); time.sleep(60)\n")
    server, job = line(parent)
    assert not gone(server) and not gone(job)
    parent.kill()
    parent.communicate()
    soon(lambda: gone(server) and gone(job))


def test_a_command_leaves_no_server_behind(tmp_path: Path) -> None:
    process = script(tmp_path, "start(SANDBOX, folder, around=1).wait(); ready(SANDBOX.pid)\n")
    server = line(process)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert gone(server)


def test_a_forked_process_has_a_server_of_its_own(tmp_path: Path) -> None:
    """The fork's copies of the first server's socket do not keep that server alive either."""
    parent = script(
        tmp_path,
        "start(SANDBOX, folder, around=1).wait(); first = SANDBOX.pid\n"
        "if os.fork():\n"
        "    SANDBOX.close(); os.wait(); sys.exit()\n"
        "before = SANDBOX.pid\n"
        "soon(lambda: gone(first))\n"
        "start(SANDBOX, folder, around=1).wait()\n"
        "ready([first, before, SANDBOX.pid]); SANDBOX.close(); os._exit(0)\n",
    )
    first, before, second = line(parent)
    parent.communicate(timeout=60)
    assert before is None
    assert first != second
    assert gone(first) and gone(second)
