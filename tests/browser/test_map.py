"""The map page as people use it: it draws, explains, switches language, and sends no request to other hosts."""

import re
from typing import Literal

import numpy as np
import pytest
import rasterio
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import Axe
from tests.browser.conftest import VIEW, Watch
from tests.browser.map_page import drawn, painted, thorough

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

SCHOOL = (0xC7, 0x9A, 0x9A)
"""The colour of public buildings in the legend."""
PICKED = (0xC2, 0x18, 0x5B)
WIDTHS = (1440, 1024, 390)
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


def open_map(page: Page, portal: str, view: str = VIEW) -> None:
    page.goto(f"{portal}/#{view}")
    drawn(page)


def pixels_of(page: Page, color: tuple[int, int, int], tolerance: int = 6) -> int:
    """How many pixels of the map have a colour, as a person would see it."""
    picture = page.locator(".map-frame").screenshot()
    with rasterio.MemoryFile(picture) as file, file.open() as image:
        near = np.abs(image.read((1, 2, 3)).astype(int) - np.array(color)[:, None, None]) <= tolerance
    return int(near.all(axis=0).sum())


def click_school(page: Page) -> None:
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def layers_of(page: Page) -> list[str]:
    return page.locator("[data-layer]").evaluate_all("rows => rows.map((row) => row.dataset.layer)")


def layer_box(page: Page, slug: str):
    return page.locator(f"[data-layer={slug}] input")


@pytest.mark.parametrize("widths", [(1440, 390), pytest.param(WIDTHS, marks=thorough)], ids=len)
def test_buildings_are_drawn(page: Page, portal: str, widths: tuple[int, ...]) -> None:
    open_map(page, portal)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        drawn(page)
        # A pixel is 40,075,017 m / 512 / 2^17.5 * cos 50.87° = 0.267 m, the building 40 m or 150 pixels wide.
        assert 21_500 < pixels_of(page, SCHOOL) < 23_000
        assert page.evaluate("document.documentElement.scrollWidth") == width


@thorough
def test_the_map_is_loading_until_it_knows_its_layers(page: Page, portal: str) -> None:
    held: list[Route] = []
    page.route("**/tiles/buildings.json", lambda route: held.append(route))
    page.goto(f"{portal}/#{VIEW}")
    expect(page.locator("[data-layer=fire_stations] [data-count]")).to_have_text("1")
    painted(page, frames=5)
    expect(page.locator("[data-map]")).to_have_attribute("data-state", "loading")
    expect(page.locator("[data-progress]")).to_be_visible()
    held[0].continue_()
    drawn(page)
    expect(page.locator("[data-progress]")).to_be_hidden()


@thorough
def test_clearing_a_layer_takes_it_off_the_map(page: Page, portal: str) -> None:
    open_map(page, portal)
    layer_box(page, "buildings").uncheck()
    drawn(page)
    assert pixels_of(page, SCHOOL) < 50
    layer_box(page, "buildings").check()
    drawn(page)
    assert pixels_of(page, SCHOOL) > 20_000


def test_a_click_opens_a_card_in_polish(page: Page, portal: str) -> None:
    open_map(page, portal)
    click_school(page)
    card = page.locator("[data-card]")
    expect(card.get_by_role("heading")).to_have_text("Szkoła Żródlana")
    for title, value in (("Funkcja", "oświata i nauka"), ("Wysokość", "12,5\u00a0m"), ("Rok budowy", "1908")):
        expect(card.locator("dl > div").filter(has_text=title)).to_have_text(re.compile(rf"^{title}\s*{value}$"))
    expect(card.locator(".card-missing")).to_have_text("Brak danych: kondygnacje nadziemne.")
    expect(card).not_to_contain_text("Mieszkańcy")
    expect(card).to_contain_text("zmyślone")
    drawn(page)
    assert pixels_of(page, PICKED) > 200
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    drawn(page)
    assert pixels_of(page, PICKED) < 20


