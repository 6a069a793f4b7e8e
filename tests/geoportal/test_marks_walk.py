"""Every way that shows an observation tells what is doubtful about it.

A station that is invented and no reference station has a datastream for each doubt; a reference station has one
without any. Each way is read into the doubts that it shows of each datastream. A new way is one line of WAYS.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from geoportal.broker.publishing import messages
from layers.access.database_views import LEVELS, schema_of
from layers.observations.decisions import exclude
from layers.observations.models import Batch, Datastream
from layers.observations.specs import PropertySpec, ThingSpec
from layers.observations.streams import declare
from layers.runs.models import Dataset
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.layers.observations.streams import START, new_run, observations, spec, store
from tests.layers.observations.test_placing import KIELCE, storage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
Found = Mapping[str, set[str]]
"""The doubts that a way shows, by the code of the datastream."""
FLAGS = {"range", "step", "spike", "stuck"}
ORIGIN = {"synthetic", "indicative"}
DOUBTS: dict[str, set[str]] = {
    "clean": set(),
    **{code: {code, *ORIGIN} for code in (*sorted(FLAGS), "excluded", "stale")},
}
"""What is doubtful about each datastream. The spike is that of the value before the latest."""
NO_TIME = {"stale"}
"""Where the time of each value stands beside it, as in a file, its age is not told."""
WORDS = {
    "pl": {
        "range": "poza możliwym zakresem",
        "step": "nagła zmiana",
        "spike": "skok tam i z powrotem",
        "stuck": "nie zmienia się",
        "excluded": "wyłączone przez redaktora",
        "synthetic": "zmyślone",
        "indicative": "czujnik wskaźnikowy",
        "stale": "nieaktualne",
    },
    "en": {
        "range": "outside the possible range",
        "step": "sudden change",
        "spike": "jump there and back",
        "stuck": "does not change any more",
        "excluded": "excluded by an editor",
        "synthetic": "invented",
        "indicative": "indicative sensor",
        "stale": "stale",
    },
}


@dataclass(frozen=True)
class City:
    """The keys of the datastreams by code, and a client of a visitor without an account."""

    client: Client
    keys: Mapping[str, int]
    language: str = "pl"

    def code(self, key: int | str) -> str:
        return next(code for code, one in self.keys.items() if one == int(key))

    def get(self, address: str) -> Any:
        if self.language != "pl":
            address += ("&" if "?" in address else "?") + f"lang={self.language}"
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer


@pytest.fixture
def city(client: Client) -> City:
    """The last value of each is 5 minutes old, the stale one 40, of values every 10 minutes."""
    limits: dict[str, dict[str, Any]] = {
        "range": {"highest": 500.0},
        "step": {"step": 20.0},
        "spike": {"spike": 20.0},
        "stuck": {"stuck": 3},
    }
    values = {
        "clean": {15: 1.0, 5: 2.0},
        "range": {15: 1.0, 5: 999.0},
        "step": {15: 1.0, 5: 50.0},
        "spike": {25: 1.0, 15: 50.0, 5: 1.5},
        "stuck": {25: 7.0, 15: 7.0, 5: 7.0},
        "excluded": {5: 3.0},
        "stale": {40: 4.0},
    }
    Dataset.objects.get_or_create(slug="sensors", synthetic=True)
    made: dict[str, Datastream] = {}
    for code in values:
        own = code == "clean"
        thing = ThingSpec(
            "reference" if own else "doubtful",
            "Stacja",
            geometry=storage(*KIELCE),
            values={"standing": "reference" if own else "indicative"},
        )
        one = replace(spec(code), thing=thing, observed_property=PropertySpec(code, code), interval_s=600)
        with writing(new_run("test", "official" if own else "sensors")) as writer:
            (made[code],) = declare(writer, [replace(one, **limits.get(code, {}))])
    present = int((now() - START).total_seconds() // 60)
    for code, ages in values.items():
        store(observations(made[code], {present - age: value for age, value in ages.items()}))
    exclude(made["excluded"], START, None, Editor("anna", note="lód"))
    return City(client, {code: one.pk for code, one in made.items()})


def words(city: City, markup: str) -> set[str]:
    """The doubts whose words stand in a piece of a page."""
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))
    return {code for code, word in WORDS[city.language].items() if word in text}


def table_rows(address: str) -> Callable[[City], Found]:
    """A page with a table, whose rows lead to the datastreams."""

    def read(city: City) -> Found:
        rows = city.get(address).content.decode().split("<tr")[1:]
        return {
            code: words(city, next(row for row in rows if f'/series/{key}/"' in row))
            for code, key in city.keys.items()
        }

    return read


def page_of_each(address: str) -> Callable[[City], Found]:
    """A page of each datastream; the limits of quality control below name flags that no value has."""

    def read(city: City) -> Found:
        found = {}
        for code, key in city.keys.items():
            markup = city.get(address.format(key=key)).content.decode()
            found[code] = words(city, markup[: markup.index('id="about"')])
        return found

    return read


def gathered(city: City, rows: Iterable[tuple[Any, set[str]]]) -> Found:
    """The doubts of all rows by the key of their datastream."""
    found: dict[str, set[str]] = {code: set() for code in city.keys}
    there = set()
    for key, doubts in rows:
        found[city.code(key)] |= doubts
        there.add(city.code(key))
    assert there == set(city.keys), "the way leaves datastreams out"
    return found


def of_columns(row: Mapping[str, Any]) -> set[str]:
    """The doubts of a row with the columns of files and views."""
    flags = row.get("flags") or 0
    if isinstance(flags, int):
        flags = " ".join(name for bit, name in ((1, "range"), (2, "step"), (4, "spike"), (8, "stuck")) if flags & bit)
    found = {name for name in ("excluded", "synthetic") if str(row[name]) == "True"} | set(flags.split())
    found |= {row["standing"]} & {"indicative", "test", "ended"} | {row.get("freshness", "")} & {"stale", "dead"}
    found |= set(str(row.get("marks", "")).split()) | {row.get("state", "")} & {"stale", "dead"}
    return found | ({"flagged"} if int(row.get("flagged") or 0) else set())


def csv_file(address: str) -> Callable[[City], Found]:
    def read(city: City) -> Found:
        answer = city.get(address)
        raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
        return gathered(city, ((row["datastream"], of_columns({"standing": "", **row})) for row in rows))

    return read


def parquet_file(address: str) -> Callable[[City], Found]:
    def read(city: City) -> Found:
        table = pq.read_table(io.BytesIO(b"".join(city.get(address).streaming_content)))
        return gathered(city, ((row["datastream"], of_columns(row)) for row in table.to_pylist()))

    return read


def view(level: Any, name: str) -> Callable[[City], Found]:
    """A view for people who write SQL."""

    def read(city: City) -> Found:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {schema_of(level)}.{name}")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return gathered(city, ((row["datastream_id"], of_columns(row)) for row in rows))

    return read


def of_quality(quality: Mapping[str, Any] | None) -> set[str]:
    """The doubts of a `resultQuality`."""
    given = quality or {}
    found = set(given.get("flags", [])) | {name for name in ("excluded", "synthetic") if given.get(name)}
    return found | ({given["standing"]} if "standing" in given else set())


def sensorthings(address: str) -> Callable[[City], Found]:
    """Observations in an answer, at whatever depth, each with its datastream."""

    def read(city: City) -> Found:
        document = city.get(f"/sta/v1.1/{address}").json()
        return gathered(city, ((key, of_quality(one.get("resultQuality"))) for key, one in observed(document, None)))

    return read


def observed(document: Any, stream: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(document, list):
        for one in document:
            yield from observed(one, stream)
    elif isinstance(document, dict):
        if "unitOfMeasurement" in document:
            stream = document["@iot.id"]
        if "dataArray" in document:
            stream = int(re.findall(r"\((\d+)\)", document["Datastream@iot.navigationLink"])[0])
            yield from (
                (stream, dict(zip(document["components"], row, strict=True))) for row in document["dataArray"]
            )
        elif "result" in document:
            yield (document["Datastream"]["@iot.id"] if "Datastream" in document else stream or 0), document
        else:
            for one in document.values():
                yield from observed(one, stream)


def published(city: City) -> Found:
    """What readers of the broker get."""
    rows = []
    for batch in Batch.objects.all():
        for topic, payload in messages(batch):
            document = json.loads(payload)
            if "result" in document and (key := re.findall(r"Datastreams\((\d+)\)/Observations$", topic)):
                rows.append((key[0], of_quality(document.get("resultQuality"))))
    return gathered(city, rows)


LATEST = set().union(*DOUBTS.values()) - {"spike"}
HISTORY = LATEST - NO_TIME | {"spike"}
STATISTICS = ORIGIN | {"excluded", "flagged"}
OPEN, STA_ALL = "/open-data/stations/observations", "$top=1000"
WAYS: dict[str, tuple[Callable[[City], Found], set[str]]] = {
    "page of a datastream": (page_of_each("/catalogue/stations/series/{key}/"), LATEST),
    "page of the layer": (table_rows("/catalogue/stations/"), LATEST),
    "board of sensors": (table_rows("/catalogue/stations/sensors/"), LATEST),
    "board of sensors, CSV": (csv_file("/catalogue/stations/sensors.csv"), LATEST),
    "file, CSV": (csv_file(f"{OPEN}.csv"), HISTORY),
    "file, Parquet": (parquet_file(f"{OPEN}.parquet"), HISTORY),
    "hours, CSV": (csv_file(f"{OPEN}.csv?statistic=hourly"), STATISTICS),
    "hours, Parquet": (parquet_file(f"{OPEN}.parquet?statistic=hourly"), STATISTICS),
    "days, CSV": (csv_file(f"{OPEN}.csv?statistic=daily"), STATISTICS),
    "days, Parquet": (parquet_file(f"{OPEN}.parquet?statistic=daily"), STATISTICS),
    **{
        f"SQL of {level}, {name}": (view(level, name), carried)
        for level in LEVELS
        for name, carried in (
            ("observations", HISTORY),
            ("latest_values", LATEST),
            ("hourly_values", STATISTICS),
            ("daily_values", STATISTICS),
        )
    },
    "SensorThings, Observations": (sensorthings(f"Observations?{STA_ALL}&$expand=Datastream"), HISTORY),
    "SensorThings, Datastreams": (sensorthings("Datastreams?$expand=Observations"), HISTORY),
    "SensorThings, Things": (sensorthings("Things?$expand=Datastreams/Observations"), HISTORY),
    "SensorThings, data array": (sensorthings(f"Observations?{STA_ALL}&$resultFormat=dataArray"), HISTORY),
    "MQTT": (published, HISTORY),
}
"""Each way out, how it is read, and what of DOUBTS it can show."""


@pytest.mark.parametrize("way", WAYS)
def test_a_way_tells_every_doubt_and_no_other(city: City, way: str):
    read, carried = WAYS[way]
    found = read(city)
    for code, doubts in DOUBTS.items():
        expected = doubts | {"flagged"} if doubts & FLAGS else doubts
        assert found[code] == expected & carried, code


@pytest.mark.parametrize("way", ["page of a datastream", "page of the layer", "board of sensors"])
def test_pages_tell_doubts_in_english_too(city: City, way: str):
    read, carried = WAYS[way]
    found = read(replace(city, language="en"))
    assert found == {code: doubts & carried for code, doubts in DOUBTS.items()}
