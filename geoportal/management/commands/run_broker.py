"""`manage.py run_broker`: runs the MQTT broker with the rights of now, until SIGTERM or its own end."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from geoportal.broker.place import place
from geoportal.broker.processes import broker_process
from geoportal.broker.running import Broker
from ingest.mqtt.mapping import mapping


class Command(BaseCommand):
    help = "Run the MQTT broker (Mosquitto) until SIGTERM; tokens and levels decide who may publish and read"

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the broker. Ends with an error when Mosquitto ends, so that the supervisor starts both again."""
        if not settings.MOSQUITTO:
            raise CommandError("Mosquitto is not installed: apt-get install mosquitto, or set MOSQUITTO to its path.")
        with broker_process("broker") as process:
            broker = Broker(place(), mapping())
            process.heartbeat.start()
            broker.run(process.ended, process.heartbeat.turn)
