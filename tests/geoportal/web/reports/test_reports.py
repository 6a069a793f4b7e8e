"""The pages of place reports: what a visitor reads, where figures lead, and what never leaves the city."""

import io
import json
import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pdfplumber
import pytest
from django.test import Client
from pdfminer.utils import decode_text
from shapely import LineString, MultiPolygon

from geoportal.reports.place.quantities import area, length, percent
from layers.access.rules import ANONYMOUS, Access
from layers.crs import WGS84, reproject, storage_srid
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.record import Record
from layers.runs.models import Dataset
from tests.databases import MadeOnce
from tests.factories import building, feature_id, load, place, point, square

SECRETS = ("Jan Nowak", "HYD-77", "77.5", "77,5", "Mieszkańcy", "Residents", "gaz", "hydrant")
"""What only staff may know of the city below."""


@pytest.fixture
def small_town(db: None) -> str:
    """The town is stored; the address of its district's report."""
    store_small_town()
    return f"layer=districts&feature={feature_id('d')}"


@MadeOnce
def store_small_town() -> None:
    """A district of 200 x 200 m with two buildings, a parcel, a street, a stop, and things the public may not see."""
    load("districts", [Record("d", MultiPolygon([square(0, 0, 200)]), {"name": "Śródmieście", "code": "D01"})])
    secret = {"owner": "Jan Nowak", "heating": "gas", "residents": 77.5}
    houses = [
        building("school", 20, 20, 30, name="Szkoła Żródlana", use_class="education", **secret),
        building("house", 100, 20, 10, use_class="residential", **secret),
    ]
    load("buildings", houses)
    load("parcels", [Record("p", MultiPolygon([square(0, 0, 60)]), {"parcel_no": "12/4", "land_use": "B"})])
    load(
        "roads", [Record("r", LineString([place(-50, 80), place(250, 80)]), {"name": "Długa", "road_class": "local"})]
    )
    load("bus_stops", [point("s", 100, 90, name="Rynek <b>")])
    load("addresses", [point("a", 110, 22, street="Długa", house_number="5")])
    load("green", [Record("g", MultiPolygon([square(300, 0, 20)]), {"green_class": "park"})])
    load("hydrants", [point("h", 90, 90, number="HYD-77", working=True)])


