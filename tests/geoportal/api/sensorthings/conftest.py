"""A small network of stations for tests of the SensorThings API."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from layers.observations.models import Datastream
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.store.writer import writing
from tests.layers.observations.streams import new_run, observations, store
from tests.layers.observations.test_placing import KIELCE, storage

ROOT = "http://testserver/sta/v1.1"


@dataclass(frozen=True)
class Network:
    """Two stations with levels at 0, 10, … 50 minutes, air at one of them, and a gas alarm in a home."""

    level: Datastream
    pm10: Datastream
    other: Datastream
    alarm: Datastream


def spec(thing: ThingSpec, code: str, name: str, unit: Unit) -> StreamSpec:
    return StreamSpec(
        thing,
        PropertySpec(code, name, f"http://example.org/{code}", name),
        SensorSpec(f"sensor-{code}", f"Czujnik {name}", "opis", "application/pdf", "http://example.org/a.pdf"),
        f"{thing.code}/{code}",
        f"{name} {thing.name}",
        unit,
        f"{name} w {thing.name}",
        properties={"class": "A", "depth": 2.5},
    )


@pytest.fixture
def network(db: Any) -> Network:
    silnica = ThingSpec("silnica", "Silnica", "Wodowskaz", geometry=storage(*KIELCE), properties={"owner": "miasto"})
    bobrza = ThingSpec("bobrza", "Bobrza", "Wodowskaz", geometry=storage(20.55, 50.9))
    home = ThingSpec("dom", "Mieszkanie 7", "Czujnik", kind="alarms", geometry=storage(20.63, 50.87))
    cm, ug = Unit("centymetr", "cm", "http://example.org/cm"), Unit("mikrogram", "ug/m3")
    with writing(new_run()) as writer:
        made = declare(
            writer,
            [
                spec(silnica, "level", "Stan wody", cm),
                spec(silnica, "pm10", "Pył PM10", ug),
                spec(bobrza, "level", "Stan wody", cm),
                spec(home, "gas", "Gaz", ug),
            ],
        )
    level, pm10, other, alarm = made
    store(observations(level, {10 * n: 100.0 + n for n in range(6)}, made=60))
    store(observations(pm10, {0: 40.5, 60: 55.0}, length=60))
    store(observations(other, {0: 7.0}))
    store(observations(alarm, {0: 71717.25}))
    return Network(level, pm10, other, alarm)


Get = Callable[..., Any]


@pytest.fixture
def get(client: Client) -> Get:
    """Reads an address below the root, by default as JSON with status 200; options as given, unescaped."""

    def read(path: str, status: int = 200, **words: Any) -> Any:
        address = path if path.startswith("http") else f"/sta/v1.1/{path}"
        plain, _, query = address.removeprefix("http://testserver").partition("?")
        response = client.get(f"{plain}?{quote(query, safe='$&=%()/,;:@+*')}" if query else plain, **words)
        assert response.status_code == status, response.content
        return response.json() if "json" in response["Content-Type"] else response.content.decode()

    return read
