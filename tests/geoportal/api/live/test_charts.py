"""Values of a chart as JSON and CSV: values worked out by hand, gaps, exclusions, flags, limits, refusals, size."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils.timezone import now

from layers.observations.columns import Observations
from layers.observations.decisions import exclude
from layers.observations.models import Datastream
from layers.observations.specs import Unit
from layers.runs.models import Dataset
from layers.store.edits import Editor
from tests.layers.observations.live.test_stations import UG, declared
from tests.layers.observations.streams import START, observations, store, stream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
MOST_BYTES = 150_000
DAY = "from=2026-01-15T00:00:00Z&to=2026-01-16T00:00:00Z"


def ask(client: Client, query: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"/live/stations/chart.json?{query}&lang=en")
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def line(client: Client, query: str) -> dict[str, Any]:
    """The only line, with its moments in minutes after START."""
    (found,) = ask(client, query)["series"]
    moments = np.cumsum(found["times"]) - int(START.timestamp())
    return found | {"minutes": (moments // 60).tolist()}


def table(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/live/stations/chart.csv?{query}")
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_raw_values_come_with_a_break_where_the_next_is_further_away_than_one_and_a_half_intervals(client: Client):
    level = stream(interval_s=600)
    store(observations(level, {0: 286.0, 10: 287.5, 24: 288.0, 40: 289.0}))
    found = line(client, f"series={level.pk}&{DAY}")
    # 10 to 24 is 14 minutes: no gap; 24 to 40 is 16 minutes, more than 15: a break at 34.
    assert found["minutes"] == [0, 10, 24, 34, 40]
    assert found["values"] == [286, 287.5, 288, None, 289]
    assert (found["gaps"], found["counts"]) == ([0, 0, 0, 1, 0], [1, 1, 1, 0, 1])
    assert (found["unit"], found["values_count"], found["property"]) == ("cm", 4, "water_level")
    assert "4 values, lowest 286 cm" in found["sentence"].replace("\u00a0", " ")
    assert "mean 287.62 cm" in found["sentence"].replace("\u00a0", " "), "1150.5 / 4 = 287.625, to even 287.62"


def test_a_series_of_unknown_interval_has_no_breaks_and_its_coverage_is_not_known(client: Client):
    level = stream()
    store(observations(level, {0: 1.0, 600: 2.0}))
    found = line(client, f"series={level.pk}&{DAY}")
    assert (found["values"], found["coverage"]) == ([1, 2], None)
    assert "coverage not known" in found["basis"]


def test_hours_and_days_have_mean_samples_coverage_and_the_day_of_the_city(client: Client):
    level = stream(interval_s=600)
    store(observations(level, {at: float(at) for at in range(0, 60, 10)} | {120: 7.0}))
    found = line(client, f"series={level.pk}&{DAY}&statistic=hourly")
    # (0 + 10 + … + 50) / 6 = 25; the hour from 60 has nothing; of the hour from 120 a sixth is covered.
    assert (found["minutes"], found["values"], found["counts"]) == ([0, 60, 120], [25, None, 7], [6, 0, 1])
    assert found["covered"] == [1, None, 0.167]
    assert (found["window_s"], found["samples"]) == (3600, 7)
    assert "from 7 measurements" in found["basis"]
    found = line(client, f"series={level.pk}&from=2026-01-15&to=2026-01-15&statistic=daily")
    # Midnight in Kielce is 23:00 UTC of the day before; (150 + 7) / 7 = 22.428…
    assert (found["minutes"], found["values"], found["counts"]) == ([-60], [22.429], [7])
    assert found["coverage"] == pytest.approx(7 * 600 / 86_400, abs=1e-4)


def test_excluded_and_flagged_values_are_marked_and_left_out_of_the_figures(client: Client):
    level = stream(interval_s=600, lowest=0.0, step=50.0)
    store(observations(level, {0: 100.0, 10: -999.0, 20: 102.0, 30: 200.0, 40: 201.0}))
    exclude(level, START + timedelta(minutes=40), None, Editor("anna", note="lód na sondzie"))
    found = line(client, f"series={level.pk}&{DAY}")
    assert (found["flags"], found["flagged"]) == ([0, 1, 0, 2, 0], [0, 1, 0, 1, 0])
    assert found["excluded"] == [0, 0, 0, 0, 1]
    (exclusion,) = found["exclusions"]
    assert (exclusion["from"], exclusion["to"]) == (int(START.timestamp()) + 2400, None)
    assert exclusion["reason"] == "lód na sondzie"
    sentence = found["sentence"].replace("\u00a0", " ")
    assert "3 values, lowest 100 cm" in sentence and "mean 134 cm" in sentence, "(100 + 102 + 200) / 3"
    assert "doubtful: 2" in found["basis"] and "excluded: 1" in found["basis"]


def test_a_line_has_the_marks_of_its_station_and_of_invented_data(client: Client):
    Dataset.objects.create(slug="sensors", synthetic=True)
    (level,) = declared("silnica", {"level": Unit("centymetr", "cm")})
    marks = line(client, f"series={level.pk}")["marks"]
    assert [one["code"] for one in marks] == ["synthetic", "test"]
    assert [one["text"] for one in marks] == ["invented data", "sensor on trial"]


def test_thresholds_are_those_of_the_gauge_and_limits_of_the_averaging_time(client: Client):
    (level,) = declared("silnica", {"level": Unit("centymetr", "cm")}, thresholds={"warning": 130, "alarm": 170})
    assert [(one["value"], one["name"]) for one in line(client, f"series={level.pk}")["thresholds"]] == [
        (130, "warning state"),
        (170, "alarm state"),
    ]
    (other,) = declared("bobrza", {"level": Unit("centymetr", "cm")}, thresholds={"alarm": 230})
    both = ask(client, f"series={level.pk}&series={other.pk}")["series"]
    assert [one["name"] for line in both for one in line["thresholds"]] == [
        "silnica: warning state",
        "silnica: alarm state",
        "bobrza: alarm state",
    ]
    pm10, no2 = declared("rynek", {"PM10": UG, "NO2": UG})
    daily = line(client, f"series={pm10.pk}&statistic=daily&{DAY}")["thresholds"]
    assert [(one["value"], one["name"]) for one in daily] == [
        (50, "limit, daily mean"),
        (45, "limit from 2030, daily mean"),
    ]
    assert line(client, f"series={pm10.pk}&statistic=hourly&{DAY}")["thresholds"] == [], "no limit of an hour"
    hourly = line(client, f"series={no2.pk}&{DAY}")["thresholds"]
    assert [(one["value"], one["rule"]) for one in hourly] == [(200, "Directive 2008/50/EC")]


def test_several_series_keep_their_order_and_are_named_by_what_differs(client: Client):
    silnica, bobrza = stream(), stream(thing="bobrza")
    found = ask(client, f"series={bobrza.pk}&series={silnica.pk}")
    assert [one["key"] for one in found["series"]] == [bobrza.pk, silnica.pk]
    assert [one["name"] for one in found["series"]] == ["Stacja bobrza", "Stacja silnica"]


def test_years_are_lines_on_one_axis_of_a_leap_year(client: Client):
    level = stream(interval_s=3600)
    hours = dict.fromkeys((0, 60), 1.0) | dict.fromkeys((-365 * 1440, -365 * 1440 + 60), 5.0)
    store(observations(level, hours, length=60))
    older, newer = ask(client, f"series={level.pk}&year=2026&year=2025")["series"]
    assert [(one["name"], one["values"]) for one in (older, newer)] == [("2025", [5]), ("2026", [1])]
    assert older["times"] == newer["times"] == [int(datetime(2024, 1, 15, tzinfo=UTC).timestamp())]


def test_the_statistic_fits_the_period_and_a_wrong_one_is_refused_with_advice(client: Client):
    minutes = stream(interval_s=60)
    for span, statistic in (("24h", "raw"), ("30d", "hourly"), ("year", "hourly")):
        found = ask(client, f"series={minutes.pk}&range={span}")
        assert (found["statistic"], found["automatic"]) == (statistic, True)
    assert ask(client, f"series={minutes.pk}&from=2024-01-01&to=2026-01-01")["statistic"] == "daily"
    store(observations(minutes, dict.fromkeys(range(10001), 1.0)))
    period = "from=2026-01-15T00:00:00Z&to=2026-01-31"
    refused = ask(client, f"series={minutes.pk}&{period}&statistic=raw", 400)
    assert "more than 10000 raw values" in refused["detail"]
    assert "choose statistic=hourly or daily, or a shorter period" in refused["detail"]
    assert ask(client, f"series={minutes.pk}&{period}&statistic=hourly")["series"][0]["samples"] == 10_001


def test_a_day_of_the_address_is_whole_and_in_the_citys_zone(client: Client):
    level = stream()
    found = ask(client, f"series={level.pk}&from=2026-03-29&to=2026-03-29")
    assert (found["from"], found["to"]) == (
        int(datetime(2026, 3, 28, 23, tzinfo=UTC).timestamp()),
        int(datetime(2026, 3, 29, 22, tzinfo=UTC).timestamp()),
    ), "the day on which summer time begins has 23 hours"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "A chart needs at least one datastream"),
        ("series=x", "series=x is not the number of a datastream."),
        ("series=²", "is not the number of a datastream."),
        ("series={key}&stream=1", "The parameter “stream” is not known"),
        ("series={key}&statistic=weekly", "statistic=weekly is not known; choose one of raw, hourly, daily."),
        ("series={key}&range=week", "range=week is not known; choose one of 24h, 7d, 30d, year"),
        ("series={key}&range=7d&from=2026-01-01", "not both"),
        ("series={key}&from=2026-01-02&to=2026-01-01", "The period ends before it begins"),
        ("series={key}&from=yesterday", "“yesterday” is no moment"),
        ("series={key}&from=0001-01-01", "outside the years 1900 to 2199"),
        ("series={key}&to=9999-12-31", "is no moment"),
        ("series={key}&from=2026-01-01&from=2026-01-02", "was given 2 times"),
        ("series={key}&year=26", "year=26 is no year"),
        ("series={key}&year=2026&range=7d", "year= goes with one series= and nothing else"),
        ("series=1&series=2&series=3&series=4&series=5&series=6&series=7", "at most 6"),
    ],
)
@pytest.mark.parametrize("ending", ["json", "csv"])
def test_what_cannot_be_drawn_is_refused_in_one_line(client: Client, query: str, detail: str, ending: str):
    answer = client.get(f"/live/stations/chart.{ending}?{query.format(key=stream().pk)}")
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


def test_three_units_and_years_of_two_series_are_refused(client: Client):
    streams = declared("rynek", {"PM10": UG, "level": Unit("", "cm"), "temperature": Unit("", "°C")})
    keys = "&".join(f"series={one.pk}" for one in streams)
    assert "3 units (µg/m³, cm, °C); a chart has two axes at most" in ask(client, keys, 400)["detail"]
    two = "&".join(f"series={one.pk}" for one in streams[:2])
    assert "Years are compared of one series, found 2." in ask(client, f"{two}&year=2026", 400)["detail"]


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_hidden_and_unknown_series_get_the_same_answer(client: Client, ending: str):
    level = stream()
    ended = stream(thing="bobrza")
    Datastream.objects.filter(pk=ended.pk).update(ended_by=level.created_by)
    answers = [client.get(f"/live/stations/chart.{ending}?series={key}") for key in (ended.pk, 987_654)]
    assert [one.status_code for one in answers] == [404, 404]
    texts = [
        one.content.decode().replace(str(key), "N") for one, key in zip(answers, (ended.pk, 987_654), strict=True)
    ]
    assert texts[0] == texts[1]
    hidden, unknown = (
        client.get(f"/live/{layer}/chart.{ending}?series={level.pk}") for layer in ("alarms", "nothing")
    )
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.content.decode().replace("alarms", "N") == unknown.content.decode().replace("nothing", "N")


def test_the_file_has_the_same_values_as_the_chart(client: Client):
    level = stream(interval_s=600, lowest=0.0)
    store(observations(level, {0: 100.25, 10: -999.0, 40: 101.0}))
    exclude(level, START + timedelta(minutes=40), None, Editor("anna", note="=lód"))
    query = f"series={level.pk}&{DAY}"
    shown, rows = line(client, query), table(client, query)
    kept = [at for at, gap in enumerate(shown["gaps"]) if not gap]
    assert [float(row["value"]) for row in rows] == [shown["values"][at] for at in kept] == [100.25, -999, 101]
    moments = [int(datetime.fromisoformat(row["starts_at"]).timestamp() - START.timestamp()) // 60 for row in rows]
    assert moments == [shown["minutes"][at] for at in kept]
    assert [row["flags"] for row in rows] == ["", "range", ""]
    assert [row["excluded"] for row in rows] == ["False", "False", "True"]
    assert rows[2]["excluded_reason"] == "'=lód", "no spreadsheet computes it"
    assert (rows[0]["statistic"], rows[0]["unit"], rows[0]["synthetic"]) == ("raw", "cm", "False")
    hours = table(client, f"{query}&statistic=hourly")
    assert [(row["value"], row["count"], row["ends_at"]) for row in hours] == [
        ("100.625", "2", "2026-01-15T01:00:00Z")
    ]


def test_an_index_of_each_hour_is_that_of_the_stations_pollutants(client: Client):
    pm10, no2 = declared("rynek", {"PM10": UG, "NO2": UG})
    store(observations(pm10, {0: 20.0, 60: 151.0}, length=60))
    store(observations(no2, {0: 40.0, 60: 40.0, 120: 40.0}, length=60))
    polish, european = ask(client, f"series={no2.pk}&{DAY}")["indices"]
    assert polish["first"] == european["first"] == int(START.timestamp())
    # PM10 20 and NO2 40: Polish 0 and 0, European 1 and 2. PM10 151: Polish 5, European 3.
    assert (polish["classes"], european["classes"]) == ([0, 5, 0], [2, 3, 2])
    assert ask(client, f"series={no2.pk}&range=year")["indices"] == [], "cells of a year are too small to see"


def test_a_year_of_hours_of_three_series_weighs_at_most_150_kilobytes(client: Client):
    random = np.random.default_rng(7)
    begin = np.datetime64((now() - timedelta(days=365)).replace(tzinfo=None, minute=0, second=0, microsecond=0), "us")
    starts: Any = begin + np.arange(8760) * np.timedelta64(3_600_000_000, "us")
    streams = declared("rynek", {"PM10": UG, "PM2.5": UG, "NO2": UG})
    for one in streams:
        noise = np.round(40 + np.cumsum(random.normal(size=8760)), 2)
        keys = np.full(8760, one.pk, np.int32)
        store(Observations(keys, starts, starts + np.timedelta64(3_600_000_000, "us"), noise))
    query = "&".join(f"series={one.pk}" for one in streams)
    answer = client.get(f"/live/stations/chart.json?{query}&range=year", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip" and len(answer.content) <= MOST_BYTES
    body = json.loads(gzip.decompress(answer.content))
    assert all(one["values_count"] >= 8759 for one in body["series"])


def test_the_number_of_queries_does_not_grow_with_series(client: Client, django_assert_max_num_queries):
    streams = [stream(thing=name, interval_s=600) for name in "abcdef"]
    query = "&".join(f"series={one.pk}" for one in streams)
    with django_assert_max_num_queries(9):
        ask(client, query)
