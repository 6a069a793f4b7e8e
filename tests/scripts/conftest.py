"""A throw-away installation: the scripts with a `.local` of their own; nothing of the real one is touched.

Making a cluster takes seconds, migrating a database a quarter of a minute. A test that is about neither gets a copy
of an installation in which both were done once for the whole run of tests.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
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
            if not name.startswith(("PG", "GEOPORTAL_", "DATABASE_", "PYTEST_"))
            and name not in ("PORT", "ALLOWED_PORTS", "WEB_THREADS")
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
        """Run one of the scripts to its end; returns its exit code and output."""
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
        """Stop all processes and remove all files, also a database folder outside the installation."""
        self.run("stop", check=False)
        home = (self.local / "postgres").resolve()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.local, ignore_errors=True)


def free_port() -> int:
    """A port that no process listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_installation(prefix: str = "geoportal-test-") -> Installation:
    """An empty installation in a folder that PostgreSQL's account can enter."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o755)
    return Installation(local=folder, port=free_port())


def manage(installation: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py on the database of an installation."""
    url = (installation.local / "database-url").read_text().strip()
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=installation.environment() | {"DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def ready(shared: Path) -> Path:
    """A stopped `.local` with a cluster and an empty database, made once in a run."""
    return _kept(shared / "ready", lambda made: None, new_installation)


@pytest.fixture(scope="session")
def migrated(shared: Path, ready: Path) -> Path:
    """The same with the portal's tables."""

    def migrate(made: Installation) -> None:
        done = manage(made, "migrate", "-v0", "--skip-checks")
        assert done.returncode == 0, done.stderr

    return _kept(shared / "migrated", migrate, lambda: copy_of(ready))


def _kept(folder: Path, prepare: Callable[[Installation], None], new: Callable[[], Installation]) -> Path:
    """The folder, filled by the first worker that asks with a new installation that was started and prepared."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            made = new()
            try:
                made.run("cluster", "start")
                prepare(made)
                made.run("stop")
                unfinished = folder.with_suffix(".new")
                subprocess.run(["cp", "--archive", str(made.local), str(unfinished)], check=True)
                unfinished.rename(folder)
            finally:
                made.remove()
    return folder


def copy_of(folder: Path) -> Installation:
    """A new installation as in the folder, stopped."""
    made = new_installation()
    subprocess.run(["cp", "--archive", f"{folder}/.", str(made.local)], check=True)
    made.local.chmod(0o755)
    return made


@pytest.fixture
def installation(ready: Path) -> Iterator[Installation]:
    """An installation for one test: its cluster is made, empty and stopped."""
    made = copy_of(ready)
    yield made
    made.remove()


@pytest.fixture
def empty_installation() -> Iterator[Installation]:
    """An installation for one test, in which nothing was done yet."""
    made = new_installation()
    yield made
    made.remove()


def own_web_server() -> dict[str, str]:
    """Settings of a small web server on a port of its own."""
    return {"PORT": str(free_port()), "WEB_WORKERS": "1", "WEB_THREADS": "1"}


@pytest.fixture
def portal(empty_installation: Installation) -> Installation:
    """An installation with a web port of its own, in which nothing was done yet."""
    empty_installation.extra = own_web_server()
    return empty_installation


@pytest.fixture
def ready_portal(migrated: Path) -> Iterator[Installation]:
    """An installation with a web port of its own and a migrated database, stopped."""
    made = copy_of(migrated)
    made.extra = own_web_server()
    yield made
    made.remove()
