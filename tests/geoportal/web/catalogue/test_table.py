"""The table page as the server sends it: complete without a script, without data that is not public."""

import csv
import html
import io
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from layers.kinds import KINDS
from layers.reading import table
from tests.databases import MadeOnce
from tests.factories import building, feature_id, load, point
from tests.geoportal.web.catalogue.test_catalogue import text

TABLE = "/catalogue/buildings/table/"
HOUSES: dict[str, dict] = {
    "school": {
        "name": "Szkoła",
        "use_class": "education",
        "height_m": 12.5,
        "year_built": 1908,
        "owner": "Anna Nowak",
    },
    "house": {"name": "Żółty dom", "use_class": "residential", "height_m": 1004.0 / 10, "residents": 4.0},
    "shed": {"use_class": "storage", "storeys_above": 1},
}


@MadeOnce
def store_houses():
    load("buildings", [building(name, 100 * at, **values) for at, (name, values) in enumerate(HOUSES.items())])


@pytest.fixture
def houses(db, settings):
    settings.TILE_VERSION_SECONDS = 0.0  # what a test stores besides is searched at once
    store_houses()


def get(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == status, text(answer.content.decode())
    return answer.content.decode()


def cells(markup: str) -> list[list[str]]:
    """The rows in words, without the column of links."""
    body = markup[markup.index("<tbody>") : markup.index("</tbody>")] if "<tbody>" in markup else ""
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [[text(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)][1:] for row in rows]


def names(markup: str, column: int = 0) -> list[str]:
    return [row[column] for row in cells(markup)]


def links(markup: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="([^"]*)"', markup)]


def test_values_are_in_words_and_local_numbers(client: Client, houses) -> None:
    assert cells(get(client, TABLE)) == [
        ["Szkoła", "oświata i nauka", "–", "12,5", "1908"],
        ["Żółty dom", "mieszkalny", "–", "100,4", "–"],
        ["–", "magazynowy", "1", "–", "–"],
    ]
    english = get(client, f"{TABLE}?lang=en")
    assert cells(english)[0] == ["Szkoła", "education", "–", "12.5", "1908"]
    assert re.search(r"Height <span class=\"unit\">\(<span translate=\"no\">m</span>\)</span>", english)


def test_an_unknown_value_is_told_to_a_screen_reader(client: Client, houses) -> None:
    assert '<span class="unknown" role="img" aria-label="brak danych">–</span>' in get(client, TABLE)


def test_a_heading_sorts_and_says_so(client: Client, houses) -> None:
    markup = get(client, f"{TABLE}?sort=-height_m")
    assert names(markup) == ["Żółty dom", "Szkoła", "–"]
    assert re.findall(r'aria-sort="(\w+)"><a href="([^"]+)"', markup) == [("descending", "?sort=height_m")]
    assert names(get(client, f"{TABLE}?sort=height_m")) == ["Szkoła", "Żółty dom", "–"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"add": "use_class", "op": "is", "value": "oświata"}, ["Szkoła"]),
        ({"add": "use_class", "op": "is", "value": "education"}, ["Szkoła"]),
        ({"add": "use_class", "op": "isnot", "value": "education"}, ["Żółty dom", "–"]),
        ({"add": "name", "op": "contains", "value": "ZOLTY"}, ["Żółty dom"]),
        ({"add": "name", "op": "contains", "value": "100%"}, []),
        ({"add": "name", "op": "unknown", "value": ""}, ["–"]),
        ({"add": "name", "op": "known", "value": ""}, ["Szkoła", "Żółty dom"]),
        ({"add": "height_m", "op": "least", "value": "12,5"}, ["Szkoła", "Żółty dom"]),
        ({"add": "height_m", "op": "most", "value": "12,5 m"}, ["Szkoła"]),
        ({"add": "year_built", "op": "is", "value": "1908"}, ["Szkoła"]),
        ({"q": "zolty"}, ["Żółty dom"]),
        ({"q": "magazyn"}, ["–"]),
        ({"q": "nowak"}, []),
        ({"q": "Szkoła", "add": "height_m", "op": "most", "value": "3"}, []),
        ({"filter": "height_m > 13"}, ["Żółty dom"]),
        ({"filter": "height_m > 1", "add": "name", "op": "contains", "value": "szk"}, ["Szkoła"]),
    ],
)
def test_the_form_chooses_rows(client: Client, houses, typed: dict[str, str], expected: list[str]) -> None:
    answer = client.get(TABLE, typed, follow=True)
    assert names(answer.content.decode()) == expected
    if "add" in typed:
        ((address, status),) = answer.redirect_chain
        assert status == 302
        assert not {"add", "op", "value"} & parse_qs(urlsplit(address).query).keys()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            {"add": "height_m", "op": "least", "value": "wysoki"},
            "Pole „Wysokość” zawiera liczbę; „wysoki” się nie nadaje.",
        ),
        ({"add": "use_class", "op": "is", "value": "zamek"}, "Pole „Funkcja” nie ma wartości „zamek”"),
        ({"add": "name", "op": "least", "value": "1"}, "nie można tak porównać"),
        ({"add": "name", "op": "is", "value": ""}, "Wpisz wartość pola „Nazwa”."),
        ({"add": "owner", "op": "is", "value": "Anna Nowak"}, "Wybierz pole i sposób porównania."),
        ({"add": "nothing", "op": "is", "value": "x"}, "Wybierz pole i sposób porównania."),
        ({"add": "name", "op": "drop", "value": "x"}, "Wybierz pole i sposób porównania."),
    ],
)
def test_what_cannot_be_compared_is_told_beside_the_form(client: Client, houses, typed, words: str) -> None:
    markup = get(client, f"{TABLE}?add={typed['add']}&op={typed['op']}&value={typed['value']}", 400)
    assert words in text(markup)
    assert len(cells(markup)) == 3


