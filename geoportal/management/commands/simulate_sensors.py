"""`manage.py simulate_sensors`: the demo's sensors send their values through the MQTT broker."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now

from geoportal.broker.place import place
from geoportal.broker.processes import broker_process
from geoportal.broker.session import awaited_account
from geoportal.broker.simulation import Gateway, devices, gateway_token, simulate, since_last
from ingest.sensors.simulated.scenarios import SCENARIOS

FARTHEST = timedelta(days=366)


class Command(BaseCommand):
    help = (
        "Send synthetic observations (gauges, air, forest litter, buildings) to the MQTT broker: what was measured "
        "since the last stored value at once, then as time goes on"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        parser.add_argument("--since", help="begin at this moment, such as 2026-11-01T00:00:00Z, or 48h ago")
        parser.add_argument("--until", help="end at this moment; without it go on until SIGTERM")
        parser.add_argument("--speed", type=float, default=0, help="so many times the clock's pace until now")
        parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="", help="let this begin at --since")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send until the end."""
        since, until = _moment(options["since"], "since"), _moment(options["until"], "until")
        if options["speed"] < 0:
            raise CommandError("--speed is negative; 60 means an hour a minute.")
        with broker_process("simulator") as process:
            chosen = devices()
            awaited_account(place(), process.ended)  # waits for the broker's first start
            token, secret = gateway_token(chosen)
            gateway = Gateway(place().ports()[0], token, secret)
            process.heartbeat.start()
            try:
                sent = simulate(
                    gateway,
                    chosen,
                    since or since_last(chosen),
                    ended=process.ended,
                    until=until,
                    speed=options["speed"],
                    scenario=options["scenario"],
                    turn=process.heartbeat.turn,
                )
            finally:
                gateway.close()
                token.revoked_at = now()
                token.save(update_fields=["revoked_at"])
        self.stdout.write(f"{sent} observations of {len(chosen)} datastreams were sent")


def _moment(text: str | None, name: str) -> datetime | None:
    """A moment, or so many hours ago ("48h"). Raises CommandError."""
    if text is None:
        return None
    clock = datetime.now(tz=UTC)
    try:
        found = clock - timedelta(hours=float(text[:-1])) if text.endswith("h") else parse_datetime(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None or abs(found - clock) > FARTHEST:
        raise CommandError(f"--{name} is {text}; write 48h, or a time of the last year such as 2026-11-01T00:00:00Z.")
    return found
