"""`manage.py listen_mqtt`: stores what devices publish at the broker, and confirms it to those who ask."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from geoportal.broker.confirming import confirmations
from geoportal.broker.place import BrokerAbsent, place
from geoportal.broker.rights import may_write
from geoportal.broker.session import awaited_account
from ingest.mqtt.listener import BrokerGone, Listener, collect_garbage_seldom
from ingest.mqtt.mapping import mapping
from ingest.mqtt.messages import Reader
from ingest.mqtt.storing import store
from layers.errors import LayersError
from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database


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
                awaited_account(place(), ended),
                lambda messages: store(messages, reader),
                confirmations,
                batch_messages=settings.MQTT_BATCH_MESSAGES,
                batch_seconds=settings.MQTT_BATCH_SECONDS,
            )
            collect_garbage_seldom()
            heartbeat.start()
            listener.run(ended, heartbeat.turn)
            heartbeat.stop()
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault
        except (LayersError, BrokerAbsent, BrokerGone) as fault:
            raise CommandError(str(fault)) from fault