def test_conditions_are_told_in_words_and_can_be_taken_away(client: Client, houses) -> None:
    filter = "use_class IN ('education','storage') AND height_m >= 2 AND name IS NOT NULL"
    filter += " AND year_built BETWEEN 1900 AND 1910"
    markup = get(client, f"{TABLE}?filter={filter}&sort=name")
    said = text(markup)
    for words in (
        "Funkcja: oświata i nauka, magazynowy",
        "Wysokość ≥ 2\u00a0m",
        "Nazwa: znane",
        "Rok budowy: 1900 – 1910",
    ):
        assert re.sub(r"\s", " ", words) in said
    (without,) = re.findall(r'class="condition-drop" href="([^"]+)" aria-label="Usuń: Nazwa: znane"', markup)
    kept = parse_qs(urlsplit(html.unescape(without)).query)
    assert kept["sort"] == ["name"]
    assert "isNull" not in kept["filter"][0] and "use_class" in kept["filter"][0]


def test_an_area_is_told_by_the_name_of_its_object(client: Client, db) -> None:
    load("districts", [building("d1", -10, -10, 60, name="Czarnów")])
    load("buildings", [building("in", 0, **HOUSES["school"]), building("out", 200, **HOUSES["house"])])
    filter = f"S_INTERSECTS(point, feature('districts', '{feature_id('d1')}'))"
    markup = get(client, f"{TABLE}?filter={filter}")
    assert names(markup) == ["Szkoła"]
    assert "w obszarze: Czarnów" in text(markup)


def test_rows_near_a_place_come_by_distance(client: Client, houses) -> None:
    markup = get(client, f"{TABLE}?near=50.87028, 20.63139")
    # The first building stands on the place, the others begin 100 m and 200 m east of it.
    assert [row[0] for row in cells(markup)] == ["0", "100", "200"]
    assert "Odległość" in text(markup)
    assert [row[0] for row in cells(get(client, f"{TABLE}?near=50.87028, 20.63139&sort=-name"))] == [
        "100",
        "0",
        "200",
    ]


def test_rows_near_an_address_come_by_distance(client: Client, houses) -> None:
    load("addresses", [point("a1", 205, 0, street="Leśna", house_number="7")])
    markup = get(client, f"{TABLE}?near=Leśna 7")
    assert names(markup, 1) == ["–", "Żółty dom", "Szkoła"]
    assert "odległości od: Leśna 7" in text(markup)


