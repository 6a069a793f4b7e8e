"""Whole layers to take away."""

import csv
import io
import json

import pyogrio
import pytest

pytestmark = pytest.mark.usefixtures("small_city")


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_geojson_is_complete_in_lon_lat_with_permitted_fields(client):
    response = client.get("/open-data/buildings.geojson")
    data = json.loads(body(response))
    assert response["Content-Type"] == "application/geo+json"
    assert len(data["features"]) == 3
    lon, lat = data["features"][0]["geometry"]["coordinates"][0][0][0]
    assert (round(lon, 2), round(lat, 2)) == (20.63, 50.87)
    assert set(data["features"][0]["properties"]) == {
        "name", "use_class", "storeys_above", "height_m", "year_built", "synthetic", "data_date",
    }  # fmt: skip


def test_csv_keeps_quotes_semicolons_and_polish_letters(client):
    text = body(client.get("/open-data/bus_stops.csv")).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"] == "Rynek; „Stary”"
    assert row["wkt_epsg_2178"] == "POINT(7474054.383 5637285.4)"
    assert (float(row["lon"]), float(row["lat"])) == pytest.approx((20.63139, 50.87028), abs=1e-5)


@pytest.mark.parametrize(
    ("layer", "count", "geometry"), [("buildings", 3, "MultiPolygon"), ("roads", 1, "LineString")]
)
def test_geopackage_opens_in_gdal_with_types_and_crs(client, tmp_path, layer, count, geometry):
    path = tmp_path / "layer.gpkg"
    path.write_bytes(body(client.get(f"/open-data/{layer}.gpkg")))
    found = pyogrio.read_info(path)
    assert (found["features"], found["geometry_type"], found["crs"]) == (count, geometry, "EPSG:2178")


def test_unknown_values_stay_unknown_in_the_geopackage(client, tmp_path):
    path = tmp_path / "layer.gpkg"
    path.write_bytes(body(client.get("/open-data/buildings.gpkg")))
    frame = pyogrio.read_dataframe(path)
    assert frame["storeys_above"].tolist() == [3, 3, 3]
    assert frame["year_built"].isna().all()


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "csv"])
def test_what_is_not_public_is_not_there(client, ending):
    response = client.get(f"/open-data/hydrants.{ending}")
    assert response.status_code == 404
    assert "hydrants" not in response.json()["detail"].split(";")[1]


def test_invented_data_says_so_in_its_name(client):
    from tests.geoportal.conftest import bring_in, house

    bring_in("buildings", [house("x")], dataset="demo_city", synthetic=True)
    response = client.get("/open-data/buildings.csv?dataset=demo_city")
    assert 'filename="buildings-synthetic.csv"' in response["Content-Disposition"]
    assert body(response).decode().count("True") == 1


def test_health_answers(client):
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json()["database"]["postgis"].startswith("3.")


def test_every_answer_carries_the_secure_headers(client):
    response = client.get("/health")
    assert response["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
