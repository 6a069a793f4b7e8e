"""Steps of tests on the map page: open it, wait until it is drawn, click so many metres from its centre."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import Axe
from tests.browser.conftest import VIEW

thorough = pytest.mark.thorough
VISITS = [(1440, "pl"), pytest.param(1024, "en", marks=thorough), pytest.param(390, "pl", marks=thorough)]
"""Widths of the window and languages; the quick tier takes the desk in Polish."""
THREE_WIDTHS = [1440, pytest.param(1024, marks=thorough), pytest.param(390, marks=thorough)]
DESK_AND_PHONE = [1440, pytest.param(390, marks=thorough)]

LATITUDE = 50.87028
PIXEL_M = 40_075_016.686 / 512 / 2**17.5 * math.cos(math.radians(LATITUDE))
"""What a pixel covers at the zoom of VIEW: web mercator's world is 512 pixels wide at zoom 0."""


def open_map(page: Page, portal: str, *, lang: str = "pl", view: str = VIEW, width: int = 1440) -> None:
    """Open the map and wait until nothing is left to load."""
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/?lang={lang}#{view}")
    drawn(page)


STANDS_STILL = """async (selector) => {
  const map = document.querySelector(selector);
  const ready = () => map.dataset.state === "ready";
  for (let frames = 0; frames < 5; frames = ready() ? frames + 1 : 0) await new Promise(requestAnimationFrame);
}"""


def drawn(page: Page, map: str = "[data-map]") -> None:
    """Wait until a map has nothing left to load or to draw: it is ready, and still is after five frames."""
    expect(page.locator(map)).to_have_attribute("data-state", "ready", timeout=30_000)
    page.evaluate(STANDS_STILL, map)


def painted(page: Page, frames: int = 2) -> None:
    """Wait until the page has painted what it was given: so many frames."""
    page.evaluate("async (n) => { while (n--) await new Promise(requestAnimationFrame); }", frames)


def position(page: Page, east: float, north: float) -> tuple[float, float]:
    """The point of the screen so many metres east and north of the map's centre, at the zoom of VIEW."""
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return x + east / PIXEL_M, y - north / PIXEL_M


def click(page: Page, east: float = 0, north: float = 0) -> None:
    """Click there, and wait until the page has answered."""
    page.mouse.click(*position(page, east, north))
    painted(page)


def no_faults(page: Page) -> None:
    """Assert that axe-core finds no violations on the page."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
