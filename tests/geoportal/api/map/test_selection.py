"""Several picked features: their names, number and sums, by the visitor's access."""

import json

import pytest

from layers.kinds import kind_of
from tests.factories import feature_id

pytestmark = pytest.mark.usefixtures("small_city")


def ask(client, layers: object):
    return client.post("/selection.json", json.dumps({"layers": layers}), content_type="application/json")


def test_features_are_counted_named_and_summed(client):
    version = kind_of("buildings").model.objects.get(source_id="b1").version_id
    keys = [str(version), str(feature_id("b2", "egib"))]
    (layer,) = ask(client, {"buildings": keys}).json()["layers"]
    assert (layer["title"], layer["count"]) == ("Budynki", 2)
    assert {one["feature_id"] for one in layer["features"]} == {str(feature_id(one, "egib")) for one in ("b1", "b2")}
    # Two squares of 20 m; residents are not public.
    assert layer["sums"] == [{"title": "Powierzchnia na mapie", "text": "800\u00a0m²", "known": 2}]


def test_the_filter_shows_the_same_features_in_other_places(client):
    (layer,) = ask(client, {"buildings": [str(feature_id("b2", "egib"))]}).json()["layers"]
    rows = client.get("/open-data/buildings.geojson", {"filter": layer["filter"]})
    found = json.loads(b"".join(rows.streaming_content))["features"]
    assert [one["properties"]["use_class"] for one in found] == ["public"]


def test_a_road_has_a_length(client):
    (layer,) = ask(client, {"roads": [str(feature_id("r1", "egib"))]}).json()["layers"]
    assert layer["features"][0]["title"] == "Sienkiewicza"
    assert layer["sums"] == [{"title": "Długość na mapie", "text": "1\u00a0000\u00a0m", "known": 1}]


def test_hidden_layers_do_not_exist(client):
    assert ask(client, {"hydrants": [str(feature_id("h1", "waterworks"))]}).status_code == 404


@pytest.mark.parametrize("layers", [None, [], {"buildings": "b1"}, {"buildings": ["x"]}, {"buildings": ["1"] * 501}])
def test_nonsense_is_refused(client, layers):
    assert ask(client, layers).status_code == 400


def test_features_that_are_gone_are_left_out(client):
    (layer,) = ask(client, {"buildings": ["999999999", str(feature_id("none"))]}).json()["layers"]
    assert (layer["count"], layer["features"]) == (0, [])
