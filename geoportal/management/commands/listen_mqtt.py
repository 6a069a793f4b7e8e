"""`manage.py listen_mqtt`: stores what devices publish at the broker, and confirms it to those who ask."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from geoportal.broker.confirming import confirmations
from geoportal.broker.place import HOST, PORTAL, BrokerAbsent, Place, place
from geoportal.broker.rights import may_write
from ingest.mqtt.listener import Account, BrokerGone, Listener
from ingest.mqtt.mapping import mapping
from ingest.mqtt.messages import Reader
from ingest.mqtt.storing import store
from layers.errors import LayersError
from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database

WAIT_SECONDS = 20.0
"""For so long it waits for the broker's first start."""


class Command(BaseCommand):
    help = "Store the observations that devices publish over MQTT until SIGTERM"

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until SIGTERM. The run of the day has the counts."""
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        signal.signal(signal.SIGINT, lambda *_: ended.set())
        heartbeat = Heartbeat("listener", loops=True)
        try:
            wait_for_database()
            reader = Reader(mapping(), may_write)
            listener = Listener(
                account(place(), ended),
                lambda messages: store(messages, reader),
                confirmations,
                batch_messages=settings.MQTT_BATCH_MESSAGES,
                batch_seconds=settings.MQTT_BATCH_SECONDS,
            )
            heartbeat.start()
            listener.run(ended, heartbeat.turn)
            heartbeat.stop()
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault
        except (LayersError, BrokerAbsent, BrokerGone) as fault:
            raise CommandError(str(fault)) from fault


def account(at: Place, ended: threading.Event) -> Account:
    """The listener's account at the broker, once that was started. Raises BrokerAbsent."""
    waited = 0.0
    while True:
        try:
            _, port = at.ports()
            return Account(HOST, port, PORTAL, at.secret("portal-password"), f"listener-{at.secret('listener-id')}")
        except BrokerAbsent:
            if waited >= WAIT_SECONDS or ended.wait(1.0):
                raise
            waited += 1.0
            logging.getLogger(__name__).info("Waiting for the broker's first start")
