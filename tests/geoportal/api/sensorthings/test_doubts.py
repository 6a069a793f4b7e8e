"""Flags, exclusions and invented data: what documents show of them, filters find."""

from datetime import timedelta

import pytest

from layers.kinds.stations import Station
from layers.observations.models import Datastream, Exclusion, FeatureOfInterest, Observation, Thing
from layers.runs.models import Dataset
from tests.geoportal.api.sensorthings.conftest import Get, Network, Send
from tests.layers.observations.streams import START

pytestmark = pytest.mark.django_db


def found(get: Get, network: Network, condition: str) -> list[float]:
    rows = get(f"Datastreams({network.level})/Observations?$filter={condition}&$orderby=result")["value"]
    return [one["result"] for one in rows]


def test_flags_and_exclusions_are_shown_and_found(network: Network, get: Get) -> None:
    Observation.objects.filter(datastream=network.level, value=101).update(flags=3)
    level = Datastream.objects.get(pk=network.level)
    period = {"since": START + timedelta(minutes=40), "until": START + timedelta(minutes=50)}
    Exclusion.objects.create(datastream=level, reason="serwis", account="anna", **period)
    rows = get(f"Datastreams({network.level})/Observations?$select=result,resultQuality")["value"]
    assert {one["result"]: one["resultQuality"] for one in rows if "resultQuality" in one} == {
        101.0: {"flags": ["range", "step"]},
        104.0: {"flags": [], "excluded": True},
    }
    assert found(get, network, "resultQuality eq null") == [100, 102, 103, 105]
    assert found(get, network, "substringof('range',resultQuality/flags)") == [101]
    assert found(get, network, "resultQuality/excluded eq true") == [104]
    assert found(get, network, "not (resultQuality/excluded eq true) and resultQuality ne null") == []


def test_quality_that_was_given_is_found_with_and_without_flags(network: Network, get: Get) -> None:
    assert get("Observations?$filter=resultQuality/code eq 'good'&$count=true")["@iot.count"] == 1
    Observation.objects.filter(datastream=network.pm10, value=40.5).update(flags=1)
    assert get("Observations?$filter=resultQuality/given/code eq 'good'&$count=true")["@iot.count"] == 1


def test_invented_stations_are_found_by_their_mark(network: Network, get: Get) -> None:
    assert get("Things?$filter=properties/synthetic eq true&$count=true")["@iot.count"] == 0
    Dataset.objects.filter(pk=Thing.objects.get(pk=network.silnica).dataset_id).update(synthetic=True)
    rows = get("Things?$filter=properties/synthetic eq true&$count=true")
    assert rows["@iot.count"] == 2
    assert all(one["properties"]["synthetic"] for one in rows["value"])


def test_observations_of_invented_and_indicative_stations_are_found_by_their_quality(
    network: Network, get: Get
) -> None:
    whole = len(get(f"Datastreams({network.level})/Observations")["value"])
    assert found(get, network, "resultQuality/synthetic eq true") == []
    Datastream.objects.filter(pk=network.level).update(properties={"synthetic": True})
    assert len(found(get, network, "resultQuality/synthetic eq true")) == whole
    assert found(get, network, "resultQuality eq null or resultQuality/standing eq 'test'") == []
    station = Thing.objects.get(pk=network.silnica).feature_id
    Station.objects.filter(feature_id__in=[station]).update(standing="test")
    assert len(found(get, network, "resultQuality/standing eq 'test'")) == whole
    (one,) = get(f"Datastreams({network.level})/Observations?$top=1")["value"]
    assert one["resultQuality"] == {"flags": [], "synthetic": True, "standing": "test"}


@pytest.mark.parametrize(
    "times",
    [
        {"phenomenonTime": "2026-01-20T00:00:00Z/9998-12-31T00:00:00Z"},
        {"phenomenonTime": "2026-01-20T00:00:00Z", "resultTime": "9999-12-31T23:59:59Z"},
    ],
)
def test_times_far_ahead_are_refused(network: Network, send: Send, times: dict[str, str]) -> None:
    answer = send("POST", f"Datastreams({network.level})/Observations", times | {"result": 1}, 400)
    assert "more than a day ahead" in answer.json()["message"]


def test_a_feature_of_another_layer_is_not_taken(network: Network, send: Send, get: Get) -> None:
    feature = FeatureOfInterest.objects.get(thing=network.home)
    document = {"phenomenonTime": "2026-01-20T00:00:00Z", "result": 1, "FeatureOfInterest": {"@iot.id": feature.pk}}
    send("POST", f"Datastreams({network.level})/Observations", document, 400)
    feature.refresh_from_db()
    assert feature.kind == "alarms"
