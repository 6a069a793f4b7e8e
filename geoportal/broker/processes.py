"""What the portal's processes at the broker have in common: signals, waiting for the database, heartbeat, faults."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError

from geoportal.broker.place import BrokerAbsent
from geoportal.broker.running import BrokerEnded
from geoportal.broker.simulation import NoNetwork
from ingest.mqtt.listener import BrokerGone
from layers.errors import LayersError
from layers.jobs.processes import Heartbeat
from layers.jobs.waiting import first_line, wait_for_database


@dataclass(frozen=True)
class Process:
    """This process: `ended` is set by SIGTERM and SIGINT; `heartbeat` is to be started with the process' work."""

    ended: threading.Event
    heartbeat: Heartbeat


@contextmanager
def broker_process(name: str) -> Iterator[Process]:
    """A process of that name, whose heartbeat stops after the block. Faults of its parts become CommandErrors."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    heartbeat = Heartbeat(name, loops=True)
    try:
        wait_for_database()
        yield Process(ended, heartbeat)
        heartbeat.stop()
    except (OperationalError, InterfaceError) as fault:
        raise CommandError(f"The database went away: {first_line(fault)}") from fault
    except (LayersError, BrokerAbsent, BrokerEnded, BrokerGone, NoNetwork, OSError) as fault:
        raise CommandError(str(fault)) from fault
