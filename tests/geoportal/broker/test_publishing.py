"""Stored observations are published once, whichever way they came, and none is left out after a restart."""

import json
from typing import Any

import pytest

from geoportal.broker.cursor import PublishedBatch
from geoportal.broker.publishing import messages
from layers.observations.feed import last_seq
from layers.observations.models import Batch, Observation
from tests.geoportal.broker.brokers import Subscriber
from tests.layers.observations.streams import observations, store, stream

pytestmark = pytest.mark.django_db


def of_last_batch() -> dict[str, list[Any]]:
    """The published documents of the last batch, by topic."""
    batch = Batch.objects.order_by("pk").last()
    assert batch is not None
    found: dict[str, list[Any]] = {}
    for topic, payload in messages(batch):
        found.setdefault(topic, []).append(json.loads(payload))
    return found


def test_an_observation_is_published_as_sensorthings_has_it(settings):
    settings.PORTAL_URL = "https://geo.example"
    level = stream()
    store(observations(level, {0: 262.5}, length=60, made=61))
    number = Observation.objects.get().number
    found = of_last_batch()
    own = f"https://geo.example/sta/v1.1/Observations({number})"
    assert (
        found["v1.1/Observations"]
        == found[f"v1.1/Datastreams({level.pk})/Observations"]
        == [
            {
                "@iot.id": number,
                "@iot.selfLink": own,
                "phenomenonTime": "2026-01-15T00:00:00Z/2026-01-15T01:00:00Z",
                "resultTime": "2026-01-15T01:01:00Z",
                "result": 262.5,
                "Datastream@iot.navigationLink": f"{own}/Datastream",
                "FeatureOfInterest@iot.navigationLink": f"{own}/FeatureOfInterest",
            }
        ]
    )
    (entity,) = found[f"v1.1/Datastreams({level.pk})"]
    assert entity["@iot.id"] == level.pk and entity["unitOfMeasurement"]["symbol"] == "cm"


def test_of_a_large_batch_the_latest_of_each_datastream_is_published(settings):
    settings.MQTT_PUBLISHED_ROWS = 2
    level = stream()
    store(observations(level, {0: 1.0, 10: 2.0, 20: 3.0}))
    assert [one["result"] for one in of_last_batch()["v1.1/Observations"]] == [3.0]


def test_nothing_is_published_of_what_did_not_change_or_was_ended():
    level = stream()
    first = store(observations(level, {0: 1.0}))
    store(observations(level, {0: 1.0}))
    assert of_last_batch() == {}
    assert first.batch is not None
    level.ended_by = first.batch.run
    level.save(update_fields=["ended_by"])
    assert list(messages(first.batch)) == []


def test_each_batch_is_published_once_and_in_order_over_a_restart(broker):
    level = stream()
    PublishedBatch.objects.create(pk=1, stored_seq=last_seq())
    heard = Subscriber(broker.read, None, "v1.1/Observations")
    for minutes in ((0, 10), (20, 30)):
        for minute in minutes:
            store(observations(level, {minute: float(minute)}))
        count = minutes[1] // 10 + 1
        broker.publish_stored(lambda count=count: len(heard.messages) >= count)
    broker.publish_stored(lambda: PublishedBatch.objects.get().stored_seq == last_seq())
    assert [json.loads(payload)["result"] for _, payload in heard.messages] == [0.0, 10.0, 20.0, 30.0]
    heard.close()


def test_the_first_start_publishes_no_history(broker):
    level = stream()
    store(observations(level, {0: 1.0}))
    heard = Subscriber(broker.read, None, "#")
    broker.publish_stored(lambda: PublishedBatch.objects.exists())
    assert PublishedBatch.objects.get().stored_seq == last_seq()
    assert heard.messages == []
    heard.close()
