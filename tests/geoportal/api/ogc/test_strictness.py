"""Mistakes in requests are named in the answer: they are neither ignored nor a server error."""

import io

import pyogrio
import pytest

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/buildings/items"


def test_a_file_of_no_feature_is_a_file(client, small_city):
    answer = client.get(f"{ITEMS}?f=fgb&name=nothing")
    assert answer.status_code == 200
    frame = pyogrio.read_dataframe(io.BytesIO(b"".join(answer.streaming_content)))
    assert (len(frame), "use_class" in frame.columns) == (0, True)


@pytest.mark.parametrize(
    "query", ["sortby=nothing", "bbox=1,2", "datetime=soon", "crs=EPSG:1", "filter=)", "limit=0"]
)
def test_a_layer_without_data_understands_its_parameters_all_the_same(client, small_city, query):
    assert client.get(f"/ogc/collections/rivers/items?{query}").status_code == 400


@pytest.mark.parametrize(
    "address", ["/ogc/jobs/%00", "/ogc/collections/%00/items", f"{ITEMS}?name=%00", "/ogc/styles/map?theme=%00"]
)
def test_a_nul_is_refused(client, small_city, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/ogc/nothing", "/ogc/collections/", "/ogc/tiles/WebMercatorQuad/a/b/c"])
def test_an_address_that_there_is_not_is_answered_as_all_faults_are(client, address):
    refused = client.get(address)
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")


def test_a_number_of_any_length_counts_as_the_most(client, small_city):
    assert client.get(f"{ITEMS}?limit={'9' * 5000}").status_code == 200
    assert client.get(f"{ITEMS}?limit=%D9%A3").status_code == 400  # A digit, but not one of ours.
