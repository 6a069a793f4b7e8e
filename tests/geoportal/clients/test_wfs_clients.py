"""GDAL, OWSLib and QGIS read every open layer over the WFS completely and in its place."""

import json
from io import BytesIO

import geopandas
import pyogrio
import pytest
from owslib.wfs import WebFeatureService

from tests.geoportal.clients.conftest import LONG_NAME, OPEN_LAYERS, ROWS, SYSTEMS, TIERED_SYSTEMS, assert_same

pytestmark = pytest.mark.django_db
URN = {
    "CRS84": "urn:ogc:def:crs:OGC::CRS84",
    "4326": "urn:ogc:def:crs:EPSG::4326",
    "2178": "urn:ogc:def:crs:EPSG::2178",
    "2180": "urn:ogc:def:crs:EPSG::2180",
}


def identified(frame):
    identities = frame["gml_id"].str.partition(".")[2]
    return dict(zip(identities, frame.geometry, strict=True))


@pytest.mark.parametrize("layer", OPEN_LAYERS)
@pytest.mark.parametrize("system", TIERED_SYSTEMS)
def test_gdal_reads_the_whole_layer(portal, layer, system):
    source = f"WFS:{portal.url}/wfs/?SRSNAME={URN[system]}"
    frame = pyogrio.read_dataframe(source, layer=f"city:{layer}")
    assert len(frame) == ROWS
    assert frame.crs.equals(SYSTEMS[system], ignore_axis_order=True) or frame.crs == SYSTEMS[system]
    assert_same(layer, identified(frame), SYSTEMS[system])


def test_gdal_finds_the_open_layers_and_no_other(portal):
    names = {name for name, _ in pyogrio.list_layers(f"WFS:{portal.url}/wfs/")}
    assert names == {f"city:{layer}" for layer in OPEN_LAYERS}


def test_gdal_reads_names_nulls_and_numbers(portal):
    frame = pyogrio.read_dataframe(f"WFS:{portal.url}/wfs/", layer="city:monuments")
    names = frame["name"].dropna()
    assert 0 < len(names) < ROWS
    assert all(name.startswith(LONG_NAME[:30]) for name in names)


def test_gdal_filters_on_the_server(portal):
    frame = pyogrio.read_dataframe(
        f"WFS:{portal.url}/wfs/", layer="city:monuments", where=f"name >= '{LONG_NAME[:6]}'"
    )
    assert len(frame) == sum(number % 3 == 1 for number in range(ROWS))


@pytest.mark.parametrize("layer", OPEN_LAYERS)
@pytest.mark.parametrize("system", TIERED_SYSTEMS)
def test_owslib_reads_the_whole_layer_page_by_page(portal, layer, system):
    service = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0")
    assert layer in {name.partition(":")[2] for name in service.contents}
    got: dict = {}
    start = 0
    while True:
        page = service.getfeature(
            typename=f"city:{layer}", startindex=start, srsname=URN[system], outputFormat="geojson"
        )
        features = json.loads(page.read())["features"]
        if not features:
            break
        found = geopandas.GeoDataFrame.from_features(features)
        ids = [one["id"].partition(".")[2] for one in features]
        assert not got.keys() & set(ids)
        got |= dict(zip(ids, found.geometry, strict=True))
        start += len(features)
    assert len(got) == ROWS
    assert_same(layer, got, SYSTEMS[system])


def test_owslib_reads_the_schema(portal):
    schema = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0").get_schema("city:buildings")
    assert schema["geometry"].endswith("MultiPolygon")
    assert schema["properties"]["height_m"] == "double"
    assert "owner" not in schema["properties"]


def test_owslib_reads_gml(portal):
    service = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0")
    page = service.getfeature(typename="city:bus_stops", maxfeatures=2)
    frame = geopandas.read_file(BytesIO(page.read()))
    assert len(frame) == 2
