"""Live stations on a printed sheet: states as symbols with values and signs, explained in the legend."""

import json
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.test import Client

from tests.geoportal.api.live.test_values import gauge, put
from tests.geoportal.doubtful_stations import doubtful_city
from tests.layers.observations.test_placing import KIELCE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
ALARM = (0xB3 / 255, 0x26 / 255, 0x1E / 255)


def sheet(client: Client, **more: Any) -> Any:
    body = {"center": KIELCE, "scale": 5000, "layers": [{"slug": "stations"}], "language": "pl"} | more
    answer = client.post("/print/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return pdfplumber.open(BytesIO(answer.content)).pages[0]


def words(page: Any) -> str:
    return " ".join(page.dedupe_chars().extract_text().split())  # halos are letters too


def alarms(page: Any) -> list[Any]:
    """What is drawn in the colour of the alarm: on the map and in the legend."""
    drawn = [*page.curves, *page.rects]
    return [
        one for one in drawn if one["fill"] and tuple(one["non_stroking_color"]) == pytest.approx(ALARM, abs=0.01)
    ]


def test_a_gauge_over_its_alarm_level_is_drawn_so_with_its_value_and_in_the_legend(client: Client):
    put(gauge("one"), {3: 171.5})
    page = sheet(client)
    assert len(alarms(page)) == 2, "on the map and in the legend"
    assert all(len(one["pts"]) in (6, 7) for one in alarms(page)), "hexagons, as on the screen"
    assert "171,5 cm" in words(page) and "stan alarmowy" in words(page) and "wartości z" in words(page)


def test_an_earlier_moment_has_no_live_values(client: Client):
    put(gauge("one"), {3: 171.5})
    page = sheet(client, at="2020-01-01")
    assert alarms(page) == [] and "171,5" not in words(page)


def test_doubtful_values_have_signs_that_the_legend_explains(client: Client):
    doubtful_city(client)
    text = words(sheet(client))
    for sign in (
        "~ czujnik wskaźnikowy albo na próbę", "* dane zmyślone", "(?) wątpliwa wartość", "nieaktualne",
        "zacięty czujnik",
    ):  # fmt: skip
        assert sign in text, text


def test_a_chosen_station_keeps_its_symbol(client: Client):
    level = gauge("one")
    put(level, {3: 171.5})
    page = sheet(client, pick=[f"stations/{level.thing.feature_id}"])
    assert len(alarms(page)) == 2
    assert "Wybrane obiekty" in words(page)
