"""Spatial questions over HTTP: JSON, files, answers behind links, saved questions, who may do what."""

import csv
import io
import json

import geopandas
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from analysis.queries.area import area_of
from analysis.queries.jobs import query_run
from analysis.queries.kept import QueryResult, SavedQuery
from geoportal.accounts.audit import AuditEntry, forget_recent_reads
from layers.access.publication import DECISIONS, Publication
from layers.crs import WGS84, storage_srid
from layers.runs.models import Run
from tests.analysis.queries.random_city import RandomCity, drawn, stored
from tests.databases import MadeOnce
from tests.geoportal.logins import account, bearer

NEAR = {"layer": "buildings", "relation": "near", "to": "roads", "distance_m": "25"}


CITY = drawn(5)


@MadeOnce
def store_random_city() -> None:
    stored(CITY)


@pytest.fixture
def city(db: None) -> RandomCity:
    """One random city for the whole module, in a transaction for each test."""
    store_random_city()
    return CITY


@pytest.fixture
def planner(client: Client, db: None) -> Client:
    """A planner's browser."""
    client.force_login(account("planners"))
    return client


def near_roads(city: RandomCity) -> int:
    roads = list(city.shapes["roads"].values())
    return sum(any(shape.distance(road) <= 25 for road in roads) for shape in city.shapes["buildings"].values())


def test_a_program_gets_what_the_page_shows(client, city):
    got = client.get("/query.json", NEAR).json()
    posted = client.post("/query.json", json.dumps(NEAR | {"distance_m": 25}), "application/json").json()
    assert got["total"] == posted["total"] == len(got["features"]) == near_roads(city)
    assert [one["id"] for one in got["features"]] == [one["id"] for one in posted["features"]]
    assert f"data-total>{near_roads(city)}<" in client.get("/query/", NEAR).content.decode()


def test_the_public_gets_no_field_of_the_staff(client, city):
    said = json.dumps(client.get("/query.json", {"layer": "buildings"}).json())
    assert "Nowak" not in said and "owner" not in said
    refused = client.get("/query.json", {"layer": "buildings", "by": "owner"})
    assert refused.status_code == 400 and "“owner”" in refused.json()["detail"]


def test_files_hold_all_features_of_the_answer(client, city, tmp_path):
    expected = near_roads(city)
    geojson = json.loads(client.get("/query.geojson", NEAR).getvalue())
    rows = list(csv.DictReader(io.StringIO(client.get("/query.csv", NEAR).getvalue().decode("utf-8-sig"))))
    (tmp_path / "answer.gpkg").write_bytes(client.get("/query.gpkg", NEAR).getvalue())
    packed = pyogrio.read_info(tmp_path / "answer.gpkg")
    assert len(geojson["features"]) == len(rows) == packed["features"] == expected


def test_a_file_tells_each_feature_its_nearest(client, city):
    words = {"layer": "bus_stops", "relation": "nearest", "to": "buildings"}
    features = json.loads(client.get("/query.geojson", words).getvalue())["features"]
    rows = list(csv.DictReader(io.StringIO(client.get("/query.csv", words).getvalue().decode("utf-8-sig"))))
    buildings = city.shapes["buildings"].values()
    expected = sorted(min(stop.distance(one) for one in buildings) for stop in city.shapes["bus_stops"].values())
    for told in (
        [one["properties"]["nearest_distance_m"] for one in features],
        [float(row["nearest_distance_m"]) for row in rows],
    ):
        assert sorted(told) == pytest.approx(expected)
    assert {one["properties"]["nearest_use_class"] for one in features} <= {"residential", "public", "industrial"}
    assert client.get("/query.gpkg", words).status_code == 400


def test_figures_are_offered_as_csv(client, city):
    answer = client.get(
        "/query.csv", {"layer": "buildings", "by": "use_class", "measure": "max", "of": "storeys_above"}
    )
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    for use, row in rows.items():
        known = [one["storeys_above"] for one in city.values["buildings"].values() if one["use_class"] == use]
        assert int(row["count"]) == len(known)
        assert float(row["max_storeys_above"]) == max(one for one in known if one)


