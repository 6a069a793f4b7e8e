"""The role walk over MQTT, on a real Mosquitto: who may publish what, and who hears what of what was stored."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from geoportal.accounts.tokens import ApiToken, new_token
from geoportal.broker.cursor import PublishedBatch
from ingest.mqtt.mapping import DeviceTopic, MappedField
from layers.access.publication import DECISIONS, Publication
from layers.observations.feed import last_seq
from layers.observations.models import Datastream
from tests.geoportal.broker.brokers import SECONDS, Login, Subscriber, TestBroker, a_broker, client
from tests.geoportal.logins import account
from tests.layers.observations.streams import observations, store, stream

pytestmark = pytest.mark.django_db

EVERYTHING = ("#", "+/#", "v1.1/#", "services/#", "in/#", "in/v1.1/#", "devices/#", "$SYS/#", "$share/all/#")
"""Topics that a curious client asks for; each message comes once however many match."""


def login(broker: TestBroker, groups: str, *scopes: str, streams: list[int] | None = None) -> tuple[str, str]:
    user = account(*groups.split(), name=f"{groups}-of-a-token")
    token, secret = new_token(user, "x", [*scopes], now() + timedelta(days=1), datastreams=streams)
    broker.broker.refresh()
    return token.broker_user, secret


def alarm() -> Datastream:
    made = stream("co", "home")
    made.thing.kind = "alarms"
    made.thing.save(update_fields=["kind"])
    return made


def settle(broker: TestBroker, condition: Any) -> None:
    end = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


def test_what_is_stored_is_heard_by_those_who_may_see_it(broker):
    level, danger = stream(), alarm()
    logins: dict[str, Login] = {
        "anonymous": None,
        "staff": login(broker, "planners", "read"),
        "services": login(broker, "services", "read"),
        "device": login(broker, "editors", "sensors", streams=[level.pk]),
    }
    heard = {name: Subscriber(broker.read, one, *EVERYTHING) for name, one in logins.items()}
    exact = Subscriber(broker.read, None, "v1.1/Observations")
    PublishedBatch.objects.create(pk=1, stored_seq=last_seq())
    for kept, value in ((level, 1.0), (danger, 77.0)):
        store(observations(kept, {0: value}))
    broker.publish_stored(lambda: len(heard["services"].topics) >= 6)
    public = [
        f"v1.1/Datastreams({level.pk})",
        f"v1.1/Datastreams({level.pk})/Observations",
        "v1.1/Observations",
    ]
    closed = [f"services/v1.1/Datastreams({danger.pk})", f"services/v1.1/Datastreams({danger.pk})/Observations"]
    assert heard["services"].topics == [*closed, "services/v1.1/Observations", *public]
    for name in ("anonymous", "staff", "device"):
        settle(broker, lambda name=name: heard[name].topics == public)
        assert heard[name].topics == public
        assert not any(b"77.0" in payload for _, payload in heard[name].messages)
    assert [topic for topic, _ in exact.messages] == ["v1.1/Observations"]
    late = Subscriber(broker.read, None, *EVERYTHING)
    time.sleep(0.3)
    assert late.messages == []  # nothing is retained, whose rights could change
    for one in (*heard.values(), exact, late):
        one.close()


def test_a_withdrawn_layer_is_heard_by_those_only_who_may_still_see_it(broker, settings):
    level = stream()
    settings.PUBLICATION_SECONDS = 0.01
    Publication.objects.create(kind="stations", level="staff")
    DECISIONS.refresh(force=True)
    staff = Subscriber(broker.read, login(broker, "planners", "read"), "#")
    nobody = Subscriber(broker.read, None, "#")
    PublishedBatch.objects.create(pk=1, stored_seq=last_seq())
    store(observations(level, {0: 1.0}))
    broker.publish_stored(lambda: len(staff.topics) >= 3)
    assert staff.topics[0].startswith("staff/v1.1/")
    assert nobody.messages == []
    staff.close()
    nobody.close()


def test_a_device_publishes_to_its_own_datastreams_only(broker):
    mine, other, danger = stream("level"), stream("flow"), alarm()
    device = login(broker, "editors", "sensors", streams=[mine.pk])
    manager = login(broker, "admins", "sensors")
    reader = login(broker, "services", "read")
    broker.listen(0)
    own = f"v1.1/Datastreams({mine.pk})/Observations"
    tried: list[tuple[tuple[str, str], str]] = [
        (device, own),
        (device, f"v1.1/Datastreams({other.pk})/Observations"),
        (device, "v1.1/Observations"),
        (device, f"devices/{device[0]}/v1.1/Observations"),
        (device, f"devices/{manager[0]}/v1.1/Observations"),
        (device, "in/" + own),
        (device, "x"),
        (manager, f"v1.1/Datastreams({other.pk})/Observations"),
        (manager, f"v1.1/Datastreams({danger.pk})/Observations"),
        (manager, "v1.1/Observations"),
        (manager, f"v1.1/confirmed/{device[0]}"),
        (reader, own),
    ]
    for at, (who, topic) in enumerate(tried):
        broker.send(who, topic, f'{{"at": {at}}}')
    broker.send(manager, own, "{}")
    came = [one.read.message.payload for one in broker.listen(5)]
    assert came == [b'{"at": 0}', b'{"at": 3}', b'{"at": 7}', b'{"at": 9}', b"{}"]


def test_nobody_publishes_what_readers_hear_and_nobody_reads_what_devices_send(broker):
    level = stream()
    device = login(broker, "editors", "sensors", "read", streams=[level.pk])
    topic = f"v1.1/Datastreams({level.pk})/Observations"
    ears = [Subscriber(broker.read, device, *EVERYTHING), Subscriber(broker.write, device, *EVERYTHING)]
    broker.send(device, topic, '{"result": 1}')
    for who in (None, device):
        with client(broker.read, who) as sender:
            sender.publish("v1.1/Observations", "forged", qos=1).wait_for_publish(SECONDS)
    time.sleep(0.3)
    assert [one.messages for one in ears] == [[], []]
    for one in ears:
        one.close()


def test_without_a_password_nobody_publishes_and_a_wrong_one_is_refused(broker):
    device = login(broker, "editors", "sensors")
    for who in (None, (device[0], "wrong"), ("nobody", "x"), ("portal", "x")):
        with pytest.raises(ConnectionRefusedError), client(broker.write, who):
            pass
    with pytest.raises(ConnectionRefusedError), client(broker.read, (device[0], "wrong")):
        pass


def test_a_revoked_or_expired_token_is_disconnected_and_stays_out(broker):
    level = stream()
    for change in ({"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}):
        device = login(broker, "editors", "sensors", streams=[level.pk])
        connected = Subscriber(broker.read, device, "v1.1/Observations")
        assert not connected.left.is_set()
        ApiToken.objects.update(**change)
        assert broker.broker.refresh()
        assert connected.left.wait(SECONDS)
        connected.close()
        with pytest.raises(ConnectionRefusedError), client(broker.write, device):
            pass


def test_a_connected_device_loses_the_right_to_a_datastream_with_its_account(broker):
    level = stream()
    device = login(broker, "editors", "sensors", streams=[level.pk])
    topic = f"v1.1/Datastreams({level.pk})/Observations"
    broker.listen(0)
    with client(broker.write, device) as sender:
        sender.publish(topic, "before", qos=1).wait_for_publish(SECONDS)
        ApiToken.objects.get().user.groups.clear()
        assert broker.broker.refresh()
        time.sleep(0.3)
        sender.publish(topic, "after", qos=1).wait_for_publish(SECONDS)
    assert [one.read.message.payload for one in broker.listen(1)] == [b"before"]
    assert not broker.broker.refresh()


def test_a_device_with_topics_of_its_own_publishes_there_if_all_its_datastreams_are_its_own(db):
    topic = DeviceTopic("city/gauge/up", "json", (MappedField("level", "silnica/level"),))
    with a_broker([topic]) as broker:
        level, other = stream(), stream("flow")
        mine = login(broker, "editors", "sensors", streams=[level.pk])
        foreign = login(broker, "admins", "sensors", streams=[other.pk])
        broker.listen(0)
        for who in (foreign, mine):
            broker.send(who, "city/gauge/up", '{"level": 5}')
        assert [one.outcome for one in broker.listen(1)] == ["new"]
