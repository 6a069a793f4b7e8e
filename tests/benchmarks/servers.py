"""The servers that benchmarks measure: the portal by the Procfile's own command, and tipg."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = os.environ.get("PEERS_PYTHON", "")
"""The interpreter of the environment that has tipg; empty: measure without it."""
NOOP = "/tiles/noop/0/0/0.mvt"
"""The address of the view that does nothing."""
START_SECONDS, STOP_SECONDS = 60, 20


@dataclass(frozen=True, slots=True)
class Server:
    """A command that listens on a port of 127.0.0.1; `ready` is a path it answers when it has started."""

    command: list[str]
    port: int
    ready: str
    environment: dict[str, str] = field(default_factory=dict)


def portal(ready: str, *, workers: int = 2, **environment: str) -> Server:
    """The portal as the Procfile serves it, with the addresses of `tests.benchmarks.urls`."""
    line = next(one for one in (ROOT / "Procfile").read_text().splitlines() if one.startswith("web:"))
    _, _, options = line.partition(".venv/bin/granian ")
    port = free_port()
    chosen = {"WEB_LISTENS": f"--host 127.0.0.1 --port {port}", "WEB_WORKERS": str(workers)}
    text = re.sub(r"\$\{?(\w+)(?::-([^}]*))?\}?", lambda found: chosen.get(found[1], found[2]), options)
    own = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings", "PORT": str(port)}
    return Server([sys.executable, "-m", "granian", *shlex.split(text)], port, ready, own | environment)


def tipg(ready: str, *, workers: int = 2, **environment: str) -> Server:
    """tipg on the same database."""
    port = free_port()
    command = [PEERS_PYTHON, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(workers)]
    url = re.sub(r"^postgis:", "postgresql:", os.environ["DATABASE_URL"])
    return Server(command, port, ready, {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["public"]'} | environment)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(server: Server) -> Iterator[int]:
    """Start a server and wait until it answers; yields its port. Ended afterwards with its workers."""
    process = subprocess.Popen(
        server.command,
        env=os.environ | server.environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await(server, process)
        yield server.port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=STOP_SECONDS)


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    address = f"http://127.0.0.1:{server.port}{server.ready}"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=30).read()
            return
        except OSError as fault:
            refused = fault
            time.sleep(0.2)
    sys.exit(f"The server for {server.ready} did not start: {refused}. Its command: {shlex.join(server.command)}")
