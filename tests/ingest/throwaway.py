"""A PostgreSQL cluster that tests may kill: its own folder, port and databases; commands run against it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psycopg2
import shapely

from layers.crs import storage_srid
from tests.factories import place
from tests.scripts.conftest import ROOT, Installation, new_installation

TEMPLATE = "migrated"


@dataclass
class Database:
    """One database of the cluster."""

    cluster: Installation
    name: str

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to work on this database."""
        url = self.cluster.url.replace("postgresql:", "postgis:", 1).rsplit("/", 1)[0]
        return self.cluster.environment() | {"DATABASE_URL": f"{url}/{self.name}"}

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start manage.py without waiting for its end."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *words: str, **environment: str) -> str:
        """Run manage.py, which must succeed; returns its output."""
        process = self.start(*words, **environment)
        said, complaint = process.communicate(timeout=240)
        assert process.returncode == 0, said + complaint
        return said

    def sql(self, statement: str) -> list[tuple]:
        """Ask the database."""
        return self.cluster.sql(statement, self.name)

    def one(self, statement: str) -> Any:
        """The single value of an answer."""
        return self.sql(statement)[0][0]


@contextmanager
def throwaway_cluster() -> Iterator[Installation]:
    """A running cluster with a migrated database to copy; removed at the end, whatever became of it."""
    made = new_installation("geoportal-kill-")
    try:
        made.run("cluster", "start")
        made.sql(f"CREATE DATABASE {TEMPLATE}")
        Database(made, TEMPLATE).manage("migrate", "-v0", "--skip-checks")
        yield made
    finally:
        made.remove()


def new_database(cluster: Installation, name: str) -> Database:
    """A migrated, empty database."""
    cluster.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return Database(cluster, name)


def buildings_file(path: Path, count: int, storeys: int = 1) -> Path:
    """A FlatGeobuf of so many buildings 10 m x 12 m in a grid of 40 m, ids b0, b1, ..."""
    at = np.arange(count)
    corner = place(-8000, -7500)
    east, north = corner.x + at % 400 * 40, corner.y + at // 400 * 40
    frame = geopandas.GeoDataFrame(
        {"id": [f"b{n}" for n in at], "storeys_above": storeys},
        geometry=shapely.box(east, north, east + 10, north + 12),
        crs=storage_srid(),
    )
    frame.to_file(path, driver="FlatGeobuf", engine="pyogrio")
    return path


def until(answer: Callable[[], Any], seconds: float, what: str) -> Any:
    """Call the function until its result is true; returns the result."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := answer():
                return found
        except psycopg2.OperationalError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def kill_hard(pid: int) -> None:
    """kill -9, and wait until the process is gone or a zombie."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: ended(pid), 10, f"process {pid} ends")


def ended(pid: int) -> bool:
    """Whether a process is gone, or only awaits its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def children(pid: int) -> list[int]:
    """Processes a process started, and theirs."""
    direct = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return direct + [grandchild for child in direct for grandchild in children(child)]
