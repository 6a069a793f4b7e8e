"""The account of the portal's own processes at the broker."""

import logging
import threading

from geoportal.broker.place import HOST, PORTAL, BrokerAbsent, Place
from ingest.mqtt.listener import Account

WAIT_SECONDS = 20.0
"""For so long a process waits for the broker's first start."""


def account(at: Place) -> Account:
    """The account of the listener. Raises BrokerAbsent before the broker's first start."""
    _, port = at.ports()
    return Account(HOST, port, PORTAL, at.secret("portal-password"), f"listener-{at.secret('listener-id')}")


def awaited_account(at: Place, ended: threading.Event) -> Account:
    """The account of the listener, once the broker was started. Raises BrokerAbsent where it is not in time."""
    waited = 0.0
    while True:
        try:
            return account(at)
        except BrokerAbsent:
            if waited >= WAIT_SECONDS or ended.wait(1.0):
                raise
            waited += 1.0
            logging.getLogger(__name__).info("Waiting for the broker's first start")
