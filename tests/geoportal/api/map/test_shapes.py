"""Measuring and buffering over the portal's addresses, against figures computed independently of this code."""

import json
import time

import numpy as np
import pytest
from django.test import Client
from shapely import Point, from_geojson

from layers.crs import WGS84, reproject, storage_srid, transformer
from tests.factories import feature_id
from tests.geoportal.conftest import RYNEK_2178

RYNEK, STATION = (20.63139, 50.87028), (20.61801, 50.87437)


def post(client, address: str, body: object):
    return client.post(address, json.dumps(body), content_type="application/json")


def test_market_square_to_station(client):
    """Market square to station, computed independently: geodesic 1045.967 m, on the grid of EPSG:2178 1045.895 m."""
    answer = post(client, "/measure.json", {"geometry": {"type": "LineString", "coordinates": [RYNEK, STATION]}})
    found = answer.json()
    assert found["geodesic_length_m"] == pytest.approx(1045.967, abs=0.001)
    assert found["grid_length_m"] == pytest.approx(1045.895, abs=0.001)
    assert found["grid_area_m2"] == found["geodesic_area_m2"] == 0


@pytest.mark.parametrize("turn", [1, -1])
def test_a_square_of_a_hectare(client, turn):
    """100 m on the grid, whose scale is 0.9999313 at the market square: on the ground 100.00687 m, 10001.374 m²."""
    x, y = RYNEK_2178
    ring = [(x, y), (x + 100, y), (x + 100, y + 100), (x, y + 100), (x, y)][::turn]
    degrees = [transformer(storage_srid(), WGS84).transform(*corner) for corner in ring]
    found = post(client, "/measure.json", {"geometry": {"type": "Polygon", "coordinates": [degrees]}}).json()
    assert found["grid_area_m2"] == pytest.approx(10_000, abs=0.01)
    assert found["grid_length_m"] == pytest.approx(400, abs=0.001)
    assert found["geodesic_area_m2"] == pytest.approx(10_000 / 0.9999313**2, abs=0.05)
    assert found["geodesic_length_m"] == pytest.approx(400 / 0.9999313, abs=0.002)


@pytest.mark.django_db
def test_what_lies_within_100_m_of_a_point(client):
    answer = post(client, "/buffer.json", {"geometry": {"type": "Point", "coordinates": RYNEK}, "distance_m": 100})
    around = from_geojson(json.dumps(answer.json()["geometry"]))
    flat = reproject(np.array([around]), WGS84, storage_srid())[0]
    center = Point(transformer(WGS84, storage_srid()).transform(*RYNEK))
    reach = [center.distance(Point(corner)) for corner in flat.exterior.coords]
    assert max(reach) == pytest.approx(100, abs=0.02)
    assert min(reach) == pytest.approx(100, abs=0.02)
    assert len(reach) == 65


TANGLED = np.random.default_rng(1).uniform((20.6, 50.85), (20.65, 50.9), (4000, 2)).tolist()
"""Corners of a line that crosses itself some five million times."""


@pytest.mark.django_db
def test_a_buffer_that_costs_minutes_is_given_up_in_time(client, monkeypatch):
    monkeypatch.setattr("layers.places.measures.SHAPE_SECONDS", 0.3)
    answer = post(
        client, "/buffer.json", {"geometry": {"type": "LineString", "coordinates": TANGLED}, "distance_m": 500}
    )
    assert answer.status_code == 503 and "draw a simpler shape" in answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/buffer.json", "/measure.json"])
@pytest.mark.parametrize("corners", [100, 4000])
def test_an_area_that_is_a_tangle_is_refused_before_it_is_repaired(client, address, corners):
    ring = [*TANGLED[:corners], TANGLED[0]]
    began = time.process_time()
    answer = post(client, address, {"geometry": {"type": "Polygon", "coordinates": [ring]}, "distance_m": 500})
    assert answer.status_code == 400 and "crosses itself more than 200 times" in answer.json()["detail"]
    assert time.process_time() - began < 5


def test_what_lies_around_a_stored_feature(client, small_city):
    body = {"layer": "bus_stops", "feature": str(feature_id("s1", "egib")), "distance_m": 50}
    around = from_geojson(json.dumps(post(client, "/buffer.json", body).json()["geometry"]))
    assert around.contains(Point(RYNEK))


def test_features_of_hidden_layers_have_no_surroundings(client, small_city):
    body = {"layer": "hydrants", "feature": str(feature_id("h1", "waterworks")), "distance_m": 50}
    assert post(client, "/buffer.json", body).status_code == 404


NONSENSE = [
    {},
    [],
    {"geometry": None},
    {"geometry": {"type": "Point"}},
    {"geometry": {"type": "Blob", "coordinates": [1, 2]}},
    {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
    {"geometry": {"type": "Point", "coordinates": [500, 50]}},
    {"geometry": {"type": "Point", "coordinates": ["a", "b"]}},
    {"geometry": {"type": "LineString", "coordinates": []}},
]


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("address", ["/measure.json", "/buffer.json"])
def test_nonsense_is_refused(client, address, body):
    assert post(client, address, body).status_code == 400


@pytest.mark.parametrize("address", ["/measure.json", "/buffer.json"])
def test_a_body_has_a_greatest_size(client, address):
    line = {"type": "LineString", "coordinates": [[20.0 + i / 1e6, 50] for i in range(7000)]}
    assert post(client, address, {"geometry": line, "pad": "x" * 200_000}).status_code == 413


def test_what_is_not_json_is_refused(client):
    for body in (b" ", b"{", b"\xff", b"[" * 50_000):
        assert client.post("/measure.json", body, content_type="application/json").status_code == 400
    assert client.get("/measure.json").status_code == 405


@pytest.mark.parametrize("distance", [0, -5, 10_001, None, "5", True, 1e400])
def test_distances_are_bounded(client, distance):
    body = {"geometry": {"type": "Point", "coordinates": RYNEK}, "distance_m": distance}
    assert post(client, "/buffer.json", body).status_code == 400


def test_no_token_is_asked_for():
    """Nothing is stored, so nothing can be forged."""
    body = {"geometry": {"type": "LineString", "coordinates": [RYNEK, STATION]}}
    assert post(Client(enforce_csrf_checks=True), "/measure.json", body).status_code == 200
