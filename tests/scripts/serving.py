"""A portal that scripts/serve runs: started, asked for its health, its processes found."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.scripts.conftest import ROOT, Installation

SECONDS_TO_START = 240  # a busy machine; how fast a quiet one is belongs to no test


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
    """Whether the portal's health is good."""
    try:
        health(portal)
    except OSError:
        return False
    return True


def health(portal: Installation) -> dict[str, Any]:
    """The answer of `/health`. Raises OSError where it does not answer, or not with 200."""
    with urllib.request.urlopen(f"http://127.0.0.1:{portal.extra['PORT']}/health", timeout=2) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


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
