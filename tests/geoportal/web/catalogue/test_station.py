"""The page of a station and the comparison: what they show to everybody, what they hide, and what they refuse."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from layers.observations.decisions import exclude
from layers.observations.models import Datastream, Thing
from layers.observations.specs import Unit
from layers.runs.models import Dataset
from layers.store.edits import Editor
from tests.geoportal.logins import account
from tests.layers.observations.live.test_stations import CM, PERCENT, UG, declared
from tests.layers.observations.streams import START, observations, store, stream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]


def read(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address if "?" in address else f"{address}?lang={language}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\u00a0", " "))


def page(client: Client, of: Datastream, language: str = "en") -> str:
    return read(client, f"/catalogue/stations/stations/{of.thing_id}/", language)


def ago(minutes: int) -> int:
    """A moment so long ago, in minutes after START."""
    return int((now() - START).total_seconds() // 60) - minutes


def given(markup: str) -> list[list[str]]:
    """The parameters with which the page's script begins."""
    found = re.search(r'<script id="configuration" type="application/json">(.*?)</script>', markup, re.DOTALL)
    assert found is not None
    return json.loads(found[1])["chart"]["given"]


def test_a_gauge_shows_its_state_in_words_with_rate_and_time_to_the_next_threshold(client: Client):
    (level,) = declared("silnica", {"level": CM}, 600, thresholds={"warning": 130, "alarm": 170})
    store(observations(level, {ago(70): 140.0, ago(40): 145.0, ago(10): 150.0}))
    said = text(page(client, level))
    for words in ("silnica", "warning state", "sensor on trial", "150 cm", "10 min ago", "live"):
        assert words in said
    assert "alarm state (170 cm) in 2 h at 10 cm/h" in said, "10 cm in 60 min; 20 cm are missing"


def test_every_datastream_has_its_last_value_marks_and_the_way_to_its_own_page(client: Client):
    Dataset.objects.create(slug="sensors", synthetic=True)
    moisture, humidity = declared("las", {"litter_moisture": PERCENT, "humidity": PERCENT})
    store(observations(moisture, {ago(30): 999.0}))
    exclude(humidity, START, None, Editor("anna", note="przegląd"))
    store(observations(humidity, {ago(30): 55.0}))
    markup = page(client, moisture)
    said = text(markup)
    for words in ("999 %", "outside the possible range", "55 %", "excluded by an editor", "invented data"):
        assert words in said
    assert f'href="/catalogue/stations/series/{moisture.pk}/"' in markup
    back = read(client, f"/catalogue/stations/series/{moisture.pk}/")
    assert f"/catalogue/stations/stations/{moisture.thing.feature_id}/?series={moisture.pk}" in back


def test_it_is_found_by_its_feature_and_leads_to_map_and_table_and_one_without_a_place_has_one_too(client: Client):
    (level,) = declared("silnica", {"level": CM})
    feature = Thing.objects.get(pk=level.thing_id).feature_id
    markup = html.unescape(read(client, f"/catalogue/stations/stations/{feature}/"))
    assert f"pick=stations/{feature}&map=17/" in markup
    assert f"/catalogue/stations/table/?feature={feature}" in markup
    nowhere = stream(thing="nowhere")
    assert "This station has no place on the map." in text(page(client, nowhere))


def test_the_chart_begins_with_the_series_that_decides_and_those_of_its_unit(client: Client):
    streams = declared("rynek", {"temperature": Unit("", "°C"), "PM10": UG, "NO2": UG})
    store(observations(streams[1], {ago(ago(0) % 60 + 60): 160.0}, length=60))
    markup = page(client, streams[0])
    assert given(markup) == [["series", str(streams[1].pk)], ["series", str(streams[2].pk)]]
    asked = f"/catalogue/stations/stations/{streams[0].thing_id}/?series={streams[0].pk}&range=30d&statistic=daily"
    assert given(read(client, asked)) == [["series", str(streams[0].pk)], ["range", "30d"], ["statistic", "daily"]]


