"""Every address that takes a CQL2 filter reads the whole language, and refuses what is none with 400 and words."""

import json
from typing import Any

import pytest
from django.test import Client

from geoportal.cartography.printing.conditions import filter_in_words
from layers.kinds import KINDS

ITEMS = "/ogc/collections/buildings/items"
ADDRESSES = (ITEMS, "/catalogue/buildings/table/", "/tiles/buildings.json", "/open-data/buildings.csv", "/query.json")
ACCEPTED = (
    "true",
    "NOT false AND (name IS NULL OR true)",
    "geom IS NOT NULL",
    "name = 'It\\'s' OR name IS NULL OR name <> ''",
    "height_m = height_m OR height_m IS NULL",
    "1 = 1",
    "NOT " * 61 + "geom IS NULL",
    "(" * 61 + "geom IS NOT NULL" + ") = true" * 61,
    "geom IS NULL OR (true AND (" * 30 + "true" + "))" * 30,
    "(name IS NULL) = true OR name IS NOT NULL",
    '{"op":"and","args":[true,{"op":"not","args":[{"op":"isNull","args":[{"property":"geom"}]}]}]}',
)
REFUSED = (
    *("(" * 39, "(" * 2000, "NOT " * 900, "'" * 999, "height_m = 1e400", "height_m = " + "9" * 400, "name", "5", "#"),
    *("height_m = 0.12345678901234567890", "data_date > DATE('2026-02-30')", "S_INTERSECTS(geom, POINT(1e400 1))"),
    *('{"op":"not","args":[' * 300, "{" + "[" * 3000, '{"op":"=","args":[{"property":"height_m"},1e400]}'),
)


def asked(client: Client, address: str, filter: str) -> Any:
    words = {"filter": filter} | ({"layer": "buildings"} if address.startswith("/query") else {})
    response: Any = client.get(address, words)
    if response.streaming:
        b"".join(response.streaming_content)
    return response


@pytest.mark.parametrize("filter", ACCEPTED, ids=lambda text: f"{text[:20]}{len(text)}")
def test_a_filter_is_answered_everywhere(client, small_city, filter):
    answered = {address: asked(client, address, filter).status_code for address in ADDRESSES}
    assert answered == dict.fromkeys(ADDRESSES, 200)
    found = client.get(ITEMS, {"filter": filter}).getvalue()
    everything = client.get(ITEMS).getvalue()
    assert json.loads(found)["numberMatched"] == json.loads(everything)["numberMatched"] > 0


@pytest.mark.parametrize("filter", REFUSED, ids=lambda text: f"{text[:20]}{len(text)}")
def test_what_is_no_filter_is_refused_everywhere(client, small_city, filter):
    refused = {address: asked(client, address, filter).status_code for address in ADDRESSES}
    assert refused == dict.fromkeys(ADDRESSES, 400)


def test_a_fault_names_its_place(client, small_city):
    answer = client.get(ITEMS, {"filter": "height_m = 'a' AND\n name ="}).json()
    assert "line 2, column 8: the filter ends; allowed is a property, a value or a function" in answer["detail"]


@pytest.mark.parametrize("filter", ["true", "name IS NULL AND true", "NOT (NOT TRUE)", "1 = 1 AND geom IS NOT NULL"])
def test_a_condition_without_a_property_is_shown_and_can_be_taken_away(client, small_city, filter):
    page = client.get("/catalogue/buildings/table/", {"filter": filter})
    assert page.status_code == 200 and ("TRUE" in page.text or "1 = 1" in page.text)
    assert client.get("/query/", {"layer": "buildings", "filter": filter}).status_code == 200


@pytest.mark.parametrize("filter", ["true", "name IS NULL AND true", "1 = 1"])
def test_the_legend_of_a_print_has_words_for_it(filter):
    assert filter_in_words(KINDS["buildings"], filter) == "tylko obiekty spełniające wybrany filtr"
