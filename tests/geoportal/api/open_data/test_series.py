"""Downloads of observations: columns, choices, statistics, refusals, marks of invented data."""

import csv
import io
from dataclasses import replace

import geopandas
import pyarrow.parquet as pq
import pytest
from django.test import Client

from layers.observations.models import Exclusion
from layers.observations.specs import PropertySpec, ThingSpec
from layers.observations.streams import declare
from layers.runs.models import Dataset
from layers.store.writer import writing
from tests.layers.observations.streams import START, new_run, observations, spec, store, stream
from tests.layers.observations.test_placing import storage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
PATH = "/open-data/stations/observations"


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{PATH}.csv?{query}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_observations_come_as_csv_with_flags_exclusions_and_units(client: Client):
    level = stream(lowest=0)
    store(observations(level, {0: 286.0, 10: -999.0}))
    Exclusion.objects.create(datastream=level, since=START, until=START.replace(minute=5), reason="ice", account="x")
    first, second = rows(client)
    assert first == {
        "station": "Stacja silnica",
        "station_code": "silnica",
        "datastream": str(level.pk),
        "observed_property": "water_level",
        "unit": "cm",
        "starts_at": "2026-01-15T00:00:00Z",
        "ends_at": "2026-01-15T00:00:00Z",
        "result_time": "",
        "value": "286.0",
        "result": "",
        "flags": "",
        "excluded": "True",
        "synthetic": "False",
        "standing": "",
    }
    assert (second["value"], second["flags"], second["excluded"]) == ("-999.0", "range", "False")


def test_a_period_a_station_a_datastream_and_a_property_are_chosen(client: Client):
    silnica, bobrza = stream(), stream(thing="bobrza")
    with writing(new_run()) as writer:
        rain = replace(spec("rain"), observed_property=PropertySpec("rain", "Opad"))
        (drops,) = declare(writer, [rain])
    for one in (silnica, bobrza, drops):
        store(observations(one, {0: 1.0, 60: 2.0, 24 * 60: 3.0}))
    assert len(rows(client)) == 9
    assert {row["station_code"] for row in rows(client, "station=bobrza")} == {"bobrza"}
    assert {row["datastream"] for row in rows(client, f"datastream={silnica.pk}")} == {str(silnica.pk)}
    assert {row["observed_property"] for row in rows(client, "property=rain")} == {"rain"}
    hour = "start=2026-01-15T00:00:00Z&end=2026-01-15T01:00:00Z"
    assert [row["value"] for row in rows(client, f"datastream={silnica.pk}&{hour}")] == ["1.0"]
    day = "start=2026-01-16"  # midnight in Warsaw is 23:00 UTC of the day before
    assert [row["value"] for row in rows(client, f"datastream={silnica.pk}&{day}")] == ["3.0"]


def test_statistics_of_hours_and_days(client: Client):
    level = stream(interval_s=600)
    store(observations(level, {at: float(at) for at in range(0, 60, 10)}))
    (hour,) = rows(client, "statistic=hourly")
    assert (hour["mean"], hour["lowest"], hour["highest"], hour["count"], hour["coverage"]) == (
        *("25.0", "0.0", "50.0", "6", "1.0"),
    )
    (day,) = rows(client, "statistic=daily")
    assert (day["starts_at"], day["count"]) == ("2026-01-14T23:00:00Z", "6")


def test_parquet_holds_the_same(client: Client, tmp_path):
    level = stream()
    store(observations(level, {0: 286.0, 10: 287.5}))
    answer = client.get(f"{PATH}.parquet")
    table = pq.read_table(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert table["value"].to_pylist() == [286.0, 287.5]
    assert table["starts_at"].to_pylist()[0] == START
    assert table.column_names == [*rows(client)[0], "geometry"]
    assert table["geometry"].to_pylist() == [None, None]  # the station has no place


def test_parquet_has_the_place_of_the_station(client: Client, tmp_path):
    with writing(new_run()) as writer:
        thing = ThingSpec("bobrza", "Bobrza", geometry=storage(20.62, 50.87))
        (level,) = declare(writer, [replace(spec(), thing=thing)])
    store(observations(level, {0: 286.0}))
    path = tmp_path / "observations.parquet"
    answer = client.get(f"{PATH}.parquet?station=Bobrza")
    path.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    frame = geopandas.read_parquet(path)
    assert frame.crs.to_authority() == ("OGC", "CRS84")
    assert [frame.geometry[0].x, frame.geometry[0].y] == pytest.approx([20.62, 50.87], abs=1e-6)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("statistic=weekly", "statistic=weekly is not known; choose one of raw, hourly, daily."),
        ("datastream=x", "datastream=x is not the number of a datastream."),
        ("station=nowhere", "Layer stations has no such series"),
        ("start=yesterday", "is no moment; write 2026-01-31"),
        ("stream=1", "The parameter “stream” is not known"),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_one_line(client: Client, query: str, said: str):
    stream()
    answer = client.get(f"{PATH}.csv?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("station=nowhere", "Nie ma takiego wyboru szeregów."),
        ("start=yesterday", "To nie jest dzień ani chwila."),
        ("", "Za dużo wartości na jeden plik."),
    ],
)
def test_a_person_who_opens_a_wrong_link_gets_a_page_in_polish(client: Client, monkeypatch, query: str, words: str):
    monkeypatch.setattr("layers.exports.series.MOST_ROWS", 1)
    store(observations(stream(), {0: 286.0, 10: 287.5}))
    answer = client.get(f"{PATH}.csv?{query}", headers={"Accept": "text/html,*/*"})
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert words in page and 'href="/catalogue/stations/"' in page
    assert "Accept" in answer["Vary"].split(", ")


def test_too_many_rows_are_refused_before_the_file_begins(client: Client, monkeypatch):
    monkeypatch.setattr("layers.exports.series.MOST_ROWS", 2)
    level = stream()
    store(observations(level, {0: 1.0, 10: 2.0}))
    assert len(rows(client)) == 2
    store(observations(level, {20: 3.0}))
    for ending in ("csv", "parquet"):
        answer = client.get(f"{PATH}.{ending}")
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith("These are more than 2 rows; choose a shorter period")


def test_a_file_of_invented_data_says_so_in_its_name(client: Client):
    Dataset.objects.create(slug="sensors", synthetic=True)
    store(observations(stream(), {0: 286.0}))
    answer = client.get(f"{PATH}.csv")
    assert "stations-observations-synthetic.csv" in answer["Content-Disposition"]
    assert rows(Client())[0]["synthetic"] == "True"
