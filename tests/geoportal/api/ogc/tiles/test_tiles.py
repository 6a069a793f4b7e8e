"""OGC API Tiles: the map's own tiles at the standard's addresses, and the grid they are cut in."""

import gzip
import math

import pytest
from pyproj import Transformer

from tests.geoportal.conftest import RYNEK_2178
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db
ZOOM = 15
QUAD = "WebMercatorQuad"


def square() -> tuple[int, int]:
    """Column and row of the tile with the market square, by pyproj."""
    x, y = Transformer.from_crs(2178, 3857, always_xy=True).transform(*RYNEK_2178)
    size = 2 * 20037508.342789244 / 2**ZOOM
    return int((x + 20037508.342789244) / size), int((20037508.342789244 - y) / size)


def layers_of(body: bytes) -> list[str]:
    """Names of the layers in a tile: field 3 of the message, and field 1 of each."""
    names, at = [], 0

    def number(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            value |= (body[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if body[at - 1] < 128:
                return value, at

    while at < len(body):
        key, at = number(at)
        assert key == 3 << 3 | 2
        length, at = number(at)
        inner, end, name = at, at + length, ""
        while inner < end:
            key, inner = number(inner)
            size, inner = number(inner)
            if key & 7 == 2:
                name = body[inner : inner + size].decode() if key >> 3 == 1 else name
                inner += size
        names.append(name)
        at = end
    return names


@pytest.mark.parametrize("group", ["", "planners"])
def test_a_tile_is_the_same_as_the_maps(client, small_city, group):
    x, y = square()
    headers = bearer(account(group)) if group else {}
    own = client.get(f"/tiles/buildings/{ZOOM}/{x}/{y}.mvt", headers=headers)
    found = client.get(f"/ogc/collections/buildings/tiles/{QUAD}/{ZOOM}/{y}/{x}", headers=headers)
    assert (found.status_code, found["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert found.content == own.content
    assert found["ETag"] == own["ETag"]
    again = client.get(found.request["PATH_INFO"], headers=headers | {"If-None-Match": found["ETag"]})
    assert again.status_code == 304


def test_a_tile_is_packed_once(client, small_city):
    x, y = square()
    address = f"/ogc/collections/buildings/tiles/{QUAD}/{ZOOM}/{y}/{x}"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == client.get(address).content


def test_a_tile_of_all_layers_holds_those_of_each(client, small_city):
    x, y = square()
    address = f"/ogc/tiles/{QUAD}/{ZOOM}/{y}/{x}"
    assert {"buildings", "roads", "bus_stops"} <= set(layers_of(client.get(address).content))
    assert "hydrants" not in layers_of(client.get(address).content)
    staff = client.get(address, headers=bearer(account("planners")))
    assert "hydrants" in layers_of(staff.content)
    assert "private" in staff["Cache-Control"]
    chosen = client.get(f"{address}?collections=bus_stops,roads").content
    assert [name for name in layers_of(chosen) if "_" not in name or name == "bus_stops"] == ["bus_stops", "roads"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/ogc/collections/buildings/tiles/{QUAD}/15/0/0", 204),
        (f"/ogc/collections/buildings/tiles/{QUAD}/99/0/0", 404),
        ("/ogc/collections/buildings/tiles/Other/15/0/0", 404),
        (f"/ogc/collections/hydrants/tiles/{QUAD}/15/0/0", 404),
        (f"/ogc/collections/hydrants/tiles/{QUAD}", 404),
        ("/ogc/collections/hydrants/tiles", 404),
        (f"/ogc/tiles/{QUAD}/0/1/0", 404),
        (f"/ogc/tiles/{QUAD}/15/0/0?collections=hydrants", 404),
        (f"/ogc/tiles/{QUAD}/15/0/0?colour=red", 400),
        (f"/ogc/tiles/{QUAD}/x/0/0", 404),
        ("/ogc/styles/hydrants", 404),
        ("/ogc/styles/map?theme=pink", 400),
    ],
)
def test_what_there_is_not(client, small_city, address, status):
    assert client.get(address).status_code == status


def test_the_grid_is_the_standards(client):
    found = client.get(f"/ogc/tileMatrixSets/{QUAD}").json()
    assert found["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    matrices = found["tileMatrices"]
    assert [one["id"] for one in matrices] == [str(zoom) for zoom in range(25)]
    # Scale denominators and cell sizes of OGC 17-083r4, annex D.1.
    for zoom, scale, cell in (
        (0, 559082264.0287178, 156543.0339280410),
        (10, 545978.7734655447, 152.8740565703525),
        (24, 33.32389974765201, 0.00933069193767),
    ):
        assert matrices[zoom]["scaleDenominator"] == pytest.approx(scale, rel=1e-9)
        assert matrices[zoom]["cellSize"] == pytest.approx(cell, rel=1e-9)
        assert matrices[zoom]["matrixWidth"] == matrices[zoom]["matrixHeight"] == 2**zoom


def test_a_tileset_says_where_its_tiles_are(client, small_city):
    listed = client.get("/ogc/collections/buildings/tiles").json()["tilesets"][0]
    found = client.get(next(one["href"] for one in listed["links"] if one["rel"] == "self")).json()
    item = next(one for one in found["links"] if one["rel"] == "item")
    x, y = square()
    tile = item["href"].format(tileMatrix=ZOOM, tileRow=y, tileCol=x)
    assert client.get(tile).status_code == 200
    limits = next(one for one in found["tileMatrixSetLimits"] if one["tileMatrix"] == str(ZOOM))
    assert limits["minTileRow"] < y < limits["maxTileRow"]
    assert limits["minTileCol"] < x < limits["maxTileCol"]
    # 25 km around the city at zoom 15: a tile is 1,222.99 m of the web's metres wide, 25 km are 39.6 km of these.
    assert limits["maxTileCol"] - limits["minTileCol"] == pytest.approx(2 * 39.6 / 1.223 + 18, abs=6)
    fields = next(one for one in found["layers"] if one["id"] == "buildings")["propertiesSchema"]["properties"]
    assert "height_m" in fields
    assert "residents" not in fields
    tile_json = client.get(f"/ogc/collections/buildings/tiles/{QUAD}?f=tilejson")
    assert tile_json.json()["tilejson"] == "3.0.0"
    assert math.isclose(tile_json.json()["bounds"][0], found["boundingBox"]["lowerLeft"][0], abs_tol=1e-5)
