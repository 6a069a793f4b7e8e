"""Printing from the map page: the frame covers what the sheet shows, the sheet comes as a file and measures right."""

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from pdfplumber.pdf import PDF
from playwright.sync_api import Page, Route, expect
from pyproj import Geod

from tests.browser.axe import Axe
from tests.browser.conftest import VIEW, Watch
from tests.browser.map_page import THREE_WIDTHS, VISITS, drawn, thorough

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

MM = 25.4 / 72
WIDTHS = {1440: 900, 1024: 768, 390: 844}


def open_tool(page: Page, portal: str, width: int = 1440, *, language: str = "pl", more: str = "") -> None:
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.goto(f"{portal}/?lang={language}#{VIEW}&layers=buildings{more}")
    drawn(page)
    with framed(page):
        page.locator("[data-tool=print]").click()
    expect(page.locator(".print-frame")).to_be_visible()


@contextmanager
def framed(page: Page) -> Iterator[None]:
    """What is done within changes the sheet; at the end the map stands still and shows the sheet's exact corners."""
    with page.expect_response(re.compile("/print/frame")):
        yield
    drawn(page)


def download(page: Page, tmp_path: Path) -> tuple[str, PDF]:
    with page.expect_download(timeout=60_000) as coming:
        page.locator("[data-print-go]").click()
    path = tmp_path / "sheet.pdf"
    coming.value.save_as(path)
    return coming.value.suggested_filename, pdfplumber.open(path)


