"""From a device through a real Mosquitto into the store, and what becomes of messages that cannot be stored."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils.timezone import now

from geoportal.accounts.tokens import new_token
from layers.observations.models import FeatureOfInterest, Observation
from layers.runs.models import Rejection, Run
from tests.geoportal.broker.brokers import SECONDS, Subscriber, TestBroker, Until, mosquitto_pub
from tests.geoportal.logins import account
from tests.layers.observations.streams import START, stored, stream

pytestmark = pytest.mark.django_db


def observation(minute: int = 0, result: Any = 262.0, **members: Any) -> str:
    moment = (START + timedelta(minutes=minute)).isoformat()
    return json.dumps({"result": result, "phenomenonTime": moment, "resultTime": moment} | members)


def device(broker: TestBroker, *streams: int, groups: str = "editors") -> tuple[str, str]:
    """The login of a new token: of a device with these datastreams, or of a manager of all."""
    limits = list(streams) or None
    token, secret = new_token(
        account(*groups.split()), "device", ["sensors"], now() + timedelta(days=1), datastreams=limits
    )
    broker.broker.refresh()
    return token.broker_user, secret


def test_mosquitto_pub_with_the_standard_topic_stores_an_observation(broker):
    level = stream()
    login = device(broker, level.pk)
    broker.listen(0)
    assert mosquitto_pub(broker.write, login, f"v1.1/Datastreams({level.pk})/Observations", observation()) == 0
    broker.listen(1)
    assert stored(level) == {0: 262.0}


def test_observations_are_stored_in_one_run_of_the_day_whose_counts_grow(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    broker.listen(0)
    for minute in (0, 10, 20):
        broker.send(login, topic, observation(minute, 260.0 + minute))
    assert [one.outcome for one in broker.listen(3)] == ["new"] * 3
    broker.send(login, topic, observation(20, 280.0))
    broker.send(login, topic, observation(30, 290.0))
    broker.listen(2)
    assert stored(level) == {0: 260.0, 10: 270.0, 20: 280.0, 30: 290.0}
    run = Run.objects.get(source="mqtt")
    assert (run.status, run.read, run.stored, run.unchanged, run.rejected) == ("committed", 5, 4, 1, 0)
    assert run.batches.filter(stored_seq=None).count() == 0


BAD = [
    ("{", "json"),
    ('{"result": NaN}', "json"),
    ("[1]", "document"),
    ('{"phenomenonTime": "2026-01-15T00:00:00Z"}', "no_result"),
    ('{"result": "x"}', "no_number"),
    ('{"result": true}', "no_number"),
    ('{"result": 1e400}', "json"),
    ('{"result": 1, "phenomenonTime": "2026-01-15T00:00:00"}', "time"),
    ('{"result": 1, "phenomenonTime": "2126-01-15T00:00:00Z"}', "future"),
    ('{"result": 1, "phenomenonTime": "2026-01-15T00:00:00Z/2026-01-14T00:00:00Z"}', "backwards"),
    ('{"result": 1, "Datastream": {"@iot.id": 999999}}', "datastream"),
    ('{"result": 1, "FeatureOfInterest": {"@iot.id": 999999}}', "feature"),
    ('{"result": 1, "FeatureOfInterest": {"name": "x"}}', "feature"),
    ('{"result": 1, "parameters": {"a": "\\u0000"}}', "text"),
]


def test_malformed_messages_are_rejections_and_do_not_hold_the_others_up(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    broker.listen(0)
    for payload, _ in BAD:
        broker.send(login, topic, payload)
    broker.send(login, topic, b"\xff\x00")
    broker.send(login, topic, observation())
    outcomes = broker.listen(len(BAD) + 2)
    assert [one.reason for one in outcomes] == [*(reason for _, reason in BAD), "json", ""]
    assert stored(level) == {0: 262.0}
    found = Rejection.objects.filter(run__source="mqtt")
    assert set(found.values_list("reason", flat=True)) == {reason for _, reason in BAD}
    assert set(found.values_list("source_id", flat=True)) == {topic}
    assert Run.objects.get(source="mqtt").rejected == len(BAD) + 1


def test_a_datastream_that_was_ended_takes_no_more(broker):
    level = stream()
    login = device(broker, level.pk)
    broker.listen(0)
    level.ended_by = Run.objects.order_by("-pk").first()
    level.save(update_fields=["ended_by"])
    broker.send(login, f"v1.1/Datastreams({level.pk})/Observations", observation())
    assert [one.reason for one in broker.listen(1)] == ["datastream"]


def test_a_device_below_its_own_name_names_the_datastream_in_the_message(broker):
    mine, other = stream("level"), stream("flow")
    login = device(broker, mine.pk)
    topic = f"devices/{login[0]}/v1.1/Observations"
    broker.listen(0)
    for one in (mine, other):
        broker.send(login, topic, observation(Datastream={"@iot.id": one.pk}))
    assert [(one.outcome, one.reason) for one in broker.listen(2)] == [("new", ""), ("rejected", "datastream")]
    assert stored(mine) == {0: 262.0} and stored(other) == {}


def test_a_datastream_has_one_spelling_so_that_no_right_is_walked_around(broker):
    alarm = stream("co", "home")
    alarm.thing.kind = "alarms"
    alarm.thing.save(update_fields=["kind"])
    manager = device(broker)
    broker.listen(0)
    broker.send(manager, f"v1.1/Datastreams(0{alarm.pk})/Observations", observation())
    assert [(one.outcome, one.reason) for one in broker.listen(1)] == [("rejected", "topic")]
    assert stored(alarm) == {}


def test_a_device_refers_to_features_of_its_own_layer_only(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    hidden = FeatureOfInterest.objects.create(name="x", feature={}, kind="alarms")
    broker.listen(0)
    for key in (hidden.pk, 999_999):
        broker.send(login, topic, observation(FeatureOfInterest={"@iot.id": key}))
    assert {(one.outcome, one.reason) for one in broker.listen(2)} == {("rejected", "feature")}


def test_a_retained_message_without_a_time_is_not_stored_again_at_each_start(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    broker.send(login, topic, '{"result": 1}', retain=True)
    assert [one.outcome for one in broker.listen(1)] == ["ignored"]
    assert not Observation.objects.filter(datastream=level).exists()


def test_a_publisher_that_asks_is_informed_of_the_outcome_after_the_commit(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    heard = Subscriber(broker.read, login, f"v1.1/confirmed/{login[0]}")
    broker.listen(0)
    broker.send(login, topic, observation(parameters={"message_id": "a1"}))
    broker.send(login, topic, observation(result="x", parameters={"message_id": 2}))
    broker.send(login, f"devices/{login[0]}/{topic}", observation(parameters={"message_id": "a3"}))
    broker.send(login, topic, observation(10))
    broker.listen(4)
    heard.wait_for(3)
    answers = [json.loads(payload) for _, payload in heard.messages]
    heard.close()
    assert [(one["message_id"], one["outcome"], one.get("reason")) for one in answers] == [
        ("a1", "new", None),
        (2, "rejected", "no_number"),
        ("a3", "unchanged", None),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_has_read_all_it_may_still_ends(broker, monkeypatch):
    monkeypatch.setattr("ingest.mqtt.listener.MOST_WAITING", 3)
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    broker.listen(0)
    for minute in range(10):
        broker.send(login, topic, observation(minute))
    listener = broker.listener()

    def away(_: Any) -> Any:
        raise OperationalError("the database is away")

    monkeypatch.setattr(listener, "_store", away)
    began = time.monotonic()
    listener.run(Until(lambda: time.monotonic() > began + 2))
    assert time.monotonic() < began + SECONDS
    assert [one.outcome for one in broker.listen(10)] == ["new"] * 10


def confirmed(heard: Subscriber, number: int) -> list[tuple[Any, ...]]:
    heard.wait_for(number)
    answers = [json.loads(payload) for _, payload in heard.messages]
    return [(one["message_id"], one["outcome"], one.get("reason"), one["topic"]) for one in answers]


def test_a_manager_who_names_an_unknown_datastream_is_informed(broker):
    level = stream()
    manager, device_login = device(broker), device(broker, level.pk)
    heard = {login: Subscriber(broker.read, login, f"v1.1/confirmed/{login[0]}") for login in (manager, device_login)}
    broker.listen(0)
    known, unknown, open_topic = (
        f"v1.1/Datastreams({level.pk})/Observations",
        "v1.1/Datastreams(999999)/Observations",
        "v1.1/Observations",
    )
    broker.send(manager, open_topic, observation(Datastream={"@iot.id": 999_999}, parameters={"message_id": 1}))
    broker.send(manager, unknown, observation(parameters={"message_id": 2}))
    broker.send(manager, open_topic, observation(parameters={"message_id": 3}))
    broker.send(
        manager, open_topic, observation(result="x", Datastream={"@iot.id": level.pk}, parameters={"message_id": 4})
    )
    broker.send(manager, known, observation(parameters={"message_id": 5}))
    broker.listen(5)
    shared = [(4, "rejected", "no_number", open_topic), (5, "new", None, known)]
    assert confirmed(heard[manager], 5) == [
        (1, "rejected", "datastream", open_topic),
        (2, "rejected", "datastream", unknown),
        (3, "rejected", "datastream", open_topic),
        *shared,
    ]
    assert confirmed(heard[device_login], 2) == shared
    for one in heard.values():
        one.close()


def test_a_device_whose_datastream_was_ended_is_informed(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    broker.listen(0)
    level.ended_by = Run.objects.order_by("-pk").first()
    level.save(update_fields=["ended_by"])
    broker.broker.refresh()
    time.sleep(0.5)
    heard = Subscriber(broker.read, login, f"v1.1/confirmed/{login[0]}")
    broker.send(login, topic, observation(parameters={"message_id": 1}))
    broker.send(login, f"devices/{login[0]}/{topic}", observation(parameters={"message_id": 2}))
    broker.listen(2)
    assert confirmed(heard, 2) == [
        (1, "rejected", "datastream", topic),
        (2, "rejected", "datastream", f"devices/{login[0]}/{topic}"),
    ]
    heard.close()


def test_confirmations_about_alarms_are_for_those_who_see_them(broker):
    alarm = stream("co", "home")
    alarm.thing.kind = "alarms"
    alarm.thing.save(update_fields=["kind"])
    manager, sender = device(broker), device(broker, alarm.pk, groups="services editors")
    heard = {login: Subscriber(broker.read, login, f"v1.1/confirmed/{login[0]}") for login in (manager, sender)}
    broker.listen(0)
    topic = f"v1.1/Datastreams({alarm.pk})/Observations"
    broker.send(sender, topic, observation(parameters={"message_id": 1}))
    broker.listen(1)
    assert confirmed(heard[sender], 1) == [(1, "new", None, topic)]
    time.sleep(0.3)
    assert heard[manager].messages == []
    for one in heard.values():
        one.close()


def test_a_message_id_that_no_text_can_hold_does_not_stop_the_listener(broker):
    level = stream()
    login, topic = device(broker, level.pk), f"v1.1/Datastreams({level.pk})/Observations"
    heard = Subscriber(broker.read, login, f"v1.1/confirmed/{login[0]}")
    broker.listen(0)
    broker.send(login, topic, '{"result": 1, "parameters": {"message_id": "\\ud800"}}')
    broker.send(login, topic, observation(parameters={"message_id": "ąę"}))
    broker.listen(2)
    assert confirmed(heard, 2) == [("\ud800", "rejected", "text", topic), ("ąę", "new", None, topic)]
    heard.close()
