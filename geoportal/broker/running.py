"""Runs Mosquitto as a child process, and has it read rights anew when tokens or levels change."""

import logging
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from geoportal.broker.configuration import configuration
from geoportal.broker.place import Place
from geoportal.broker.reads import ReadLog
from geoportal.broker.rights import rights
from geoportal.broker.session import account
from ingest.mqtt.listener import open_session
from ingest.mqtt.mapping import DeviceTopic

STOP_SECONDS = 15.0
"""Mosquitto saves its messages when it ends."""
log = logging.getLogger(__name__)


class BrokerEnded(Exception):
    """Mosquitto ended by itself."""


class Broker:
    """A Mosquitto in a place; `topics` are the own ones of devices, which tokens may publish to."""

    def __init__(self, at: Place, topics: Sequence[DeviceTopic]) -> None:
        self._place, self._topics = at, topics
        self._child: subprocess.Popen[str] | None = None
        self._reads = ReadLog()

    @property
    def pid(self) -> int:
        """Mosquitto's process id, 0 before it was started."""
        return self._child.pid if self._child else 0

    def start(self) -> tuple[int, int]:
        """Write its files and start it; returns the ports for writing and reading.

        At its very first start it lets no device in before the listener's session is on disk: what is published
        without one is acknowledged and lost.
        """
        self._place.make()
        ports = self._place.choose_ports()
        self.refresh()
        if not (self._place.data / "mosquitto.db").exists():
            self._launch(configuration(self._place, ports, writing=False))
            open_session(account(self._place))
            self.stop()
        self._launch(configuration(self._place, ports))
        log.info("Broker: devices publish at port %s, clients read at port %s", *ports)
        return ports

    def _launch(self, text: str) -> None:
        self._place.write(self._place.configuration, text)
        command = [settings.MOSQUITTO, "-c", str(self._place.configuration)]
        self._child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        threading.Thread(target=self._follow, args=(self._child.stderr,), daemon=True).start()

    def _follow(self, lines: Iterable[str]) -> None:
        """Read Mosquitto's log to its end, whatever the database does: a full pipe would stop Mosquitto."""
        for line in lines:
            if not self._reads.take(line):
                log.info("Mosquitto: %s", line.strip())

    def refresh(self) -> bool:
        """Write the rights of now, and have the broker read them where they changed; whether they did.

        It then disconnects those whose tokens are gone.
        """
        made = rights(self._place, self._topics)
        changed = [
            self._place.write(self._place.passwords, made.passwords),
            self._place.write(self._place.rights, made.topics),
        ]
        if any(changed) and self._child is not None:
            self._child.send_signal(signal.SIGHUP)
        return any(changed)

    def run(self, ended: threading.Event, turn: Callable[[], None] = lambda: None) -> None:
        """Run until `ended` is set; `turn` is called in each round. Raises BrokerEnded when Mosquitto ends."""
        self.start()
        try:
            while not ended.wait(settings.BROKER_RIGHTS_SECONDS):
                assert self._child is not None
                if (code := self._child.poll()) is not None:
                    raise BrokerEnded(f"Mosquitto ended with code {code}.")
                turn()
                try:
                    self.refresh()
                    self.record_reads()
                except (DatabaseError, InterfaceError) as fault:
                    connection.close()
                    log.warning("The broker's rights stay as they are: %s", str(fault).split("\n")[0])
        finally:
            self.stop()
            with suppress(DatabaseError, InterfaceError):
                self.record_reads()

    def record_reads(self) -> None:
        """Add to the audit who subscribed since to what only the services see."""
        self._reads.record()

    def stop(self) -> None:
        """End Mosquitto, which saves its messages."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
