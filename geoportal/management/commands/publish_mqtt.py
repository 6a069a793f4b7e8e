"""`manage.py publish_mqtt`: publishes at the broker what was stored, over MQTT, HTTP or from files."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from geoportal.broker.place import BrokerAbsent, place
from geoportal.broker.publishing import Publisher
from geoportal.broker.session import awaited_account
from ingest.mqtt.listener import BrokerGone
from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database


class Command(BaseCommand):
    help = "Publish stored observations over MQTT until SIGTERM"

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish until SIGTERM."""
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        signal.signal(signal.SIGINT, lambda *_: ended.set())
        heartbeat = Heartbeat("publisher", loops=True)
        try:
            wait_for_database()
            publisher = Publisher(awaited_account(place(), ended))
            heartbeat.start()
            publisher.run(ended, heartbeat.turn)
            heartbeat.stop()
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault
        except (BrokerAbsent, BrokerGone) as fault:
            raise CommandError(str(fault)) from fault
