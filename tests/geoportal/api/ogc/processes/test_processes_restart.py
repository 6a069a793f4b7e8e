"""A job asked for over OGC API Processes survives the death of its worker."""

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now
from shapely import MultiPolygon

from layers.record import Record
from layers.runs.models import Run
from layers.tasks import look_after_runs
from tests.drills import killed_while_writing
from tests.factories import building, load, square


def asked(client: Client, method: str, address: str, **how: Any) -> tuple[int, Any]:
    """The status and the JSON of an answer."""
    answer = getattr(client, method)(address, **how)
    return answer.status_code, answer.json()


def test_a_job_whose_worker_is_killed_is_finished_by_the_next(transactional_db: None, client: Client) -> None:
    load("buildings", (building(f"h{n}", 12 * n) for n in range(30)))
    load("flood_zones", [Record("w", MultiPolygon([square(-50, -50, 400)]), {"scenario": "p1", "depth_class": 2})])
    execution = "/ogc/processes/flood_exposure/execution"
    status, job = asked(client, "post", execution, data="{}", content_type="application/json")
    assert (status, job["status"]) == (201, "accepted")
    killed_while_writing("analysis_privatefeature", "db_worker", "--no-startup-delay")
    address = f"/ogc/jobs/{job['jobID']}"
    assert asked(client, "get", f"{address}/results")[0] == 404
    assert Run.objects.filter(status="running").update(heartbeat_at=now() - timedelta(seconds=31)) == 1
    look_after_runs.enqueue()
    call_command("db_worker", batch=True, queue_name="*", interval=0, startup_delay=False, verbosity=0)
    status, found = asked(client, "get", address)
    assert (status, found["status"], found["progress"]) == (200, "successful", 100)
    assert set(asked(client, "get", f"{address}/results")[1]) == {"figures", "flood_exposure_grid"}
