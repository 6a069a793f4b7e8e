"""Every way that shows an observation shows what is doubtful about it.

Each way is read into the doubts that it shows of each datastream. A new way is one line of WAYS.
The map is walked in `tests/browser/test_live_doubts.py`, paper in `api/map/test_printing_stations.py`.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from rdflib import DCAT, DCTERMS, Graph, URIRef

from geoportal.api.live.values import document_of, history_of
from geoportal.broker.publishing import messages
from layers.access.database_views import LEVELS, schema_of
from layers.observations.models import Batch
from tests.geoportal.doubtful_stations import DOUBTS, FLAGS, INVENTED, NO_TIME, ORIGIN, WORDS, City, doubtful_city
from tests.layers.observations.streams import stream
from tests.layers.observations.test_placing import KIELCE, placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
Found = Mapping[str, set[str]]
"""The doubts that a way shows, by the code of the datastream."""


@pytest.fixture
def city(client: Client) -> City:
    """The stations, and a visitor without an account."""
    return doubtful_city(client)


def words(city: City, markup: str) -> set[str]:
    """The doubts whose words stand in a piece of a page."""
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))
    return {code for code, word in WORDS[city.language].items() if word in text}


def table_rows(address: str, link: str = '/series/{key}/"') -> Callable[[City], Found]:
    """A page with a table, whose rows lead to the datastreams or to their stations."""

    def read(city: City) -> Found:
        rows = city.get(address).content.decode().split("<tr")[1:]
        links = {code: link.format(key=key, station=city.stations[code]) for code, key in city.keys.items()}
        return {code: words(city, row) for code, text in links.items() for row in rows if text in row}

    return read


def page_of_each(address: str, until: str) -> Callable[[City], Found]:
    """A page of each datastream or station, up to the part that names flags which no value has."""

    def read(city: City) -> Found:
        found = {}
        for code, key in city.keys.items():
            markup = city.get(address.format(key=key, station=city.stations[code])).content.decode()
            found[code] = words(city, markup[markup.index("<main") : markup.index(until)])
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


def live_document(city: City) -> Found:
    """The document that the map polls: of each station, and of each of its datastreams."""
    document_of.cache_clear()
    found = {}
    for code, feature in city.stations.items():
        station = city.get("/live/stations.json").json()["stations"][feature]
        (series,) = station["series"]
        both = [{mark["code"] for mark in one["marks"]} | late(one["fresh"]["code"]) for one in (station, series)]
        assert both[0] == both[1]
        found[code] = both[0]
    return found


def late(code: str) -> set[str]:
    return {code} & {"stale", "dead"}


def last_hours(city: City) -> Found:
    """The document of the slider of time, at the half hour after the values."""
    history_of.cache_clear()
    with patch("geoportal.live.history.now", lambda: now() + timedelta(minutes=30)):
        document = city.get("/live/stations/last-48-hours.json").json()
    found = {}
    for code, feature in city.stations.items():
        row = document["stations"][feature]
        marks = document["marks"][row["marks"][-1]]
        found[code] = {one["code"] for one in marks} | late(document["fresh"][row["fresh"][-1]])
    return found


def chart_values(city: City) -> Found:
    """The values of a chart, column by column."""
    found = {}
    for code, key in city.keys.items():
        (line,) = city.get(f"/live/stations/chart.json?series={key}&range=24h&statistic=raw").json()["series"]
        bits = {1: "range", 2: "step", 4: "spike", 8: "stuck"}
        flags = {name for bit, name in bits.items() for one in line["flags"] if one & bit}
        found[code] = flags | {mark["code"] for mark in line["marks"]}
        found[code] |= {"excluded"} if any(line["excluded"]) and line["exclusions"] else set()
    return found


def chart_file(city: City) -> Found:
    """The same values as a table."""
    found: dict[str, set[str]] = {}
    for code, key in city.keys.items():
        answer = city.get(f"/live/stations/chart.csv?series={key}&range=24h&statistic=raw")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows
        found[code] = set().union(*map(of_columns, rows)) - {"flagged"}
    return found


LATEST = set().union(*DOUBTS.values()) - {"spike"}
HISTORY = LATEST - NO_TIME | {"spike"}
STATISTICS = ORIGIN | {"excluded", "flagged"}
OPEN, STA_ALL = "/open-data/stations/observations", "$top=1000"
WAYS: dict[str, tuple[Callable[[City], Found], set[str]]] = {
    "page of a datastream": (page_of_each("/catalogue/stations/series/{key}/", 'id="about"'), LATEST),
    "page of a station": (page_of_each("/catalogue/stations/stations/{station}/", 'id="chart"'), LATEST),
    "table of the layer": (table_rows("/catalogue/stations/table/", "{station}"), LATEST),
    "live values, of which map and card are drawn": (live_document, LATEST),
    "last 48 hours": (last_hours, LATEST),
    "chart": (chart_values, HISTORY),
    "chart, CSV": (chart_file, HISTORY),
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
def test_a_way_shows_every_doubt_and_no_other(city: City, way: str):
    read, carried = WAYS[way]
    found = read(city)
    assert found == expected(found, carried)
    assert set(DOUBTS) - set(found) <= (set(INVENTED) if way == "table of the layer" else set())


def expected(found: Found, carried: set[str]) -> Found:
    """The doubts of the datastreams that were found, as far as a way can show them."""
    counted = {code: doubts | {"flagged"} if doubts & FLAGS else doubts for code, doubts in DOUBTS.items()}
    return {code: counted[code] & carried for code in found}


PAGES = ("page of a datastream", "page of a station", "page of the layer", "table of the layer", "board of sensors")


@pytest.mark.parametrize("way", PAGES)
def test_pages_show_doubts_in_english_too(city: City, way: str):
    read, carried = WAYS[way]
    found = read(replace(city, language="en"))
    assert found == expected(found, carried) and found


def observation_files(client: Client) -> dict[str, tuple[set[str], str]]:
    """Titles, and description in English, of the files of observations in the catalogue for data portals."""
    graph = Graph().parse(data=client.get("/open-data/catalog.ttl").content, format="turtle")
    found = {}
    for ending in ("csv", "parquet"):
        (file,) = graph.subjects(
            DCAT.downloadURL, URIRef(f"http://testserver/open-data/stations/observations.{ending}")
        )
        described = [one for one in graph.objects(file, DCTERMS.description) if getattr(one, "language", "") == "en"]
        found[ending] = {str(one) for one in graph.objects(file, DCTERMS.title)}, str(described[0])
    return found


def test_the_catalogue_for_data_portals_marks_files_with_invented_series_and_names_the_columns_of_doubts(city: City):
    columns = set(pq.read_schema(io.BytesIO(b"".join(city.get(f"{OPEN}.parquet").streaming_content))).names)
    named = {"flags", "excluded", "synthetic", "standing"}
    assert named <= columns
    for titles, description in observation_files(city.client).values():
        assert len(titles) == 2
        assert all("także dane syntetyczne" in one or "synthetic data among others" in one for one in titles)
        assert named <= set(re.findall(r"\w+", description))


def test_the_catalogue_for_data_portals_does_not_call_real_series_invented(client: Client):
    placed(standing="reference")
    stream()
    assert "synthetic" not in str([titles for titles, _ in observation_files(client).values()])


@pytest.mark.parametrize(("language", "word"), [("pl", "wskaźnikowa"), ("en", "indicative")])
def test_a_report_of_a_place_has_the_standing_of_the_nearest_station(client: Client, language: str, word: str):
    placed(standing="indicative", station_type="river")
    longitude, latitude = KIELCE
    answer = client.get(f"/reports/place/?point={longitude + 0.002},{latitude}&lang={language}")
    (line,) = (one for one in answer.content.decode().split("<div") if "Stacja silnica" in one)
    assert word in line
