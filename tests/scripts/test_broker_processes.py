"""Drills with the served portal's broker and listener: they are killed, the portal serves on, and they come back."""

import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.geoportal.broker.brokers import mosquitto_pub
from tests.ingest.throwaway import Database, kill_hard, until
from tests.scripts.conftest import Installation
from tests.scripts.serving import health, start

SECONDS = 180
PREPARE = """
from datetime import timedelta
from django.utils.timezone import now
from geoportal.accounts.tokens import new_token
from tests.geoportal.logins import account
from tests.layers.observations.streams import stream
level = stream()
token, secret = new_token(account("editors"), "x", ["sensors"], now() + timedelta(days=1), datastreams=[level.pk])
print(level.pk, token.broker_user, secret)
"""
OF_BROKER = ("broker", "listener", "publisher")


def stored(portal: Installation, number: int) -> bool:
    return portal.sql("SELECT count(*) FROM layers_observation") == [(number,)]


def states(portal: Installation) -> dict[str, str]:
    return {one["name"]: one["state"] for one in health(portal)["processes"]}


def up(portal: Installation) -> bool:
    found = states(portal)
    return all(found[name] == "up" for name in OF_BROKER)


def mosquitto_of(portal: Installation) -> int:
    """The process id of the portal's own Mosquitto."""
    words = str(portal.local / "broker" / "mosquitto.conf").encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words in command and b"mosquitto" in command[0]:
            return int(process.name)
    return 0


@pytest.mark.thorough
def test_broker_and_listener_are_killed_the_portal_serves_on_and_both_come_back(ready_portal):
    portal = ready_portal
    start(portal)
    until(lambda: up(portal), SECONDS, "broker, listener and publisher beat")
    prepared = Database(portal, "geoportal").manage("shell", "-v0", "-c", PREPARE)
    key, user, secret = prepared.split()[-3:]
    write = int((portal.local / "broker" / "ports").read_text().split()[0])
    topic = f"v1.1/Datastreams({key})/Observations"

    def send(number: int) -> bool:
        document = f'{{"result": {number}, "phenomenonTime": "2026-03-01T12:{number:02}:00Z"}}'
        return mosquitto_pub(write, (user, secret), topic, document) == 0

    for number, victim in enumerate(("nobody", "mosquitto", "broker", "listener")):
        if victim == "mosquitto":
            kill_hard(mosquitto_of(portal))
        elif victim != "nobody":
            pids = dict(portal.sql("SELECT name, max(pid) FROM layers_processbeat GROUP BY name"))
            kill_hard(pids[victim])
        assert health(portal)["status"] == "ok"
        until(partial(send, number), SECONDS, f"a message is accepted after the end of {victim}")
        until(partial(stored, portal, number + 1), SECONDS, f"it is stored after the end of {victim}")
    until(lambda: up(portal), SECONDS, "all beat again")
    portal.run("stop")
    assert mosquitto_of(portal) == 0
    left = subprocess.run(["pgrep", "-f", str(portal.local / "broker")], capture_output=True, text=True, check=False)
    assert left.stdout == ""