def test_the_past_is_shown_and_said(client: Client, houses) -> None:
    moment = now()
    load("buildings", [building("shed", 200, **(HOUSES["shed"] | {"name": "Stodoła"}))])
    assert "Stodoła" in names(get(client, TABLE))
    markup = client.get(TABLE, {"at": moment.isoformat()}).content.decode()
    assert "Stodoła" not in names(markup)
    assert "Warstwa w stanie znanym" in text(markup)


def test_rows_lead_to_the_map_and_the_report(client: Client, houses) -> None:
    found = links(get(client, TABLE))
    identity = feature_id("school")
    lead = next(one for one in found if f"pick=buildings/{identity}" in one)
    latitude, longitude = (float(one) for one in re.findall(r"#map=18/([\d.]+)/([\d.]+)&layers=buildings", lead)[0])
    # The middle of a square of 10 m whose corner is the market square.
    assert [latitude, longitude] == pytest.approx([50.870325, 20.63146], abs=2e-5)
    assert any(f"feature={identity}" in one and one.startswith("/reports/place/") for one in found)


def test_the_map_gets_the_whole_filter(client: Client, houses) -> None:
    markup = get(client, f"{TABLE}?filter=height_m>13&q=dom")
    (lead,) = [one for one in links(markup) if one.startswith("/#layers=buildings&filter.buildings=")]
    tree = json.loads(unquote(lead.split("filter.buildings=")[1]))
    assert tree["op"] == "and"
    assert tree["args"][0] == {"op": ">", "args": [{"property": "height_m"}, 13]}


