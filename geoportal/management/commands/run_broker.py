"""`manage.py run_broker`: runs the MQTT broker with the rights of now, until SIGTERM or its own end."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from geoportal.broker.place import place
from geoportal.broker.running import Broker, BrokerEnded
from ingest.mqtt.mapping import mapping
from layers.errors import LayersError
from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database


class Command(BaseCommand):
    help = "Run the MQTT broker (Mosquitto) until SIGTERM; tokens and levels decide who may publish and read"

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the broker. Ends with an error when Mosquitto ends, so that the supervisor starts both again."""
        if not settings.MOSQUITTO:
            raise CommandError("Mosquitto is not installed: apt-get install mosquitto, or set MOSQUITTO to its path.")
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        signal.signal(signal.SIGINT, lambda *_: ended.set())
        heartbeat = Heartbeat("broker", loops=True)
        try:
            wait_for_database()
            broker = Broker(place(), mapping())
            heartbeat.start()
            broker.run(ended, heartbeat.turn)
            heartbeat.stop()
        except (OperationalError, InterfaceError) as fault:
            raise CommandError(f"The database went away: {first_line(fault)}") from fault
        except (LayersError, BrokerEnded, OSError) as fault:
            raise CommandError(str(fault)) from fault
