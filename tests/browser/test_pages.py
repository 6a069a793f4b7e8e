"""Every page to read, as people see it: at a desk, on a tablet and a phone, enlarged, in both languages, dark."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import drawn, thorough

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

Look = tuple[int, Literal["dark", "light"]]
LOOKS: tuple[Look, ...] = (
    *((1440, "light"), (1024, "light"), (390, "light")),
    *((390, "dark"), (1024, "dark"), (1440, "dark")),
)
"""Widths of the window, and themes."""
PAGES = {
    "catalogue": "/catalogue/",
    "nothing found": "/catalogue/?q=xyzzy",
    "layer": "/catalogue/buildings/",
    "OGC API": "/ogc/?f=html",
    "addresses for programs": "/ogc/api?f=html",
    "standards": "/ogc/conformance?f=html",
    "layers for programs": "/ogc/collections?f=html",
    "layer for programs": "/ogc/collections/buildings?f=html",
    "fields for programs": "/ogc/collections/buildings/queryables?f=html",
    "features for programs": "/ogc/collections/buildings/items?f=html",
    "estimated layer": "/catalogue/flood_exposure_grid/",
    "table": "/catalogue/buildings/table/",
    "narrowed table": "/catalogue/buildings/table/?filter=height_m > 1&near=50.87028, 20.63139&at=2126-01-31",
    "fault in the form": "/catalogue/buildings/table/?add=height_m&op=least&value=x",
    "bad address": "/catalogue/buildings/table/?sort=owner",
    "board without sensors": "/catalogue/stations/sensors/",
    "comparison without stations": "/catalogue/stations/compare/",
    "open data": "/open-data/",
    "snapshots": "/open-data/buildings/snapshots/",
    "freshness": "/open-data/freshness/",
    "accessibility": "/accessibility/",
    "unknown": "/there-is-nothing-here/",
}
PAGES_WHEN_QUICK = {"layer", "table", "open data"}
"""One page of each build; the quick tier leaves the others out."""
pages = pytest.mark.parametrize(
    "address",
    [pytest.param(PAGES[name], id=name, marks=[] if name in PAGES_WHEN_QUICK else thorough) for name in PAGES],
)


@pytest.fixture
def enlarged(page: Page) -> Page:
    """A page in a window of 1440 pixels enlarged to 200 %, which has 720 CSS pixels."""
    seen = {"width": 720, "height": 450, "deviceScaleFactor": 2, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", seen)
    return page


@pytest.fixture
def without_scripts(page: Page) -> Page:
    page.context.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})
    return page


def settle(page: Page) -> None:
    page.evaluate("document.fonts.ready.then(() => null)")
    if page.locator("[data-preview]").count():
        drawn(page, "[data-preview]")


@pages
@pytest.mark.parametrize(
    ("language", "looks"),
    [
        pytest.param("pl", ((1440, "light"), (390, "dark")), id="pl-two-looks"),
        pytest.param("pl", LOOKS[:4], id="pl", marks=thorough),
        pytest.param("en", LOOKS[3:], id="en", marks=thorough),
    ],
)
def test_a_page_fits_its_window_and_axe_finds_nothing(
    page: Page, portal: str, language: str, looks: tuple[Look, ...], address: str
) -> None:
    page.goto(f"{portal}{address}{'&' if '?' in address else '?'}lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    for width, scheme in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pages
def test_a_page_enlarged_twice_loses_nothing(enlarged: Page, portal: str, address: str) -> None:
    page = enlarged
    page.goto(portal + address)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    cut = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, p, label, button, a, dt, dd, li")]
          .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
          .filter((one) => !["visually-hidden", "skip"].some((name) => one.closest(`.${name}`)))
          .filter((one) => getComputedStyle(one).overflowX !== "visible")
          .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert cut == []


@pages
def test_a_page_asks_no_other_host_and_breaks_no_rule(page: Page, portal: str, watch: Watch, address: str) -> None:
    page.goto(portal + address)
    settle(page)
    assert watch.foreign == []
    assert [one for one in watch.complaints if "status of 40" not in one] == []


@pages
def test_a_page_reads_without_scripts(without_scripts: Page, portal: str, address: str) -> None:
    page = without_scripts
    page.goto(portal + address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Główne strony")).to_be_visible()
