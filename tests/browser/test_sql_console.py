"""The SQL console as an analyst uses it: an answer as table and map, a fault, stopping, files, saving."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from layers.access.database_views import rebuild
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import DESK_AND_PHONE, drawn, thorough
from tests.geoportal.logins import account

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000)"
SCHOOL = "SELECT name, height_m, year_built, owner, geom\nFROM buildings\nORDER BY height_m NULLS LAST"


@pytest.fixture(scope="module")
def session(portal: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The session of an analyst, committed, and views of the city of the portal."""
    with django_db_blocker.unblock():
        rebuild()
        client = Client()
        client.force_login(account("analysts"))
        yield client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def console(page: Page, portal: str, session: str) -> Page:
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": portal}])
    page.goto(f"{portal}/sql/")
    return page


def editor_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Zapytanie", exact=True)


def run(page: Page, text: str) -> None:
    editor_of(page).fill(text)
    editor_of(page).press("Control+Enter")


def test_an_answer_is_a_table_and_a_map(console: Page, watch: Watch):
    run(console, SCHOOL)
    table = console.get_by_role("region", name="Wynik").get_by_role("table")
    first = table.locator("tbody tr").first
    expect(first.locator("td").nth(0)).to_have_text("Szkoła Żródlana")
    expect(first.locator("td").nth(1)).to_have_text("12,5")
    expect(first.locator("td").nth(2)).to_have_text("1908")
    expect(first.get_by_role("img", name="brak wartości")).to_be_visible()
    expect(console.get_by_text(re.compile(r"Wiersze: 2, w [\d,]+ s\."))).to_have_count(2)
    canvas = console.locator("[data-sql-map]")
    expect(canvas).to_be_visible()
    expect(canvas).to_have_attribute("data-state", re.compile("ready|idle"), timeout=30_000)
    first.get_by_role("button", name="Pokaż na mapie: MULTIPOLYGON, 5 pkt").click()
    drawn(console, "[data-sql-map]")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(first).to_have_class("picked")
    assert not watch.foreign and not watch.complaints


def test_a_fault_is_shown_where_it_is(console: Page):
    run(console, "SELECT name,\n  ownr\nFROM buildings")
    alert = console.get_by_role("alert")
    expect(alert).to_contain_text('column "ownr" does not exist')
    expect(alert.get_by_role("button", name="Linia 2, kolumna 3")).to_be_visible()
    expect(alert.locator("mark")).to_have_text("ownr")
    editor = editor_of(console)
    expect(editor).to_be_focused()
    chosen = "e => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert editor.evaluate(chosen) == "ownr"
    run(console, "SELECT * FROM auth_user")
    expect(alert).to_contain_text("Nie ma tu warstwy „auth_user”.")
    run(console, "SELECT 1 AS one")
    expect(alert).to_be_hidden()
    expect(console.get_by_role("region", name="Wynik").get_by_role("table")).to_be_visible()


@thorough
def test_a_slow_statement_is_stopped_by_its_button(console: Page):
    run(console, ENDLESS)
    expect(console.get_by_text(re.compile(r"Trwa [1-9],\d s"))).to_be_visible()
    console.get_by_role("button", name="Zatrzymaj").click()
    expect(console.get_by_role("alert")).to_contain_text("Zapytanie zatrzymano.", timeout=10_000)
    expect(console.get_by_role("button", name="Uruchom")).to_be_enabled()
    console.reload()
    expect(console.get_by_text("zatrzymane przez Ciebie")).to_be_visible()


@pytest.mark.thorough
def test_a_statement_is_written_by_clicks_saved_and_shared(console: Page, portal: str):
    editor = editor_of(console)
    editor.fill("SELECT * FROM")
    editor.press("End")
    console.locator("summary", has_text="buildings").click()
    console.get_by_role("button", name="Wstaw buildings").click()
    expect(editor).to_have_value("SELECT * FROM buildings")
    console.get_by_label("Tytuł, aby zapisać").fill("Wszystkie budynki")
    console.get_by_role("button", name="Zapisz").click()
    expect(console.get_by_role("heading", name="Wszystkie budynki")).to_be_visible()
    expect(editor_of(console)).to_have_value("SELECT * FROM buildings")
    address = console.url
    console.goto(f"{portal}/sql/")
    console.get_by_role("link", name="Wszystkie budynki").click()
    assert console.url == address
    console.get_by_role("button", name="Usuń: Wszystkie budynki").click()
    expect(console.get_by_text("Nic jeszcze nie zapisano.")).to_be_visible()


@pytest.mark.thorough
def test_an_example_runs_and_its_file_is_saved(console: Page):
    console.get_by_role("button", name="Największe budynki na mapie").click()
    console.get_by_role("button", name="Uruchom").click()
    expect(console.get_by_role("button", name="GeoJSON")).to_be_visible()
    with console.expect_download() as saved:
        console.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == "sql.csv"
    assert "Szkoła Żródlana" in saved.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("width", DESK_AND_PHONE)
@thorough
def test_the_console_is_clear_to_everybody(console: Page, width: int):
    console.set_viewport_size({"width": width, "height": 900})
    console.locator("summary", has_text="buildings").click()
    run(console, SCHOOL)
    expect(console.locator("[data-sql-map]")).to_have_attribute(
        "data-state", re.compile("ready|idle"), timeout=30_000
    )
    assert console.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(console)
    assert found.violations_count == 0, found.generate_report()
    run(console, "SELECT nothing")
    expect(console.get_by_role("alert")).to_be_visible()
    found = Axe().run(console)
    assert found.violations_count == 0, found.generate_report()
