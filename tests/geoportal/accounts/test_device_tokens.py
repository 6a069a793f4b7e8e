"""Tokens of devices: what they may do, and how they are made on the account's page."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from geoportal.accounts.tokens import ApiToken, broker_hash, new_token
from geoportal.accounts.visitors import Visitor, of_token
from tests.geoportal.logins import account
from tests.layers.observations.streams import stream

pytestmark = pytest.mark.django_db


def device(user: Any, streams: list[int], *scopes: str) -> Visitor:
    token, _ = new_token(user, "gauge", ["sensors", *scopes], now() + timedelta(days=1), datastreams=streams)
    return of_token(token)


def test_editors_and_administrators_manage_sensors():
    level = stream()
    for group in ("editors", "admins"):
        token, _ = new_token(account(group), "gateway", ["sensors"], now() + timedelta(days=1))
        visitor = of_token(token)
        assert visitor.can("sensors") and visitor.limited_streams is None and visitor.may_add_to(level.pk)
    token, _ = new_token(account("planners"), "gateway", ["sensors"], now() + timedelta(days=1))
    assert not of_token(token).may_add_to(level.pk)


def test_a_device_adds_to_its_own_datastreams_and_may_do_nothing_else():
    mine, other = stream("level"), stream("flow")
    visitor = device(account("editors"), [mine.pk], "edit")
    assert visitor.limited_streams == frozenset({mine.pk})
    assert visitor.may_add_to(mine.pk) and not visitor.may_add_to(other.pk)
    assert visitor.abilities == frozenset()
    assert visitor.access.level == "public"
    assert device(account("editors"), [mine.pk], "read").access.level == "staff"


def test_a_device_loses_its_right_with_its_account():
    user = account("editors")
    mine = stream()
    token, _ = new_token(user, "gauge", ["sensors"], now() + timedelta(days=1), datastreams=[mine.pk])
    user.groups.clear()
    assert of_token(token).limited_streams == frozenset()


def test_a_device_has_at_least_one_datastream_and_the_scope():
    with pytest.raises(ValueError, match="at least one"):
        device(account("editors"), [])
    with pytest.raises(ValueError, match="scope sensors"):
        new_token(account("editors"), "x", ["read"], now() + timedelta(days=1), datastreams=[1])


def test_the_broker_gets_a_hash_of_its_own_for_tokens_that_are_of_use_there():
    user = account("editors")
    token, secret = new_token(user, "x", ["read"], now() + timedelta(days=1))
    _, kind, rounds, salt, found = token.broker_hash.split("$")
    made = hashlib.pbkdf2_hmac("sha512", secret.encode(), base64.b64decode(salt), int(rounds))
    assert kind == "7" and base64.b64decode(found) == made
    assert token.broker_user == f"token-{token.pk}"
    other, _ = new_token(user, "x", ["edit"], now() + timedelta(days=1))
    assert (other.broker_hash, other.broker_user) == ("", "")
    assert broker_hash("a") != broker_hash("a")


def test_the_page_makes_the_token_of_a_device(client):
    mine, other = stream("level"), stream("flow")
    client.force_login(account("editors"))
    form = {"name": "gauge", "scope": ["sensors"], "days": "30", "datastreams": f" {other.pk}, {mine.pk},{mine.pk}"}
    page = client.post("/account/", form).content.decode()
    token = ApiToken.objects.get()
    assert token.datastreams == sorted([mine.pk, other.pk])
    assert f"MQTT: użytkownik token-{token.pk}" in page
    assert f"tylko dodawanie obserwacji do serii {mine.pk}, {other.pk}" in page


def test_the_page_names_the_ports_of_the_broker_where_there_is_one(client, settings, tmp_path):
    settings.BROKER_DIR = tmp_path
    client.force_login(account("editors"))
    form = {"name": "x", "scope": ["sensors"], "days": "30"}
    assert "porcie" not in client.post("/account/", form).content.decode()
    (tmp_path / "ports").write_text("18830 18831\n")
    page = client.post("/account/", form).content.decode()
    assert "publikują na porcie 18830 brokera, klienci czytają na porcie 18831." in page
    assert "Zarządzanie czujnikami: wyłączanie okresów" in page


@pytest.mark.parametrize("numbers", ["x", "5;6", "999999", "1" * 10, "-1", ",", "1," * 4000, "٥"])
def test_the_page_refuses_what_are_no_datastreams(client, numbers):
    stream()
    client.force_login(account("editors"))
    page = client.post("/account/", {"name": "x", "scope": ["sensors"], "days": "30", "datastreams": numbers})
    assert "Podaj numery serii pomiarów" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_datastreams_need_the_scope_and_the_account_must_see_them(client):
    level = stream()
    alarm = stream("co", "home")
    alarm.thing.kind = "alarms"
    alarm.thing.save(update_fields=["kind"])
    client.force_login(account("editors"))
    for scope, key in (("read", level.pk), ("sensors", alarm.pk)):
        client.post("/account/", {"name": "x", "scope": [scope], "days": "30", "datastreams": str(key)})
    assert not ApiToken.objects.exists()


def test_a_token_from_before_is_named_as_unusable_over_mqtt(client):
    user = account("editors")
    new_token(user, "x", ["read"], now() + timedelta(days=1))
    ApiToken.objects.update(broker_hash="")
    client.force_login(user)
    assert "nie, utwórz nowy token" in client.get("/account/").content.decode()