def page(client: Client, query: str) -> str:
    answer = client.get(f"/reports/place/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def pdf(client: Client, query: str) -> Any:
    answer = client.get(f"/reports/place.pdf?{query}")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    return pdfplumber.open(io.BytesIO(answer.content))


def around(east: float, north: float, side: float) -> str:
    moved = reproject(np.array([square(east, north, side)]), storage_srid(), WGS84)[0]
    positions = [[round(x, 7), round(y, 7)] for x, y in moved.exterior.coords]
    return "area=" + quote(json.dumps({"type": "Polygon", "coordinates": [positions]}))


def test_a_district_is_told_in_polish_with_units_in_local_form(client, small_town):
    text = words_of(page(client, small_town))
    for said in ("Dzielnica Śródmieście", "Powierzchnia 4,00 ha", "Budynki 2", "Drogi 200 m"):
        assert said in text, said
    assert "oświata i nauka 1 50,0%" in text and "Nie ma tu: Zieleń" in text


def test_the_same_in_english(client, small_town):
    text = words_of(page(client, f"{small_town}&lang=en"))
    for said in ("District Śródmieście", "Area 4.00 ha", "education 1 50.0%", "Roads 200 m", "Sources and counting"):
        assert said in text, said


def test_figures_lead_to_the_rows_behind_them(client, small_town):
    html = page(client, small_town)
    links = {unescape(link) for link in re.findall(r'href="(/catalogue/buildings/table/[^"]+)"', html)}
    counts = set()
    for link in links:
        filter = parse_qs(urlsplit(link).query)["filter"][0]
        found = select(ANONYMOUS, KINDS["buildings"], filter=filter)
        counts.add(found.rows().count() if found else 0)
    assert counts == {1, 2}, "each use has one building, all uses two"


def place_of(query: str) -> str:
    """The address of a report on a place of the small town."""
    inside = reproject(np.array([place(100, 25)]), storage_srid(), WGS84)[0]
    return {
        "district": f"layer=districts&feature={feature_id('d')}",
        "parcel": f"layer=parcels&feature={feature_id('p')}",
        "building": f"layer=buildings&feature={feature_id('house')}",
        "point": f"point={inside.x:.7f},{inside.y:.7f}",
        "area": around(0, 0, 150),
    }[query]


def tells_nothing_hidden(text: str) -> None:
    body = re.sub(r"<script.*?</script>|<template.*?</template>", "", text, flags=re.DOTALL)
    assert not [secret for secret in SECRETS if secret.casefold() in words_of(body).casefold()]
    assert "/hydrants/" not in body and "residents" not in body


@pytest.mark.parametrize("query", ["district", "parcel", "point", "area", "building"])
def test_nothing_of_what_only_staff_may_know_leaves_the_city(client, small_town, query):
    tells_nothing_hidden(page(client, place_of(query)))
    tells_nothing_hidden(page(client, f"{place_of(query)}&lang=en"))


@pytest.mark.parametrize(
    "query",
    ["building", *(pytest.param(it, marks=pytest.mark.thorough) for it in ("district", "parcel", "point", "area"))],
)
def test_nothing_of_what_only_staff_may_know_leaves_the_city_on_paper(client, small_town, query):
    sheets = pdf(client, place_of(query)).pages
    links = " ".join(str(link["uri"]) for sheet in sheets for link in sheet.hyperlinks)
    assert "/catalogue/" in links
    tells_nothing_hidden(" ".join([links, *(sheet.extract_text() for sheet in sheets)]))


def test_a_hidden_layer_is_as_unknown_as_one_that_never_was(client, small_town):
    hidden = client.get(f"/reports/place/?layer=hydrants&feature={feature_id('h')}")
    unknown = client.get(f"/reports/place/?layer=dragons&feature={feature_id('h')}")
    assert hidden.status_code == unknown.status_code == 404
    token = re.compile(r'"[^"]*(?:hydrants|dragons)[^"]*"')
    assert token.sub("", hidden.content.decode()) == token.sub("", unknown.content.decode())


def test_staff_learn_of_residents_and_hydrants(client, small_town, monkeypatch):
    monkeypatch.setattr("geoportal.web.reports.pages.access_of", lambda request: Access("staff"))
    text = words_of(page(client, small_town))
    assert "Mieszkańcy (szacunek) 155" in text and "Najbliższy sprawny hydrant Hydrant" not in text
    assert "hydrant" in text.casefold()
    assert "Do użytku służbowego" in text
    assert all("do użytku służbowego" in sheet.extract_text() for sheet in pdf(client, small_town).pages)


def test_a_public_report_is_not_marked_as_internal(client, small_town):
    assert "służbowego" not in page(client, small_town)


def test_the_pdf_is_tagged_titled_and_speaks_polish(client, small_town):
    made = pdf(client, small_town)
    assert made.metadata["Title"] == "Dzielnica Śródmieście – raport o miejscu"
    root = made.doc.catalog
    assert root["MarkInfo"]["Marked"] and str(root["Lang"]).strip("b'") == "pl"
    text = " ".join(sheet.extract_text() for sheet in made.pages)
    for said in ("Śródmieście", "oświata i nauka", "Źródła i zasady liczenia", f"Strona 1 / {len(made.pages)}"):
        assert said in text, said
    fonts = {char["fontname"] for sheet in made.pages for char in sheet.chars}
    assert all("Noto-Sans" in name or "NotoSans" in name for name in fonts), fonts


def test_every_picture_in_the_pdf_is_described(client, small_town):
    document = pdf(client, small_town).doc
    objects = [document.getobj(number) for xref in document.xrefs for number in xref.get_objids() if number]
    figures = [one for one in objects if isinstance(one, dict) and str(one.get("S")) == "/'Figure'"]
    told = [decode_text(one["Alt"]) for one in figures]
    assert told == ["Mapa: Dzielnica Śródmieście", "mieszkalny: 1", "oświata i nauka: 1"], "the map and two bars"


def drawn_map(html: str) -> str:
    found = re.search(r'<svg class="place-map".*?</svg>', html, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_map_shows_the_place_and_what_the_base_map_shows(client, small_town):
    drawing = drawn_map(page(client, small_town))
    assert "<title>Mapa: Dzielnica Śródmieście</title>" in drawing and ">50 m</text>" in drawing
    assert ">Długa</text>" in drawing, "the street that runs through the district"
    # 200 m with a quarter around them need 250 m of the map's height, which is 400 pixels: 1.6 pixels a metre.
    corners = re.findall(r'<path d="M([\d.]+) ([\d.]+)L[^"]*Z" fill="#c2185b"', drawing)
    assert len(corners) == 1
    x, y = map(float, corners[0])
    assert abs(abs(x - 360) - 160) < 1 and abs(abs(y - 200) - 160) < 1


def test_a_layer_is_on_the_map_as_soon_as_it_declares_how_it_looks(client, small_town, monkeypatch):
    style = ({"slot": "boundary", "type": "circle", "paint": {"circle-color": "#123456"}},)
    assert "#123456" not in drawn_map(page(client, small_town))
    for slug in ("bus_stops", "hydrants"):
        monkeypatch.setitem(KINDS, slug, replace(KINDS[slug], basemap=style))
    assert drawn_map(page(client, small_town)).count('fill="#123456"') == 1, "the stop, not the hydrant"
    monkeypatch.setitem(KINDS, "bus_stops", replace(KINDS["bus_stops"], basemap=(), style=style, place_map_zoom=10.0))
    assert drawn_map(page(client, small_town)).count('fill="#123456"') == 1
    monkeypatch.setitem(KINDS, "bus_stops", replace(KINDS["bus_stops"], place_map_zoom=20.0))
    assert "#123456" not in drawn_map(page(client, small_town))


def test_the_pdf_is_named_after_the_place(client, small_town):
    name = client.get(f"/reports/place.pdf?{small_town}")["Content-Disposition"]
    assert name == 'inline; filename="raport-dzielnica-srodmiescie-kielce.pdf"'


def test_names_from_the_data_are_shown_as_text(client, small_town):
    html = page(client, f"layer=bus_stops&feature={feature_id('s')}")
    assert "Rynek &lt;b&gt;" in html and "Rynek <b>" not in html


def test_the_policy_needs_no_exception(client, small_town):
    html = page(client, small_town)
    assert not re.search(r"<[^>]+\sstyle=", html) and "<style" not in html
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)


def test_a_drawn_area_is_called_after_its_size(client, small_town):
    assert "Obszar 2,25 ha" in words_of(page(client, around(0, 0, 150)))


def test_a_place_without_a_name_is_called_after_the_nearest_address(client, small_town):
    assert "Budynek pod adresem Długa 5" in words_of(page(client, f"layer=buildings&feature={feature_id('house')}"))


@pytest.mark.parametrize(
    "query,status",
    [
        ("area=%7B", 400),
        ("area=" + quote('{"type":"Polygon","coordinates":[[[179,50],[-179,50],[-179,51],[179,50]]]}'), 400),
        ("point=0,0", 400),
        ("point=nan,nan", 400),
        ("layer=districts&feature=x", 404),
        ("layer=districts&feature=6c1b8e9e-5f0d-4f7a-9a55-0d6a1f2b7c11", 404),
        ("point=20.63,50.87&at=yesterday", 400),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line_with_a_way_on(client, small_town, query, status):
    answer = client.get(f"/reports/place/?{query}")
    assert answer.status_code == status
    html = answer.content.decode()
    (line,) = re.findall(r'role="alert">.*?<span>(.*?)</span>', html, re.DOTALL)
    assert 10 < len(line) < 160 and "Według adresu lub nazwy" in html
    printed = client.get(f"/reports/place.pdf?{query}")
    assert printed.status_code == status and printed.content.decode() == f"{unescape(line)}\n"


def test_an_address_without_a_place_leads_to_the_choice(client, small_town):
    assert client.get("/reports/place/")["Location"] == "/reports/"


def test_a_place_is_found_without_scripts(client, small_town):
    html = client.get("/reports/?q=Długa 5").content.decode()
    assert f"/reports/place/?layer=addresses&amp;feature={feature_id('a')}" in html
    assert f'<option value="{feature_id("d")}">Śródmieście</option>' in html
    assert "nic nie nazywa się „Długa" not in html
    assert "nic nie nazywa się „Xyzzy”" in client.get("/reports/?q=Xyzzy").content.decode()


def test_the_page_opens_for_a_city_without_data(client, db):
    assert client.get("/reports/").status_code == 200
    html = page(client, "point=20.63139,50.87028")
    assert "Miasto nie ma jeszcze danych" in html


def test_synthetic_data_say_so_on_the_page_in_the_pdf_and_in_its_name(client, small_town):
    Dataset.objects.update(synthetic=True)
    assert "Dane demonstracyjne" in page(client, small_town)
    answer = client.get(f"/reports/place.pdf?{small_town}")
    assert "dane-syntetyczne.pdf" in answer["Content-Disposition"]
    sheets = pdfplumber.open(io.BytesIO(answer.content)).pages
    assert all("dane syntetyczne" in sheet.extract_text() for sheet in sheets)


def test_a_report_of_a_moment_says_which(client, small_town):
    assert "Stan znany w dniu" in page(client, f"{small_town}&at=2030-01-31")
    assert client.get(f"/reports/place/?{small_town}&at=2001-01-31").status_code == 404


def test_the_number_of_queries_is_bounded(client, small_town, django_assert_max_num_queries):
    load("bus_stops", [point(f"s{at}", at, 90, name=f"Stop {at}") for at in range(150)])
    with django_assert_max_num_queries(75):
        page(client, small_town)


def test_quantities_read_as_people_say_them():
    assert [area(value) for value in (745.4, 9999.6, 32_100, 5_400_000)] == [
        "745\u00a0m²",
        "10\u00a0000\u00a0m²",
        "3,21\u00a0ha",
        "5,40\u00a0km²",
    ]
    assert [length(value) for value in (341.4, 27_753.2)] == ["341\u00a0m", "27,75\u00a0km"]
    assert [percent(value) for value in (0.128507, 0.0001, 0.99999, 0.03)] == ["12,9%", "<0,1%", "100%", "3,0%"]
