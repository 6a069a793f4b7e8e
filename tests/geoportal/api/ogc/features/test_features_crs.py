"""OGC API Features Part 2: five reference systems with their official axis order, against pyproj."""

import json
from typing import Any

import pyproj
import pytest
import shapely
from django.test import Client
from shapely.geometry import shape

from layers.record import Record
from tests.geoportal.conftest import RYNEK_2178, bring_in, house

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SYSTEMS = {CRS84: "OGC:CRS84", **{f"{EPSG}{one}": f"EPSG:{one}" for one in (4326, 3857, 2180, 2178)}}
ITEMS = "/ogc/collections/bus_stops/items"
EAST_M, NORTH_M = RYNEK_2178
uris = pytest.mark.parametrize("uri", SYSTEMS)
pytestmark = pytest.mark.usefixtures("small_city")


def official(uri: str, east: float, north: float) -> tuple[float, float]:
    """A point of EPSG:2178 in the axis order of the registry, which pyproj keeps by itself."""
    x, y = pyproj.Transformer.from_crs("EPSG:2178", SYSTEMS[uri]).transform(north, east)
    return x, y


def features(client: Client, path: str, **query: str) -> list[dict]:
    response: Any = client.get(path, query)
    text = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, text
    return json.loads(text)["features"]


@uris
def test_coordinates_come_in_the_official_order(client, uri):
    response = client.get(ITEMS, {"crs": uri})
    assert response["Content-Crs"] == f"<{uri}>"
    ((stop),) = json.loads(b"".join(response.streaming_content))["features"]
    degrees = uri in (CRS84, f"{EPSG}4326")
    assert stop["geometry"]["coordinates"] == pytest.approx(
        official(uri, EAST_M, NORTH_M), abs=6e-8 if degrees else 6e-4
    )
    one = client.get(f"{ITEMS}/{stop['id']}", {"crs": uri})
    assert one["Content-Crs"] == f"<{uri}>"
    assert json.loads(one.content)["geometry"] == stop["geometry"]


def test_the_market_square_is_where_the_city_says(client):
    (stop,) = features(client, ITEMS, crs=f"{EPSG}2180")
    north, east = stop["geometry"]["coordinates"]
    assert (east, north) == pytest.approx((614755.294, 334975.862), abs=0.02)


@uris
def test_a_box_is_in_the_order_of_its_system(client, uri):
    x, y = official(uri, EAST_M, NORTH_M)
    step = 0.001 if uri in (CRS84, f"{EPSG}4326") else 50
    around = ",".join(map(str, (x - step, y - step, x + step, y + step)))
    beside = ",".join(map(str, (x + step, y + step, x + 2 * step, y + 2 * step)))
    assert len(features(client, ITEMS, bbox=around, **{"bbox-crs": uri})) == 1
    assert len(features(client, ITEMS, bbox=beside, **{"bbox-crs": uri})) == 0
    with_heights = ",".join(map(str, (x - step, y - step, 0, x + step, y + step, 9)))
    assert len(features(client, ITEMS, bbox=with_heights, **{"bbox-crs": uri})) == 1


@uris
def test_a_filter_is_in_the_order_of_its_system(client, uri):
    x, y = official(uri, EAST_M + 30, NORTH_M)
    near = {"filter": f"S_DWITHIN(geom, POINT({x!r} {y!r}), 30.1)", "filter-crs": uri}
    far = {"filter": f"S_DWITHIN(geom, POINT({x!r} {y!r}), 29.9)", "filter-crs": uri}
    assert len(features(client, ITEMS, **near)) == 1
    assert len(features(client, ITEMS, **far)) == 0
    inside = {"filter": f"S_INTERSECTS(geom, {_square(uri)})", "filter-crs": uri}
    assert len(features(client, ITEMS, **inside)) == 1


def _square(uri: str) -> str:
    corners = [(-10, -10), (10, -10), (10, 10), (-10, 10), (-10, -10)]
    points = [official(uri, EAST_M + east, NORTH_M + north) for east, north in corners]
    return f"POLYGON(({', '.join(f'{x!r} {y!r}' for x, y in points)}))"


@uris
def test_shapes_stay_within_two_centimetres(client, uri):
    x, y = EAST_M + 0.1234567, NORTH_M + 0.7654321
    ring = shapely.Point(x, y).buffer(300, quad_segs=40)
    bring_in("buildings", [Record("round", ring, {"use_class": "other"})])
    (found,) = features(client, "/ogc/collections/buildings/items", crs=uri, use_class="other")
    given = shapely.get_coordinates(shape(found["geometry"]))
    back = pyproj.Transformer.from_crs(SYSTEMS[uri], "EPSG:2178").transform(given[:, 0], given[:, 1])
    again = shapely.Polygon(list(zip(back[1], back[0], strict=True)))
    assert shapely.hausdorff_distance(again, ring) <= 0.02


def test_a_long_parallel_is_no_straight_line(client):
    """The northern edge of a box across the city bends by metres in the city's system."""
    lon, lat = pyproj.Transformer.from_crs("EPSG:2178", "OGC:CRS84").transform(NORTH_M + 10, EAST_M)
    box = f"{lon - 0.1},{lat - 0.01},{lon + 0.1},{lat - 0.0000005}"
    beyond = f"{lon - 0.1},{lat - 0.01},{lon + 0.1},{lat + 0.0000005}"
    line = Record("edge", shapely.LineString([(EAST_M, NORTH_M + 10), (EAST_M, NORTH_M + 60)]), {"name": "edge"})
    bring_in("roads", [line])
    path = "/ogc/collections/roads/items"
    assert len(features(client, path, bbox=box, name="edge")) == 0
    assert len(features(client, path, bbox=beyond, name="edge")) == 1


@pytest.mark.parametrize("box", ["-180,-90,180,90", "170,-90,-170,90", "20.6314,50,20.6314,51", "0,0,1,1"])
def test_any_box_of_the_world_is_answered(client, box):
    found = features(client, ITEMS, bbox=box)
    assert len(found) == (1 if box.startswith("-180") else 0)


@pytest.mark.parametrize("name", ["EPSG:2180", "[EPSG:2180]", "urn:ogc:def:crs:EPSG::2180"])
def test_a_system_has_short_names(client, name):
    assert client.get(ITEMS, {"crs": name})["Content-Crs"] == f"<{EPSG}2180>"


def test_a_bare_house_is_read_by_every_name(client):
    bring_in("buildings", [house("more", 200)])
    assert len(features(client, "/ogc/collections/buildings/items", crs="CRS84")) == 4
