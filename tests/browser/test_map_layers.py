"""Layers of the map as people arrange them: found, ordered, faded, filtered, seen as of a day, and shared."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.db import connection
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import VIEW, Watch
from tests.browser.map_page import VISITS, drawn, no_faults, open_map, position, thorough
from tests.browser.portal_server import serving
from tests.browser.test_map import SCHOOL, layer_box, pixels_of
from tests.factories import feature_id

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

GROUND = (0xF4, 0xF2, 0xEC)
HOVER = (0x16, 0x50, 0x4C)
SAID = {
    "pl": {
        "search": "dzialki",
        "found": "Znalezione warstwy: 1",
        "layers": "Warstwy",
        "up": "Przesuń wyżej: Działki",
        "add": "Dodaj warunek",
        "field": "Pole",
        "value": "Wartość",
        "education": "oświata i nauka",
        "health": "ochrona zdrowia",
        "words": "Funkcja: oświata i nauka · 1 z 2",
        "clear": "Wyczyść filtr",
        "past": "Mapa według stanu wiedzy na 1 stycznia 2020",
        "nothing": "Na ten dzień nic o tym mieście nie było jeszcze zapisane.",
        "now": "Pokaż dziś",
        "copy": "Kopiuj odnośnik",
    },
    "en": {
        "search": "parcels",
        "found": "Layers found: 1",
        "layers": "Layers",
        "up": "Move up: Parcels",
        "add": "Add a condition",
        "field": "Field",
        "value": "Value",
        "education": "education",
        "health": "health care",
        "words": "Use: education · 1 of 2",
        "clear": "Clear the filter",
        "past": "Map as known on 1 January 2020",
        "nothing": "Nothing of this city was stored yet on that day.",
        "now": "Show today",
        "copy": "Copy link",
    },
}


def open_list(page: Page, width: int, lang: str) -> None:
    if width < 860:
        page.get_by_role("button", name=SAID[lang]["layers"], exact=True).click()


def shown(page: Page) -> list[str]:
    """Slugs of the layers on the map, topmost first, as the list has them."""
    return page.locator("[data-shown]:not([hidden])").evaluate_all("rows => rows.map((row) => row.dataset.shown)")


def row(page: Page, slug: str, part: str):
    return page.locator(f"[data-shown={slug}] [data-shown-{part}]")


@pytest.mark.parametrize(("width", "lang"), VISITS)
def test_layers_are_found_ordered_faded_and_brought_back(page: Page, portal: str, width: int, lang: str) -> None:
    said = SAID[lang]
    open_map(page, portal, lang=lang, width=width)
    open_list(page, width, lang)
    page.locator("[data-layer-search]").fill(said["search"])
    expect(page.locator("[data-layers-found]")).to_have_text(said["found"])
    expect(page.locator("[data-layer]:visible")).to_have_count(1)
    layer_box(page, "parcels").check()
    assert shown(page) == ["fire_stations", "buildings", "parcels"]
    page.get_by_role("button", name=said["up"]).press("Enter")
    assert shown(page) == ["fire_stations", "parcels", "buildings"]
    expect(page.get_by_role("button", name=said["up"])).to_be_focused()
    page.get_by_role("button", name=said["up"]).press("Enter")
    assert "layers=parcels,fire_stations,buildings" in page.url
    expect(row(page, "parcels", "down")).to_be_focused()
    row(page, "parcels", "options").click()
    row(page, "parcels", "opacity").fill("40")
    expect(row(page, "parcels", "percent")).to_have_text("40\u00a0%")
    assert "layers=parcels:40,fire_stations,buildings" in page.url
    no_faults(page)
    page.go_back()
    page.go_back()
    expect(page.locator("[data-shown]:visible").last).to_have_attribute("data-shown", "parcels")
    page.go_back()
    expect(layer_box(page, "parcels")).not_to_be_checked()


@pytest.mark.parametrize(("width", "lang"), VISITS)
def test_a_layer_is_filtered_in_words(page: Page, portal: str, width: int, lang: str) -> None:
    said = SAID[lang]
    open_map(page, portal, lang=lang, width=width)
    open_list(page, width, lang)
    row(page, "buildings", "options").click()
    page.get_by_role("button", name=said["add"]).click()
    page.get_by_label(said["field"]).select_option("use_class")
    page.get_by_label(said["value"], exact=True).select_option(label=said["education"])
    expect(row(page, "buildings", "words")).to_have_text(said["words"])
    sent = {"op": "=", "args": [{"property": "use_class"}, "education"]}
    assert json.loads(unquote(page.url.split("filter.buildings=")[1].split("&")[0])) == sent
    address = row(page, "buildings", "table").get_attribute("href")
    assert address is not None and json.loads(unquote(address.split("filter=")[1])) == sent
    no_faults(page)
    page.get_by_label(said["value"], exact=True).select_option(label=said["health"])
    expect(row(page, "buildings", "words")).to_contain_text("0")
    if width > 860:
        drawn(page)
        assert pixels_of(page, SCHOOL) < 50
    page.get_by_role("button", name=said["clear"]).click()
    expect(row(page, "buildings", "words")).to_be_hidden()
    assert "filter." not in page.url
    if width > 860:
        drawn(page)
        assert pixels_of(page, SCHOOL) > 20_000


@pytest.mark.parametrize(("width", "lang"), VISITS)
@thorough
def test_the_map_is_seen_as_of_a_day(page: Page, portal: str, width: int, lang: str) -> None:
    said = SAID[lang]
    open_map(page, portal, lang=lang, width=width, view=f"{VIEW}&at=2020-01-01")
    banner = page.locator("[data-past]")
    expect(banner).to_contain_text(said["past"])
    expect(page.locator("[data-notice]")).to_have_text(said["nothing"])
    assert pixels_of(page, SCHOOL) < 50
    no_faults(page)
    banner.get_by_role("button", name=said["now"]).click()
    expect(banner).to_be_hidden()
    expect(page.locator("[data-notice]")).to_be_empty()
    drawn(page)
    assert pixels_of(page, SCHOOL) > 20_000
    assert "at=" not in page.url
    open_list(page, width, lang)
    page.locator("[data-at]").fill("2020-01-01")
    expect(banner).to_be_visible()
    assert "at=2020-01-01" in page.url


@thorough
def test_a_copied_link_shows_the_same_again(page: Page, portal: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wanted = json.dumps({"op": ">=", "args": [{"property": "height_m"}, 10]}, separators=(",", ":"))
    key = feature_id("school", "demo_city")
    view = f"{VIEW}&layers=buildings:50,parcels&filter.buildings={wanted}&base=none&pick=buildings/{key}"
    open_map(page, portal, lang="en", view=view)
    card = page.locator("[data-card]")
    expect(card.get_by_role("heading").first).to_have_text("Szkoła Żródlana")
    expect(row(page, "buildings", "words")).to_have_text("Height ≥ 10\u00a0m · 1 of 2")
    page.locator("[data-copy-link]").click()
    expect(page.locator("[data-notice]")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{portal}/?lang=en#map=17.5/50.87028/20.63139")
    page.goto("about:blank")
    page.goto(link)
    drawn(page)
    expect(card.get_by_role("heading").first).to_have_text("Szkoła Żródlana")
    assert shown(page) == ["buildings", "parcels"]
    expect(row(page, "buildings", "percent")).to_have_text("50\u00a0%")
    expect(page.locator("[data-base]")).to_have_value("none")
    expect(row(page, "buildings", "words")).to_have_text("Height ≥ 10\u00a0m · 1 of 2")


@thorough
def test_half_opacity_is_half_of_the_colour(page: Page, portal: str) -> None:
    open_map(page, portal, view=f"{VIEW}&layers=buildings:50&base=none")
    red, green, blue = ((one + other) // 2 for one, other in zip(SCHOOL, GROUND, strict=True))
    assert pixels_of(page, (red, green, blue), tolerance=3) > 20_000


@thorough
def test_a_layer_is_dragged_to_another_place(page: Page, portal: str) -> None:
    open_map(page, portal, view=f"{VIEW}&layers=fire_stations,buildings,parcels")
    handle, top = (
        row(page, "parcels", "handle").bounding_box(),
        page.locator("[data-shown=fire_stations]").bounding_box(),
    )
    assert handle is not None and top is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 8, top["y"] + 40, steps=4)
    page.mouse.move(handle["x"] + 8, top["y"] + 2, steps=2)
    page.mouse.up()
    assert shown(page) == ["parcels", "fire_stations", "buildings"]
    assert "layers=parcels,fire_stations,buildings" in page.url


@thorough
def test_what_is_under_the_mouse_is_outlined_and_named(page: Page, portal: str) -> None:
    open_map(page, portal)
    page.mouse.move(*position(page, 5, 5))
    tip = page.locator("[data-tip]")
    expect(tip).to_have_text("Szkoła Żródlana")
    drawn(page)
    assert pixels_of(page, HOVER) > 300
    page.mouse.move(*position(page, 60, -40))
    expect(tip).to_be_hidden()


@thorough
def test_a_filter_the_server_refuses_is_taken_off_and_said(page: Page, portal: str) -> None:
    wrong = json.dumps({"op": "=", "args": [{"property": "owner"}, "x"]}, separators=(",", ":"))
    open_map(page, portal, view=f"{VIEW}&filter.buildings={wrong}")
    expect(page.locator("[data-notice]")).to_contain_text("Tego filtra nie da się użyć")
    assert "filter." not in page.url
    assert pixels_of(page, SCHOOL) > 20_000


@thorough
def test_a_thinned_tile_is_said_to_be_simplified(page: Page, portal: str, tmp_path: Path) -> None:
    high = json.dumps({"op": ">=", "args": [{"property": "height_m"}, 10]}, separators=(",", ":"))
    with serving(str(connection.settings_dict["NAME"]), tmp_path, TESTS_TILE_BYTES="10") as thinning:

        def whole(route: Route) -> None:
            route.continue_(url=route.request.url.replace(thinning, portal))

        page.route(lambda url: "/tiles/buildings/" in url and "filter" not in url, whole)
        open_map(page, thinning, view=f"{VIEW}&filter.buildings={high}")
        expect(row(page, "buildings", "simplified")).to_be_visible()
        row(page, "buildings", "options").click()
        page.get_by_role("button", name="Wyczyść filtr").click()
        expect(row(page, "buildings", "simplified")).to_be_hidden()
        page.close()


@thorough
def test_every_flood_scenario_can_be_chosen_and_one_is_drawn(page: Page, portal: str, watch: Watch) -> None:
    open_map(page, portal, view=f"{VIEW}&layers=flood_zones")
    preset = row(page, "flood_zones", "preset")
    expect(preset.locator("option:checked")).to_have_text("woda 100-letnia (1%)")
    expect(row(page, "flood_zones", "words")).to_have_text("0 z 1")
    assert "filter." not in page.url, "the usual scenario needs no words in the address"
    preset.select_option(label="woda 500-letnia (0,2%)")
    drawn(page)
    assert "%22p02%22" in page.url
    assert watch.foreign == [] and watch.complaints == []
