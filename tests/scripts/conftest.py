"""A throw-away installation: the scripts with a `.local` of their own; nothing of the real one is touched."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Installation:
    """One `.local` folder with its database, its port and its scripts."""

    local: Path
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    user: str | None = None

    def environment(self) -> dict[str, str]:
        """The caller's environment without what names another database or another portal."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "GEOPORTAL_", "DATABASE_", "PYTEST_")) and name != "PORT"
        }
        own = {
            "GEOPORTAL_LOCAL": str(self.local),
            "GEOPORTAL_PG_PORT": str(self.port),
            "MEDIA_ROOT": str(self.local / "media"),
            "STATIC_ROOT": str(self.local / "static"),
            "TILE_CACHE_DIR": str(self.local / "tile-cache"),
        }
        return kept | own | self.extra

    def run(self, script: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of the scripts to its end and keep what it said."""
        command = [str(ROOT / "scripts" / script), *arguments]
        if self.user:
            command = ["setpriv", f"--reuid={self.user}", "--regid=nogroup", "--clear-groups", *command]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if check and done.returncode:
            raise AssertionError(f"{script} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    @property
    def data(self) -> Path:
        """The cluster's data folder, wherever its home is."""
        return (self.local / "postgres").resolve() / "data"

    @property
    def url(self) -> str:
        """The database, as libpq wants it."""
        return (self.local / "database-url").read_text().strip().replace("postgis:", "postgresql:", 1)

    def postmaster(self) -> int:
        """The server's process, as its pid file names it."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def sql(self, statement: str, database: str | None = None) -> list[tuple]:
        """Run one statement as the portal's role."""
        connection = psycopg2.connect(self.url, dbname=database or "geoportal")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def remove(self) -> None:
        """End what runs and leave nothing behind, also where the database lives outside."""
        self.run("stop", check=False)
        home = (self.local / "postgres").resolve()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.local, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_installation(prefix: str = "geoportal-test-") -> Installation:
    """An empty installation in a folder that PostgreSQL's account can enter."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o755)
    return Installation(local=folder, port=free_port())


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An installation for one test."""
    made = new_installation()
    yield made
    made.remove()


@pytest.fixture
def portal() -> Iterator[Installation]:
    """An installation with a web port of its own."""
    made = new_installation()
    made.extra = {"PORT": str(free_port()), "WEB_WORKERS": "1", "WEB_THREADS": "1"}
    yield made
    made.remove()
