"""The simulated devices send what they measure through the real broker."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from geoportal.accounts.tokens import ApiToken
from geoportal.accounts.visitors import of_token
from geoportal.broker.simulation import Gateway, NoNetwork, devices, gateway_token, messages, simulate
from ingest.pipeline import Order, ingest
from layers.observations.models import Datastream, Observation

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def stored_network() -> None:
    ingest(Order("demo_sensors", options={"days": "1", "until": "2026-01-20"}))


def test_messages_are_those_of_the_history_in_the_order_of_time():
    stored_network()
    chosen = devices()
    found = messages(chosen, NOON - timedelta(hours=36), NOON - timedelta(hours=12))
    assert len(found) == Observation.objects.filter(ends_at__gte=NOON - timedelta(hours=36)).count()
    level = next(one for one in chosen if one.instrument.stream.thing.code == "demo/silnica-centrum")
    flood = messages([level], NOON, NOON + timedelta(hours=4), "flood", NOON)
    plain = messages([level], NOON, NOON + timedelta(hours=4))
    assert float(flood[-1].payload.rpartition(":")[2][:-1]) > float(plain[-1].payload.rpartition(":")[2][:-1]) + 150


def test_the_gateways_token_adds_to_the_network_and_does_nothing_else():
    with pytest.raises(NoNetwork):
        devices()
    stored_network()
    chosen = devices()
    first, _ = gateway_token(chosen)
    token, _ = gateway_token(chosen)
    visitor = of_token(token)
    assert all(visitor.may_add_to(key) for key in Datastream.objects.values_list("pk", flat=True))
    assert visitor.abilities == frozenset()
    assert ApiToken.objects.get(pk=first.pk).valid  # another simulator may use it


def test_what_was_measured_arrives_once(broker):
    stored_network()
    chosen = devices()
    before = Observation.objects.count()
    gateway = Gateway(broker.write, *gateway_token(chosen))
    broker.broker.refresh()
    broker.listen(0)
    since, until = datetime(2026, 1, 20, 0, 30, tzinfo=UTC), datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
    try:
        sent = simulate(gateway, chosen, since, ended=threading.Event(), until=until)
    finally:
        gateway.close()
    assert {one.outcome for one in broker.listen(sent)} == {"new"}
    assert Observation.objects.count() == before + sent


@pytest.mark.parametrize(
    "options", [["--since", "yesterday"], ["--since", "1900-01-01T00:00:00Z"], ["--speed", "-1"], ["--until", "x h"]]
)
def test_wrong_options_are_one_line(options):
    with pytest.raises(CommandError, match=options[0]):
        call_command("simulate_sensors", *options)
