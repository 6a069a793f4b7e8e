"""Downloads of whole layers."""

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


def rows(client, address: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(body(client.get(address)).decode("utf-8-sig"))))


def test_a_part_of_a_layer_is_taken_away_in_the_order_of_the_table(client):
    from tests.geoportal.conftest import bring_in, house

    bring_in("buildings", [house("b1", height_m=4.0), house("b2", 40, use_class="public", height_m=9.5)])
    found = rows(client, "/open-data/buildings.csv?filter=use_class='residential'&sort=-height_m")
    assert [row["height_m"] for row in found] == ["4.0", ""]
    response = client.get("/open-data/buildings.geojson?filter=height_m>=4&sort=-height_m&near=50.87028,20.63139")
    assert [one["properties"]["height_m"] for one in json.loads(body(response))["features"]] == [9.5, 4.0]
    assert 'filename="buildings-selection.geojson"' in response["Content-Disposition"]


def test_the_nearest_come_first_in_a_file_too(client):
    found = rows(client, "/open-data/buildings.csv?sort=-distance&near=50.87028,20.63139")
    # b2 begins 40 m east of the square, b3 ends 26 m west of it, b1 stands on it.
    assert [row["use_class"] for row in found] == ["public", "residential", "residential"]


def test_the_past_can_be_taken_away(client, tmp_path):
    from django.utils.timezone import now

    from tests.geoportal.conftest import bring_in, house

    before = now().isoformat().replace("+", "%2B")
    bring_in("buildings", [house("b1", use_class="office")])
    assert {row["use_class"] for row in rows(client, f"/open-data/buildings.csv?at={before}")} == {
        "residential", "public",
    }  # fmt: skip
    path = tmp_path / "past.gpkg"
    path.write_bytes(body(client.get(f"/open-data/buildings.gpkg?at={before}&filter=use_class='office'")))
    assert pyogrio.read_info(path)["features"] == 0


@pytest.mark.parametrize(
    "asked",
    ["filter=owner='x'", "filter=((", "sort=owner", "sort=-residents", "at=then", "sort=distance", "near=Zzz"],
)
def test_what_cannot_be_chosen_is_answered_in_one_line(client, asked):
    response = client.get(f"/open-data/buildings.csv?{asked}")
    assert response.status_code == 400
    assert "\n" not in response.json()["detail"]
    assert "Nowak" not in response.content.decode()
