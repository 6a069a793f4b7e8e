"""Messages over MQTT from a device to the stored observation, for `bench_sensors`.

Baseline: a paho subscriber at QoS 1 that only parses the JSON of the same messages, at the same broker, sent by the
same `mosquitto_pub`, in the same process as the listener otherwise is. Alternating rounds, medians.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils.timezone import now
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.accounts.tokens import new_token
from geoportal.broker.confirming import Confirmations
from geoportal.broker.place import HOST
from ingest.mqtt.listener import Listener, collect_garbage_seldom
from ingest.mqtt.messages import Message
from ingest.mqtt.storing import Outcome, store
from ingest.mqtt.topics import MOUNT
from tests.benchmarks import setting
from tests.benchmarks.report import Report
from tests.geoportal.broker.brokers import Login, TestBroker, a_broker

TOPIC = "v1.1/Observations"
SECONDS = 300
AT_ONCE = 50_000
"""Messages of one `mosquitto_pub`: with more than there are message ids (65,535) it ends before all are sent."""


def add_figures(report: Report, streams: list[int], number: int, rounds: int) -> None:
    """Measure `number` messages for all datastreams, in the hours before now."""
    user, _ = get_user_model().objects.get_or_create(username="bench")
    user.groups.set(Group.objects.filter(name="editors"))
    token, secret = new_token(user, "bench", ["sensors"], now() + timedelta(days=1))
    login = (token.broker_user, secret)
    collect_garbage_seldom()
    with a_broker() as broker:
        times: dict[str, list[float]] = {"parsed": [], "stored": []}
        for at in range(rounds):
            messages = _messages(streams, number, 2 * at)
            times["parsed"].append(_timed(broker, login, messages, lambda: _Parser(broker, number)))
            _drain(broker, number)  # the broker had them for the listener too
            messages = _messages(streams, number, 2 * at + 1)
            times["stored"].append(_timed(broker, login, messages, lambda: _Listener(broker, number)))
    rate = {name: number / setting.median(found) for name, found in times.items()}
    print(f"{number} messages: parsed {rate['parsed']:,.0f}/s, stored {rate['stored']:,.0f}/s")
    report.add("MQTT messages stored / only parsed", rate["stored"] / rate["parsed"], at_least=0.5)


def _messages(streams: list[int], number: int, turn: int) -> list[str]:
    """So many observations, a second apart in each datastream. Each turn has a day of its own, as statistics of an
    hour that others have filled are computed from all of its values."""
    begin = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=60 - turn)
    made = []
    for n in range(number):
        moment = (begin + timedelta(seconds=n // len(streams))).isoformat()
        document = {
            "phenomenonTime": moment,
            "resultTime": moment,
            "result": 200 + n % 7,
            "Datastream": {"@iot.id": streams[n % len(streams)]},
        }
        made.append(f"{json.dumps(document)}\n")
    return made


class _Parser:
    """A subscriber that parses and counts."""

    def __init__(self, broker: TestBroker, number: int) -> None:
        self.ready, self.done, self._left = threading.Event(), threading.Event(), number
        account = broker.account()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="parser")
        self._client.username_pw_set(account.user, account.password)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{MOUNT}#", 1)
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = self._parse
        self._client.connect(HOST, account.port)
        self._client.loop_start()

    def _parse(self, client: Any, userdata: Any, message: Any) -> None:
        json.loads(message.payload)
        self._left -= 1
        if not self._left:
            self.done.set()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class _Listener:
    """The portal's listener, until all are stored."""

    def __init__(self, broker: TestBroker, number: int) -> None:
        self.ready, self.done = threading.Event(), threading.Event()
        self._listener = Listener(
            broker.account(),
            self._store,
            Confirmations(),
            batch_messages=settings.MQTT_BATCH_MESSAGES,
            batch_seconds=settings.MQTT_BATCH_SECONDS,
        )
        self._broker, self._left, self._ended = broker, number, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        from django.db import connection

        self._listener.run(self._ended, self._turn)
        connection.close()

    def _store(self, messages: Sequence[Message]) -> list[Outcome]:
        outcomes = store(messages, self._broker.reader)
        self._left -= len(outcomes)
        return outcomes

    def _turn(self) -> None:
        if self._listener.listening:
            self.ready.set()
        if self._left <= 0:
            self.done.set()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()


def _drain(broker: TestBroker, number: int) -> None:
    """Store so many messages that the broker has for the listener."""
    listener = _Listener(broker, number)
    try:
        assert listener.done.wait(SECONDS)
    finally:
        listener.close()


def _timed(broker: TestBroker, login: Login, messages: list[str], make: Callable[[], Any]) -> float:
    """Seconds from the first message that is sent to the last that has come."""
    broker.broker.refresh()
    parts = ["".join(messages[at : at + AT_ONCE]).encode() for at in range(0, len(messages), AT_ONCE)]
    consumer = make()
    try:
        assert consumer.ready.wait(30)
        assert login is not None
        given = ["-h", HOST, "-p", str(broker.write), "-u", login[0], "-P", login[1], "-q", "1", "-t", TOPIC, "-l"]
        began = time.monotonic()
        for part in parts:
            subprocess.run(["mosquitto_pub", *given], input=part, check=True, timeout=SECONDS)
        assert consumer.done.wait(SECONDS)
        return time.monotonic() - began
    finally:
        consumer.close()
