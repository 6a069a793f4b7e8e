"""Every benchmark runs to its end in the smallest city and prints the figures it promises. Their size means
nothing then, so no target is asserted."""

import math
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from tests.conftest import RUN_ID

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {
    "features": {
        "page of # / SELECT ..., ST_AsGeoJSON",
        "page of # / tipg",
        "memory at the end of the walk / after ten pages",
    },
    "joins": {
        "the study's join / STRtree, pairs and areas",
        "the study's join / STRtree, pairs alone",
        "whole study, s",
        "study after one edit, s",
    },
    "live": {
        "poll, #th percentile, ms",
        "newest value on a page, #th percentile of age, s",
        "tiles beside watchers / beside watchers of a no-op",
        "chart of a year of hours, three series, drawn, s",
        "chart of a year of hours, its data as sent, kB",
    },
    "map": {"first paint of the map page, s", "everything in view drawn, s", "own scripts, kB"},
    "photos": {
        "photos stored / plain script",
        "photos stored and indexed / plain script",
        "memory with # photos / with #",
    },
    "sensors": {
        "new rows without flags and rollups / COPY",
        "new rows, whole path / COPY",
        "the same rows again / COPY",
        "corrected rows, whole path / COPY",
        "latest values of all datastreams, ms",
        "MQTT messages stored / only parsed",
        "SELECT as JSON / page of # observations",
        "SELECT as JSON / data array of #",
        "all stations with their latest values, ms",
        "a station's day of hourly statistics, ms",
    },
    "tiles": {
        "tiles over HTTP / same SQL",
        "tiles / tipg",
        "cached tiles / no-op view",
        "worst z# / median z#, SQL",
    },
    "upsert": {"upsert / COPY", "rerun / COPY", "memory of an upsert, MB"},
}
"""The names of each benchmark's figures, numbers in them replaced by #."""
ROW = re.compile(r"^(?P<name>\S.*?) {2,}(?P<value>\S+) {2,}(at (least|most) \S+ {2,}(ok|short)|- {2,}-)$")


def bench(*words: str, **environment: str) -> str:
    """What `scripts/bench` prints; it must end well."""
    done = subprocess.run(
        [str(ROOT / "scripts/bench"), *words],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=420,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def database(worker_id: str) -> Iterator[str]:
    """The name of a database for this run's benchmarks. It begins like a test database, so that the next run removes
    what a killed one left."""
    name = f"test_city_p{os.environ[RUN_ID]}_{worker_id}_bench"
    yield name
    portal = settings.DATABASES["default"]
    words = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    connection = psycopg2.connect(dbname="postgres", **{key: portal[value] or None for key, value in words.items()})
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    connection.close()


def test_every_benchmark_is_run_here():
    assert set(bench("--list").split()) == set(PROMISED)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(PROMISED))
def test_small_run_prints_its_figures(name, database):
    printed = bench(name, "--small", BENCH_DATABASE=database)
    rows = [found for line in printed.splitlines() if (found := ROW.match(line))]
    assert {re.sub(r"\d+", "#", row["name"]) for row in rows} == PROMISED[name]
    values = [float(row["value"]) for row in rows]
    assert all(math.isfinite(value) and value > 0 for value in values), printed
    assert "load average at the start" in printed
