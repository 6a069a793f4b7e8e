"""Open data in a browser: a visitor searches, copies an example, and finds the snapshots and the freshness board."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from layers.kinds import kind_of
from layers.snapshots.taking import take
from tests.browser.axe import Axe
from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db(transaction=True)]


def plain(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_somebody_finds_a_layer_copies_an_example_and_reads_of_its_snapshots(
    page: Page, context: BrowserContext, portal: str, watch: Watch
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    take(kind_of("buildings"))
    page.goto(f"{portal}/open-data/")
    page.get_by_label("Szukaj warstwy").fill("obrys")
    page.keyboard.press("Enter")
    card = page.locator(".open-data-tile")
    expect(card).to_have_count(1)
    expect(card.get_by_role("heading")).to_have_text("Budynki")
    expect(card.locator(".open-data-picture")).to_have_js_property("naturalWidth", 480)
    card.get_by_text("Przykłady do skopiowania").click()
    card.get_by_role("button", name=re.compile("Kopiuj.*curl")).click()
    expect(card.get_by_role("button", name=re.compile("Skopiowano.*curl"))).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'curl -o buildings.gpkg "{portal}/open-data/buildings.gpkg"')
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        plain(page, width)
    card.get_by_role("link", name=re.compile("migawka z")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Migawki")
    expect(page.get_by_role("row")).to_have_count(8)
    plain(page, 390)
    page.goto(f"{portal}/open-data/freshness/?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("How fresh the data are")
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        plain(page, width)
    assert (watch.foreign, watch.complaints) == ([], [])
