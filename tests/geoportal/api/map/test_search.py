"""`/search.json` over the portal's own address."""

import pytest

pytestmark = pytest.mark.usefixtures("small_city")


def test_results_as_the_map_reads_them(client):
    response = client.get("/search.json", {"q": "sienkiewicza"}, headers={"Cookie": "django_language=en"})
    (found,) = response.json()["results"]
    assert (found["type"], found["type_title"], found["title"], found["layer"]) == (
        "street",
        "Street",
        "Sienkiewicza",
        "roads",
    )
    west, south, east, north = found["bbox"]
    lon, lat = found["center"]
    assert west <= lon <= east and south <= lat <= north
    # The road is 1,000 m long; a degree of longitude is 70,393 m.
    assert (east - west) * 70_393 == pytest.approx(1000, abs=1)
    assert found["feature_id"] is None


def test_a_stop_has_its_feature(client):
    (found,) = client.get("/search.json", {"q": "Rynek"}).json()["results"]
    assert found["type"] == "stop"
    assert client.get(f"/tiles/bus_stops/features/{found['feature_id']}.json").json()["title"] == "Rynek; „Stary”"


def test_hidden_layers_are_not_found(client):
    assert client.get("/search.json", {"q": "H-1"}).json() == {"results": [], "note": ""}


def test_coordinates_elsewhere_are_said_to_be(client):
    answer = client.get("/search.json", {"q": "52.2297 21.0122"}).json()
    assert answer == {"results": [], "note": "Te współrzędne leżą poza miastem."}


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%25%25", "?q=" + "a" * 5000, "?q=a&q=b", "?q=%F0%9F%98%80%F0%9F%98%80"]
)
def test_awkward_queries_are_answered(client, query):
    assert client.get(f"/search.json{query}").status_code == 200