def test_what_is_shown_is_what_is_downloaded(client: Client, houses) -> None:
    markup = get(client, f"{TABLE}?filter=height_m>1&sort=-height_m&q=o")
    address = next(one for one in links(markup) if one.startswith("/open-data/buildings.csv"))
    body = b"".join(client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [row["name"] for row in csv.DictReader(io.StringIO(body))] == names(markup) == ["Żółty dom", "Szkoła"]


def test_nearest_first_is_downloaded_too(client: Client, houses) -> None:
    markup = get(client, f"{TABLE}?near=50.87028, 20.63139&sort=-distance")
    address = next(one for one in links(markup) if one.startswith("/open-data/buildings.csv"))
    body = b"".join(client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [row["name"] for row in csv.DictReader(io.StringIO(body))] == ["", "Żółty dom", "Szkoła"]


def test_pages_follow_each_other_by_key(client: Client, houses) -> None:
    load("buildings", [building(f"n{n:03}", 10 * n, 90, name=f"Dom {n}") for n in range(120)])
    seen: list[str] = []
    address = f"{TABLE}?sort=name&filter=name LIKE 'Dom %25'"
    while address:
        markup = get(client, address)
        seen += names(markup)
        found = re.search(r'<a class="button-quiet" href="([^"]+)" rel="next"', markup)
        address = TABLE + html.unescape(found[1]) if found else ""
    assert seen == [f"Dom {n}" for n in range(120)]
    back = re.search(r'href="([^"]+)" rel="prev"', markup)
    assert back is not None
    assert names(get(client, TABLE + html.unescape(back[1]))) == [f"Dom {n}" for n in range(50, 100)]


def test_the_sought_row_is_marked_and_on_the_page(client: Client, houses) -> None:
    load("buildings", [building(f"n{n:03}", 10 * n, 90, name=f"Dom {n}") for n in range(120)])
    wanted = feature_id("n090")
    markup = get(client, f"{TABLE}?feature={wanted}&sort=name")
    assert re.findall(r'<tr id="feature-([\w-]+)" class="picked" aria-current="true"', markup) == [str(wanted)]
    lost = get(client, f"{TABLE}?feature={wanted}&q=szkoła")
    assert "Szukanego obiektu nie ma wśród wybranych." in text(lost)


def test_how_many_there_are_is_said(client: Client, houses, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Obiekty: 3" in text(get(client, TABLE))
    assert "Obiekty: 2" in text(get(client, f"{TABLE}?filter=height_m>1"))
    monkeypatch.setattr(table, "COUNTED", 1)
    assert "Obiekty: ponad 1" in text(get(client, f"{TABLE}?filter=height_m>1"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("filter=owner='Anna Nowak'", "Tego filtra nie można tu użyć."),
        ("filter=((", "Tego filtra nie można tu użyć."),
        ("filter=residents>1", "Tego filtra nie można tu użyć."),
        ("sort=owner", "Tabeli nie można tak posortować."),
        ("sort=-residents", "Tabeli nie można tak posortować."),
        ("sort=distance", "Tabeli nie można tak posortować."),
        ("after=xyz", "To miejsce w tabeli nie jest już znane."),
        ("feature=1", "To miejsce w tabeli nie jest już znane."),
        ("at=wczoraj", "To nie jest dzień ani chwila."),
        ("near=Xyzzy 99", "Nie ma takiego miejsca w mieście."),
    ],
)
def test_what_cannot_be_asked_is_answered_in_one_plain_line(client: Client, houses, asked: str, words: str) -> None:
    markup = get(client, f"{TABLE}?{asked}", 400)
    (heading,) = re.findall(r"<h1>(.*?)</h1>", markup)
    assert heading.startswith(words)
    assert "Szkoła" not in markup


def test_hidden_fields_are_nowhere(client: Client, houses) -> None:
    markup = get(client, TABLE)
    for hidden in ("owner", "residents", "Nowak", "Właściciel", "Mieszkańcy", "heating"):
        assert hidden not in markup
    answers = [get(client, f"{TABLE}?sort={name}", 400).replace(name, "X") for name in ("owner", "nothing")]
    assert answers[0] == answers[1]


def test_what_is_typed_is_escaped(client: Client, houses) -> None:
    attack = '"><script>alert(1)</script>'
    for typed in (
        {"q": attack},
        {"near": attack},
        {"filter": f"name = '{attack}'"},
        {"sort": attack},
        {"at": attack},
    ):
        assert "<script>alert" not in client.get(TABLE, typed, follow=True).content.decode()


@pytest.mark.parametrize("asked", ["", "?sort=-height_m", "?filter=height_m>1&q=o"])
def test_the_number_of_queries_does_not_grow(client: Client, houses, asked: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(client, TABLE + asked)
        return len(queries)

    few = count()
    load("buildings", [building(f"n{n:03}", 10 * n, 90, name="Dom", height_m=5.0) for n in range(60)])
    assert count() == few <= 12


def test_words_find_codes_that_are_numbers(client: Client, db) -> None:
    load("flood_zones", [building("z1", depth_class=1), building("z2", 50, depth_class=4)])
    meaning = (KINDS["flood_zones"].field("depth_class").choices or {})["4"].pl
    markup = client.get("/catalogue/flood_zones/table/", {"q": meaning}).content.decode()
    assert len(cells(markup)) == 1


def test_another_dataset_can_be_shown(client: Client, houses) -> None:
    load("buildings", [building("e1", name="Z ewidencji")], "egib")
    assert names(get(client, f"{TABLE}?dataset=register&q=Szkoła")) == ["Szkoła"]
    assert names(get(client, f"{TABLE}?dataset=egib")) == ["Z ewidencji"]
    get(client, f"{TABLE}?dataset=nothing", 404)


def test_a_layer_without_data_says_so(client: Client, db) -> None:
    assert "Ta warstwa nie ma jeszcze danych." in text(get(client, TABLE))


def test_every_condition_of_every_field_can_be_made_and_told(client: Client, db) -> None:
    from geoportal.wording.conditions import condition, condition_text, operators, type_of
    from layers.access.rules import Access
    from layers.filters.cql2 import condition as in_sql

    staff = Access("services")
    values = {"t": "a", "n": "1", "d": "31.01.2026", "b": "tak", "i": str(feature_id("x"))}
    for kind in KINDS.values():
        for field in kind.fields:
            for operator in operators():
                type_ = type_of(kind, field)
                if type_ in operator.types:
                    value = values.get(type_) or next(iter(field.choices or {}))
                    tree = condition(staff, kind, field.name, operator.name, value)
                    kind.model._default_manager.filter(in_sql(staff, kind, json.dumps(tree))).exists()
                    words = condition_text(staff, kind, tree)
                    assert words.startswith(str(field.title)) and "{" not in words