def corners(page: Page) -> list[tuple[float, float]]:
    """The frame's corners on the screen, lower left first, against the clock."""
    ring = page.locator(".print-frame-edge").get_attribute("d") or ""
    numbers = [float(text) for text in re.findall(r"-?[\d.]+", ring)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def metres_per_pixel(page: Page) -> float:
    zoom, latitude, _ = (float(part) for part in page.url.split("map=")[1].split("&")[0].split("/"))
    return 40_075_016.686 * math.cos(math.radians(latitude)) / 512 / 2**zoom


@pytest.mark.parametrize(("width", "language"), VISITS)
def test_a_sheet_comes_with_title_layers_and_watermark(page, portal, tmp_path, watch: Watch, width, language) -> None:
    open_tool(page, portal, width, language=language)
    page.locator("#print-title").fill("Plan Żródlanej")
    name, sheet = download(page, tmp_path)
    assert name.endswith("-dane-syntetyczne.pdf" if language == "pl" else "-synthetic-data.pdf")
    text = sheet.pages[0].extract_text()
    for said in ("Plan Żródlanej", "Budynki" if language == "pl" else "Buildings"):
        assert said in text
    said = f"Zapisano jako {name} (" if language == "pl" else f"Saved as {name} ("
    expect(page.locator("[data-print-said]")).to_have_text(re.compile(rf"^{re.escape(said)}"))
    assert sheet.doc.catalog["Lang"] == language.encode()
    assert watch.foreign == []
    assert watch.complaints == []


@pytest.mark.parametrize("width", THREE_WIDTHS)
@thorough
def test_the_frame_on_the_map_is_the_ground_of_the_sheet(page, portal, width) -> None:
    open_tool(page, portal, width)
    said = page.locator("[data-print-ground]").text_content() or ""
    wide, high = (float(text) for text in re.findall(r"(\d+)\u00a0m", said))
    low_left, low_right, _, top_left = corners(page)
    size = metres_per_pixel(page)
    assert math.dist(low_left, low_right) * size == pytest.approx(wide, rel=0.01)
    assert math.dist(low_left, top_left) * size == pytest.approx(high, rel=0.01)
    # It is seen whole: neither the tool's panel nor the window's edge covers it.
    frame = page.locator("[data-map]").bounding_box()
    panel = page.locator("[data-tool-panel]").bounding_box()
    assert frame is not None
    assert panel is not None
    for x, y in corners(page):
        x, y = x + frame["x"], y + frame["y"]
        assert frame["x"] <= x <= frame["x"] + frame["width"]
        assert frame["y"] <= y <= frame["y"] + frame["height"]
        inside = panel["x"] < x < panel["x"] + panel["width"] and panel["y"] < y < panel["y"] + panel["height"]
        assert not inside


@thorough
def test_a_larger_sheet_zooms_out_until_it_is_seen(page, portal) -> None:
    open_tool(page, portal)
    before = metres_per_pixel(page)
    with framed(page):
        page.locator("#print-scale").select_option("25000")
        page.get_by_role("radio", name="A3").check()
    assert metres_per_pixel(page) > 2 * before
    low_left, low_right, *_ = corners(page)
    # A3 lying: the map is 317.0 mm wide, so 7,925 m at 1:25,000.
    assert math.dist(low_left, low_right) * metres_per_pixel(page) == pytest.approx(7925, rel=0.01)


@thorough
def test_the_map_moves_beneath_the_frame(page, portal, tmp_path) -> None:
    """The house in the middle of the sheet is dragged away; on paper it lies as far from the middle."""
    open_tool(page, portal)
    with framed(page):
        page.locator("#print-scale").select_option("1000")
    before = corners(page)
    scale = metres_per_pixel(page)
    page.mouse.move(600, 500)
    page.mouse.down()
    page.mouse.move(660, 500, steps=6)
    page.wait_for_timeout(300)  # A hand that holds still does not throw the map.
    with framed(page):
        page.mouse.up()
    after = corners(page)
    assert [round(x) for x, _ in after] == pytest.approx([round(x) for x, _ in before], abs=2)
    _, sheet = download(page, tmp_path)
    # Twice: in the base map and in the layer.
    house, _ = [one for one in sheet.pages[0].rects if abs(one["width"] * MM - 40) < 0.1 and one["fill"]]
    frame = max((one for one in sheet.pages[0].rects if one["stroke"]), key=lambda one: one["width"] * one["height"])
    away_mm = ((house["x0"] + house["x1"]) / 2 - (frame["x0"] + frame["x1"]) / 2) * MM
    assert away_mm == pytest.approx(60 * scale, abs=4)


@thorough
def test_a_drawn_line_of_1000_m_measures_right_on_paper(page, portal, tmp_path) -> None:
    """Drawn shapes are stored in the browser; the line runs 1,000 m on the ellipsoid, 999.95 m on the grid here."""
    lon, lat, _ = Geod(ellps="WGS84").fwd(20.63139, 50.87028, 60, 500)
    west, south, _ = Geod(ellps="WGS84").fwd(20.63139, 50.87028, 240, 500)
    line = {"type": "LineString", "coordinates": [[west, south], [lon, lat]]}
    shape = {"type": "Feature", "id": "a", "geometry": line, "properties": {"label": "Oś", "color": 2}}
    kept = json.dumps({"type": "FeatureCollection", "features": [shape]})
    page.add_init_script(f"localStorage.setItem('geoportal-shapes-kielce', {json.dumps(kept)})")
    open_tool(page, portal)
    expect(page.get_by_role("checkbox", name="z moimi rysunkami")).to_be_checked()
    with framed(page):
        page.locator("#print-scale").select_option("5000")
        page.get_by_role("radio", name="A3").check()
    _, sheet = download(page, tmp_path)
    lines = [
        one for one in sheet.pages[0].lines if tuple(round(255 * c) for c in one["stroking_color"]) == (21, 101, 192)
    ]
    lengths = [math.dist(*one["pts"]) * MM for one in lines]
    assert lengths == pytest.approx([200], abs=0.5)
    assert "Oś" in "".join(char["text"] for char in sheet.pages[0].chars)


@thorough
def test_a_chosen_object_is_marked_on_the_sheet(page, portal, tmp_path) -> None:
    open_tool(page, portal)
    page.locator("[data-tool-close]").click()
    frame = page.locator("[data-map]").bounding_box()
    assert frame is not None
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    expect(page.locator("[data-card]").get_by_role("heading", name="Szkoła Żródlana")).to_be_visible()
    page.wait_for_url("**pick=buildings/**")
    with framed(page):
        page.locator("[data-tool=print]").click()
    expect(page.get_by_role("checkbox", name="z zaznaczeniem wybranych obiektów")).to_be_checked()
    _, sheet = download(page, tmp_path)
    assert "Wybrane obiekty" in sheet.pages[0].extract_text()


@thorough
def test_the_layers_filter_and_moment_go_into_the_sheet(page, portal, tmp_path) -> None:
    asked: list[dict[str, Any]] = []
    page.on("request", lambda one: asked.append(one.post_data_json) if one.url.endswith("/print/") else None)
    school = (
        "%7B%22op%22%3A%22%3D%22%2C%22args%22%3A%5B%7B%22property%22%3A%22use_class%22%7D%2C%22education%22%5D%7D"
    )
    open_tool(page, portal, more=f":60,districts&filter.buildings={school}&base=none")
    _, sheet = download(page, tmp_path)
    (order,) = asked
    assert order["base"] is False
    assert [(one["slug"], one["opacity"]) for one in order["layers"]] == [("buildings", 0.6), ("districts", 1)]
    assert "Funkcja: oświata i nauka" in sheet.pages[0].extract_text()


@thorough
def test_a_refusal_is_told_in_the_servers_words_and_a_failure_in_our_own(page, portal) -> None:
    open_tool(page, portal)

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body='{"detail": "Trwają inne wydruki."}')

    page.route("**/print/", refuse)
    page.locator("[data-print-go]").click()
    said = page.locator("[data-print-said]")
    expect(said).to_have_text("Trwają inne wydruki.")
    page.unroute("**/print/", refuse)
    page.route("**/print/", lambda route: route.abort())
    page.locator("[data-print-go]").click()
    expect(said).to_have_text("Nie udało się wydrukować mapy. Spróbuj ponownie za chwilę.")
    expect(page.locator("[data-print-progress]")).to_be_hidden()


@pytest.mark.thorough
def test_the_keyboard_prints_and_leaves(page, portal, tmp_path) -> None:
    open_tool(page, portal)
    expect(page.locator("#print-title")).to_be_focused()
    page.keyboard.type("Z klawiatury")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="A4")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="A3")).to_be_checked()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("[data-print-go]")).to_be_focused()
    with page.expect_download(timeout=60_000) as coming:
        page.keyboard.press("Enter")
    coming.value.save_as(tmp_path / "sheet.pdf")
    sheet = pdfplumber.open(tmp_path / "sheet.pdf").pages[0]
    assert (sheet.width * MM, sheet.height * MM) == pytest.approx((420, 297), abs=0.01)
    page.keyboard.press("Escape")
    expect(page.locator("[data-tool-panel]")).to_be_hidden()
    expect(page.locator(".print-frame")).to_have_count(0)
    expect(page.locator("[data-tool=print]")).to_be_focused()


@thorough
def test_axe_finds_nothing_in_the_tool(page, portal) -> None:
    open_tool(page, portal)
    for width, height in WIDTHS.items():
        page.emulate_media(color_scheme="light" if width == 1024 else "dark")
        page.set_viewport_size({"width": width, "height": height})
        drawn(page)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
