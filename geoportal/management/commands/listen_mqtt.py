"""`manage.py listen_mqtt`: stores what devices publish at the broker, and confirms it to those who ask."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from geoportal.broker.confirming import Confirmations
from geoportal.broker.place import place
from geoportal.broker.processes import broker_process
from geoportal.broker.rights import may_write
from geoportal.broker.session import awaited_account
from ingest.mqtt.listener import Listener, collect_garbage_seldom
from ingest.mqtt.mapping import mapping
from ingest.mqtt.messages import Reader
from ingest.mqtt.storing import store


class Command(BaseCommand):
    help = "Store the observations that devices publish over MQTT until SIGTERM"

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until SIGTERM. The run of the day has the counts."""
        with broker_process("listener") as process:
            reader = Reader(mapping(), may_write)
            listener = Listener(
                awaited_account(place(), process.ended),
                lambda messages: store(messages, reader),
                Confirmations(),
                batch_messages=settings.MQTT_BATCH_MESSAGES,
                batch_seconds=settings.MQTT_BATCH_SECONDS,
            )
            collect_garbage_seldom()
            process.heartbeat.start()
            listener.run(process.ended, process.heartbeat.turn)
