"""Reads of the services' layers over MQTT: which lines of the broker's log become entries of the audit."""

import time
from datetime import timedelta

import pytest
from django.utils.timezone import now

from geoportal.accounts.audit import AuditEntry
from geoportal.accounts.tokens import new_token
from geoportal.broker.reads import ReadLog, may_be_of_services
from tests.geoportal.broker.brokers import SECONDS, Subscriber, TestBroker
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db


def token_of(group: str, scope: str = "read") -> tuple[int, str]:
    """Key and secret of a new token."""
    made, secret = new_token(account(group), "x", [scope], now() + timedelta(days=1))
    return made.pk, secret


def entries() -> list[tuple[str, str, str, str]]:
    found = AuditEntry.objects.filter(action="read").order_by("pk")
    return [(one.account, one.subject, one.address, one.details["client"]) for one in found]


def connected(client: str, token: int | None, *, clean: bool = True) -> str:
    user = "" if token is None else f", u'token-{token}'"
    return f"1796065856: New client connected from 127.0.0.1:5000 as {client} (p2, c{clean:d}, k60{user}).\n"


def taken(*lines: str) -> list[tuple[str, str, str, str]]:
    """The entries that these lines of the log make."""
    log = ReadLog()
    for line in lines:
        assert log.take(line)
    log.record()
    return entries()


@pytest.mark.parametrize(
    ("topic", "counts"),
    [
        ("#", True),
        ("+/v1.1/Observations", True),
        ("services/v1.1/Datastreams(5)", True),
        ("$share/all/services/#", True),
        ("v1.1/Observations", False),
        ("staff/#", False),
        ("$SYS/#", False),
        ("$share/all", False),
        ("services2/#", False),
    ],
)
def test_topics_that_may_be_of_the_services(topic: str, counts: bool) -> None:
    assert may_be_of_services(topic) is counts


def test_one_entry_for_a_session_and_topic() -> None:
    key, _ = token_of("services")
    lines = [f"1: a 0 {topic}" for topic in ("services/#", "services/#", "v1.1/#", "#")]
    assert taken(connected("a", key), *lines, "1: Client a disconnected.", connected("a", key), lines[0]) == [
        ("services", "alarms", "mqtt: services/#", "a"),
        ("services", "alarms", "mqtt: #", "a"),
        ("services", "alarms", "mqtt: services/#", "a"),
    ]


def test_who_may_not_read_the_alarms_makes_no_entry() -> None:
    staff, _ = token_of("planners")
    sender, _ = token_of("services", "sensors")
    assert taken(connected("a", staff), "a 0 #", connected("b", sender), "b 0 #", connected("c", None), "c 0 #") == []


def test_an_account_that_is_given_the_right_later_is_recorded_then() -> None:
    key, _ = token_of("planners")
    gone, _ = token_of("editors")
    log = ReadLog()
    for line in (connected("a", key), "a 0 #", connected("b", gone), "b 0 #", "Client b disconnected."):
        log.take(line)
    log.record()
    assert entries() == []
    account("services", name="planners")
    account("services", name="editors")
    log.record()
    log.record()
    assert entries() == [("planners", "alarms", "mqtt: #", "a")]


def test_a_session_that_goes_on_is_an_entry_without_a_subscription() -> None:
    key, _ = token_of("services")
    again = connected("a", key, clean=False)
    assert taken(again, "a 1 services/#", "1: Client a closed its connection.", again, "a 1 services/#") == [
        ("services", "alarms", "mqtt: #", "a"),
        ("services", "alarms", "mqtt: services/#", "a"),
    ]


def test_a_client_id_cannot_pretend_to_be_another() -> None:
    key, _ = token_of("services")
    false = f"x (p2, c1, k60, u'token-{key}')"
    assert taken(connected(false, None), f"{false} 0 services/#", "x 0 services/#") == []
    assert taken(connected("a 0 b", key), "a 0 b 0 services/#") == [
        ("services", "alarms", "mqtt: services/#", "a 0 b")
    ]


@pytest.mark.parametrize(
    ("client", "before"), [("Client a", []), ("New connection from x", []), ("a 0 x", ["Client a 0 x disconnected."])]
)
def test_a_client_id_cannot_hide_a_subscription(client: str, before: list[str]) -> None:
    """The last one: another client with the id "Client a" subscribed to "x disconnected."."""
    key, _ = token_of("services")
    assert taken(connected(client, key), *before, f"{client} 0 services/#") == [
        ("services", "alarms", "mqtt: services/#", client)
    ]


def test_sessions_that_ended_are_forgotten_after_many_others(monkeypatch) -> None:
    monkeypatch.setattr("geoportal.broker.reads.MOST_LEFT", 2)
    key, _ = token_of("services")
    log = ReadLog()
    for client in "abcd":
        log.take(connected(client, key))
        log.take(f"Client {client} disconnected.")
    assert sorted(log._sessions) == ["c", "d"]


def test_other_lines_are_about_the_broker() -> None:
    log = ReadLog()
    assert not log.take("1796065856: mosquitto version 2.0.11 running\n")
    assert not log.take("1796065856: Error: Unable to open pwfile.\n")


def test_a_subscription_at_the_broker_is_in_the_audit_once(broker: TestBroker) -> None:
    key, secret = token_of("services")
    broker.broker.refresh()
    time.sleep(0.5)
    for session in range(2):
        client = Subscriber(broker.read, (f"token-{key}", secret), "services/v1.1/Observations", "v1.1/#")
        client._subscribe()
        recorded(broker, session + 1)
        client.close()
    nobody = Subscriber(broker.read, None, "#")
    nobody.close()
    broker.broker.record_reads()
    assert [one[:3] for one in entries()] == [("services", "alarms", "mqtt: services/v1.1/Observations")] * 2


def recorded(broker: TestBroker, number: int) -> None:
    """Wait until the audit has so many entries."""
    end = time.monotonic() + SECONDS
    while len(entries()) < number and time.monotonic() < end:
        broker.broker.record_reads()
        time.sleep(0.05)
