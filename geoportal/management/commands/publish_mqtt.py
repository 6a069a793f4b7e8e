"""`manage.py publish_mqtt`: publishes at the broker what was stored, over MQTT, HTTP or from files."""

from typing import Any

from django.core.management.base import BaseCommand

from geoportal.broker.place import place
from geoportal.broker.processes import broker_process
from geoportal.broker.publishing import Publisher
from geoportal.broker.session import awaited_account


class Command(BaseCommand):
    help = "Publish stored observations over MQTT until SIGTERM"

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish until SIGTERM."""
        with broker_process("publisher") as process:
            publisher = Publisher(awaited_account(place(), process.ended))
            process.heartbeat.start()
            publisher.run(process.ended, process.heartbeat.turn)
