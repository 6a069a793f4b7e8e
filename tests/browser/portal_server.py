"""The portal as it is served: granian over a database of the tests, with static files that browsers keep."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from tests.browser.city_database import address

SECONDS_TO_START = 90


@contextmanager
def serving(database: str, tiles: Path, **environment: str) -> Iterator[str]:
    """The address of a portal over a database, which keeps its tiles in a folder; ended at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {
        "DATABASE_URL": address(database),
        "TILE_CACHE_DIR": str(tiles),
        "DJANGO_SETTINGS_MODULE": "tests.browser.portal_settings",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port]
    command += ["--http", "1", "--no-ws", "--blocking-threads", "4", "--log-level", "error"]
    with subprocess.Popen(
        [*command, "tests.browser.portal_wsgi:application"], env=os.environ | own | environment
    ) as server:
        try:
            _wait(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the portal answers. Raises TimeoutError, and RuntimeError when it has ended."""
    direct = build_opener(ProxyHandler({}))
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        try:
            direct.open(f"{url}/", timeout=SECONDS_TO_START).read()
            return
        except OSError:
            if server.poll() is not None:
                raise RuntimeError(f"The portal ended with {server.returncode}.") from None
            time.sleep(0.05)
    raise TimeoutError(f"The portal did not answer within {SECONDS_TO_START} s.")
