"""Pages to read in use: the masthead, the catalogue, the table; by mouse, by keyboard, without scripts, on paper."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.map_page import thorough
from tests.factories import feature_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_the_masthead_leads_everywhere_and_says_where_one_is(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/buildings/")
    main = page.get_by_role("navigation", name="Główne strony")
    expect(main.get_by_role("link", name="Katalog")).to_have_attribute("aria-current", "true")
    main.get_by_role("link", name="Katalog").click()
    expect(main.get_by_role("link", name="Katalog")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Deklaracja dostępności").click()
    expect(page).to_have_url(f"{portal}/accessibility/")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accessibility statement")
    page.goto(f"{portal}/catalogue/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue of layers")


def test_a_resident_finds_a_layer_and_its_table(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/")
    page.get_by_label("Szukaj warstwy").fill("wysokosc budynki")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Znalezione warstwy: 1 z 15")
    page.get_by_role("heading", name="Budynki").get_by_role("link").click()
    expect(page.locator("[data-preview] canvas")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Otwórz jako tabelę").first.click()
    expect(page.locator("tbody tr")).to_have_count(2)


@thorough
def test_the_form_offers_what_fits_the_field(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/buildings/table/")
    page.get_by_label("Pole").select_option("use_class")
    expect(page.get_by_label("Porównanie").locator("option:not([hidden])")).to_have_text(
        ["jest", "nie jest", "jest znane", "nie jest znane"]
    )
    page.get_by_label("Wartość").select_option("oświata i nauka")
    page.get_by_role("button", name="Pokaż").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("list", name="Warunki")).to_contain_text("Funkcja: oświata i nauka")
    page.get_by_label("Pole").select_option("height_m")
    page.get_by_label("Porównanie").select_option("unknown")
    expect(page.get_by_label("Wartość")).to_be_hidden()
    page.get_by_role("button", name="Pokaż").click()
    expect(page.get_by_text("Żaden obiekt nie pasuje.")).to_be_visible()
    page.get_by_role("link", name="Usuń: Wysokość: brak danych").click()
    expect(page.locator("tbody tr")).to_have_count(1)


@thorough
def test_the_same_form_works_without_scripts(browser: Browser, portal: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{portal}/catalogue/buildings/table/")
    page.get_by_label("Pole").select_option("use_class")
    page.get_by_label("Wartość").fill("oświata")
    page.get_by_role("button", name="Pokaż").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Wysokość").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("▲Wysokość (m)")
    page.context.close()


@thorough
def test_a_row_leads_to_the_map_and_back(page: Page, portal: str) -> None:
    identity = feature_id("school", "demo_city")
    page.goto(f"{portal}/catalogue/buildings/table/?feature={identity}")
    row = page.locator(f"#feature-{identity}")
    expect(row).to_be_focused()
    expect(row).to_have_attribute("aria-current", "true")
    row.get_by_role("link", name="Na mapie").click()
    expect(page.locator("[data-map]")).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.locator("[data-card]").get_by_role("heading").first).to_have_text("Szkoła Żródlana")


@thorough
def test_the_keyboard_alone_finds_sorts_and_opens(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/buildings/table/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Przejdź do treści")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Słowa")).to_be_focused()
    page.keyboard.type("szkola")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim().startsWith('Wysokość')"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Wysokość")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim().startsWith('Na mapie: Budynek')"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("pick=buildings/"))


@thorough
def test_on_paper_a_table_is_all_there_is(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/buildings/table/")
    page.emulate_media(media="print")
    for name in (".navigation", "form", ".pager", ".language"):
        expect(page.locator(name).first).to_be_hidden()
    expect(page.locator("tbody tr").first).to_be_visible()


@thorough
def test_where_colours_are_forced_the_current_page_is_still_marked(page: Page, portal: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{portal}/catalogue/")
    current = page.locator(".navigation a[aria-current]")
    assert current.evaluate("it => getComputedStyle(it).borderBottomWidth") == "3px"
    assert current.evaluate("it => getComputedStyle(it).fontWeight") == "600"
