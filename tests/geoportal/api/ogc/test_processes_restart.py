"""A job asked for over OGC API Processes survives the death of its worker."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ingest.throwaway import Database, kill_hard, new_database, throwaway_cluster, until

FILL = """
from shapely import MultiPolygon
from tests.factories import building, load, square
from layers.record import Record
load("buildings", (building(f"h{n}", 12 * (n % 300), 12 * (n // 300)) for n in range(40_000)))
load("flood_zones", [Record("w", MultiPolygon([square(-50, -50, 4000)]), {"scenario": "p1", "depth_class": 2})])
"""
ASK = """
from django.test import Client
answer = Client(SERVER_NAME="localhost").{method}("{address}", {body})
print(answer.status_code, answer.content.decode())
"""
TAKE_UP = "from layers.tasks import look_after_runs as it; it.call()"


@pytest.fixture
def cluster() -> Iterator[Any]:
    with throwaway_cluster() as made:
        yield made


def asked(database: Database, method: str, address: str, body: str = "") -> tuple[int, Any]:
    """The status and the JSON that a new process of the portal answers."""
    said = database.manage("shell", "-v0", "-c", ASK.format(method=method, address=address, body=body))
    status, _, text = said.strip().splitlines()[-1].partition(" ")
    return int(status), json.loads(text)


def test_a_job_whose_worker_is_killed_is_finished_by_the_next(cluster: Any) -> None:
    database = new_database(cluster, "ogc_killed")
    database.manage("shell", "-v0", "-c", FILL)
    body = "data='{}', content_type='application/json'"
    status, job = asked(database, "post", "/ogc/processes/flood_exposure/execution", body)
    assert (status, job["status"]) == (201, "accepted")
    worker = database.start("db_worker", "--no-startup-delay")
    running: Callable[[], Any] = lambda: database.sql("SELECT 1 FROM layers_run WHERE status = 'running'")  # noqa: E731
    until(running, 120, "the worker has begun")
    kill_hard(worker.pid)
    worker.communicate()
    address = f"/ogc/jobs/{job['jobID']}"
    assert asked(database, "get", f"{address}/results")[0] == 404
    database.sql("UPDATE layers_run SET heartbeat_at = heartbeat_at - interval '31 seconds' WHERE status = 'running'")
    database.manage("shell", "-v0", "-c", TAKE_UP)
    database.manage("db_worker", "--batch", "--no-startup-delay")
    status, found = asked(database, "get", address)
    assert (status, found["status"], found["progress"]) == (200, "successful", 100)
    assert set(asked(database, "get", f"{address}/results")[1]) == {"figures", "flood_exposure_grid"}
