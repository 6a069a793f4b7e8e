"""Programs see what their account may see: a token goes as the password of Basic, as GDAL and OWSLib send it."""

import pyogrio
import pytest
from owslib.util import Authentication, ServiceException
from owslib.wfs import WebFeatureService
from pyogrio.errors import DataLayerError

from tests.geoportal.clients.conftest import CATALOGUE, OPEN_LAYERS, OWNER, ROWS

pytestmark = pytest.mark.django_db
SERVICES = {"WFS": ("WFS:{}/wfs/", "city:"), "OAPIF": ("OAPIF:{}/ogc/", "")}


@pytest.fixture
def as_analyst(portal):
    """GDAL sends the analyst's token."""
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"anybody:{portal.token}"})
    yield
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": None, "GDAL_HTTP_USERPWD": None})


@pytest.mark.parametrize("service", SERVICES)
def test_gdal_without_an_account_finds_no_layer_and_no_field_of_the_staff(portal, service):
    source, prefix = SERVICES[service][0].format(portal.url), SERVICES[service][1]
    assert {name for name, _ in pyogrio.list_layers(source)} - CATALOGUE == {prefix + layer for layer in OPEN_LAYERS}
    buildings = pyogrio.read_dataframe(source, layer=f"{prefix}buildings")
    assert len(buildings) == ROWS and not {"owner", "heating", "residents"} & set(buildings.columns)
    assert OWNER not in buildings.to_csv()
    with pytest.raises(DataLayerError):
        pyogrio.read_dataframe(source, layer=f"{prefix}hydrants")


@pytest.mark.parametrize("service", SERVICES)
def test_gdal_with_an_analysts_token_reads_what_analysts_may(portal, service, as_analyst):
    source, prefix = SERVICES[service][0].format(portal.url), SERVICES[service][1]
    assert len(pyogrio.read_dataframe(source, layer=f"{prefix}hydrants")) == ROWS
    buildings = pyogrio.read_dataframe(source, layer=f"{prefix}buildings")
    assert set(buildings["owner"]) == {OWNER}


@pytest.mark.parametrize("field", ["owner", "ownes"])
def test_owslib_cannot_sort_by_or_ask_for_a_hidden_field(portal, field):
    service = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0")
    for words in ({"sortby": [field]}, {"propertyname": [field]}):
        with pytest.raises(ServiceException, match=f"Field .*{field}.* does not exist"):
            service.getfeature(typename="city:buildings", **words)


def test_owslib_finds_the_layers_of_its_account(portal):
    anonymous = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0")
    auth = Authentication(username="anybody", password=portal.token)
    analyst = WebFeatureService(f"{portal.url}/wfs/", version="2.0.0", auth=auth)
    assert "city:hydrants" not in anonymous.contents and "city:hydrants" in analyst.contents
    assert "owner" not in anonymous.get_schema("city:buildings")["properties"]
    assert "owner" in analyst.get_schema("city:buildings")["properties"]
