"""Publishes what was stored, whichever way it came: reads the observation feed with a cursor of its own.

Of a batch with at most MQTT_PUBLISHED_ROWS observations each is published; of a larger one, such as an import, the
latest of each datastream. Readers get QoS 0: who needs each observation after a pause asks for them over HTTP. The
cursor moves on once the broker has acknowledged a message that follows those of the batch, so that nothing is left
out when this process or the broker ends in between; then some are published twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.broker.cursor import PublishedBatch
from geoportal.broker.place import PORTAL
from geoportal.broker.topics import confirmation_topic, datastream_topic, observation_topics
from geoportal.sensorthings.documents import Reader, as_json
from geoportal.sensorthings.entities import DATASTREAM, OBSERVATION
from ingest.mqtt.listener import ALONE_SECONDS, Account, BrokerGone
from layers.access.rules import ANONYMOUS, level_of
from layers.kinds import KINDS
from layers.observations.feed import last_seq
from layers.observations.models import Batch, Datastream, Observation

POLL_SECONDS = 0.3
FENCE_SECONDS = 20.0
"""For so long the broker may take to acknowledge a batch; then it is published again."""
log = logging.getLogger(__name__)


def messages(batch: Batch) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads of a batch, each datastream once after its observations; without ended datastreams."""
    written = batch.counts.get("new", 0) + batch.counts.get("corrected", 0)
    if not written:
        return
    reader = Reader(ANONYMOUS, f"{settings.PORTAL_URL}/sta/v1.1")
    rows = Observation.objects.filter(batch=batch, starts_at__range=(batch.first, batch.last))
    if written > settings.MQTT_PUBLISHED_ROWS:
        rows = rows.order_by("datastream_id", "-starts_at").distinct("datastream_id")
    else:
        rows = rows.order_by("datastream_id", "starts_at")
    found = reader.all_of(OBSERVATION, rows)
    streams = Datastream.objects.filter(pk__in={key for key, _ in found}, ended_by=None, thing__ended_by=None)
    kinds = {key: kind for key, kind in streams.values_list("pk", "thing__kind") if kind in KINDS}
    levels = {key: level_of(KINDS[kind]) for key, kind in kinds.items()}
    for key, document in found:
        if key in levels:
            for topic in observation_topics(levels[key], key):
                yield topic, as_json(document)
    for key, document in reader.all_of(DATASTREAM, streams.filter(pk__in=list(levels))):
        yield datastream_topic(levels[key], key), as_json(document)


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
