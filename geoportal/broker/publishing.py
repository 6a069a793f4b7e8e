"""Publishes what was stored, whichever way it came: reads the observation feed with a cursor of its own.

Of a batch with at most MQTT_PUBLISHED_ROWS observations each is published; of a larger one, such as an import, the
latest of each datastream. Readers get QoS 0: who needs each observation after a pause asks for them over HTTP. The
cursor moves on once the broker has acknowledged a message that follows those of the batch, so that nothing is left
out when this process or the broker ends in between; then some are published twice.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.broker.cursor import PublishedBatch
from geoportal.broker.documents import StoredObservation, datastream_document, observation_document
from geoportal.broker.place import PORTAL
from geoportal.broker.topics import confirmation_topic, datastream_topic, observation_topics
from ingest.mqtt.listener import ALONE_SECONDS, Account, BrokerGone
from layers.access.rules import level_of
from layers.kinds import KINDS
from layers.observations.feed import last_seq
from layers.observations.models import Batch, Datastream

POLL_SECONDS = 0.3
FENCE_SECONDS = 20.0
"""For so long the broker may take to acknowledge a batch; then it is published again."""
ROWS = """
SELECT o.number, o.datastream_id, o.starts_at, o.ends_at, o.result_time, o.value, o.result, o.extra,
    o.feature_of_interest_id
FROM layers_observation o
WHERE o.batch_id = %(batch)s AND o.starts_at BETWEEN %(first)s AND %(last)s
"""
ALL = f"{ROWS} ORDER BY o.datastream_id, o.starts_at"
LATEST = f"SELECT DISTINCT ON (r.datastream_id) r.* FROM ({ROWS}) r ORDER BY r.datastream_id, r.starts_at DESC"
log = logging.getLogger(__name__)


def messages(batch: Batch) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads of a batch, each datastream once after its observations; without ended datastreams."""
    found = list(_rows(batch))
    rows = Datastream.objects.filter(pk__in={one.datastream for one in found}, ended_by=None, thing__ended_by=None)
    streams = {one.pk: one for one in rows.select_related("thing") if one.thing.kind in KINDS}
    levels = {key: level_of(KINDS[one.thing.kind]) for key, one in streams.items()}
    for one in found:
        if one.datastream in levels:
            payload = _encoded(observation_document(one))
            for topic in observation_topics(levels[one.datastream], one.datastream):
                yield topic, payload
    for key, stream in streams.items():
        yield datastream_topic(levels[key], key), _encoded(datastream_document(stream))


class Publisher:
    """A connection to the broker that publishes batches in the order of their commits."""

    def __init__(self, account: Account) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"{account.client_id}-out")
        self._client.username_pw_set(account.user, account.password)
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        self._client.connect_async(account.host, account.port)

    def run(self, ended: threading.Event, turn: Callable[[], None] = lambda: None) -> None:
        """Publish until `ended` is set; `turn` is called in each round with the broker. Raises BrokerGone."""
        self._client.loop_start()
        alone_since = time.monotonic()
        try:
            while not ended.wait(POLL_SECONDS):
                if not self._client.is_connected():
                    if time.monotonic() - alone_since > ALONE_SECONDS:
                        raise BrokerGone(f"The broker did not answer for {ALONE_SECONDS:.0f} s.")
                    continue
                alone_since = time.monotonic()
                turn()
                try:
                    self._publish_new(ended, turn)
                except (OperationalError, InterfaceError) as fault:
                    connection.close()
                    log.warning("Nothing is published while the database is away: %s", str(fault).split("\n")[0])
                    ended.wait(2.0)
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _publish_new(self, ended: threading.Event, turn: Callable[[], None]) -> None:
        cursor = PublishedBatch.objects.get_or_create(pk=1, defaults={"stored_seq": last_seq()})[0]
        batches = Batch.objects.filter(stored_seq__gt=cursor.stored_seq).order_by("stored_seq")
        for batch in batches[:100]:
            if ended.is_set() or not self._publish(batch):
                return
            PublishedBatch.objects.filter(pk=1).update(stored_seq=batch.stored_seq)
            turn()

    def _publish(self, batch: Batch) -> bool:
        """Publish a batch; whether the broker has it all."""
        for topic, payload in messages(batch):
            self._client.publish(topic, payload)
        fence = self._client.publish(confirmation_topic(PORTAL), str(batch.stored_seq), qos=1)
        try:
            fence.wait_for_publish(FENCE_SECONDS)
        except (RuntimeError, ValueError):  # the connection was lost
            return False
        return bool(fence.is_published())


def _rows(batch: Batch) -> Iterator[StoredObservation]:
    written = batch.counts.get("new", 0) + batch.counts.get("corrected", 0)
    if not written:
        return
    with connection.cursor() as cursor:
        statement = ALL if written <= settings.MQTT_PUBLISHED_ROWS else LATEST
        cursor.execute(statement, {"batch": batch.pk, "first": batch.first, "last": batch.last})
        for row in cursor.fetchall():
            one = StoredObservation(*row)
            yield replace(one, result=_json(one.result), extra=_json(one.extra))


def _json(value: Any) -> Any:
    """A jsonb column as Django's connection gives it: as text."""
    return json.loads(value) if isinstance(value, str) else value


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