@pytest.mark.parametrize(
    "words",
    [
        {"layer": "buildings", "wrong": "1"},
        {"layer": "buildings", "relation": "beside", "to": "roads"},
        {"layer": "buildings", "relation": "near", "to": "roads", "distance_m": "-5"},
        {"layer": "buildings", "relation": "near", "to": "roads", "distance_m": "nan"},
        {"layer": "buildings", "relation": "nearest", "to": "roads", "not": "1"},
        {"layer": "buildings", "measure": "sum", "of": "use_class"},
        {"layer": "buildings", "measure": "median"},
        {"layer": "buildings", "district": "x"},
        {"layer": "buildings", "area": "POLYGON((0 0,1 0,1 1,0 0))"},
        {"layer": "buildings", "area": '{"type":"Point","coordinates":[20.6,50.8]}'},
        {"layer": "buildings", "area": '{"type":"Polygon","coordinates":[[[20,50],[21,50],[20,50]]]}'},
        {"layer": "buildings", "filter": "nothing = 1"},
        {"layer": "buildings", "limit": "many"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_words(client, city, words):
    answer = client.get("/query.json", words)
    assert answer.status_code == 400, answer.content
    assert len(answer.json()["detail"]) > 20


def test_a_layer_that_is_not_there_is_not_found(client, city):
    assert client.get("/query.json", {"layer": "hydrants"}).status_code == 404
    assert client.get("/query/", {"layer": "hydrants"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [("layer=buildings", "application/x-www-form-urlencoded", 415), ("[1]", "application/json", 400)],
)
def test_only_a_json_object_may_be_posted(client, city, body, type_, status):
    assert client.post("/query.json", body, type_).status_code == status


def test_a_question_that_takes_too_long_is_offered_as_a_job_to_those_who_may(client, city, settings, monkeypatch):
    settings.QUERY_SECONDS = 0.2
    monkeypatch.setattr("analysis.queries.chosen._related", lambda *given: ("pg_sleep(1) IS NULL", []))
    words = NEAR | {"measure": "count"}
    assert client.get("/query.json", words).status_code == 503
    page = client.get("/query/", words)
    assert page.status_code == 503 and "/query/jobs/" not in page.content.decode()
    client.force_login(account("planners"))
    assert "/query/jobs/" in client.get("/query/", words).content.decode()


def test_a_job_s_answer_is_opened_by_its_link_with_the_same_rights_only(planner, city):
    link = planner.post("/query/jobs/", NEAR | {"by": ""}).headers["Location"]
    result = QueryResult.objects.get()
    assert result.token in link
    assert planner.get(link.rstrip("/") + ".json").json()["status"] == "queued"
    assert query_run.func(result.run_id) == "committed"
    page = planner.get(link)
    assert f"data-total>{near_roads(city)}<" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert len(json.loads(planner.get(link.rstrip("/") + ".geojson").getvalue())["features"]) == near_roads(city)
    public, colleague = Client(), Client()
    colleague.force_login(account("editors"))
    for address in (link, link.rstrip("/") + ".json", link.rstrip("/") + ".geojson"):
        assert public.get(address).status_code == 404
        answer = colleague.get(address)
        assert answer.status_code == 200 and answer.getvalue()


@pytest.mark.parametrize(("attempt", "waits"), [(2, True), (3, False)])
def test_a_question_interrupted_for_the_last_time_has_ended(planner, city, attempt, waits):
    link = planner.post("/query/jobs/", NEAR).headers["Location"]
    Run.objects.filter(kind="query").update(status="interrupted", attempt=attempt)
    page = planner.get(link).content.decode()
    assert ("js/page/job.js" in page) is ("w ciągu minuty" in page) is waits
    assert ("kilka razy i nie zostanie podjęte" in page) is not waits
    assert planner.get(link.rstrip("/") + ".json").json()["ended"] is not waits


def test_only_who_asked_may_cancel(planner, city):
    link = planner.post("/query/jobs/", NEAR).headers["Location"]
    colleague = Client()
    colleague.force_login(account("editors"))
    assert colleague.post(f"{link}cancel/").status_code == 404
    assert Run.objects.get(kind="query").status == "queued"
    assert planner.post(f"{link}cancel/").status_code == 302
    assert Run.objects.get(kind="query").status == "cancelled"
    assert planner.get(link).status_code == 200


def test_questions_are_saved_named_and_deleted_by_their_owner_alone(planner, city):
    planner.post("/query/saved/", NEAR | {"title": "Domy przy drogach"})
    saved = SavedQuery.objects.get()
    assert "Domy przy drogach" in planner.get("/query/saved/").content.decode()
    other = Client()
    other.force_login(account("analysts"))
    assert "Domy przy drogach" not in other.get("/query/saved/").content.decode()
    assert other.post(f"/query/saved/{saved.token}/", {"delete": "1"}).status_code == 404
    planner.post(f"/query/saved/{saved.token}/", {"title": "Inna nazwa"})
    assert SavedQuery.objects.get().title == "Inna nazwa"
    planner.post(f"/query/saved/{saved.token}/", {"delete": "1"})
    assert not SavedQuery.objects.exists()


def test_a_saved_question_is_asked_with_the_rights_of_who_opens_it(planner, city):
    planner.post("/query/saved/", {"layer": "buildings", "by": "owner", "ask": "1"})
    address = f"/query/?saved={SavedQuery.objects.get().token}"
    assert "Nowak" in planner.get(address).content.decode()
    public = Client().get(address)
    assert public.status_code == 400 and "Nowak" not in public.content.decode()
    assert Client().get("/query/?saved=nothing").status_code == 404


def test_a_token_needs_the_scope_of_questions(city):
    user, program = account("analysts"), Client()
    assert program.post("/query/jobs/", NEAR, headers=bearer(user, "read")).status_code == 403
    assert program.post("/query/jobs/", NEAR, headers=bearer(user, "read", "query")).status_code == 302


def test_empty_words_leave_the_address(client, city):
    answer = client.get("/query/", NEAR | {"filter": "", "measure": "", "touching": "1"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/query/?layer=buildings&relation=near&distance_m=25&to=roads"


def test_a_page_of_the_table_costs_the_same_number_of_queries(client, city, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        assert client.get("/query/", {"layer": "buildings", "relation": "nearest", "to": "roads"}).status_code == 200


@pytest.mark.parametrize(("driver", "ending"), [("GPKG", "gpkg"), ("KML", "kml"), ("GeoJSON", "geojson")])
def test_the_areas_of_a_small_file_are_read_for_a_question(planner, city, tmp_path, driver, ending):
    districts = [city.shapes["districts"][key] for key in ("d00", "d21")]
    frame = geopandas.GeoDataFrame({"name": ["a", "b"]}, geometry=districts, crs=f"EPSG:{storage_srid()}")
    path = tmp_path / f"area.{ending}"
    (frame if driver == "GPKG" else frame.to_crs(WGS84)).to_file(path, driver=driver)
    with path.open("rb") as file:
        answer = planner.post("/query/area.json", {"file": file})
    assert answer.status_code == 200, answer.content
    area = area_of(answer.content.decode())
    expected = shapely.union_all(districts)
    assert area.symmetric_difference(expected).area < 0.001 * expected.area
    assert planner.get("/query.json", {"layer": "buildings", "area": answer.content.decode()}).json()["total"] > 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpkg", b"not a geopackage"),
        ("a.kml", b"<kml/>"),
        ("a.geojson", b'{"type":"Point","coordinates":[20.631,50.87]}'),
        ("../../etc/passwd", b"root"),
        ("a.gpkg", b"0" * 1_000_001),
        ("a.kml", b""),
    ],
)
def test_a_file_without_areas_is_refused_in_words(planner, name, content):
    answer = planner.post("/query/area.json", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 400 and len(answer.json()["detail"]) > 10


def test_only_accounts_send_files(client, db):
    assert client.post("/query/area.json", {"file": SimpleUploadedFile("a.kml", b"x")}).status_code == 401


@pytest.mark.parametrize("ending", ["geojson", "csv", "gpkg", "json"])
def test_a_file_that_takes_too_long_is_refused_before_it_begins(client, city, settings, monkeypatch, ending):
    settings.QUERY_SECONDS = settings.EXPORT_SECONDS = 0.2
    monkeypatch.setattr("analysis.queries.chosen._related", lambda *given: ("pg_sleep(1) IS NULL", []))
    answer = client.get(f"/query.{ending}", NEAR)
    assert answer.status_code == 503 and "job" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"layer": "buildings", "relation": "within"}, "Wybierz drugą warstwę."),
        ({"layer": "buildings", "measure": "sum"}, "Wybierz liczbę, którą podsumować."),
        ({"layer": "buildings", "relation": "near", "to": "roads"}, "Odległość musi być liczbą metrów"),
    ],
)
def test_what_is_missing_in_the_form_is_said_in_the_reader_s_language(client, city, words, said):
    page = client.get("/query/", words)
    assert page.status_code == 400 and said in page.content.decode()


def test_who_opens_an_answer_about_a_layer_of_the_services_is_written_down(city, client):
    Publication.objects.create(kind="roads", level="services")
    DECISIONS.refresh(force=True)
    client.force_login(account("services"))
    link = client.post("/query/jobs/", {"layer": "buildings", "relation": "nearest", "to": "roads"}).headers[
        "Location"
    ]
    query_run.func(QueryResult.objects.get().run_id)
    AuditEntry.objects.all().delete()
    forget_recent_reads()
    assert client.get(link).status_code == 200
    assert AuditEntry.objects.filter(action="read", subject="roads", account="services").exists()
    staff = Client()
    staff.force_login(account("editors"))
    assert staff.get(link).status_code == 404