@thorough
def test_english_is_one_click_away_and_keeps_the_place(page: Page, portal: str) -> None:
    open_map(page, portal)
    layer_box(page, "green").check()
    page.get_by_role("link", name="English").click()
    drawn(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Layers", exact=True)).to_be_visible()
    expect(layer_box(page, "green")).to_be_checked()
    assert VIEW in page.url
    click_school(page)
    card = page.locator("[data-card]")
    expect(card).to_contain_text("12.5\u00a0m")
    expect(card).to_contain_text("education")
    expect(card).to_contain_text("No data: storeys above ground.")


@thorough
def test_the_page_asks_no_other_host_and_breaks_no_rule(page: Page, portal: str, watch: Watch) -> None:
    open_map(page, portal)
    for slug in ("parcels", "zoning_plans", "flood_zones", "addresses", "monuments", "bus_stops"):
        layer_box(page, slug).check()
    drawn(page)
    click_school(page)
    expect(page.locator("[data-card]").get_by_role("heading")).to_have_text("Szkoła Żródlana")
    assert watch.foreign == []
    assert watch.complaints == []


@thorough
def test_invented_data_carry_a_banner(page: Page, portal: str) -> None:
    open_map(page, portal)
    banner = page.locator("[data-banner]")
    expect(banner).to_have_text(
        "Dane demonstracyjne: zmyślone budynki i strefy powodziowe w prawdziwym miejscu", use_inner_text=True
    )
    expect(page.locator("[data-layer=buildings] [data-synthetic]")).to_be_visible()
    expect(page.locator("[data-layer=buildings] [data-count]")).to_have_text("2")
    for slug in layers_of(page):
        layer_box(page, slug).uncheck()
    expect(banner).to_be_visible()
    page.get_by_label("Podkład").select_option("none")
    expect(banner).to_be_hidden()


@thorough
def test_the_address_keeps_the_shown_layers(page: Page, portal: str) -> None:
    open_map(page, portal, f"{VIEW}&layers=buildings,parcels")
    expect(layer_box(page, "parcels")).to_be_checked()
    expect(layer_box(page, "roads")).not_to_be_checked()
    layer_box(page, "parcels").uncheck()
    assert page.url.endswith("layers=buildings")
    page.reload()
    drawn(page)
    expect(layer_box(page, "parcels")).not_to_be_checked()
    assert pixels_of(page, SCHOOL) > 20_000


@thorough
def test_a_layer_that_needs_a_closer_look_says_so(page: Page, portal: str) -> None:
    open_map(page, portal, "map=12/50.87028/20.63139&layers=buildings,parcels")
    note = page.locator("[data-shown=parcels] [data-shown-note]")
    expect(note).to_have_text("Przybliż mapę, aby zobaczyć tę warstwę")
    page.goto(f"{portal}/#map=15/50.87028/20.63139&layers=buildings,parcels")
    expect(note).to_be_hidden()


@thorough
def test_the_keyboard_reaches_layers_map_and_card(page: Page, portal: str) -> None:
    open_map(page, portal)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Przejdź do treści")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "buildings":
            break
    expect(layer_box(page, "buildings")).to_be_focused()
    page.keyboard.press("Space")
    expect(layer_box(page, "buildings")).not_to_be_checked()
    page.keyboard.press("Space")
    drawn(page)
    canvas = page.locator(".maplibregl-canvas")
    for _ in range(60):
        page.keyboard.press("Tab")
        if canvas.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("[data-card]")).to_be_focused()
    expect(page.locator("[data-card]").get_by_role("heading")).to_have_text("Szkoła Żródlana")
    page.keyboard.press("Escape")
    expect(canvas).to_be_focused()


def test_on_a_phone_the_layer_list_is_a_drawer(page: Page, portal: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page, portal)
    panel = page.locator("#layers")
    expect(panel).to_be_hidden()
    opener = page.get_by_role("button", name="Warstwy", exact=True)
    opener.click()
    expect(panel).to_be_visible()
    layer_box(page, "roads").uncheck()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()


@thorough
def test_a_layer_that_fails_can_be_asked_for_again(page: Page, portal: str) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route("**/tiles/buildings.json", refuse)
    open_map(page, portal)
    row = page.locator("[data-layer=buildings]")
    expect(row).to_contain_text("Nie udało się wczytać tej warstwy.")
    page.unroute("**/tiles/buildings.json", refuse)
    row.get_by_role("button", name="Spróbuj ponownie").click()
    expect(row.locator("[data-count]")).to_have_text("2")
    drawn(page)
    assert pixels_of(page, SCHOOL) > 20_000


@thorough
def test_tiles_that_fail_can_be_asked_for_again(page: Page, portal: str) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route("**/tiles/buildings/**", refuse)
    open_map(page, portal)
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Części mapy nie udało się wczytać.")
    page.unroute("**/tiles/buildings/**", refuse)
    notice.get_by_role("button", name="Spróbuj ponownie").click()
    expect(notice).to_be_empty()
    drawn(page)
    assert pixels_of(page, SCHOOL) > 20_000


@thorough
def test_a_city_without_data_says_so(page: Page, portal: str) -> None:
    page.route("**/tiles/*.json", lambda route: route.fulfill(status=404, body="{}"))
    open_map(page, portal)
    expect(page.locator("[data-notice]")).to_have_text("Na tej mapie nic jeszcze nie ma.")
    expect(page.locator("[data-layer=buildings] [data-count]")).to_have_text("brak danych")
    expect(page.locator("[data-banner]")).to_be_hidden()


@thorough
def test_axe_finds_nothing(page: Page, portal: str) -> None:
    open_map(page, portal)
    click_school(page)
    expect(page.locator("[data-card] dl")).to_have_count(2)
    page.locator("[data-layer=buildings] summary").click()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if width == 390:
            page.get_by_role("button", name="Warstwy", exact=True).click()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            drawn(page)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