def test_exceedances_of_a_year_are_counted_against_todays_limits_and_those_of_2030(client: Client):
    (pm10,) = declared("rynek", {"PM10": UG})
    # Four days of 2025 (Warsaw): 24 hours at 51, 50, 46 and 45; a fifth with 17 hours at 90 has no valid mean.
    begin = int((START.replace(year=2025, month=3, day=9, hour=23) - START).total_seconds() // 60)
    values = {
        begin + 1440 * day + 60 * hour: value
        for day, value in enumerate((51.0, 50.0, 46.0, 45.0))
        for hour in range(24)
    }
    values |= {begin + 1440 * 4 + 60 * hour: 90.0 for hour in range(17)}
    store(observations(pm10, values, length=60))
    said = text(read(client, f"/catalogue/stations/stations/{pm10.thing_id}/?year_of=2025&lang=en"))
    assert "Exceedances in 2025" in said
    assert "PM10 , daily mean: 50 µg/m³ 35 1 4 of 365 not complete yet not decided latest days: 10 March 2025" in said
    assert "PM10 , daily mean: 45 µg/m³ 18 3 4 of 365 not complete yet" in said, "51, 50 and 46; 45 is at the limit"
    assert "Directive 2008/50/EC checked in the source" in said
    assert "Directive (EU) 2024/2881, from 2030 not checked in the source" in said
    assert "No official assessment: sensor on trial" in said
    assert "14 March 2025 90 µg/m³ coverage 70 %; not valid: too few values 13 March 2025 45 µg/m³" in said
    assert "12 March 2025 46 µg/m³ coverage 100 % limit exceeded: Directive (EU) 2024/2881, from 2030" in said


def test_a_forest_shows_degree_and_ban_as_rules_of_the_project(client: Client):
    (litter,) = declared("las", {"litter_moisture": PERCENT})
    nine = now().replace(minute=0, second=0, microsecond=0)
    values = {}
    for hour in range(24 * 9):
        values[int((nine - timedelta(hours=hour) - START).total_seconds() // 60)] = 9.0
    store(observations(litter, values))
    said = text(page(client, litter))
    assert "Ban on entry to the forest" in said
    assert "project rule, not the official IBL degree (project rule)" in said
    assert "below 10% at 9:00 on 5 consecutive days" in said


@pytest.mark.parametrize(
    "address",
    [
        "/catalogue/stations/stations/0/",
        "/catalogue/stations/stations/99999999999999/",
        "/catalogue/stations/stations/nothing/",
        "/catalogue/stations/stations/0b0e5f1c-5a43-4c6e-9d5f-0d6a1e7f4c11/",
        "/catalogue/buildings/stations/{thing}/",
        "/catalogue/alarms/stations/{thing}/",
        "/catalogue/nothing/stations/{thing}/",
        "/catalogue/buildings/compare/",
        "/catalogue/alarms/compare/",
        "/catalogue/stations/stations/{thing}/?series=987654",
        "/catalogue/stations/compare/?series=987654",
    ],
)
def test_what_is_not_there_or_hidden_is_not_found(client: Client, address: str):
    answer = client.get(address.format(thing=stream().thing_id))
    assert answer.status_code == 404
    unknown = client.get("/catalogue/nothing/stations/1/")
    assert text(answer.content.decode()) == text(unknown.content.decode())


def test_alarms_are_for_the_services_only(client: Client):
    level = stream()
    Thing.objects.filter(pk=level.thing_id).update(kind="alarms")
    address = f"/catalogue/alarms/stations/{level.thing_id}/"
    assert client.get(address).status_code == 404
    client.force_login(account("services"))
    answer = client.get(address)
    assert answer.status_code == 200 and "private" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "query", ["series=x", "range=week", "from=yesterday", "stream=1", "year_of=1066", "year_of=2999", "statistic=x"]
)
def test_a_choice_that_cannot_be_read_is_refused_in_one_line(client: Client, query: str):
    (pm10,) = declared("rynek", {"PM10": UG})
    answer = client.get(f"/catalogue/stations/stations/{pm10.thing_id}/?{query}&lang=en")
    assert answer.status_code == 400
    assert re.search(r"There is no such choice of series|This is no day or moment", text(answer.content.decode()))


def test_stations_that_measure_the_same_are_compared_and_the_years_of_one(client: Client):
    (one,), (other,) = declared("rynek", {"PM10": UG}), declared("herby", {"PM10": UG})
    declared("silnica", {"level": CM})
    markup = read(client, "/catalogue/stations/compare/?property=PM10&lang=en")
    assert sorted(given(markup)) == sorted([["series", str(one.pk)], ["series", str(other.pk)]])
    assert "rynek" in text(markup) and "silnica" not in text(markup)
    years = read(client, f"/catalogue/stations/compare/?by=years&property=PM10&series={one.pk}&lang=en")
    this = now().year
    assert given(years) == [["series", str(one.pk)], ["year", str(this)], ["year", str(this - 1)]]
    refused = client.get("/catalogue/stations/compare/?property=gold&lang=en")
    assert refused.status_code == 400 and "there are PM10, level" in text(refused.content.decode())


def test_the_number_of_queries_does_not_grow_with_datastreams(client: Client, django_assert_max_num_queries):
    streams = declared("rynek", dict.fromkeys(("PM10", "NO2", "SO2", "O3", "PM2.5", "CO"), UG))
    with django_assert_max_num_queries(14):
        page(client, streams[0])
