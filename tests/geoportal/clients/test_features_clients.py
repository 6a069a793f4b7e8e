"""GDAL and OWSLib read every open layer over OGC API Features completely and in its place."""

from urllib.parse import parse_qs, urlsplit

import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features
from shapely.geometry import shape

from tests.geoportal.clients.conftest import LONG_NAME, OPEN_LAYERS, PAGE, ROWS, SYSTEMS, TIERED_SYSTEMS, assert_same

pytestmark = pytest.mark.django_db
ADDRESS = {
    "CRS84": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "4326": "http://www.opengis.net/def/crs/EPSG/0/4326",
    "2178": "http://www.opengis.net/def/crs/EPSG/0/2178",
    "2180": "http://www.opengis.net/def/crs/EPSG/0/2180",
}
NORTH_FIRST = ("4326", "2178", "2180")
"""Systems whose official axes are north and east, as the EPSG registry has them."""


@pytest.mark.parametrize("layer", OPEN_LAYERS)
@pytest.mark.parametrize("system", TIERED_SYSTEMS)
def test_gdal_reads_the_whole_layer(portal, layer, system):
    frame = pyogrio.read_dataframe(f"OAPIF:{portal.url}/ogc/", layer=layer, CRS=ADDRESS[system], PAGE_SIZE=PAGE)
    assert len(frame) == ROWS
    assert frame.crs.equals(SYSTEMS[system], ignore_axis_order=True)
    assert_same(layer, dict(zip(frame["id"], frame.geometry, strict=True)), SYSTEMS[system])


def test_gdal_finds_the_open_layers_and_no_other(portal):
    listed = {name for name, _ in pyogrio.list_layers(f"OAPIF:{portal.url}/ogc/")}
    assert listed == {*OPEN_LAYERS, "catalogue"}


def test_gdal_reads_names_and_nulls(portal):
    names = pyogrio.read_dataframe(f"OAPIF:{portal.url}/ogc/", layer="monuments")["name"].dropna()
    assert len(names) == sum(number % 3 == 1 for number in range(ROWS))
    assert all(name.startswith(LONG_NAME[:30]) for name in names)


def test_gdal_filters_on_the_server(portal):
    start = LONG_NAME[:6]
    frame = pyogrio.read_dataframe(f"OAPIF:{portal.url}/ogc/", layer="monuments", where=f"name >= '{start}'")
    assert len(frame) == sum(number % 3 == 1 for number in range(ROWS))


@pytest.mark.parametrize("layer", OPEN_LAYERS)
@pytest.mark.parametrize("system", TIERED_SYSTEMS)
def test_owslib_reads_the_whole_layer_page_by_page(portal, layer, system):
    service = Features(f"{portal.url}/ogc/")
    assert layer in service.feature_collections()
    got: dict = {}
    asked: dict = {"limit": PAGE, "crs": ADDRESS[system]}
    while asked:
        page = service.collection_items(layer, **asked)
        assert page["numberMatched"] == ROWS
        found = {one["id"]: _east_first(shape(one["geometry"]), system) for one in page["features"]}
        assert len(found) == page["numberReturned"] <= PAGE and not got.keys() & found.keys()
        got |= found
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        asked = (
            {name: value[0] for name, value in parse_qs(urlsplit(following[0]).query).items()} if following else {}
        )
    assert_same(layer, got, SYSTEMS[system])


def _east_first(geometry, system):
    return shapely.transform(geometry, lambda xy: xy[:, ::-1]) if system in NORTH_FIRST else geometry


def test_owslib_reads_one_feature_and_what_can_be_asked(portal):
    service = Features(f"{portal.url}/ogc/")
    first = service.collection_items("buildings", limit=1)["features"][0]
    assert service.collection_item("buildings", first["id"])["id"] == first["id"]
    asked = service.collection_queryables("buildings")["properties"]
    assert "height_m" in asked and "owner" not in asked
