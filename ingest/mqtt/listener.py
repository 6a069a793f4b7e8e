"""Takes messages from the broker, has them stored in batches, and acknowledges them after the commit.

The session at the broker is persistent: what is not acknowledged comes again, to this process or the next one. The
broker passes on only so many unacknowledged messages (`max_inflight_messages`), which bounds what waits here.
"""

import gc
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError, connection
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.messages import Message
from ingest.mqtt.storing import Outcome
from ingest.mqtt.topics import MOUNT

KEEPALIVE_SECONDS = 30
MOST_WAITING = 50_000
MOST_WAITING_BYTES = 200_000_000
"""Beyond these no more are read: the broker does not bound QoS 0, nor what it sends when a session goes on."""
PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 15)
"""Pauses while the database is away; the last one is repeated."""
ALONE_SECONDS = 60.0
"""Without the broker for this long the process ends: its next start reads the broker's address anew."""
SESSION_SECONDS = 10.0
LAST_CONFIRMED_SECONDS = 5.0
SELDOM = 100_000
"""Objects made between two looks for garbage; those of a message are freed without one."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the broker is, and the listener's account there. `client_id` names the session; it is a secret."""

    host: str
    port: int
    user: str
    password: str
    client_id: str


def open_session(account: Account) -> bool:
    """Make sure that the broker has the listener's session, before the listener is there; whether it has.

    What devices publish without one is acknowledged and lost. A listener that is there already connects again.
    """
    client, ready = _session(account), threading.Event()
    client.on_connect = lambda *_: _subscribe(client)
    client.on_subscribe = lambda *_: ready.set()
    client.connect_async(account.host, account.port)
    client.loop_start()
    try:
        return ready.wait(SESSION_SECONDS)
    finally:
        client.disconnect()
        client.loop_stop()


def collect_garbage_seldom() -> None:
    """For a process that only listens: messages that wait here would be looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


def _session(account: Account) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=account.client_id,
        clean_session=False,
        manual_ack=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    client.username_pw_set(account.user, account.password)
    client.reconnect_delay_set(min_delay=1, max_delay=5)
    return client


def _subscribe(client: Client) -> None:
    client.subscribe(f"{MOUNT}#", qos=1)


class BrokerGone(Exception):
    """The broker could not be reached for ALONE_SECONDS."""


class Listener:
    """A session at the broker. `store` stores messages and returns their outcomes; `confirmed` are the topic and the
    payload of each confirmation that an outcome asks for."""

    def __init__(
        self,
        account: Account,
        store: Callable[[Sequence[Message]], list[Outcome]],
        confirmed: Callable[[Outcome], list[tuple[str, bytes]]],
        *,
        batch_messages: int,
        batch_seconds: float,
    ) -> None:
        self._store, self._confirmed = store, confirmed
        self._batch_messages, self._batch_seconds = batch_messages, batch_seconds
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._connection = 0
        """Number of connections made until now: message ids of one mean nothing in the next."""
        self._alone_since = time.monotonic()
        self._subscribed = self._closing = False
        self._last_confirmed: MQTTMessageInfo | None = None
        self._client = client = _session(account)
        client.on_connect, client.on_disconnect, client.on_message = self._joined, self._left, self._arrived
        client.on_subscribe = self._has_subscribed
        client.connect_async(account.host, account.port, keepalive=KEEPALIVE_SECONDS)

    @property
    def listening(self) -> bool:
        """Whether the broker is there and has a session for it: what comes from then on is not missed."""
        return self._subscribed

    def run(self, ended: threading.Event, turn: Callable[[], None] = lambda: None) -> None:
        """Listen until `ended` is set; `turn` is called in each round with the broker. Raises BrokerGone."""
        self._client.loop_start()
        try:
            while not ended.is_set():
                if self.listening:
                    turn()
                elif time.monotonic() - self._alone_since > ALONE_SECONDS:
                    raise BrokerGone(f"The broker did not answer for {ALONE_SECONDS:.0f} s.")
                of, batch = self._batch()
                if batch and self._stored(batch, ended, turn):
                    self._acknowledge(of, batch)
        finally:
            with self._changed:
                self._closing = True
                self._changed.notify_all()
            self._await_confirmed()
            self._client.disconnect()
            self._client.loop_stop()

    def _await_confirmed(self) -> None:
        """Wait until the broker has the confirmations: a socket closed with unread answers may drop what was sent."""
        if self._last_confirmed and self.listening:
            with suppress(RuntimeError, ValueError):  # of a message that is not in the client's queue
                self._last_confirmed.wait_for_publish(LAST_CONFIRMED_SECONDS)

    def _batch(self) -> tuple[int, list[Message]]:
        """The next messages with the number of their connection: a full batch, or what came within its seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, timeout=1.0)
            if self._waiting:
                full = lambda: len(self._waiting) >= self._batch_messages  # noqa: E731
                self._changed.wait_for(full, timeout=self._batch_seconds)
            number = min(len(self._waiting), self._batch_messages)
            batch = [self._waiting.popleft() for _ in range(number)]
            self._waiting_bytes -= sum(len(one.payload) for one in batch)
            self._changed.notify_all()
            return self._connection, batch

    def _stored(self, batch: list[Message], ended: threading.Event, turn: Callable[[], None]) -> bool:
        """Store a batch, however long the database is away, and confirm it; False where the process ends before."""
        for attempt in range(1_000_000):
            try:
                outcomes = self._store(batch)
            except OperationalError as fault:
                connection.close()
                pause = PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)]
                log.warning(
                    "%s messages wait for the database, %s s: %s", len(batch), pause, str(fault).split("\n")[0]
                )
                if ended.wait(pause):
                    return False
                turn()
            else:
                for outcome in outcomes:
                    for topic, payload in self._confirmed(outcome):
                        self._last_confirmed = self._client.publish(topic, payload, qos=1)
                return True
        return False

    def _acknowledge(self, of: int, batch: list[Message]) -> None:
        """Acknowledge messages, unless their connection was lost: then the broker sends them again."""
        with self._changed:
            if of != self._connection:
                return
            for one in batch:
                self._client.ack(one.mid, one.qos)

    def _joined(
        self, client: Client, userdata: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("The broker refuses the listener: %s", reason)
            return
        log.info("Listening at the broker; the session %s", "goes on" if flags.session_present else "is new")
        _subscribe(client)

    def _has_subscribed(self, *_: Any) -> None:
        self._subscribed = True

    def _left(
        self,
        client: Client,
        userdata: Any,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self._changed:
            self._connection += 1
            self._subscribed = False
            self._alone_since = time.monotonic()
            self._waiting = deque(one for one in self._waiting if one.qos == 0)
            self._waiting_bytes = sum(len(one.payload) for one in self._waiting)
            self._changed.notify_all()

    def _arrived(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        topic = message.topic.removeprefix(MOUNT)
        made = Message(topic, bytes(message.payload), datetime.now(UTC), message.mid, message.qos, message.retain)
        with self._changed:
            self._changed.wait_for(lambda: self._closing or not self._full())
            if self._closing:
                return  # not acknowledged, so it comes again
            self._waiting.append(made)
            self._waiting_bytes += len(made.payload)
            if len(self._waiting) in (1, self._batch_messages):
                self._changed.notify_all()

    def _full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES
