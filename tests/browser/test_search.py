"""The search over the map, by keyboard and mouse, in both languages and on a phone."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watch
from tests.browser.map_page import VISITS, no_faults, open_map, painted, thorough

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

AWAY = "map=14/50.8850/20.6600"
NOTHING = {
    "pl": "Nic nie znaleziono. Spróbuj podać ulicę z numerem, dzielnicę albo numer działki.",
    "en": "Nothing found. Try a street with a number, a district or a parcel number.",
}


def box(page: Page):
    return page.get_by_role("combobox", name=re.compile("Znajdź adres|Find an address"))


def found(page: Page):
    return page.get_by_role("listbox").get_by_role("option")


@pytest.mark.parametrize(("width", "lang"), VISITS)
def test_a_place_is_found_without_a_mouse(page: Page, portal: str, watch: Watch, width: int, lang: str) -> None:
    open_map(page, portal, lang=lang, view=AWAY, width=width)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("szkola zrodlana")
    first = found(page).first
    expect(first).to_contain_text("Szkoła Żródlana")
    expect(first).to_contain_text({"pl": "Budynek · oświata i nauka", "en": "Building · education"}[lang])
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", "search-option-0")
    page.keyboard.press("Enter")
    card = page.locator("[data-card]")
    expect(card.get_by_role("heading", level=2)).to_have_text("Szkoła Żródlana")
    expect(card).to_be_focused()
    expect(page.locator(".map-pin")).to_be_visible()
    expect(page).to_have_url(re.compile(r"map=[\d.]+/50\.8[67]\d*/20\.63\d*"), timeout=20_000)
    assert watch.complaints == []


@thorough
def test_coordinates_of_the_citys_system_are_found_and_told_in_all(page: Page, portal: str) -> None:
    open_map(page, portal, view=AWAY)
    box(page).fill("5637285.40 7474054.38")
    option = found(page)
    expect(option).to_contain_text("50.870280, 20.631390")
    expect(option).to_contain_text("PL-1992: E 614755.29, N 334975.86")
    option.click()
    expect(page.locator("[data-notice]")).to_contain_text("PL-2000/21: E 7474054.38, N 5637285.40")
    expect(page).to_have_url(re.compile(r"map=[\d.]+/50\.870\d*/20\.631\d*"), timeout=20_000)


@pytest.mark.parametrize("lang", ["pl", pytest.param("en", marks=thorough)])
@pytest.mark.thorough
def test_nothing_found_says_what_to_try(page: Page, portal: str, lang: str) -> None:
    open_map(page, portal, lang=lang)
    box(page).fill("qqqqqqqq")
    expect(page.locator("[data-search-note]")).to_have_text(NOTHING[lang])
    box(page).fill("52.2297 21.0122")
    outside = {"pl": "Te współrzędne leżą poza miastem.", "en": "These coordinates lie outside the city."}
    expect(page.locator("[data-search-note]")).to_have_text(outside[lang])


@thorough
def test_escape_closes_the_list_and_then_empties_the_box(page: Page, portal: str) -> None:
    open_map(page, portal)
    box(page).fill("szkola")
    options = found(page)
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".map-pin")).to_be_visible()
    box(page).focus()
    expect(options).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box(page)).to_have_value("Szkoła Żródlana")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    expect(page.locator(".map-pin")).to_have_count(0)


@thorough
def test_a_search_that_fails_says_so(page: Page, portal: str) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    open_map(page, portal)
    page.route("**/search.json*", refuse)
    box(page).fill("szkola")
    expect(page.locator("[data-search-note]")).to_have_text("Wyszukiwarka nie odpowiada. Spróbuj ponownie.")


@thorough
def test_a_slash_in_a_field_is_a_slash(page: Page, portal: str) -> None:
    open_map(page, portal)
    box(page).focus()
    page.keyboard.type("146/5")
    expect(box(page)).to_have_value("146/5")


@thorough
def test_axe_finds_nothing(page: Page, portal: str) -> None:
    open_map(page, portal)
    box(page).fill("szkola")
    expect(found(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(found(page)).to_be_visible()
        page.emulate_media(color_scheme="dark" if width == 1024 else "light")
        painted(page)
        no_faults(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
