"""Answers are marked as based on invented data, whichever of their layers it is in."""

import json

import pytest
from shapely import Point, box

from analysis.queries.jobs import query_run
from analysis.queries.kept import QueryResult
from layers.kinds import KINDS
from layers.record import Record
from tests.geoportal.conftest import RYNEK_2178, bring_in
from tests.geoportal.logins import account

pytestmark = pytest.mark.usefixtures("small_city")
NEAR_A_STATION = {"layer": "buildings", "relation": "near", "to": "fire_stations", "distance_m": "500"}
NEAREST = {"layer": "buildings", "relation": "nearest", "to": "fire_stations"}


@pytest.fixture
def district(small_city) -> str:
    """An invented district and an invented fire station beside buildings that are real; the district's identity."""
    x, y = RYNEK_2178
    bring_in("fire_stations", [Record("f1", Point(x, y), {"name": "JRG 1"})], "demo", synthetic=True)
    area = box(x - 900, y - 900, x + 900, y + 900)
    bring_in("districts", [Record("d1", area, {"name": "Centrum"})], "demo", synthetic=True)
    return str(KINDS["districts"].model._default_manager.get().feature_id)


@pytest.mark.parametrize("words", [NEAR_A_STATION, NEAREST, {"layer": "buildings", "by": "district"}])
def test_a_second_layer_that_is_invented_marks_the_answer_and_its_files(client, district, words):
    assert client.get("/query.json", words).json()["synthetic"] is True
    assert "zmyślone" in client.get("/query/", words).content.decode()
    assert "-synthetic.csv" in client.get("/query.csv", words)["Content-Disposition"]


def test_an_area_that_is_an_invented_district_marks_them_too(client, district):
    words = {"layer": "buildings", "district": district}
    assert client.get("/query.json", words).json()["synthetic"] is True
    file = client.get("/query.geojson", words)
    assert "-synthetic.geojson" in file["Content-Disposition"]
    assert json.loads(file.getvalue())["synthetic"] is True


def test_an_answer_of_real_layers_alone_is_not_marked(client, district):
    words = {"layer": "buildings", "relation": "near", "to": "roads", "distance_m": "500", "by": "use_class"}
    assert client.get("/query.json", words).json()["synthetic"] is False
    assert "synthetic" not in client.get("/query.csv", words)["Content-Disposition"]


def test_an_answer_that_is_kept_says_so_too(client, district):
    client.force_login(account("planners"))
    link = client.post("/query/jobs/", NEAREST).headers["Location"]
    query_run.func(QueryResult.objects.get().run_id)
    assert "zmyślone" in client.get(link).content.decode()
    assert "-synthetic.csv" in client.get(f"{link.rstrip('/')}.csv")["Content-Disposition"]
