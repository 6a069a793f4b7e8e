"""A gateway that publishes many observations and knows which were acknowledged and confirmed; processes to kill."""

import json
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from geoportal.broker.place import HOST, BrokerAbsent, Place
from tests.geoportal.broker.brokers import await_port
from tests.ingest.throwaway import Database, kill_hard
from tests.scripts.conftest import free_port

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
IN_FLIGHT = 500


class Gateway:
    """Publishes observation n of a series of datastreams as its number n, at second n, at QoS 1."""

    def __init__(self, ports: tuple[int, int], login: tuple[str, str], streams: Sequence[int]) -> None:
        self._streams, self._user = streams, login[0]
        self.acknowledged: set[int] = set()
        self.confirmed: dict[int, str] = {}
        self._numbers: dict[int, int] = {}
        self._early: set[int] = set()
        self._lock = threading.Lock()
        self._room = threading.Semaphore(IN_FLIGHT)
        self._sender = self._client(ports[0], login)
        self._sender.on_publish = self._was_acknowledged
        self._reader = self._client(ports[1], login)
        self._reader.on_connect = lambda client, *_: client.subscribe(f"v1.1/confirmed/{self._user}", 1)
        self._reader.on_message = self._was_confirmed
        for client in (self._sender, self._reader):
            client.loop_start()

    def publish(self, numbers: Iterable[int], *, confirm: bool = False) -> None:
        """Publish these; waits where IN_FLIGHT are not acknowledged."""
        for number in numbers:
            self._room.acquire()
            stream = self._streams[number % len(self._streams)]
            moment = (BEGIN + timedelta(seconds=number)).isoformat()
            document: dict[str, Any] = {"result": number, "phenomenonTime": moment, "resultTime": moment}
            if confirm:
                document["parameters"] = {"message_id": number}
            info = self._sender.publish(f"v1.1/Datastreams({stream})/Observations", json.dumps(document), qos=1)
            with self._lock:
                self._numbers[info.mid] = number
                if info.mid in self._early:  # acknowledged before its number was noted
                    self._early.remove(info.mid)
                    self.acknowledged.add(number)

    def close(self) -> None:
        """Leave."""
        for client in (self._sender, self._reader):
            client.disconnect()
            client.loop_stop()

    def _client(self, port: int, login: tuple[str, str]) -> Client:
        made = Client(CallbackAPIVersion.VERSION2)
        made.username_pw_set(*login)
        made.reconnect_delay_set(1, 1)
        made.max_inflight_messages_set(4 * IN_FLIGHT)  # at its own limit the client was seen to wait for ever
        made.connect_async(HOST, port)
        return made

    def _was_acknowledged(self, client: Client, userdata: Any, mid: int, *_: Any) -> None:
        with self._lock:
            if mid in self._numbers:
                self.acknowledged.add(self._numbers.pop(mid))
            else:
                self._early.add(mid)
        self._room.release()

    def _was_confirmed(self, client: Client, userdata: Any, message: Any) -> None:
        answer = json.loads(message.payload)
        self.confirmed[answer["message_id"]] = answer["outcome"]


class Processes:
    """Broker and listener as processes of their own, on a database; started again by the test when they end."""

    def __init__(self, database: Database, folder: Path, **environment: str) -> None:
        self._database = database
        self.place = Place(folder / "broker")
        ports = {name: str(free_port()) for name in ("MQTT_WRITE_PORT", "MQTT_READ_PORT")}
        own = {"BROKER_DIR": str(self.place.folder), "LOG_LEVEL": "WARNING"}
        self._environment = own | ports | environment
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str) -> None:
        """Start `run_broker` or `listen_mqtt`."""
        self.running[name] = self._database.start(name, **self._environment)

    def await_broker(self) -> tuple[int, int]:
        """The broker's ports, once it answers."""
        for _ in range(600):
            try:
                ports = self.place.ports()
                break
            except BrokerAbsent:
                time.sleep(0.1)
        for port in ports:
            await_port(port)
        return ports

    def kill(self, name: str) -> None:
        """kill -9 and start again."""
        kill_hard(self.running[name].pid)
        self.running[name].communicate()
        self.start(name)

    def mosquitto(self) -> int:
        """The process id of Mosquitto."""
        pid = self.running["run_broker"].pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def end(self) -> None:
        """End all, the listener first."""
        for process in reversed(self.running.values()):
            process.terminate()
            process.communicate(timeout=60)
