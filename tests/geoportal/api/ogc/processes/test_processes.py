"""OGC API Processes: studies as jobs, an echo, and whose jobs are whose."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from shapely import MultiPolygon

from analysis.results import PrivateResult
from analysis.tasks import study_run
from layers.record import Record
from layers.runs.models import Run
from tests.factories import building, load, square
from tests.geoportal.logins import account, bearer

FLOOD = "/ogc/processes/flood_exposure/execution"
DEARER = {"inputs": {"max_damage_residential_pln_m2": 5000}}
KINDS_OF_FAULT = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


@pytest.fixture
def town(db: None) -> None:
    """12 houses of 100 m² with 3 residents in water of class 2 that comes once in 100 years."""
    load("buildings", [building(f"h{n}", 12 * n, use_class="residential", residents=3.0) for n in range(12)])
    water = MultiPolygon([square(-50, -50, 400)])
    load("flood_zones", [Record("w", water, {"scenario": "p1", "depth_class": 2})])


def ask(client: Client, body: Any = DEARER, address: str = FLOOD, **headers: str) -> Any:
    return client.post(address, body, content_type="application/json", headers=headers)


def work() -> None:
    """Do what is queued, here: a worker would close the connection of a test that is rolled back."""
    for run in Run.objects.filter(status="queued"):
        study_run.call(run.pk)


def test_a_study_describes_its_inputs_with_their_limits(client: Client, town: None) -> None:
    found = client.get("/ogc/processes/flood_exposure?lang=en").json()
    assert found["jobControlOptions"] == ["async-execute"]
    dearer = found["inputs"]["max_damage_residential_pln_m2"]
    assert dearer["title"] == "Damage: residential [zł/m²]"
    assert dearer["schema"] == {"type": "number", "minimum": 100, "maximum": 50000, "default": 2500}
    assert "exposed_share" not in found["inputs"]
    planner = client.get("/ogc/processes/flood_exposure", headers=bearer(account("planners"))).json()
    assert planner["inputs"]["exposed_share"]["schema"]["maximum"] == 1


def test_the_list_names_all_processes(client: Client, town: None) -> None:
    found = client.get("/ogc/processes").json()
    assert [one["id"] for one in found["processes"]] == ["echo", "flood_exposure"]


def test_a_job_is_stored_before_the_answer_and_found_by_its_address(client: Client, town: None) -> None:
    response = ask(client, Prefer="respond-async")
    assert response.status_code == 201
    assert response["Preference-Applied"] == "respond-async"
    job = response.json()
    assert (job["status"], job["processID"], job["type"]) == ("accepted", "flood_exposure", "process")
    assert response["Location"] == f"http://testserver/ogc/jobs/{job['jobID']}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.status FROM layers_run r JOIN analysis_privateresult p ON p.run_id = r.id WHERE token = %s",
            [job["jobID"]],
        )
        assert cursor.fetchall() == [("queued",)]
    assert client.get(response["Location"]).json()["status"] == "accepted"


def test_results_come_when_the_job_is_done(client: Client, town: None) -> None:
    job = ask(client).json()["jobID"]
    early = client.get(f"/ogc/jobs/{job}/results")
    assert (early.status_code, early.json()["type"]) == (404, f"{KINDS_OF_FAULT}result-not-ready")
    work()
    state = client.get(f"/ogc/jobs/{job}").json()
    assert (state["status"], state["progress"]) == ("successful", 100)
    assert state["created"] <= state["started"] <= state["finished"]
    found = client.get(f"/ogc/jobs/{job}/results?lang=en").json()
    # 12 houses x 100 m² x 5,000 zł x 0.45: between (1 m, 0.40) and (1.5 m, 0.50) at 1.25 m.
    assert "2.7\u00a0million zł" in found["figures"]["value"]["answer"]
    assert set(found) == {"figures", "flood_exposure_grid"}
    features = client.get(found["flood_exposure_grid"]["href"])
    assert features["Content-Type"] == "application/geo+json"


def test_only_what_is_wanted_is_answered(client: Client, town: None) -> None:
    job = ask(client, {"outputs": {"figures": {"transmissionMode": "value"}}}).json()["jobID"]
    work()
    assert set(client.get(f"/ogc/jobs/{job}/results").json()) == {"figures"}


def test_staff_get_the_features_of_each_building(client: Client, town: None) -> None:
    headers = bearer(account("planners"))
    job = ask(client, DEARER, FLOOD, **headers).json()["jobID"]
    work()
    found = client.get(f"/ogc/jobs/{job}/results", headers=headers).json()
    assert len(client.get(found["flood_exposure"]["href"], headers=headers).json()["features"]) == 12


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"inputs": {"max_damage_residential_pln_m2": 1}}, 400, "inputs.max_damage_residential_pln_m2"),
        ({"inputs": {"max_damage_residential_pln_m2": "much"}}, 400, "inputs.max_damage_residential_pln_m2"),
        ({"inputs": {"max_damage_residential_pln_m2": True}}, 400, "inputs.max_damage_residential_pln_m2"),
        ('{"inputs": {"max_damage_residential_pln_m2": NaN}}', 400, "NaN"),
        ({"inputs": {"colour": 1}}, 400, "colour"),
        ({"inputs": [1]}, 400, "inputs"),
        ({"outputs": {"owners": {}}}, 400, "owners"),
        ({"outputs": {"figures": {"transmissionMode": "reference"}}}, 400, "outputs.figures"),
        ({"response": "raw"}, 400, "response"),
        ({"inputs": {"exposed_share": 0.5}}, 403, "planners"),
        ("{", 400, "JSON"),
        ("[]", 400, "object"),
    ],
)
def test_what_cannot_be_computed_is_named_and_queues_nothing(
    client: Client, town: None, body: Any, status: int, named: str
) -> None:
    response = ask(client, body)
    assert response.status_code == status
    assert named in response.json()["detail"]
    assert not Run.objects.filter(kind="study").exists()


def test_only_json_is_read(client: Client, town: None) -> None:
    assert client.post(FLOOD, "x=1", content_type="application/x-www-form-urlencoded").status_code == 415


def test_a_second_job_of_a_study_waits_for_the_first(client: Client, town: None) -> None:
    ask(client)
    assert ask(client).status_code == 409


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_process_is_named_so(client: Client, town: None, method: str) -> None:
    address = "/ogc/processes/fortune" + ("/execution" if method == "post" else "")
    response = getattr(client, method)(address, content_type="application/json")
    assert (response.status_code, response.json()["type"]) == (404, f"{KINDS_OF_FAULT}no-such-process")


def test_the_echo_answers_at_once(client: Client) -> None:
    echo = "/ogc/processes/echo/execution"
    assert ask(client, {"inputs": {"text": "Łódź"}}, echo).json() == {"echo": "Łódź"}
    raw = ask(client, {"inputs": {"text": "Łódź"}, "response": "raw"}, echo)
    assert (raw.content.decode(), raw["Content-Type"]) == ("Łódź", "text/plain; charset=utf-8")
    assert "inputs.text" in ask(client, {"inputs": {"text": 7}}, echo).json()["detail"]


def test_a_job_is_ended_by_whoever_asked_for_it(client: Client, town: None) -> None:
    job = ask(client).json()["jobID"]
    assert client.delete(f"/ogc/jobs/{job}").json()["status"] == "dismissed"
    work()
    assert client.get(f"/ogc/jobs/{job}").json()["status"] == "dismissed"
    assert client.get(f"/ogc/jobs/{job}/results").status_code == 409


def test_what_a_finished_job_found_can_be_taken_away(client: Client, town: None) -> None:
    anna = bearer(account("planners", name="anna"))
    job = ask(client, DEARER, FLOOD, **anna).json()["jobID"]
    work()
    assert client.delete(f"/ogc/jobs/{job}", headers=anna).json()["status"] == "dismissed"
    gone = client.get(f"/ogc/jobs/{job}")
    assert (gone.status_code, gone.json()["type"]) == (404, f"{KINDS_OF_FAULT}no-such-job")
    assert not PrivateResult.objects.exists()


def test_a_result_that_nobody_owns_is_taken_away_by_nobody(client: Client, town: None) -> None:
    job = ask(client).json()["jobID"]
    work()
    assert client.delete(f"/ogc/jobs/{job}").status_code == 403
    assert client.get(f"/ogc/jobs/{job}/results").status_code == 200


def test_jobs_are_listed_to_their_own_account_only(client: Client, town: None) -> None:
    anna, jan = bearer(account("planners", name="anna")), bearer(account("planners", name="jan"))
    job = ask(client, DEARER, FLOOD, **anna).json()["jobID"]
    assert [one["jobID"] for one in client.get("/ogc/jobs", headers=anna).json()["jobs"]] == [job]
    for headers in (jan, {}):
        assert client.get("/ogc/jobs", headers=headers).json()["jobs"] == []
        assert client.get(f"/ogc/jobs/{job}", headers=headers).json()["status"] == "accepted"
        assert client.delete(f"/ogc/jobs/{job}", headers=headers).status_code == 403
    assert client.get("/ogc/jobs", headers=anna)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=accepted", 1),
        ("status=running,failed", 0),
        ("processID=flood_exposure", 1),
        ("datetime=2000-01-01/..", 1),
        ("datetime=../2000-01-01", 0),
        ("minDuration=5", 0),
        ("maxDuration=5&type=process", 1),
    ],
)
def test_the_list_of_jobs_is_asked_by_what_they_are(client: Client, town: None, query: str, found: int) -> None:
    headers = bearer(account("planners"))
    ask(client, DEARER, FLOOD, **headers)
    assert len(client.get(f"/ogc/jobs?{query}", headers=headers).json()["jobs"]) == found


@pytest.mark.parametrize(
    "query", ["status=asleep", "datetime=soon", "limit=0", "minDuration=x", "type=cron", "processID=other"]
)
def test_a_list_asked_for_in_impossible_words_is_refused(client: Client, town: None, query: str) -> None:
    response = client.get(f"/ogc/jobs?{query}", headers=bearer(account("planners")))
    assert response.status_code == 400
    assert query.partition("=")[0] in json.dumps(response.json())


def test_a_session_must_prove_that_it_is_not_forged(town: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(account("planners"))
    assert ask(strict).status_code == 403
    assert ask(Client(enforce_csrf_checks=True)).status_code == 201
