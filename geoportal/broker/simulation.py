"""Simulated devices: the synthetic network of sensors sends what it measures to the portal's own broker.

They are devices like any others: a gateway with an account and a token of its own, limited to their datastreams, that
publishes with QoS 1 and sends again what the broker did not acknowledge.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils.timezone import now
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.accounts.tokens import ApiToken, new_token
from geoportal.broker.place import HOST
from ingest.mqtt.listener import ALONE_SECONDS, BrokerGone
from ingest.sensors.simulated.network import Instrument, instruments
from ingest.sensors.simulated.scenarios import SCENARIOS
from layers.crs import storage_point
from layers.observations.models import Datastream, LatestValue

DATASET = "demo_sensors"
GATEWAY = "demo_gateway"
"""The account of the simulated devices. Nobody logs in with it: it has no password."""
GROUPS = ("editors", "services")
TURN_SECONDS = 1.0
ACKNOWLEDGED_SECONDS = 5.0
MESSAGES_AT_ONCE = 500
TOKEN_LASTS = timedelta(days=7)
"""Then the broker refuses the simulator, which ends, is started again and makes another one."""
REMEMBERED = timedelta(days=7)
"""After a pause it sends at most what was measured within this time."""


class NoNetwork(Exception):
    """The synthetic network is not stored."""


@dataclass(frozen=True)
class Device:
    """An instrument and the key of its datastream."""

    instrument: Instrument
    key: int


@dataclass(frozen=True)
class Message:
    """An observation to send."""

    starts: Any
    topic: str
    payload: str


def devices() -> list[Device]:
    """The instruments whose datastreams are stored. Raises NoNetwork."""
    rows = Datastream.objects.filter(thing__dataset__slug=DATASET, ended_by=None)
    keys = {(code, stream): key for key, code, stream in rows.values_list("pk", "thing__code", "code")}
    named = [(one, (one.stream.thing.code, one.stream.code)) for one in instruments(storage_point)]
    found = [Device(one, keys[name]) for one, name in named if name in keys]
    if not found:
        raise NoNetwork("The synthetic network is not stored; run: manage.py ingest demo_sensors")
    return found


def since_last(chosen: Sequence[Device]) -> datetime:
    """The moment after the last stored value of the network, at most REMEMBERED ago."""
    last = LatestValue.objects.filter(datastream__in=[one.key for one in chosen]).order_by("ends_at")
    stored = last.values_list("ends_at", flat=True).last()
    earliest = now() - REMEMBERED
    return earliest if stored is None else max(stored, earliest)


def gateway_token(chosen: Sequence[Device]) -> tuple[ApiToken, str]:
    """A new token of the gateway and its secret. Other simulators keep theirs; each lasts TOKEN_LASTS."""
    user, made = get_user_model().objects.get_or_create(username=GATEWAY)
    if made:
        user.set_unusable_password()
        user.save()
        user.groups.set(Group.objects.filter(name__in=GROUPS))
    keys = [one.key for one in chosen]
    return new_token(user, "simulator", ["sensors"], now() + TOKEN_LASTS, datastreams=keys)


def messages(
    chosen: Sequence[Device], since: datetime, until: datetime, scenario: str = "", begun: datetime | None = None
) -> list[Message]:
    """What the devices measured in a period, in the order in which it was complete."""
    found = [one for device in chosen for one in _of(device, since, until, scenario, begun or since)]
    return [message for _, message in sorted(found, key=lambda pair: (pair[0], pair[1].topic))]


def _of(
    device: Device, since: datetime, until: datetime, scenario: str, begun: datetime
) -> list[tuple[Any, Message]]:
    one = device.instrument
    starts = one.starts(since, until)
    if not len(starts):
        return []
    values = one.values(starts)
    if scenario:
        passed = starts.astype("datetime64[s]").astype("float64") - begun.timestamp()
        values = SCENARIOS[scenario](one, passed, values)
    topic = f"v1.1/Datastreams({device.key})/Observations"
    made = []
    for start, end, value in zip(starts, one.ends(starts), values.tolist(), strict=True):
        first, last = (f"{moment.astype('datetime64[s]')}Z" for moment in (start, end))
        document = {
            "phenomenonTime": first if start == end else f"{first}/{last}",
            "resultTime": last,
            "result": value,
        }
        made.append((end, Message(start, topic, json.dumps(document))))
    return made


class Gateway:
    """The connection of the devices to the broker."""

    def __init__(self, port: int, token: ApiToken, secret: str) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"simulator-{token.pk}")
        self._client.username_pw_set(token.broker_user, secret)
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        self._client.connect_async(HOST, port)
        self._client.loop_start()

    def send(self, some: Sequence[Message], ended: threading.Event, turn: Callable[[], None] = lambda: None) -> bool:
        """Publish until the broker has acknowledged all; False where `ended` was set before. Raises BrokerGone.

        `turn` is called while it waits for the broker.
        """
        waiting, alone_since = list(some), time.monotonic()
        while waiting and not ended.is_set():
            turn()
            if not self._client.is_connected():
                if time.monotonic() - alone_since > ALONE_SECONDS:
                    raise BrokerGone(f"The broker did not let the devices in for {ALONE_SECONDS:.0f} s.")
                ended.wait(0.2)
                continue
            alone_since = time.monotonic()
            part = waiting[:MESSAGES_AT_ONCE]
            sent = [self._client.publish(one.topic, one.payload, qos=1) for one in part]
            lost = [one for one, info in zip(part, sent, strict=True) if not _acknowledged(info)]
            waiting = lost + waiting[len(part) :]
        return not waiting

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()


def _acknowledged(info: MQTTMessageInfo) -> bool:
    try:
        info.wait_for_publish(ACKNOWLEDGED_SECONDS)
    except (RuntimeError, ValueError):  # the connection was lost
        return False
    return bool(info.is_published())


def simulate(
    gateway: Gateway,
    chosen: Sequence[Device],
    since: datetime,
    *,
    ended: threading.Event,
    until: datetime | None = None,
    speed: float = 0,
    scenario: str = "",
    turn: Callable[[], None] = lambda: None,
) -> int:
    """Send what is measured from `since` on: up to now at once (or with `speed` times the clock's pace), then as time
    goes on, until `until` or for ever. Returns how many messages the broker acknowledged.
    """
    began, sent, reached = time.monotonic(), 0, since
    while not ended.is_set():
        clock = datetime.now(tz=UTC)
        aim = since + timedelta(seconds=speed * (time.monotonic() - began)) if speed else clock
        aim = min(aim, clock, until or clock)
        if aim > reached:
            some = messages(chosen, reached, aim, scenario, since)
            if not gateway.send(some, ended, turn):
                break
            sent, reached = sent + len(some), aim
        if until is not None and reached >= until:
            break
        turn()
        ended.wait(TURN_SECONDS)
    return sent
