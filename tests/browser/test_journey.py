"""One visitor without a mouse: from the search to the card, to the table, to the report on the place."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.map_page import VISITS, open_map

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

TABLE = {"pl": "Pokaż w tabeli", "en": "Show in table"}
REPORT = {"pl": "Raport: Budynek Szkoła Żródlana", "en": "Report: Building Szkoła Żródlana"}


def go_to(page: Page, words: str, most: int = 40) -> None:
    """Press Tab until the link of those words has the focus, as a person would."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and words in focused.inner_text():
            assert focused.evaluate("one => getComputedStyle(one).outlineStyle") != "none", "the focus is seen"
            return
    pytest.fail(f"“{words}” was not reached with {most} presses of Tab.")


@pytest.mark.parametrize(("width", "lang"), VISITS)
def test_search_card_table_and_report_by_keyboard(
    page: Page, portal: str, watch: Watch, width: int, lang: str
) -> None:
    open_map(page, portal, lang=lang, width=width)
    page.keyboard.press("/")
    page.keyboard.type("szkola zrod")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Szkoła Żródlana")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[data-card]")).to_be_focused()
    expect(page.locator("[data-card-actions]")).to_be_visible()
    go_to(page, TABLE[lang])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/catalogue/buildings/table/"))
    row = page.locator("tr[data-picked]")
    expect(row).to_contain_text("Szkoła Żródlana")
    expect(row).to_be_in_viewport()
    go_to(page, REPORT[lang], most=60)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/reports/place/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Szkoła Żródlana")
    assert watch.complaints == [] and watch.foreign == []
