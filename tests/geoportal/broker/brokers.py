"""A Mosquitto of a test's own, its clients, and threads of the test that listen and publish."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import override_settings
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.broker.confirming import Confirmations
from geoportal.broker.place import HOST, Place
from geoportal.broker.publishing import Publisher
from geoportal.broker.rights import may_write
from geoportal.broker.running import Broker
from geoportal.broker.session import account
from ingest.mqtt.listener import Account, Listener
from ingest.mqtt.mapping import DeviceTopic
from ingest.mqtt.messages import Message, Reader
from ingest.mqtt.storing import Outcome, store
from tests.scripts.conftest import free_port

SECONDS = 20.0
"""What has not come by then does not come."""
Login = tuple[str, str] | None


class Until(threading.Event):
    """Set once a condition holds, or after SECONDS."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        super().__init__()
        self._condition, self._end = condition, time.monotonic() + SECONDS

    def is_set(self) -> bool:
        """Whether the condition holds, or the time is over."""
        return super().is_set() or time.monotonic() > self._end or self._condition()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a while or less."""
        return self.is_set() or super().wait(min(timeout or 0.1, 0.1))


class TestBroker:
    """A broker on free ports in a folder of its own."""

    __test__ = False

    def __init__(self, folder: Path, topics: Sequence[DeviceTopic] = ()) -> None:
        self.place = Place(folder / "broker")
        self.broker = Broker(self.place, topics)
        self.reader = Reader(topics, may_write)
        self.stored: list[Outcome] = []
        self.write, self.read = self.broker.start()
        for port in (self.write, self.read):
            await_port(port)

    def account(self) -> Account:
        """The account of the portal's own processes."""
        return account(self.place)

    def listener(self, **options: Any) -> Listener:
        """A listener that stores."""

        def storing(messages: Sequence[Message]) -> list[Outcome]:
            found = store(messages, self.reader)
            self.stored += found
            return found

        return Listener(
            self.account(), storing, Confirmations(), **({"batch_messages": 500, "batch_seconds": 0.1} | options)
        )

    def listen(self, messages: int) -> list[Outcome]:
        """Store until so many messages more were stored; returns what became of them."""
        before, listener = len(self.stored), self.listener()
        listener.run(Until(lambda: listener.listening and len(self.stored) >= before + messages))
        return self.stored[before:]

    def publish_stored(self, until: Callable[[], bool]) -> None:
        """Publish what is stored until a condition holds."""
        Publisher(self.account()).run(Until(until))

    def send(self, login: Login, topic: str, payload: str | bytes, **options: Any) -> None:
        """Publish one message at QoS 1 and wait for its acknowledgement."""
        with client(self.write, login) as sender:
            sender.publish(topic, payload, qos=1, **options).wait_for_publish(SECONDS)


class Subscriber:
    """A client that collects what it is sent, as (topic, payload)."""

    def __init__(self, port: int, login: Login, *topics: str) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.left = threading.Event()
        self._joined = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        if login:
            self._client.username_pw_set(*login)
        self._topics = topics
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._joined.set()
        self._client.on_disconnect = lambda *_: self.left.set()
        self._client.on_message = lambda _, __, one: self.messages.append((one.topic, bytes(one.payload)))
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self._joined.wait(SECONDS)

    @property
    def topics(self) -> list[str]:
        """The topics of what it was sent, in order of their names."""
        return sorted({topic for topic, _ in self.messages})

    def wait_for(self, number: int) -> None:
        """Wait until it was sent so many messages."""
        end = time.monotonic() + SECONDS
        while len(self.messages) < number and time.monotonic() < end:
            time.sleep(0.02)

    def _subscribe(self, *_: Any) -> None:
        self._client.subscribe([(one, 1) for one in self._topics])

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def client(port: int, login: Login) -> Iterator[Client]:
    """A connected client with its thread. Raises ConnectionRefusedError where the broker refuses the login."""
    answers: list[Any] = []
    answered = threading.Event()
    made = Client(CallbackAPIVersion.VERSION2)
    if login:
        made.username_pw_set(*login)

    def joined(*given: Any) -> None:
        answers.append(given[3])
        answered.set()

    made.on_connect = joined
    made.connect(HOST, port)
    made.loop_start()
    try:
        assert answered.wait(SECONDS)
        if answers[0].is_failure:
            raise ConnectionRefusedError(str(answers[0]))
        yield made
    finally:
        made.disconnect()
        made.loop_stop()


def mosquitto_pub(port: int, login: Login, topic: str, message: str) -> int:
    """Publish with the command of that name; its exit code."""
    given = ["-u", login[0], "-P", login[1]] if login else []
    command = ["mosquitto_pub", "-h", HOST, "-p", str(port), *given, "-q", "1", "-t", topic, "-m", message]
    return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode


def await_port(port: int) -> None:
    """Wait until a broker answers at a port."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


@contextmanager
def a_broker(topics: Sequence[DeviceTopic] = ()) -> Iterator[TestBroker]:
    """A broker that ends with the block. Its folder can be entered by Mosquitto's own account."""
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    folder.chmod(0o755)
    with override_settings(MQTT_WRITE_PORT=free_port(), MQTT_READ_PORT=free_port()):
        made = TestBroker(folder, topics)
        try:
            yield made
        finally:
            made.broker.stop()
            shutil.rmtree(folder, ignore_errors=True)
