"""A small network of stations for tests of the SensorThings API, stored once for each module of tests.

It is written by the store, not by the interface under test. Tests run in transactions on top of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import pytest
from django.test import Client
from django.utils.timezone import now
from pytest_django.plugin import DjangoDbBlocker

from geoportal.accounts.tokens import new_token
from geoportal.api.sensorthings.answers import JSON
from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.models import Observation
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.store.writer import writing
from tests.databases import restored
from tests.geoportal.logins import account
from tests.layers.observations.streams import new_run, observations, store
from tests.layers.observations.test_placing import KIELCE, storage

ROOT = "http://testserver/sta/v1.1"
SECRET = 71717.25
"""The value of the alarm."""
TRUTH = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation"


@dataclass(frozen=True)
class Network:
    """Keys of two stations with levels, air at one of them, a gate (true or false), and a gas alarm in a home.

    | Datastream | Observations (from 2026-01-15T00:00Z)                                                   |
    | ---------- | --------------------------------------------------------------------------------------- |
    | level      | minutes 0, 10, … 50: results 100 … 105, result time 01:00                                |
    | pm10       | hours 0 and 1, each an hour long: 40.5 and 55.0; the first with parameters and validity  |
    | other      | minute 0: 7.0                                                                            |
    | gate       | minutes 0 and 5: true, false                                                             |
    | alarm      | minute 0: the secret; seen by the services only                                          |
    """

    silnica: int
    bobrza: int
    home: int
    level: int
    pm10: int
    other: int
    gate: int
    alarm: int
    first: int
    """The observation of `level` at minute 0."""
    secret: int
    """The observation of `alarm`."""

    def fill(self, text: str) -> str:
        """The text with keys in place of names in braces."""
        for name, key in vars(self).items():
            text = text.replace("{" + name + "}", str(key))
        return text

    def filled(self, value: Any) -> Any:
        """JSON with keys in place of names in braces; a text that is only such a name becomes the number."""
        if isinstance(value, str):
            name = value[1:-1]
            return vars(self).get(name) or self.fill(value)
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        return {name: self.filled(one) for name, one in value.items()} if isinstance(value, dict) else value


def _spec(thing: ThingSpec, code: str, name: str, unit: Unit, **fields: Any) -> StreamSpec:
    return StreamSpec(
        thing,
        PropertySpec(code, name, f"http://example.org/{code}", name),
        SensorSpec(f"sensor-{code}", f"Czujnik {name}", "opis", "application/pdf", "http://example.org/a.pdf"),
        f"{thing.code}/{code}",
        f"{name} {thing.name}",
        unit,
        f"{name} w {thing.name}",
        properties={"class": "A", "depth": 2.5},
        **fields,
    )


def store_network() -> Network:
    """Store the network."""
    properties = {"owner": "miasto", "rank": 3, "open": True, "parts": {"pump": "P-1", "it's": "a, (b)"}}
    silnica = ThingSpec(
        "silnica", "Silnica", "Wodowskaz, most (stary)", geometry=storage(*KIELCE), properties=properties
    )
    bobrza = ThingSpec("bobrza", "Bobrza", "Wodowskaz O'Hara", geometry=storage(20.55, 50.9))
    home = ThingSpec("dom", "Mieszkanie 71717", "Czujnik 71717", kind="alarms", geometry=storage(20.63, 50.87))
    cm, ug = Unit("centymetr", "cm", "http://example.org/cm"), Unit("mikrogram", "ug/m3")
    with writing(new_run()) as writer:
        level, pm10, other, gate, alarm = declare(
            writer,
            [
                _spec(silnica, "level", "Stan wody", cm),
                _spec(silnica, "pm10", "Pył PM10", ug),
                _spec(bobrza, "level", "Stan wody", cm),
                _spec(silnica, "gate", "Drzwi", Unit("", "", ""), observation_type=TRUTH),
                _spec(home, "gas", "Gaz 71717", ug),
            ],
        )
    store(observations(level, {10 * n: 100.0 + n for n in range(6)}, made=60))
    store(_with_extra(observations(pm10, {0: 40.5}, length=60)))
    store(observations(pm10, {60: 55.0}, length=60))
    store(observations(other, {0: 7.0}))
    store(_truths(observations(gate, {0: np.nan, 5: np.nan}), [True, False]))
    store(observations(alarm, {0: SECRET}))
    numbers = {one.datastream_id: one.number for one in Observation.objects.order_by("-starts_at")}
    return Network(
        silnica=level.thing_id,
        bobrza=other.thing_id,
        home=alarm.thing_id,
        level=level.pk,
        pm10=pm10.pk,
        other=other.pk,
        gate=gate.pk,
        alarm=alarm.pk,
        first=numbers[level.pk],
        secret=numbers[alarm.pk],
    )


def _with_extra(plain: Observations) -> Observations:
    period = "2026-01-15T00:00:00Z/2026-01-16T00:00:00Z"
    extra = {"parameters": {"run": "a", "n": 4}, "validTime": period, "resultQuality": {"code": "good"}}
    return Observations(plain.datastream, plain.starts, plain.ends, plain.values, plain.result_times, None, [extra])


def _truths(plain: Observations, results: list[bool]) -> Observations:
    return Observations(plain.datastream, plain.starts, plain.ends, plain.values, plain.result_times, results)


@pytest.fixture(scope="module")
def stored_network(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Network]:
    """The network, committed for the tests of a module."""
    with django_db_blocker.unblock(), restored():
        yield store_network()


@pytest.fixture
def network(stored_network: Network, db: None) -> Network:
    """The network, for a test that may change it."""
    return stored_network


def tiered(cases: Sequence[Any], every: int = 3) -> list[Any]:
    """Cases of a long table for the two tiers: each third one is tried in a quick run too."""
    return [
        one
        if at % every == 0
        else pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=pytest.mark.thorough)
        for at, one in enumerate(cases)
    ]


Get = Callable[..., Any]
Send = Callable[..., Any]


def escaped(query: str) -> str:
    """A query string as clients send it."""
    return quote(query, safe="$&=%()/,;:@+*'")


@pytest.fixture(scope="session")
def web() -> Client:
    """One client for all tests: each new one looks for static files, which takes longer than a request."""
    return Client()


@pytest.fixture
def get(web: Client) -> Get:
    """Reads an address below the root, by default as JSON with status 200; options as given, unescaped."""

    def read(path: str, status: int = 200, **words: Any) -> Any:
        address = path if path.startswith("http") else f"/sta/v1.1/{path}"
        plain, _, query = address.removeprefix("http://testserver").partition("?")
        response = web.get(f"{plain}?{escaped(query)}" if query else plain, **words)
        assert response.status_code == status, response.content
        return response.json() if "json" in response["Content-Type"] else response.content.decode()

    return read


def token(*groups: str, scopes: tuple[str, ...] = ("read", "sensors"), datastreams: list[int] | None = None) -> str:
    """The secret of a new token of an account in these groups."""
    _, secret = new_token(account(*groups), "t", list(scopes), now() + timedelta(days=1), datastreams=datastreams)
    return secret


@pytest.fixture
def send(web: Client, db: None) -> Send:
    """Sends a document, by default with an editor's token; returns the response. `secret=""` sends no token."""
    editor: list[str] = []

    def sent(method: str, path: str, document: Any = None, status: int = 200, **words: Any) -> Any:
        if "secret" not in words and not editor:
            editor.append(token("editors"))
        secret = words.pop("secret", editor[0] if editor else "")
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        body = document if isinstance(document, bytes) else b"" if document is None else orjson.dumps(document)
        plain, _, query = path.removeprefix(f"{ROOT}/").partition("?")
        address = f"/sta/v1.1/{plain}" + (f"?{escaped(query)}" if query else "")
        kind = words.pop("content_type", JSON)
        response = web.generic(method, address, body, kind, headers=headers | words)
        assert response.status_code == status, (response.status_code, response.content)
        return response

    return sent


def station_rows() -> Any:
    """The current rows of the layer of stations."""
    rows: Any = kind_of("stations").model._default_manager
    return rows.filter(recorded_to=None)


def local(response: Any) -> str:
    """The path of a created entity below the root."""
    return str(response["Location"].removeprefix(f"{ROOT}/"))
