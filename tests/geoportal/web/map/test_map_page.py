"""The map page and the error pages as the server sends them. No database: none of them may query it."""

import json
import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from geoportal.web.map.page import bounds, themes
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.city import city


def configuration(html: str) -> dict:
    found = re.search(r'<script id="configuration" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture
def html(client: Client) -> str:
    return client.get("/").content.decode()


def test_the_page_is_polish_by_default(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert '<html lang="pl">' in answer.content.decode()
    assert "Drogi i ulice" in answer.content.decode()


def test_a_visitor_may_ask_for_english(client: Client) -> None:
    page = client.get("/?lang=en").content.decode()
    assert '<html lang="en">' in page
    assert "Roads and streets" in page
    assert configuration(page)["words"]["yes"] == "yes"


def test_every_open_layer_is_listed_once_under_its_theme(html: str) -> None:
    listed = re.findall(r'data-layer="(\w+)"', html)
    assert sorted(listed) == sorted(kind.slug for kind in visible_kinds(ANONYMOUS))
    grouped = [kind.slug for theme in themes(tuple(visible_kinds(ANONYMOUS))) for kind in theme.kinds]
    assert listed == grouped


def test_layers_of_the_staff_are_not_mentioned(html: str) -> None:
    assert "hydrants" not in html
    assert "Hydranty" not in html


def test_open_layers_can_be_downloaded_in_three_formats(html: str) -> None:
    for ending in ("geojson", "gpkg", "csv"):
        assert f'href="/open-data/buildings.{ending}"' in html


def test_no_script_or_style_stands_in_the_page_but_the_import_map(html: str) -> None:
    import_map, *scripts = re.findall(r"<script[^>]*>", html)
    assert import_map == '<script type="importmap">' and len(scripts) == 3
    assert all('type="application/json"' in one or " src=" in one for one in scripts)
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)=", html)


def test_the_map_is_held_within_the_padded_outline() -> None:
    west, south, east, north = bounds(city())
    # 25 km are 0.2246 degrees of latitude, and 0.356 degrees of longitude at 50.86 degrees north.
    outline = city().outline.bounds
    assert south == pytest.approx(outline[1] - 0.2246, abs=0.001)
    assert west == pytest.approx(outline[0] - 0.356, abs=0.002)
    assert east > outline[2] and north > outline[3]


def test_an_unknown_address_is_answered_in_the_city_s_look(client: Client) -> None:
    answer = client.get("/there-is-nothing-here/")
    assert answer.status_code == 404
    assert "Nie ma takiej strony" in answer.content.decode()
    english = client.get("/there-is-nothing-here/", data={"lang": "en"}).content.decode()
    assert "There is no such page" in english


def test_the_page_for_a_fault_needs_nothing_but_itself() -> None:
    with override("pl"):
        assert "Coś poszło nie tak" in render_to_string("500.html")
