"""The catalogue and the pages of its layers, as the server sends them."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geoportal.wording.search_results import matches
from ingest.sources import SOURCES
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.kinds import KINDS, kind_of
from layers.runs.models import Dataset, Rejection, Run
from layers.runs.reasons import REASONS
from tests.databases import MadeOnce
from tests.factories import building, feature_id, load, point

OPEN = visible_kinds(ANONYMOUS)


def page(client: Client, address: str, language: str = "pl", status: int = 200) -> str:
    answer = client.get(address, {"lang": language})
    assert answer.status_code == status
    return answer.content.decode()


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def listed(markup: str) -> list[str]:
    return re.findall(r'<h3><a href="/catalogue/(\w+)/">', markup)


@pytest.fixture
def city(db):
    store_city()


@MadeOnce
def store_city():
    Dataset.objects.create(slug="demo_city", synthetic=True)
    houses = [building(f"b{n}", 20 * n, use_class="education" if n else None, height_m=4.5) for n in range(3)]
    load("buildings", houses, "demo_city")
    load("bus_stops", [point("s1", name="Rynek")])


def test_every_open_layer_is_listed_once_and_no_other(client: Client, city) -> None:
    found = listed(page(client, "/catalogue/"))
    assert sorted(found) == sorted(kind.slug for kind in OPEN)
    assert "hydrants" not in page(client, "/catalogue/")


def test_a_card_says_what_a_layer_holds(client: Client, city) -> None:
    markup = page(client, "/catalogue/")
    (card,) = re.findall(r'<li class="tile[^>]*>(?:(?!</li>).)*catalogue/buildings/.*?</li>', markup, re.DOTALL)
    said = text(card)
    for words in ("Budynki", "zmyślone", "Obiekty 3", "Licencja CC0-1.0", str(SOURCES["demo_city"].title.pl)):
        assert words in said


def test_a_layer_without_data_says_so(client: Client, city) -> None:
    markup = page(client, "/catalogue/")
    (card,) = re.findall(r'<li class="tile[^>]*>(?:(?!</li>).)*catalogue/rivers/.*?</li>', markup, re.DOTALL)
    assert "brak danych" in text(card)
    assert "/table/" not in card
    assert "nie ma jeszcze danych" in page(client, "/catalogue/rivers/")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("q=PRZYSTAN", {"bus_stops"}),
        ("q=bus+stop", {"bus_stops"}),
        ("q=wysokosc+budynki", {"buildings"}),
        ("theme=transport", {"roads", "bus_stops"}),
        ("theme=transport&q=ulice", {"roads"}),
        ("q=heating", set()),
        ("theme=nothing", set()),
    ],
)
def test_layers_are_found_by_words_and_theme(client: Client, city, asked: str, expected: set[str]) -> None:
    assert set(listed(client.get(f"/catalogue/?{asked}").content.decode())) == expected


def test_hidden_fields_are_not_searched(client: Client, city) -> None:
    assert "buildings" not in listed(client.get("/catalogue/?q=właściciel").content.decode())


def test_what_was_asked_is_not_written_into_the_page_as_it_came(client: Client, city) -> None:
    answer = client.get("/catalogue/", {"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.content.decode()


def test_the_catalogue_asks_the_database_once(client: Client, city) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/catalogue/")
    assert len(queries) == 1


def test_a_layer_page_tells_its_fields_with_meaning_unit_and_codes(client: Client, city) -> None:
    said = text(page(client, "/catalogue/buildings/"))
    assert "Wysokość liczba m height_m" in said
    assert "education oświata i nauka" in said
    for hidden in ("owner", "residents", "heating", "Właściciel", "Mieszkańcy"):
        assert hidden not in said


def test_completeness_is_counted(client: Client, city) -> None:
    # Two of three buildings have a use: 66.6 %, rounded down; all have a height; none a name.
    rows = dict(
        re.findall(
            r'<th scope="row">([^<]+)</th>.*?<span class="numeric">([^<]+)</span>',
            page(client, "/catalogue/buildings/"),
            re.DOTALL,
        )
    )
    assert rows["Funkcja"] == "66,6\u00a0%"
    assert rows["Wysokość"] == "100\u00a0%"
    assert rows["Nazwa"] == "0\u00a0%"


def test_a_change_is_in_the_completeness_at_once(client: Client, city) -> None:
    page(client, "/catalogue/bus_stops/")
    load("bus_stops", [point("s2")])
    from layers.feed.versions import VERSIONS

    VERSIONS.refresh(force=True)
    assert "50\u00a0%" in page(client, "/catalogue/bus_stops/")


def test_the_history_tells_what_runs_changed_and_no_more(client: Client, city) -> None:
    load("bus_stops", [point("s1", name="Rynek"), point("s2", name="Dworzec")])
    load("bus_stops", [point("s1", name="Plac")])
    run = Run.objects.latest("pk")
    Run.objects.filter(pk=run.pk).update(parameters={"path": "/home/anna/secret.csv"}, input_name="secret.csv")
    markup = page(client, "/catalogue/bus_stops/")
    history = markup[markup.index('id="history"') : markup.index('id="datasets"')]
    assert re.findall(r'<td class="numeric">(\d+)</td>', history) == [
        *["0", "1", "0", "0"],
        *["1", "0", "0", "0"],
        *["1", "0", "0", "0"],
    ]
    assert "secret" not in markup


def test_refusals_are_counted_by_reason_without_their_values(client: Client, city) -> None:
    run = Run.objects.get(dataset__slug="register")
    for value in ("Jan Nowak", "Ewa Lis"):
        Rejection.objects.create(
            run=run, kind="bus_stops", severity="row", reason="outside_city", message=value, value=value
        )
    Rejection.objects.create(run=run, kind="roads", severity="row", reason="exists", message="x")
    markup = page(client, "/catalogue/bus_stops/")
    assert "obiekt leży daleko od miasta cały obiekt 2" in text(markup)
    assert "Nowak" not in markup and "już jest w danych" not in markup


def test_every_reason_in_the_code_has_words() -> None:
    from tests.test_architecture import CODE

    source = "\n".join(path.read_text() for path in CODE)
    named = r"([a-z]+(?:_[a-z]+)+|exists)"
    calls = rf'(?:Unusable|refuse|Refusal)\((?:[^"\n]|f?"\w?[{{\w}}]*", )*"{named}"'
    used = set(re.findall(calls, source)) | set(re.findall(rf'reason, why = "{named}"', source))
    assert used - set(REASONS) == set()
    assert len(used) > 15


def test_a_layer_page_asks_the_database_always_the_same_number_of_times(client: Client, city, settings) -> None:
    settings.PLANNER_LAYERS_SECONDS = settings.TILE_VERSION_SECONDS = 3600.0  # what is looked at by the clock

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, "/catalogue/buildings/")
        return len(queries)

    page(client, "/catalogue/buildings/")
    few = asked()
    for n in range(4):
        load("buildings", [building(f"x{n}", 20 * n, 50)], "demo_city")
    page(client, "/catalogue/buildings/")
    assert asked() == few


@pytest.mark.parametrize("slug", ["hydrants", "nothing", "flood_exposure"])
@pytest.mark.parametrize("rest", ["", "table/"])
def test_a_layer_one_may_not_see_has_no_page(client: Client, db, slug: str, rest: str) -> None:
    markup = page(client, f"/catalogue/{slug}/{rest}", status=404)
    assert "Nie ma takiej strony" in markup


@pytest.mark.parametrize("kind", OPEN, ids=lambda kind: kind.slug)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_layer_has_a_page_and_a_table(client: Client, db, kind, language: str) -> None:
    for rest in ("", "table/"):
        markup = page(client, f"/catalogue/{kind.slug}/{rest}", language)
        assert html.escape(str(kind.title.pl if language == "pl" else kind.title.en)) in markup
        assert "None" not in text(markup)
        assert not re.search(r"\s(style|on\w+)=", markup)


def test_all_datasets_of_a_layer_are_told(client: Client, city) -> None:
    load("buildings", [building("r1")], "egib")
    said = text(page(client, "/catalogue/buildings/"))
    assert "pokazywany teraz" in said
    assert str(SOURCES["demo_city"].title.pl) in said and str(SOURCES["egib"].title.pl) in said
    assert feature_id("r1", "egib").hex not in said


def test_an_old_layer_is_marked(client: Client, db) -> None:
    from datetime import date

    load("bus_stops", [point("s1")], data_date=date(2020, 1, 1))
    assert KINDS["bus_stops"].source.update_rhythm.en == "weekly"
    said = text(page(client, "/catalogue/bus_stops/"))
    assert "nieaktualne" in said and "1 stycznia 2020" in said


@pytest.mark.parametrize("words", ["przystanków", "komunikacja", "bus_stops", "BUS stop"])
def test_a_layer_is_found_by_a_word_in_another_case_and_by_its_name_in_files(words):
    assert matches(ANONYMOUS, kind_of("bus_stops"), words)
    assert not matches(ANONYMOUS, kind_of("rivers"), words)
